"""Indices of a finished design: Morris's mu* and sigma, Sobol's S1 and ST, with intervals and what casts doubt on them.

Glossary: Y output at the points of a design; EE elementary effect, change of Y over the whole range of a parameter;
mu* mean of |EE|, sigma standard deviation of EE (interaction or curvature); S1 share of Var Y that a parameter explains
alone, ST with all its interactions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pingcang.errors import PingcangError
from pingcang.study.design import Design, salib
from pingcang.study.statistic import Floats

RESAMPLES = 1000
CONFIDENCE = 0.95
WIDE = 0.1
"""Half a Sobol interval wider than this does not tell a tenth of the variance from nothing."""


class IncompleteDesignError(PingcangError):
    """Some points have no output, so that a design has no indices."""


@dataclass(frozen=True)
class Effect:
    """Morris's measures of one parameter, in the output's unit over the parameter's whole range."""

    parameter: str
    mu: float
    mu_star: float
    mu_star_interval: tuple[float, float]
    sigma: float

    @property
    def matters(self) -> bool:
        """Whether the interval of mu* lies above 0."""
        return self.mu_star_interval[0] > 0


@dataclass(frozen=True)
class Share:
    """Sobol's indices of one parameter; NaN where the output does not vary."""

    parameter: str
    first: float
    first_interval: tuple[float, float]
    total: float
    total_interval: tuple[float, float]


def morris_effects(design: Design, output: Floats, *, seed: int) -> list[Effect]:
    """Effects of all parameters; IncompleteDesignError if a point has no finite output."""
    morris = salib("SALib.analyze.morris")
    _complete(design, output)
    found = morris.analyze(
        design.problem,
        design.unit,
        output,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        num_levels=design.levels,
        seed=_salib_seed(seed),
    )
    columns = (np.asarray(found[key], dtype=np.float64) for key in ("mu", "mu_star", "mu_star_conf", "sigma"))
    rows = zip(design.axes, *columns, strict=True)
    return [
        Effect(axis.name, float(mu), float(star), (float(star - half), float(star + half)), float(sigma))
        for axis, mu, star, half, sigma in rows
    ]


def sobol_shares(design: Design, output: Floats, *, seed: int) -> list[Share]:
    """Shares of all parameters; IncompleteDesignError if a point has no finite output."""
    sobol = salib("SALib.analyze.sobol")
    _complete(design, output)
    if np.ptp(output) == 0:
        nothing = float("nan"), (float("nan"), float("nan"))
        return [Share(axis.name, *nothing, *nothing) for axis in design.axes]
    found = sobol.analyze(
        design.problem,
        output,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        conf_level=CONFIDENCE,
        seed=_salib_seed(seed),
    )
    rows = zip(design.axes, *(found[key] for key in ("S1", "S1_conf", "ST", "ST_conf")), strict=True)
    return [Share(axis.name, float(s1), _around(s1, c1), float(st), _around(st, ct)) for axis, s1, c1, st, ct in rows]


def doubts(shares: list[Share]) -> list[str]:
    """What stands against believing Sobol indices: no variance, wide intervals, values that no share can have."""
    if all(np.isnan(each.total) for each in shares):
        return ["the output is the same at every point, so there is no variance to share out"]
    named = [
        (f"{name} of {each.parameter}", value, interval)
        for each in shares
        for name, value, interval in (("S1", each.first, each.first_interval), ("ST", each.total, each.total_interval))
    ]
    return [doubt for row in named if (doubt := _doubt(*row))]


def _doubt(name: str, value: float, interval: tuple[float, float]) -> str:
    half = (interval[1] - interval[0]) / 2
    if interval[1] < 0:
        return f"{name} is {value:.3f}, below 0 beyond its interval; take more samples"
    return f"{name} is {value:.2f} ± {half:.2f}, too wide to rank; take more samples" if half > WIDE else ""


def as_dict(each: Effect | Share) -> dict[str, Any]:
    """The measures as JSON can hold them."""
    return {key: _plain(value) for key, value in asdict(each).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def _around(value: float, half: float) -> tuple[float, float]:
    return float(value - half), float(value + half)


def _complete(design: Design, output: Floats) -> None:
    """SALib would take a shorter design for another one, and rows of failed points for numbers."""
    if output.shape != (len(design),):
        raise IncompleteDesignError(f"{len(design)} points and {output.size} outputs; a design is analysed whole")
    if bad := np.flatnonzero(~np.isfinite(output)).tolist():
        raise IncompleteDesignError(f"points {', '.join(map(str, bad))} have no finite output; no indices are given")


def _salib_seed(seed: int) -> int:
    """SALib takes 0 for no seed at all."""
    return seed + 1
