"""Statistics of arms that share their random numbers: differences run by run, and what they are known to.

Numbers of a metric stand in an array over runs; arrays of several arms stand for the same runs in the same order
(`common_runs`, `aligned`). NaN means that a run has no such number: a pair of which either is NaN is left out, and
`Estimate.n` tells how many remain. Nothing here simulates, and nothing is drawn twice: one `Resampling` serves all
arms and all metrics of a study, so that whatever is computed from it stays paired.

Glossary: a, b numbers of an arm, (n,) over runs; d = b − a; θ a statistic (mean or median); R resamples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal, get_args

import numpy as np

from pingcang.arrays import Floats, Ints
from pingcang.results.compare import as_bits

Statistic = Literal["mean", "median"]
LEVEL = 0.95
RESAMPLES = 2000
SEED = 20150612
"""Of the resampling, not of the model: fixed, so that the same runs give the same intervals."""
Z = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""
STILL = 1e-12
"""Deviations below this part of the largest number are rounding."""
PIECE = 2**22
"""Numbers that are resampled at once: medians of many runs are taken piece by piece."""


@dataclass(frozen=True)
class Estimate:
    """A number from runs, with the 95 % interval of its Monte Carlo error and its standard error, in its unit."""

    value: float
    low: float
    high: float
    se: float
    n: int
    """Runs (or pairs of runs) that have the number."""

    def to_dict(self) -> dict[str, float | int | None]:
        """As JSON can hold it: None where there is no number."""
        told = {"value": self.value, "ci_low": self.low, "ci_high": self.high, "se": self.se}
        return {**{name: number_or_none(number) for name, number in told.items()}, "runs": self.n}


NOTHING = Estimate(math.nan, math.nan, math.nan, math.nan, 0)


class Resampling:
    """R samples of n runs, drawn with replacement once: (R, n) positions, by a fixed seed.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 6 and 13.
    """

    def __init__(self, n: int, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        if n < 1 or resamples < 1:
            raise ValueError(f"{n} runs, {resamples} resamples: at least one of each is needed")
        self.n = n
        self.draws: Ints = np.random.default_rng(seed).integers(n, size=(resamples, n))
        self._weights: Floats | None = None

    @property
    def weights(self) -> Floats:
        """How often each run is in each sample, (R, n)."""
        if self._weights is None:
            rows = np.arange(len(self.draws))[:, None] * self.n
            counts = np.bincount((rows + self.draws).ravel(), minlength=self.draws.size)
            self._weights = counts.reshape(self.draws.shape).astype(np.float64)
        return self._weights

    def replicates(self, values: Floats, statistic: Statistic = "mean") -> Floats:
        """θ of every sample, (R,), over the numbers that are not NaN; NaN where a sample has none of them."""
        if values.shape != (self.n,):
            raise ValueError(f"an array of shape {values.shape}, made for {self.n} runs; align the arms first")
        if statistic == "mean":
            return self._means(values)
        step = max(1, PIECE // self.n)
        pieces = [_medians(values[self.draws[at : at + step]]) for at in range(0, len(self.draws), step)]
        return np.concatenate(pieces)

    def _means(self, values: Floats) -> Floats:
        known = ~np.isnan(values)
        weights = self.weights if known.all() else self.weights[:, known]
        centre = point(values)  # so that numbers which are all alike give exactly that number in every sample
        total = weights.sum(axis=1)
        sums = weights @ (values[known] - centre)
        means: Floats = centre + np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0)
        return means


def common_runs(*numbers: Ints) -> Ints:
    """The run numbers that all arms have, in order; ValueError if there is none."""
    common: Ints = reduce(np.intersect1d, numbers)
    if not common.size:
        raise ValueError("the arms have no run in common")
    return common


def aligned(values: Floats, numbers: Ints, common: Ints) -> Floats:
    """The values of the common runs, in their order; `numbers` (n,) tells which run each value is of."""
    order = np.argsort(numbers)
    found: Floats = values[order[np.searchsorted(numbers, common, sorter=order)]]
    return found


def exceeds(values: Floats, threshold: float) -> Floats:
    """1 where the number is above the threshold, 0 where it is not, NaN where there is none."""
    return np.where(np.isnan(values), np.nan, (values > threshold).astype(np.float64))


def point(values: Floats, statistic: Statistic = "mean") -> float:
    """θ of the numbers that are not NaN; NaN if there is none."""
    known = values[~np.isnan(values)]
    if statistic not in get_args(Statistic):
        raise ValueError(f"statistic {statistic!r}; it is mean or median")
    if not known.size:
        return math.nan
    if bool((known == known[0]).all()):
        return float(known[0])
    return float(known.mean() if statistic == "mean" else np.median(known))


def estimate(values: Floats, resampling: Resampling | None = None, statistic: Statistic = "mean") -> Estimate:
    """θ of one arm with its percentile-bootstrap interval; the standard error is the deviation of the replicates."""
    resampling = resampling or Resampling(len(values))
    value = point(values, statistic)
    known = int((~np.isnan(values)).sum())
    return from_replicates(value, resampling.replicates(values, statistic), known) if known else NOTHING


def difference(a: Floats, b: Floats, resampling: Resampling | None = None, statistic: Statistic = "mean") -> Estimate:
    """θ(b − a), run by run, with its paired-bootstrap interval.

    The mean difference is the difference of the means over the pairs; the median difference is the median of the
    differences, not the difference of the medians. Source: Efron and Tibshirani (1993), ch. 13 (percentile interval).
    """
    return estimate(b - a, resampling, statistic)


def proportion(hits: Floats) -> Estimate:
    """Share of ones among zeros and ones with its Wilson interval.

        (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)

    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    known = hits[~np.isnan(hits)]
    if not known.size:
        return NOTHING
    n, p = known.size, float(known.mean())
    low, high = wilson(p, n)
    return Estimate(p, low, high, math.sqrt(p * (1 - p) / n), n)


def wilson(p: float, n: int) -> tuple[float, float]:
    """95 % interval of a proportion p of n trials, Wilson (1927)."""
    half = Z * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    middle, shrink = p + Z**2 / (2 * n), 1 + Z**2 / n
    low, high = (middle - half) / shrink, (middle + half) / shrink
    return (0.0 if p == 0 else low), (1.0 if p == 1 else high)


def difference_of_proportions(a: Floats, b: Floats) -> Estimate:
    """P(b) − P(a) of paired zeros and ones, with an interval that keeps its width where no pair differs.

    Square-and-add of the two Wilson intervals with their correlation φ. Source: Newcombe (1998), Improved confidence
    intervals for the difference between binomial proportions based on paired data, Statistics in Medicine 17,
    2635-2650, method 10. The standard error is √(discordant share − difference²) / √n.
    """
    known = ~(np.isnan(a) | np.isnan(b))
    if not known.any():
        return NOTHING
    first, second = b[known], a[known]
    n, p1, p2 = first.size, float(first.mean()), float(second.mean())
    value = float((first - second).mean())
    (low1, high1), (low2, high2) = wilson(p1, n), wilson(p2, n)
    phi = _correlation(first, second)
    below = _square_and_add(p1 - low1, high2 - p2, phi)
    above = _square_and_add(high1 - p1, p2 - low2, phi)
    error = math.sqrt(max(0.0, float((first != second).mean()) - value**2) / n)
    return Estimate(value, value - below, value + above, error, n)


def _square_and_add(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2))


def _correlation(first: Floats, second: Floats) -> float:
    """φ of a fourfold table with Newcombe's correction for continuity; 0 where a margin is empty."""
    both = float((first * second).sum())
    neither = float(((1 - first) * (1 - second)).sum())
    only_first, only_second = float(first.sum()) - both, float(second.sum()) - both
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if margins == 0:
        return 0.0
    excess = both * neither - only_first * only_second
    corrected = max(excess - first.size / 2, 0.0) if excess > 0 else excess
    return corrected / math.sqrt(margins)


def variance_reduction(a: Floats, b: Floats) -> float:
    """(Var a + Var b) / Var(b − a): how many times more independent runs would be needed for the same error.

    Over the pairs that both have; inf if the difference is the same in every run, NaN with fewer than two pairs or
    where nothing varies at all.
    """
    known = ~(np.isnan(a) | np.isnan(b))
    if known.sum() < 2:
        return math.nan
    rounding = (STILL * max(float(np.abs(a[known]).max()), float(np.abs(b[known]).max()))) ** 2
    apart = _variance(a[known], rounding) + _variance(b[known], rounding)
    together = _variance(b[known] - a[known], rounding)
    if together == 0:
        return math.inf if apart > 0 else math.nan
    return apart / together


def _variance(values: Floats, rounding: float) -> float:
    variance = float(np.var(values, ddof=1))
    return variance if variance > rounding else 0.0


def first_day_apart(a: Mapping[str, Floats], b: Mapping[str, Floats]) -> Ints:
    """Day on which a run of the arms first differs in any variable, bit for bit; −1 where it never does.

    Arrays are (run, day, …) of the same runs. A variable that only one arm has is not compared; one whose further
    dimensions differ (another number of boards) is apart from day 0. Days beyond the shorter arm are not compared.
    """
    days = [_first_day(a[name], b[name]) for name in a if name in b]
    if not days:
        raise ValueError("the arms have no variable in common")
    never = np.iinfo(np.int64).max
    first = np.min([np.where(each < 0, never, each) for each in days], axis=0)
    return np.where(first == never, -1, first).astype(np.int64)


def _first_day(a: Floats, b: Floats) -> Ints:
    if a.shape[2:] != b.shape[2:]:
        return np.zeros(len(a), np.int64)
    days = min(a.shape[1], b.shape[1])
    apart = as_bits(a[:, :days]) != as_bits(b[:, :days])
    by_day = apart.reshape(len(a), days, -1).any(axis=2)
    return np.where(by_day.any(axis=1), by_day.argmax(axis=1), -1).astype(np.int64)


def listwise(arrays: Sequence[Floats]) -> list[Floats]:
    """The arrays with NaN wherever any of them has one: only runs that all arms know stay paired."""
    lost = np.isnan(np.stack(arrays)).any(axis=0)
    return [np.where(lost, np.nan, array) for array in arrays]


def from_replicates(value: float, replicates: Floats, n: int) -> Estimate:
    """The estimate whose sampling distribution the replicates stand for."""
    known = replicates[~np.isnan(replicates)]
    if not known.size or math.isnan(value):
        return Estimate(value, math.nan, math.nan, math.nan, n)
    low, high = np.quantile(known, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2))
    return Estimate(value, float(low), float(high), float(np.std(known)), n)


def number_or_none(number: float) -> float | None:
    """The number as JSON can hold it."""
    return float(number) if math.isfinite(number) else None


def jsonable(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as JSON can hold it."""
    return {key: number_or_none(value) if isinstance(value, float) else value for key, value in row.items()}


def _medians(rows: Floats) -> Floats:
    if not np.isnan(rows).any():
        found: Floats = np.median(rows, axis=1)
        return found
    empty = np.isnan(rows).all(axis=1)
    medians = np.full(len(rows), np.nan)
    medians[~empty] = np.nanmedian(rows[~empty], axis=1)
    return medians
