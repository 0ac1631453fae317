"""Effects of two-level factors, and their Shapley shares of a difference: arithmetic on arrays, no simulation.

A cell is a tuple of levels, (0, 1, 0); `values[cell]` holds a metric over runs, the same runs in the same order in
every cell. A run that lacks the number in one cell is left out of all of them.

Glossary: k factors; y(l) statistic of cell l over the runs; s_i = 2·l_i − 1 the sign of factor i; v(S) = y of the cell
in which the factors in S are at level 1 and the others at level 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from pingcang.arrays import Floats, Ints
from pingcang.study.paired import Estimate, Resampling, Statistic, from_replicates, listwise, point

Levels = tuple[int, ...]
Values = Mapping[Levels, Floats]
SMALLEST_SHARE = 1e-12
"""A difference below this part of the largest cell is rounding, and nothing has a share of it."""


@dataclass(frozen=True)
class Shapley:
    """The difference between the cell of all ones and the cell of all zeros, and what each factor adds to it."""

    total: Estimate
    """y(1, …, 1) − y(0, …, 0), in the metric's unit."""
    parts: dict[str, Estimate]
    """Factor -> its Shapley value, in the metric's unit; they add up to the total."""
    shares: dict[str, Estimate]
    """Factor -> its part over the total, a fraction; NaN where there is no difference to share."""


@dataclass(frozen=True)
class CellStatistics:
    """y of every cell, and of every cell in every resample: (cells,) and (cells, R)."""

    cells: tuple[Levels, ...]
    values: Floats
    replicates: Floats
    n: int
    """Runs that have the number in every cell."""

    def contrast(self, weights: Floats) -> Estimate:
        """Σ weight · y over the cells, with its interval over the resamples."""
        return from_replicates(float(weights @ self.values), weights @ self.replicates, self.n)


def cell_statistics(
    values: Values, statistic: Statistic = "mean", resampling: Resampling | None = None
) -> CellStatistics:
    """y of every cell, all resampled alike; ValueError for arrays of different lengths or levels but 0 and 1."""
    cells = tuple(sorted(values))
    _check(cells, values)
    arrays = listwise([np.asarray(values[cell], np.float64) for cell in cells])
    resampling = resampling or Resampling(len(arrays[0]))
    return CellStatistics(
        cells,
        np.array([point(array, statistic) for array in arrays]),
        np.stack([resampling.replicates(array, statistic) for array in arrays]),
        int((~np.isnan(arrays[0])).sum()),
    )


def effects(
    values: Values,
    names: Sequence[str] | None = None,
    *,
    order: int | None = None,
    statistic: Statistic = "mean",
    resampling: Resampling | None = None,
) -> dict[tuple[str, ...], Estimate]:
    """Main effects and interactions up to an order (default all), with paired-bootstrap intervals.

        effect(S) = 2/N · Σ_l Π_{i∈S} s_i · y(l)

    over the N cells that are there: the mean where the product of signs is +1 less the mean where it is −1. Of a
    fraction of the lattice each effect stands for all that it is aliased with (`fractions.aliases`).
    Source: Box, Hunter and Hunter (2005), Statistics for Experimenters, ch. 5 and 6.
    """
    return effects_of(cell_statistics(values, statistic, resampling), names, order)


def effects_of(
    found: CellStatistics, names: Sequence[str] | None = None, order: int | None = None
) -> dict[tuple[str, ...], Estimate]:
    """`effects` of cells whose statistics are known."""
    names = factor_names(names, len(found.cells[0]))
    signs = 2 * np.array(found.cells) - 1
    return {
        tuple(names[i] for i in term): found.contrast(_signs_of(signs, term) * 2 / len(signs))
        for term in terms(len(names), order)
    }


def shapley(
    values: Values,
    names: Sequence[str] | None = None,
    *,
    statistic: Statistic = "mean",
    resampling: Resampling | None = None,
) -> Shapley:
    """What each factor adds to the difference of the corners, averaged over all orders of switching them on.

        φ_i = Σ_{S ∌ i} |S|! (k − |S| − 1)! / k! · (v(S ∪ i) − v(S)),    Σ_i φ_i = v(all) − v(none)

    Needs all 2^k cells (ValueError). Source: Shapley (1953), A value for n-person games, Contributions to the Theory
    of Games II, 307-317.
    """
    return shapley_of(cell_statistics(values, statistic, resampling), names)


def shapley_of(found: CellStatistics, names: Sequence[str] | None = None) -> Shapley:
    """`shapley` of cells whose statistics are known."""
    k = len(found.cells[0])
    if len(found.cells) != 2**k:
        raise ValueError(f"{len(found.cells)} cells of {2**k}; Shapley values need them all, a fraction has none")
    names = factor_names(names, k)
    corners = np.zeros(len(found.cells))
    corners[-1], corners[0] = 1.0, -1.0
    weights = {name: shapley_weights(found.cells, i) for i, name in enumerate(names)}
    return Shapley(
        found.contrast(corners),
        {name: found.contrast(weight) for name, weight in weights.items()},
        {name: _share(found, weight, corners) for name, weight in weights.items()},
    )


def shapley_weights(cells: Sequence[Levels], factor: int) -> Floats:
    """Weight of y of each cell in φ of the factor: +|S|!(k−|S|−1)!/k! with it, minus the same without it."""
    k = len(cells[0])
    weights = []
    for cell in cells:
        others = sum(cell) - cell[factor]
        size = math.factorial(others) * math.factorial(k - others - 1) / math.factorial(k)
        weights.append(size if cell[factor] else -size)
    return np.array(weights)


def terms(k: int, order: int | None = None) -> list[tuple[int, ...]]:
    """Positions of the factors of every effect: (0,), (1,), (0, 1), …"""
    return [term for size in range(1, (order or k) + 1) for term in combinations(range(k), size)]


def lattice(k: int) -> list[Levels]:
    """All 2^k cells, in order."""
    return list(product((0, 1), repeat=k))


def factor_names(names: Sequence[str] | None, k: int) -> list[str]:
    """The names of the factors, by default A, B, C …; ValueError if there are more or fewer than k."""
    found = list(names) if names is not None else [chr(ord("A") + i) for i in range(k)]
    if len(found) != k or len(set(found)) != k:
        raise ValueError(f"{len(found)} names ({', '.join(found)}) for {k} factors; each needs one of its own")
    return found


def _signs_of(signs: Ints, term: Sequence[int]) -> Floats:
    product_of_signs: Floats = signs[:, list(term)].prod(axis=1).astype(np.float64)
    return product_of_signs


def _share(found: CellStatistics, weight: Floats, corners: Floats) -> Estimate:
    total, part = float(corners @ found.values), float(weight @ found.values)
    least = SMALLEST_SHARE * float(np.abs(found.values).max())
    if not abs(total) > least:
        return from_replicates(math.nan, np.empty(0), found.n)
    totals = corners @ found.replicates
    parts = weight @ found.replicates
    shares = np.divide(parts, totals, out=np.full(totals.shape, np.nan), where=np.abs(totals) > least)
    return from_replicates(part / total, shares, found.n)


def _check(cells: Sequence[Levels], values: Values) -> None:
    if not cells:
        raise ValueError("no cells; give values[(0, 1, …)] for every cell")
    widths, lengths = {len(cell) for cell in cells}, {len(values[cell]) for cell in cells}
    if len(widths) != 1 or any(level not in (0, 1) for cell in cells for level in cell):
        raise ValueError(f"cells {list(cells)[:4]}: each must be a tuple of zeros and ones, one a factor")
    if len(lengths) != 1:
        raise ValueError(f"arrays of {sorted(lengths)} runs; cells are compared run by run, so align them first")
