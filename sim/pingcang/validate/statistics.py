"""Stylised facts as functions of arrays.

Glossary: r (T) returns of one series; R (T, S) returns of S stocks, NaN where a stock did not trade.
Survey of the facts: Cont (2001), Empirical properties of asset returns, Quantitative Finance 1, 223-236.
"""

from __future__ import annotations

import numpy as np

from pingcang.arrays import Bools, Floats

LEAST_TRADED = 0.8
"""Stocks that trade on a smaller share of the days are left out of what is estimated stock by stock."""

STILL = 1e-12
"""A series whose deviations from its mean are shorter than this does not move: what is left is rounding."""


def volatility(r: Floats) -> float:
    """Standard deviation of returns, a fraction a day (n − 1 in the denominator)."""
    return float(np.std(r, ddof=1)) if len(r) > 1 else np.nan


def excess_kurtosis(r: Floats) -> float:
    """m₄/m₂² − 3 with central moments mₖ; 0 for normal returns. NaN if nothing moves.

    Source: Cont (2001), fact 2 (heavy tails).
    """
    deviation = r - r.mean()
    variance = float(np.mean(deviation**2))
    return float(np.mean(deviation**4)) / variance**2 - 3.0 if variance > STILL**2 else np.nan


def autocorrelation(x: Floats, lag: int) -> float:
    """Σ (x_t − x̄)(x_{t−lag} − x̄) / Σ (x_t − x̄)². NaN if nothing moves or the series is not longer than the lag.

    Source: Cont (2001): of r near 0 (fact 1), of |r| slowly decaying (facts 6 and 8).
    """
    deviation = x - x.mean()
    total = float(np.dot(deviation, deviation))
    if len(x) <= lag or total <= STILL**2:
        return np.nan
    return float(np.dot(deviation[lag:], deviation[: len(x) - lag])) / total


def hill_index(r: Floats, share: float = 0.05) -> float:
    """Tail index of |r|: k / Σ_{i≤k} ln(x_i / x_{k+1}) over the k = share·T largest values x₁ ≥ x₂ ≥ … of |r|.

    NaN if k < 1 or x_{k+1} = 0. Source: Hill (1975), Annals of Statistics 3, 1163-1174.
    """
    size = np.sort(np.abs(r))[::-1]
    k = int(share * len(size))
    if k < 1 or size[k] <= 0:
        return np.nan
    excess = float(np.log(size[:k] / size[k]).sum())
    return k / excess if excess > 0 else np.nan


def mean_correlation(R: Floats, least_traded: float = LEAST_TRADED) -> float:
    """Mean Pearson correlation over all pairs of stocks that trade on at least a share of the days.

        ρ̄ = Σ_{i≠j} z_i·z_j / Σ_{i≠j} w_i·w_j

    z_i: returns of stock i less their mean, scaled to length 1, 0 where it did not trade; w_i: 1/√n_i on its n_i days,
    else 0. The denominator undoes what days without a common trade take from the numerator; without gaps it is the
    number of pairs. Both sums are |Σ z_i|² − Σ |z_i|²: no S × S matrix. On the real stocks it agrees with the mean of
    all pairwise-complete correlations to 0.001, in the crash and in calm. NaN with fewer than two stocks.
    """
    z, w = _standardised(R, least_traded)
    pairs = _sum_over_pairs(w)
    return _sum_over_pairs(z) / pairs if pairs > 0 else np.nan


def first_eigenvalue_share(R: Floats, least_traded: float = LEAST_TRADED) -> float:
    """Share of the largest eigenvalue in the trace of the correlation matrix, gaps counted as average days.

    Taken from the T × T matrix Z·Zᵀ, which has the same non-zero eigenvalues as the S × S matrix Zᵀ·Z. Source: Plerou
    et al. (2002), Physical Review E 65, 066126 (the market mode).
    """
    z, _ = _standardised(R, least_traded)
    stocks = z.shape[1]
    return float(np.linalg.eigvalsh(z @ z.T)[-1]) / stocks if stocks else np.nan


def median_volatility(R: Floats, least_traded: float = LEAST_TRADED) -> float:
    """Median over the stocks of the standard deviation of their returns, a fraction a day, on the days they trade."""
    deviation, traded = _deviations(R, least_traded)
    variance = (deviation**2).sum(axis=0) / (traded.sum(axis=0) - 1)
    return float(np.median(np.sqrt(variance))) if variance.size else np.nan


def median_excess_kurtosis(R: Floats, least_traded: float = LEAST_TRADED) -> float:
    """Median over the stocks of their `excess_kurtosis`; days without trade and stocks that never move left out."""
    deviation, traded = _deviations(R, least_traded)
    squares, fourth = (deviation**2).sum(axis=0), (deviation**4).sum(axis=0)
    moves = squares > STILL**2
    ratio = traded.sum(axis=0)[moves] * fourth[moves] / squares[moves] ** 2
    return float(np.median(ratio)) - 3.0 if ratio.size else np.nan


def cross_section_sd(R: Floats) -> float:
    """Mean over the days of the standard deviation of returns over the stocks that trade."""
    traded = ~np.isnan(R)
    count = traded.sum(axis=1)
    known = count > 1
    if not known.any():
        return np.nan
    filled, count = np.where(traded, R, 0.0)[known], count[known]
    mean = filled.sum(axis=1) / count
    squares = (np.where(traded[known], filled - mean[:, None], 0.0) ** 2).sum(axis=1)
    return float(np.mean(np.sqrt(squares / (count - 1))))


def regress(y: Floats, *x: Floats) -> Floats:
    """Coefficients (constant first) of ordinary least squares; NaN where the regressors are not independent."""
    matrix = np.column_stack([np.ones(len(y)), *x])
    solved, _, rank, _ = np.linalg.lstsq(matrix, y, rcond=None)
    found: Floats = np.asarray(solved, np.float64)
    return found if rank == matrix.shape[1] else np.full(matrix.shape[1], np.nan)


def _deviations(R: Floats, least_traded: float) -> tuple[Floats, Bools]:
    """Returns less their mean, 0 where there was no trade, and where there was; of stocks that trade often enough."""
    days = (~np.isnan(R)).sum(axis=0)
    kept = R[:, (days >= least_traded * len(R)) & (days > 1)]
    traded = ~np.isnan(kept)
    mean = np.where(traded, kept, 0.0).sum(axis=0) / np.maximum(traded.sum(axis=0), 1)
    return np.where(traded, kept - mean, 0.0), traded


def _standardised(R: Floats, least_traded: float) -> tuple[Floats, Floats]:
    """z and w of `mean_correlation`, (T, stocks); stocks that never move are left out."""
    deviation, traded = _deviations(R, least_traded)
    length = np.sqrt((deviation**2).sum(axis=0))
    moves = length > STILL
    return deviation[:, moves] / length[moves], traded[:, moves] / np.sqrt(traded[:, moves].sum(axis=0))


def _sum_over_pairs(columns: Floats) -> float:
    """Σ_{i≠j} c_i·c_j of the columns c."""
    total = columns.sum(axis=1)
    return float(np.dot(total, total) - (columns**2).sum())
