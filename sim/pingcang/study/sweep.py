"""One or two parameters of a scenario, varied over values: every point by the same random numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.errors import ScenarioError
from pingcang.scenario.tree import plain
from pingcang.scenario.yaml_reader import read_yaml
from pingcang.study.arms import Arm, Bench, changed, simulate_all
from pingcang.study.compare import compared
from pingcang.study.frontier import CalmPoints, Frontier, frontier
from pingcang.study.measures import THRESHOLD, PairedMetric, difference_row, interval_row, measured
from pingcang.study.paired import Statistic, jsonable

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario

MOST_PARAMETERS = 2
MOST_POINTS = 400
SPACED = re.compile(r"\s*([^:,\[\]{}]+):([^:,\[\]{}]+):(\d+)\s*")
DIGITS = 12
"""Evenly spaced values are rounded to so many digits: 0.3, not 0.30000000000000004."""


@dataclass(frozen=True)
class Axis:
    """A parameter that is varied: its path and its values."""

    path: str
    values: tuple[Any, ...]

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.values)


@dataclass(frozen=True)
class Point:
    """A point of a sweep: the values there, and every metric against the reference."""

    values: tuple[Any, ...]
    arm: Arm
    metrics: dict[str, PairedMetric]
    failed_runs: tuple[int, ...]


@dataclass(frozen=True)
class Sweep:
    """All points of a sweep."""

    axes: tuple[Axis, ...]
    reference: Arm
    """What every point is held against, run by run."""
    reference_failed: tuple[int, ...]
    points: tuple[Point, ...]
    seed: int
    statistic: Statistic
    frontier: Frontier | None = None
    """Depth against credit; only if the points were simulated in calm times, too."""

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """What is written beside the JSON object."""
        drawn = {} if self.frontier is None else {"sweep_frontier": self.frontier.table}
        return {"sweep": self.table, **drawn}

    @property
    def table(self) -> pd.DataFrame:
        """One row a point and metric: value and difference from the reference, with intervals."""
        return pd.DataFrame(
            {**dict(zip((axis.path for axis in self.axes), point.values, strict=True)), "metric": name}
            | _row(name, found)
            for point in self.points
            for name, found in point.metrics.items()
        )

    def to_dict(self) -> dict[str, Any]:
        """The object of `--json`; None where there is no number."""
        return {
            "parameters": {axis.path: list(axis.values) for axis in self.axes},
            "reference": {"label": self.reference.label, "hash": self.reference.loaded.hash},
            "seed": self.seed,
            "runs": self.reference.runs,
            "statistic": self.statistic,
            "failed_runs": {
                each.label: list(failed)
                for each, failed in ((self.reference, self.reference_failed), *_failed(self.points))
                if failed
            },
            "points": [_point(self.axes, point) for point in self.points],
            "frontier": None if self.frontier is None else self.frontier.to_dict(),
        }


def parse_axis(text: str) -> Axis:
    """`path=1.2,1.3,1.4`, or evenly spaced `path=low:high:count`; values in YAML, as in --set.

    ScenarioError if it is neither, or has fewer than two different values.
    """
    path, equals, given = text.partition("=")
    place = f"--vary {text}"
    if not equals or not path.strip() or not given.strip():
        raise ScenarioError(f"{place}: not a variation; write path=1.2,1.3,1.4 or path=low:high:count")
    spaced = SPACED.fullmatch(given)
    values = _spaced(place, *spaced.groups()) if spaced else _listed(place, given)
    if len(values) < 2 or len({repr(value) for value in values}) < len(values):
        raise ScenarioError(f"{place}: {len(values)} values; give two or more, each once")
    return Axis(path.strip(), values)


def points_of(
    loaded: LoadedScenario, axes: Sequence[Axis], runs: int, amplification: bool = False, label: str = ""
) -> list[tuple[tuple[Any, ...], Arm]]:
    """The values and the arm of every point, the last axis fastest; ScenarioError for a value that is refused."""
    paths = [axis.path for axis in axes]
    count = math.prod(len(axis.values) for axis in axes)
    if not 1 <= len(axes) <= MOST_PARAMETERS or len(set(paths)) < len(paths):
        raise ScenarioError(f"--vary {', '.join(paths)}: one or two different parameters can be varied")
    if count > MOST_POINTS:
        raise ScenarioError(f"--vary {', '.join(paths)}: {count} points, at most {MOST_POINTS}; take fewer values")
    made = []
    for values in product(*(axis.values for axis in axes)):
        overrides = dict(zip(paths, values, strict=True))
        told = ", ".join(f"{path}={value}" for path, value in overrides.items())
        made.append((values, Arm(told, changed(loaded, overrides), runs, amplification)))
    return made


def sweep(
    axes: Sequence[Axis],
    points: Sequence[tuple[tuple[Any, ...], Arm]],
    reference: Arm,
    bench: Bench,
    *,
    threshold: float = THRESHOLD,
    statistic: Statistic = "mean",
    calm: CalmPoints | None = None,
    on_progress: Callable[[Arm, float], None] | None = None,
) -> Sweep:
    """Simulate what is missing of all points and hold each against the reference, run by run."""
    arms = [reference, *(arm for _, arm in points)]
    simulate_all(bench, [*arms, *(() if calm is None else calm.arms)], on_progress)
    against = measured(bench, reference, threshold)
    found = []
    for values, arm in points:
        here = measured(bench, arm, threshold)
        found.append(Point(values, arm, compared(against, here, statistic), here.failed))
    drawn = None
    if calm is not None:
        drawn = frontier([axis.path for axis in axes], [values for values, _ in points], arms, calm, bench)
    return Sweep(tuple(axes), reference, against.failed, tuple(found), bench.seed, statistic, drawn)


def _spaced(place: str, low: str, high: str, count: str) -> tuple[Any, ...]:
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if not all(map(math.isfinite, ends)) or not 2 <= int(count) <= MOST_POINTS:
        raise ScenarioError(f"{place}: not low:high:count, as 0:2e12:5, with numbers and 2 to {MOST_POINTS} values")
    return tuple(float(f"{value:.{DIGITS}g}") for value in np.linspace(*ends, int(count)))


def _listed(place: str, text: str) -> tuple[Any, ...]:
    try:
        return tuple(plain(read_yaml(f"[{text}]", "values")))
    except ScenarioError as error:
        reason = re.sub(r"^values(:[0-9]+)?: ", "", error.problems[0])
        raise ScenarioError(f"{place}: {reason}") from None


def _failed(points: Sequence[Point]) -> list[tuple[Arm, tuple[int, ...]]]:
    return [(point.arm, point.failed_runs) for point in points]


def _point(axes: Sequence[Axis], point: Point) -> dict[str, Any]:
    return {
        "set": dict(zip((axis.path for axis in axes), point.values, strict=True)),
        "hash": point.arm.loaded.hash,
        "metrics": {name: jsonable(_row(name, found)) for name, found in point.metrics.items()},
    }


def _row(name: str, found: PairedMetric) -> dict[str, Any]:
    return {**interval_row("value", found.other), **difference_row(name, found)}
