"""How far a link moves the balance, and how surely: both balances solved again on the same draws of the runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pingcang.study.bisection import CONFIDENCE, RESAMPLES, Root, crossings
from pingcang.study.statistic import Floats, Statistic


@dataclass(frozen=True)
class Shift:
    """One balance less another, CNY."""

    value: float
    interval: tuple[float, float]
    """95 %, paired; −inf or inf where a balance leaves the range of the search, nan where both do."""

    @property
    def sure(self) -> bool:
        """Zero lies outside the interval."""
        return self.interval[0] > 0 or self.interval[1] < 0


def shift(later: Root, earlier: Root, target: Floats, statistic: Statistic, seed: int) -> Shift:
    """The balance of `later` less that of `earlier`; `target` are the values of the runs of 2015, shared by both.

    Every market has the same random numbers in run r, so draws of the runs move both balances alike: the difference is
    much surer than either.
    """
    draws = np.random.default_rng(seed).integers(target.size, size=(RESAMPLES, target.size))
    levels = statistic.of(target[draws])
    with np.errstate(invalid="ignore"):
        differences = _balances(later, draws, levels, statistic) - _balances(earlier, draws, levels, statistic)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(differences, (tail, 1 - tail), method="inverted_cdf")
    return Shift(later.x - earlier.x, (float(low), float(high)))


def _balances(root: Root, draws: np.ndarray, levels: Floats, statistic: Statistic) -> Floats:
    points = sorted(root.evaluations, key=lambda each: each.x)
    x = np.array([each.x for each in points])
    return crossings(x, np.stack([statistic.of(each.values[draws]) for each in points], axis=1), levels)
