"""Reverse stress test: from the damage to the shock that does it.

How large a lever may be before a condition on the runs fails, or at which lever a statistic equals a value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pingcang.errors import PingcangError, ScenarioError
from pingcang.montecarlo.runner import RunsFailedError
from pingcang.results.metrics import per_run
from pingcang.study.arms import Arm, Bench, changed
from pingcang.study.bisection import CONFIDENCE, EXACT, RESAMPLES, Root, solve
from pingcang.study.levers import Lever
from pingcang.study.statistic import Condition, Floats, Statistic

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario

STEPS = 64
"""Default tolerance: the bracket divided by this, two evaluations for its ends and six within."""
GRIDS = (None, 0.0001, 1.0)
OnPoint = Callable[[Arm, float], None]
"""Hears the arm and how many of its runs have advanced."""


class UnfinishedPointError(PingcangError):
    """Runs failed or have no such metric at a point, so that points can no longer be compared run by run."""


@dataclass(frozen=True)
class Point:
    """A value of the lever, as it was asked of the simulation."""

    x: float
    arm: Arm


@dataclass(frozen=True)
class Reversal:
    """Where the condition turns."""

    condition: Condition
    root: Root
    runs: int
    points: tuple[Point, ...]

    @property
    def holds_up_to(self) -> float | None:
        """The largest value that was tried and holds, if the condition holds at low values; None for `=`."""
        return self._tried(0)

    @property
    def holds_from(self) -> float | None:
        """The smallest value that was tried and holds, if the condition holds at high values; None for `=`."""
        return self._tried(1)

    def _tried(self, end: int) -> float | None:
        sides = self.root.sides
        if self.condition.sign == "=" or not self.condition.holds(sides[end].number):
            return None
        return sides[end].x if not self.condition.holds(sides[1 - end].number) else None


def reverse(
    loaded: LoadedScenario,
    lever: Lever,
    condition: Condition,
    bench: Bench,
    *,
    runs: int,
    low: float,
    high: float,
    tolerance: float | None = None,
    grid: float | None = None,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    on_point: OnPoint | None = None,
) -> Reversal:
    """The value of the lever between low and high at which the condition turns, with its interval.

    Both ends are simulated first; `NotBracketedError` if the statistic is on one side of the level at both. Every
    point runs with the same random numbers and is kept by the bench. `UnfinishedPointError` if a run fails.
    """
    step = check_bracket(low, high, tolerance)
    points: list[Point] = []

    def values_at(x: float) -> Floats:
        arm = Arm(f"{x:.6g}", changed(loaded, lever(x)), runs, condition.statistic.amplification)
        points.append(Point(x, arm))
        return simulated(bench, arm, condition.statistic, on_point)

    for end in (low, high):  # a value that the scenario refuses is told before anything is simulated
        changed(loaded, lever(end))
    root = solve(
        values_at,
        condition.statistic.of,
        _sharp(condition),
        low,
        high,
        tolerance=step,
        grid=grid,
        resamples=resamples,
        confidence=confidence,
        seed=bench.seed,
    )
    return Reversal(condition, root, runs, tuple(points))


def _sharp(condition: Condition) -> float:
    """The level, moved by one digit in the last place so that a tie counts as holding or not as the sign says."""
    toward = {"<": -np.inf, ">=": -np.inf, "<=": np.inf, ">": np.inf}.get(condition.sign)
    return condition.level if toward is None else float(np.nextafter(condition.level, toward))


def simulated(bench: Bench, arm: Arm, statistic: Statistic, on_point: OnPoint | None = None) -> Floats:
    """The metric behind a statistic in every run of an arm; `UnfinishedPointError` if a run has none."""
    try:
        outcome = bench.simulate(arm, None if on_point is None else lambda runs: on_point(arm, runs))
    except RunsFailedError as reason:
        raise UnfinishedPointError(f"at {arm.label}: {reason}") from None
    if outcome is None and on_point is not None:
        on_point(arm, float(arm.runs))
    with bench.open(arm) as dataset:
        values: Floats = per_run(dataset)[statistic.metric].values
        done = dataset["run"].values[~np.isnan(values)].tolist()
    missing = sorted(set(range(arm.runs)) - set(done))
    if missing:
        raise UnfinishedPointError(
            f"at {arm.label}: runs {', '.join(map(str, missing))} failed or have no {statistic.metric}, and points are "
            f"compared run by run; see the attribute failures of {bench.store(arm)}, or choose another metric or range"
        )
    return values


def check_bracket(low: float, high: float, tolerance: float | None) -> float:
    """The tolerance, by default the bracket over 64; ScenarioError for a bracket or tolerance that cannot be."""
    if not low < high:
        raise ScenarioError(f"low {low:g} is not below high {high:g}; exchange or move them")
    if tolerance is not None and not tolerance > 0:
        raise ScenarioError(f"tolerance: got {tolerance:g}, must be above 0")
    return (high - low) / STEPS if tolerance is None else tolerance


def grid_of(loaded: LoadedScenario, lever: Lever, low: float, high: float) -> float | None:
    """The steps in which a scenario takes values of a lever: None for any number, else basis points or whole numbers.

    ScenarioError, the scenario's own, if it takes none of them.
    """
    between = low + (high - low) * (5**0.5 - 1) / 2  # a number with many digits
    refused: list[ScenarioError] = []
    for grid in GRIDS:
        try:
            changed(loaded, lever(between if grid is None else round(between / grid) * grid))
        except ScenarioError as reason:
            refused.append(reason)
        else:
            return grid
    raise refused[0]


def evaluations(low: float, high: float, tolerance: float) -> int:
    """How many points a search takes at most: both ends, and one a halving."""
    return 2 + max(0, math.ceil(math.log2((high - low) / tolerance) - EXACT))
