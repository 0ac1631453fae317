"""Where one failure brings more than one on average: the branching process of the contagion.

A bank with k assets that failed through one of them sells the k − 1 others. An asset has l further holders
(size-biased: a Poisson number with the assets' mean degree), each with k' assets in proportion to k'·P(k'). The sale is

    x = (1/k) / (1/k + 1/k' + (l − 1)·E[1/k])

of the asset, the other holders at their mean, and fails the holder if COMMON/k' · (1 − exp(−α·x)) ≥ 1/λ. The mean
number of failures among banks with k' assets is

    B[k', k] = (k − 1) · k'·P(k')/μ · Σ_l Poisson(l) · l · 1{the holder fails},

and contagion spreads where its largest eigenvalue exceeds 1. Two failures that hit a bank together are not in it.
Source: Caccioli et al. (2014), section 3; the mean of the other holders is this replication's simplification.
"""

from __future__ import annotations

import numpy as np
from experiments.replications.caccioli.network import COMMON, IMPACT, Floats
from scipy.stats import poisson

NEGLIGIBLE = 1e-9
"""Probability of degrees that are left out."""


def largest_eigenvalue(mean_degree: float, leverage: float, assets_per_bank: float = 1.0) -> float:
    """Of B; above 1 a failure can spread without end."""
    return float(np.abs(np.linalg.eigvals(mean_failures(mean_degree, leverage, assets_per_bank))).max())


def mean_failures(mean_degree: float, leverage: float, assets_per_bank: float = 1.0) -> Floats:
    """B: mean failures among banks with k' assets (rows) from one with k (columns), k and k' from 1."""
    k = np.arange(1, int(poisson.isf(NEGLIGIBLE, mean_degree)) + 2, dtype=np.float64)
    holders_mean = mean_degree / assets_per_bank
    others = np.arange(1, int(poisson.isf(NEGLIGIBLE, holders_mean)) + 2, dtype=np.float64)
    share = k * poisson.pmf(k, mean_degree) / mean_degree
    mean_part = -np.expm1(-mean_degree) / mean_degree
    part = 1 / k
    total = part[None, :, None] + part[:, None, None] + (others - 1) * mean_part
    loss = COMMON * part[:, None, None] * -np.expm1(-IMPACT * part[None, :, None] / total)
    hit = (loss >= 1 / leverage) @ (others * poisson.pmf(others, holders_mean))
    return np.asarray((k - 1)[None, :] * share[:, None] * hit)
