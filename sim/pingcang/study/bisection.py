"""Where a statistic of a simulation reaches a level, and how surely: bisection with common random numbers.

Glossary: x the lever, V[i, r] the value of run r at the i-th evaluated x, S(x) the statistic of V over the runs, c the
level. Every evaluation uses the same runs, so S is a deterministic function of x and its noise is shared by all points:
the root of S(x) = c moves with the draw of the runs as a whole, not point by point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pingcang.errors import PingcangError
from pingcang.study.statistic import Floats

Reduce = Callable[[Floats], Floats]
"""From values (..., runs) to the statistic (...)."""
RESAMPLES = 2000
CONFIDENCE = 0.95
MOST_STEPS = 60
INTERPOLATION_STEPS = 60
"""Halvings of the bracket on the interpolant: below the resolution of a float for any bracket of one sign."""
EXACT = 1e-12
GRID_DIGITS = 12


class NotBracketedError(PingcangError):
    """The statistic is on the same side of the level at both ends, or on the level at both."""

    exit_code = 2

    def __init__(self, low: float, high: float, at_low: float, at_high: float, level: float) -> None:
        side = "above" if at_low > level else "below" if at_low < level else "equal to"
        super().__init__(
            f"the bracket does not hold the answer: {at_low:.6g} at {low:g} and {at_high:.6g} at {high:g} are both "
            f"{side} {level:.6g}; move --low or --high, or ask for another level"
        )
        self.low, self.high, self.at_low, self.at_high, self.level = low, high, at_low, at_high, level

    def __reduce__(self) -> tuple[type[NotBracketedError], tuple[float, ...]]:
        return type(self), (self.low, self.high, self.at_low, self.at_high, self.level)


@dataclass(frozen=True)
class Evaluation:
    """The lever at one value: what each run gave, and the statistic."""

    x: float
    values: Floats
    number: float


@dataclass(frozen=True)
class Violation:
    """Two neighbouring points between which the statistic moves against its direction from end to end."""

    x: tuple[float, float]
    number: tuple[float, float]


@dataclass(frozen=True)
class Root:
    """Where the statistic reaches the level."""

    x: float
    """Linear between the two ends of the last bracket."""
    bracket: tuple[float, float]
    interval: tuple[float, float]
    """Of x, by paired bootstrap over the runs; −inf or inf where resamples reach the level outside the bracket only."""
    outside: float
    """Share of the resamples whose root lies outside the first bracket."""
    level: float
    rising: bool
    evaluations: tuple[Evaluation, ...]
    """In the order in which they were made."""
    violations: tuple[Violation, ...]

    @property
    def sides(self) -> tuple[Evaluation, Evaluation]:
        """The evaluations at both ends of the last bracket, the lower x first."""
        found = {each.x: each for each in self.evaluations}
        return found[self.bracket[0]], found[self.bracket[1]]


def solve(
    values_at: Callable[[float], Floats],
    statistic: Reduce,
    level: float | Floats,
    low: float,
    high: float,
    *,
    tolerance: float,
    grid: float | None = None,
    level_statistic: Reduce | None = None,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Root:
    """The x in [low, high] at which the statistic of `values_at(x)` (runs) equals the level, to `tolerance` in x.

    With a `grid`, only its whole multiples are tried between the ends. A level that is itself a statistic of runs is
    given as those runs' values; then its error is in the interval, paired by the number of the run, and
    `level_statistic` (default: `statistic`) reduces it. Raises `NotBracketedError` if the statistic is on one side of
    the level at both ends.
    """
    own_runs = np.asarray(level, dtype=np.float64)
    reduced = level_statistic or statistic
    target = float(own_runs if own_runs.ndim == 0 else reduced(own_runs))
    search = _Search(values_at, statistic, target, grid)
    bracket = search.bisect(low, high, tolerance)
    points = sorted(search.evaluations, key=lambda each: each.x)
    x, numbers = np.array([each.x for each in points]), np.array([each.number for each in points])
    draws = np.random.default_rng(seed).integers(points[0].values.size, size=(resamples, points[0].values.size))
    levels = np.full(resamples, target) if own_runs.ndim == 0 else reduced(own_runs[draws])
    roots = crossings(x, np.stack([statistic(each.values[draws]) for each in points], axis=1), levels)
    return Root(
        float(crossings(x, numbers[None, :], np.array([target]))[0]),
        bracket,
        _interval(roots, confidence),
        float(np.isinf(roots).mean()),
        target,
        bool(numbers[-1] > numbers[0]),
        tuple(search.evaluations),
        violations(points),
    )


class _Search:
    """Bisection that remembers what it evaluated."""

    def __init__(
        self, values_at: Callable[[float], Floats], statistic: Reduce, level: float, grid: float | None
    ) -> None:
        self._values_at, self._statistic, self._level, self._grid = values_at, statistic, level, grid
        self.evaluations: list[Evaluation] = []

    def bisect(self, low: float, high: float, tolerance: float) -> tuple[float, float]:
        """The last bracket; its ends are evaluated."""
        at_low, at_high = self._evaluate(low), self._evaluate(high)
        if self._side(at_low) == self._side(at_high):
            raise NotBracketedError(low, high, at_low, at_high, self._level)
        side = self._side(at_low) or -self._side(at_high)
        for _ in range(MOST_STEPS):
            if high - low <= tolerance * (1 + EXACT):
                break
            middle = self._middle(low, high)
            if not low < middle < high:
                break
            low, high = (middle, high) if self._side(self._evaluate(middle)) * side > 0 else (low, middle)
        return low, high

    def _middle(self, low: float, high: float) -> float:
        middle = (low + high) / 2
        return middle if self._grid is None else round(round(middle / self._grid) * self._grid, GRID_DIGITS)

    def _evaluate(self, x: float) -> float:
        values = np.asarray(self._values_at(x), dtype=np.float64)
        number = float(self._statistic(values))
        self.evaluations.append(Evaluation(x, values, number))
        return number

    def _side(self, number: float) -> int:
        return int(np.sign(number - self._level))


def crossings(x: Floats, numbers: Floats, levels: Floats) -> Floats:
    """Where rows of a statistic at points x (rising) reach their levels, by bisection on the linear interpolant.

    `numbers` is (rows, points). −inf or inf where a row is on one side of its level at both ends: where it would
    reach it if it went on in the direction in which all rows together move.
    """
    gap = numbers - levels[:, None]
    rising = float((numbers[:, -1] - numbers[:, 0]).sum()) >= 0
    side = np.where(gap[:, 0] != 0, np.sign(gap[:, 0]), -np.sign(gap[:, -1]))
    low, high = np.full(len(gap), x[0]), np.full(len(gap), x[-1])
    for _ in range(INTERPOLATION_STEPS):
        middle = (low + high) / 2
        before = np.sign(_interpolated(x, gap, middle)) * side > 0
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    found: Floats = (low + high) / 2
    outside = gap[:, 0] * gap[:, -1] > 0
    beyond = np.where((gap[:, 0] > 0) == rising, -np.inf, np.inf)
    return np.where(outside, beyond, found)


def _interpolated(x: Floats, rows: Floats, at: Floats) -> Floats:
    """Each row, given at points x, at a place of its own."""
    left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    share = (at - x[left]) / (x[left + 1] - x[left])
    row = np.arange(len(rows))
    between: Floats = rows[row, left] * (1 - share) + rows[row, left + 1] * share
    return between


def violations(points: list[Evaluation]) -> tuple[Violation, ...]:
    """Neighbours, in the order of x, that move against the direction from the first to the last."""
    direction = np.sign(points[-1].number - points[0].number)
    return tuple(
        Violation((left.x, right.x), (left.number, right.number))
        for left, right in pairwise(points)
        if (right.number - left.number) * direction < 0
    )


def _interval(roots: Floats, confidence: float) -> tuple[float, float]:
    """Percentiles that are values themselves: between −inf and a number there is nothing to interpolate."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(roots, (tail, 1 - tail), method="inverted_cdf")
    return float(low), float(high)
