"""How surely each parameter is fitted: the loss along one parameter at a time, all others at the optimum.

Every point is simulated with the same runs of the same seed as the optimum, so that differences of the loss
carry little of the noise between runs; what they carry is told as a standard error (bootstrap over the runs, the
same draw at both points).

    ΔL(u) = L(u) − L(u*)          u coordinate of the parameter in [0, 1], u* at the optimum
    criterion: ΔL = 1 / Σ W       a loss that one row of weight 1 adds when it goes from its target to its band's edge

A side is bounded if ΔL passes the criterion there and twice its standard error; a parameter is pinned down if
both sides are. These are slices, not profiles: the other parameters are not fitted again, so the intervals are
too short where parameters trade off. What trades off is told by `identification`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pingcang.calibrate.engine import OnProgress, Work
from pingcang.calibrate.evaluate import Evaluation, Evaluator
from pingcang.calibrate.identification import Identification, from_slices
from pingcang.calibrate.identity import identity_of
from pingcang.calibrate.loaded import LoadedSpec
from pingcang.calibrate.space import Axis, Params
from pingcang.calibrate.store import open_store
from pingcang.errors import PingcangError, ScenarioError
from pingcang.montecarlo.simulate import Simulate, simulate_run

NEARER = 4.0
"""Each point is this many times nearer to the optimum than the next one on its side; the last is the bound."""
DRAWS = 400
SURE = 2.0


@dataclass(frozen=True)
class Slice:
    """The loss along one parameter."""

    axis: Axis
    optimum: float
    points: tuple[Evaluation, ...]
    """In order of the parameter, the optimum among them; those that violate a constraint or failed, too."""
    rise: tuple[float, ...]
    """ΔL of each point; NaN where there is no loss."""
    error: tuple[float, ...]
    """Standard error of ΔL; NaN with one run."""
    criterion: float

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Where ΔL passes the criterion below and above the optimum; None where it does not.

        Between two points ΔL is taken to be linear in the square of the distance, as it is in a parabola.
        """
        return self._crossing(-1), self._crossing(1)

    @property
    def curvature(self) -> float:
        """c of ΔL ≈ c·(u − u*)²/2 through the nearest points of both sides; NaN without any."""
        near = [(d, rise) for d, rise in (side[0] for side in (self._side(-1), self._side(1)) if side)]
        weight = sum(d**4 for d, _ in near)
        return 2 * sum(rise * d**2 for d, rise in near) / weight if weight else math.nan

    @property
    def curvature_interval(self) -> tuple[float, float] | None:
        """Where that parabola passes the criterion, within the bounds; None if it does not rise."""
        c = self.curvature
        if not c > 0:
            return None
        half, u = math.sqrt(2 * self.criterion / c), self.axis.coordinate(self.optimum)
        return self.axis.value(u - half), self.axis.value(u + half)

    @property
    def pinned(self) -> str:
        """`yes`, `one side` or `no`."""
        sides = sum(self._bounded(sign) for sign in (-1, 1))
        return ("no", "one side", "yes")[sides]

    @property
    def better(self) -> Evaluation | None:
        """The point with the lowest loss, if it is surely below the optimum's."""
        sure = [
            point
            for point, rise, error in zip(self.points, self.rise, self.error, strict=True)
            if rise < 0 and not -rise <= SURE * error
        ]
        return min(sure, key=lambda point: point.loss) if sure else None

    def value_of(self, point: Evaluation) -> float:
        """The parameter at a point."""
        return point.params[self.axis.name]

    def _side(self, sign: int) -> list[tuple[float, float]]:
        """Distance in coordinates and ΔL of the points with a loss on one side, the nearest first."""
        u = self.axis.coordinate(self.optimum)
        found = []
        for point, rise in zip(self.points, self.rise, strict=True):
            d = sign * (self.axis.coordinate(self.value_of(point)) - u)
            if d > 1e-12 and not math.isnan(rise):
                found.append((d, rise))
        return sorted(found)

    def _crossing(self, sign: int) -> float | None:
        before = (0.0, 0.0)
        u = self.axis.coordinate(self.optimum)
        for d, rise in self._side(sign):
            if rise >= self.criterion:
                share = (self.criterion - before[1]) / (rise - before[1])
                return self.axis.value(u + sign * math.sqrt(before[0] ** 2 + share * (d**2 - before[0] ** 2)))
            before = (d, rise)
        return None

    def _bounded(self, sign: int) -> bool:
        u = self.axis.coordinate(self.optimum)
        return any(
            rise >= self.criterion and not rise <= SURE * error
            for point, rise, error in zip(self.points, self.rise, self.error, strict=True)
            if sign * (self.axis.coordinate(self.value_of(point)) - u) > 1e-12
        )


@dataclass(frozen=True)
class Profile:
    """The slices through an optimum."""

    loaded: LoadedSpec
    store: Path
    optimum: Evaluation
    slices: tuple[Slice, ...]
    identification: Identification | None
    """From the slopes of the parts along the slices; None if too few points have a loss."""


def profile(
    loaded: LoadedSpec,
    optimum: Params,
    store: str | Path | None = None,
    *,
    points: int = 5,
    runs: int | None = None,
    criterion: float | None = None,
    jobs: int = 1,
    threads: int | None = None,
    overwrite: bool = False,
    simulate: Simulate = simulate_run,
    on_progress: OnProgress | None = None,
) -> Profile:
    """Slices of `points` values through the optimum, half of them on each side out to the bounds.

    `runs` replaces the runs of every scenario; more runs make the errors smaller. The store, default
    results/NAME.profile.journal, is continued as that of a calibration is. Raises `ScenarioError` for an even
    number of points or a store of something else, `PingcangError` if the optimum itself does not come out.
    """
    if points < 3 or points % 2 == 0:
        raise ScenarioError(f"points: got {points}; it must be odd and at least 3: the optimum and both sides")
    if runs is not None:
        loaded = replace(loaded, bases={label: replace(base, runs=runs) for label, base in loaded.bases.items()})
    path = Path("results") / f"{loaded.spec.name}.profile.journal" if store is None else Path(store)
    wanted = _points(loaded, optimum, points)
    identity = {**identity_of(loaded), "optimum": dict(optimum), "points": points, "runs": runs}
    name = f"{loaded.spec.name} profile"
    with open_store(path, name, identity, loaded.space, overwrite=overwrite) as kept:
        work = Work(kept, Evaluator.of(loaded, jobs, threads, simulate), len(wanted), on_progress, "points")
        with work.keeping():
            work.evaluate({trial: point for trial, point in wanted.items() if trial not in work.evaluations})
    return _assembled(loaded, path, work.evaluations, criterion)


def _points(loaded: LoadedSpec, optimum: Params, points: int) -> dict[int, dict[str, float]]:
    """The optimum, then every other point once."""
    found = [dict(optimum)]
    for axis in loaded.space.axes:
        for coordinate in _coordinates(axis.coordinate(optimum[axis.name]), (points - 1) // 2):
            point = {**optimum, axis.name: axis.value(coordinate)}
            if point not in found:
                found.append(point)
    return dict(enumerate(found))


def _coordinates(u: float, each: int) -> list[float]:
    """Points on both sides of u, each nearer to it than the next by `NEARER`, the last at the bound."""
    shares = [NEARER**-power for power in range(each)]
    return sorted({u + share * (bound - u) for bound in (0.0, 1.0) for share in shares})


def _assembled(
    loaded: LoadedSpec, store: Path, evaluations: Mapping[int, Evaluation], criterion: float | None
) -> Profile:
    optimum = evaluations[0]
    if optimum.state != "done":
        why = optimum.reason or "it violates a constraint"
        raise PingcangError(f"the optimum itself does not come out, so that there is no profile: {why}")
    limit = 1 / loaded.scorer.total_weight if criterion is None else criterion
    slices = tuple(_slice(loaded, axis, optimum, evaluations, limit) for axis in loaded.space.axes)
    return Profile(loaded, store, optimum, slices, from_slices(loaded, optimum, _neighbours(slices), limit))


def _slice(
    loaded: LoadedSpec, axis: Axis, optimum: Evaluation, evaluations: Mapping[int, Evaluation], criterion: float
) -> Slice:
    others = {name: value for name, value in optimum.params.items() if name != axis.name}
    own = [each for each in evaluations.values() if {**each.params, **others} == each.params]
    own.sort(key=lambda each: each.params[axis.name])
    rise = tuple(each.loss - optimum.loss for each in own)
    errors = tuple(_error(loaded, each, optimum) for each in own)
    return Slice(axis, optimum.params[axis.name], tuple(own), rise, errors, criterion)


def _error(loaded: LoadedSpec, point: Evaluation, optimum: Evaluation) -> float:
    """Standard error of ΔL: the spread of both losses' difference when the runs are drawn anew, with replacement."""
    if point.state != "done" or all(base.runs == 1 for base in loaded.bases.values()):
        return math.nan
    if point is optimum:
        return 0.0
    random = np.random.default_rng(0)
    draws = {label: random.integers(base.runs, size=(DRAWS, base.runs)) for label, base in loaded.bases.items()}
    difference = loaded.scorer.resampled(point.values, draws) - loaded.scorer.resampled(optimum.values, draws)
    return float(np.std(difference, ddof=1))


def _neighbours(slices: tuple[Slice, ...]) -> dict[str, list[Evaluation]]:
    """Parameter -> the nearest points with a loss on its two sides."""
    found: dict[str, list[Evaluation]] = {}
    for each in slices:
        u = each.axis.coordinate(each.optimum)
        done = [point for point in each.points if point.state == "done" and each.value_of(point) != each.optimum]
        place = {point.trial: each.axis.coordinate(each.value_of(point)) - u for point in done}
        below = [point for point in done if place[point.trial] < 0]
        above = [point for point in done if place[point.trial] > 0]
        found[each.axis.name] = [*below[-1:], *above[:1]]
    return found


def profile_summary(profile: Profile) -> dict[str, Any]:
    """The profile as JSON can hold it."""
    return {
        "name": profile.loaded.spec.name,
        "store": str(profile.store),
        "runs": {label: base.runs for label, base in profile.loaded.bases.items()},
        "loss": profile.optimum.loss,
        "criterion": profile.slices[0].criterion,
        "parameters": {each.axis.name: _told(each) for each in profile.slices},
        "identification": None if profile.identification is None else profile.identification.as_dict(),
    }


def _told(each: Slice) -> dict[str, Any]:
    better = each.better
    return {
        "optimum": each.optimum,
        "low": each.axis.low,
        "high": each.axis.high,
        "pinned": each.pinned,
        "interval": list(each.interval),
        "curvature_interval": None if each.curvature_interval is None else list(each.curvature_interval),
        "better": None if better is None else each.value_of(better),
        "points": [
            {
                "value": each.value_of(point),
                "state": point.state,
                "loss": _plain(point.loss),
                "rise": _plain(rise),
                "error": _plain(error),
            }
            for point, rise, error in zip(each.points, each.rise, each.error, strict=True)
        ],
    }


def _plain(number: float) -> float | None:
    return None if math.isnan(number) else number
