"""Design points of a sensitivity analysis: which values of the parameters are simulated, in which order.

Samplers work in the unit cube: coordinate u of a parameter runs from 0 at `low` to 1 at `high`, on its scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import numpy as np

from pingcang.errors import PingcangError
from pingcang.study.statistic import Floats

Method = Literal["morris", "sobol"]
DIGITS = 9
"""Significant digits of a value: what is simulated is what a table can say."""


class MissingSalibError(PingcangError):
    """SALib is not installed; says how to get it."""

    exit_code = 2


@dataclass(frozen=True)
class Axis:
    """A parameter as one axis of the design."""

    name: str
    low: float
    high: float
    paths: tuple[str, ...]
    log: bool = False
    step: float | None = None

    def value(self, u: float) -> float:
        """The value at a coordinate: on the parameter's scale, in whole steps from `low` if it has steps."""
        value = self.low * (self.high / self.low) ** u if self.log else self.low + u * (self.high - self.low)
        if self.step is not None:
            most = np.floor((self.high - self.low) / self.step + 1e-9)
            value = self.low + min(most, round((value - self.low) / self.step)) * self.step
        return min(self.high, max(self.low, float(f"{value:.{DIGITS}g}")))

    def overrides(self, value: float) -> dict[str, float]:
        """The value at every path that it stands at; whole numbers as such."""
        return dict.fromkeys(self.paths, int(value) if value.is_integer() else value)


@dataclass(frozen=True)
class Design:
    """Points in the unit cube (points, parameters), in the order in which the analysis wants their outputs."""

    method: Method
    axes: tuple[Axis, ...]
    unit: Floats
    levels: int = 0
    """Morris: of the grid."""

    @property
    def problem(self) -> dict[str, Any]:
        """The parameters as SALib wants them."""
        names = [axis.name for axis in self.axes]
        return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}

    def values(self, point: int) -> dict[str, float]:
        """Parameter -> value at a point."""
        return {axis.name: axis.value(float(u)) for axis, u in zip(self.axes, self.unit[point], strict=True)}

    def overrides(self, point: int) -> dict[str, float]:
        """Path -> value at a point."""
        values = self.values(point)
        return {path: value for axis in self.axes for path, value in axis.overrides(values[axis.name]).items()}

    def __len__(self) -> int:
        return len(self.unit)


def morris_design(axes: Sequence[Axis], *, trajectories: int, levels: int, seed: int) -> Design:
    """Trajectories in which one parameter after the other moves by half the grid: trajectories · (k + 1) points.

    Source: Morris (1991), Technometrics 33, 161-174; SALib's sampler.
    """
    empty = Design("morris", tuple(axes), np.empty((0, len(axes))), levels)
    unit = salib("SALib.sample.morris").sample(empty.problem, trajectories, num_levels=levels, seed=seed)
    return Design("morris", tuple(axes), unit, levels)


def sobol_design(axes: Sequence[Axis], *, samples: int, seed: int) -> Design:
    """A scrambled Sobol sequence, cross-sampled for first-order and total indices: samples · (k + 2) points.

    `samples` must be a power of two. Source: Saltelli (2002), Comput. Phys. Commun. 145, 280-297; SALib's sampler.
    """
    empty = Design("sobol", tuple(axes), np.empty((0, len(axes))))
    unit = salib("SALib.sample.sobol").sample(empty.problem, samples, calc_second_order=False, seed=seed)
    return Design("sobol", tuple(axes), unit)


def salib(module: str) -> Any:
    """A module of SALib; `MissingSalibError` if it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise MissingSalibError(
            "a sensitivity analysis needs SALib, which is missing; pip install 'pingcang[study]'"
        ) from None
