"""Least squares with fixed effects that are taken out of the data, and standard errors clustered by group.

    y = Xβ + α_g + u,   β = (X̃′X̃)⁻¹ X̃′ỹ,   Var β = c·(X̃′X̃)⁻¹ (Σ_c X̃_c′ũ_c ũ_c′X̃_c) (X̃′X̃)⁻¹

X̃, ỹ have the means of their groups taken out: exactly for one set of groups, by turns until nothing moves for
several (alternating projections); c = G/(G − 1) · (n − 1)/(n − K) for G clusters.
Sources: Frisch and Waugh (1933); Guimarães and Portugal, Stata Journal 10 (2010); Liang and Zeger (1986).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pingcang.arrays import Array, Bools, Floats, Ints
from pingcang.errors import PingcangError

SETTLED = 1e-6
"""Largest change of a column's values, in its standard deviations, at which alternating projections stop."""
MOST_TURNS = 2000
IDENTIFIED = 1e-9
"""Share of a column's variance that must be left beside the columns before it."""


@dataclass(frozen=True)
class Estimate:
    """Coefficients (K,) by name, NaN where the data do not identify one, their standard errors, rows and clusters."""

    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    observations: int
    clusters: int

    def __getitem__(self, name: str) -> float:
        return float(self.coefficients[self.names.index(name)])

    def error(self, name: str) -> float:
        """Standard error of a coefficient."""
        return float(self.errors[self.names.index(name)])


def fit(y: Floats, columns: Mapping[str, Array], *, fixed: Sequence[Ints], clusters: Ints) -> Estimate:
    """Regress y (n,) on named columns (n,) with an effect for each group of every set in `fixed`, (n,) each.

    A column that groups and earlier columns explain is left out, and its coefficient is NaN.
    Raises PingcangError where several sets of effects cannot be told apart within MOST_TURNS.
    """
    places = [_numbered(group) for group in fixed]
    X = np.empty((len(columns), len(y)))
    sizes = np.empty(len(columns))
    for k, column in enumerate(columns.values()):
        X[k] = within(column.astype(np.float64), places)
        sizes[k] = np.dot(column, column.astype(np.float64))
    kept = identified(X @ X.T, sizes)
    beta, errors = np.full(len(columns), np.nan), np.full(len(columns), np.nan)
    place = _numbered(clusters)
    if kept.any():
        X = X if kept.all() else X[kept]
        inside, bread = within(y, places), np.linalg.inv(X @ X.T)
        beta[kept] = bread @ (X @ inside)
        errors[kept] = _clustered(X, inside - beta[kept] @ X, bread, place)
    return Estimate(tuple(columns), beta, errors, len(y), int(place.max(initial=-1)) + 1)


def within(values: Floats, places: Sequence[Ints]) -> Floats:
    """Values (n,) without the means of their groups, for every set of groups, numbered from 0."""
    sizes = [np.maximum(np.bincount(place), 1) for place in places]
    if len(places) == 1:
        return _demeaned(values, places[0], sizes[0])
    spread = float(values.std()) or 1.0 if len(values) else 1.0
    left = values
    for _ in range(MOST_TURNS):
        before = left
        for place, size in zip(places, sizes, strict=True):
            left = _demeaned(left, place, size)
        if float(np.abs(left - before).max(initial=0.0)) < SETTLED * spread:
            return left
    raise PingcangError(
        f"fixed effects: {len(places)} sets of groups still move after {MOST_TURNS} turns; use fewer sets or more rows"
    )


def _demeaned(values: Floats, place: Ints, sizes: Ints) -> Floats:
    left: Floats = values - (np.bincount(place, weights=values) / sizes)[place]
    return left


def _numbered(group: Array) -> Ints:
    numbers: Ints = np.unique(group, return_inverse=True)[1].astype(np.int64)
    return numbers


def identified(products: Floats, sizes: Floats) -> Bools:
    """Which columns say something beside those before them: X̃′X̃ (K, K) swept from the left, column sizes (K,)."""
    left, kept = products.copy(), np.zeros(len(products), np.bool_)
    for k in range(len(products)):
        if left[k, k] > IDENTIFIED * sizes[k]:
            kept[k] = True
            left = left - np.outer(left[:, k], left[k]) / left[k, k]
    return kept


def _clustered(X: Floats, residual: Floats, bread: Floats, place: Ints) -> Floats:
    count, (K, n) = int(place.max()) + 1, X.shape
    if count < 2 or n <= K:
        return np.full(K, np.nan)
    scores = np.stack([np.bincount(place, weights=column * residual) for column in X])
    correction = count / (count - 1) * (n - 1) / (n - K)
    variance = correction * bread @ (scores @ scores.T) @ bread
    errors: Floats = np.sqrt(np.diag(variance))
    return errors
