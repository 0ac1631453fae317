"""Medians, spreads and bootstrap intervals over runs.

Source of the percentile bootstrap: Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2000
SEED = 0
"""Of the resampling, not of any run: the same runs give the same interval."""


def resampled(values: ArrayLike, statistic: Callable[..., Any] = np.median) -> Floats:
    """The statistic of bootstrap samples of the known values (NaN left out); empty if nothing is known."""
    known = _known(values)
    if not known.size:
        return known
    draws = np.random.default_rng(SEED).integers(known.size, size=(RESAMPLES, known.size))
    return np.asarray(statistic(known[draws], axis=1), dtype=np.float64)


def interval(values: ArrayLike, statistic: Callable[..., Any] = np.median, level: float = 0.95) -> tuple[float, float]:
    """Percentile-bootstrap interval of the statistic; NaN if nothing is known."""
    draws = resampled(values, statistic)
    if not draws.size:
        return float("nan"), float("nan")
    low, high = np.quantile(draws, (0.5 - level / 2, 0.5 + level / 2))
    return float(low), float(high)


def spread(values: ArrayLike) -> dict[str, float]:
    """Median with its 95 % interval (low, high), and the 5-95 % range of the runs (p05, p95)."""
    known = _known(values)
    low, high = interval(known)
    p05, middle, p95 = np.quantile(known, (0.05, 0.5, 0.95)) if known.size else (np.nan,) * 3
    return {"median": float(middle), "low": low, "high": high, "p05": float(p05), "p95": float(p95)}


def paired_mean(values: ArrayLike) -> dict[str, float]:
    """Mean of paired differences, with its 95 % interval (low, high)."""
    known = _known(values)
    low, high = interval(known, np.mean)
    return {"mean": float(known.mean()) if known.size else float("nan"), "low": low, "high": high}


def median_difference(a: pd.Series, b: pd.Series) -> tuple[float, float]:
    """Median of b less median of a over the runs that both have, and its standard error by paired bootstrap."""
    both = pd.concat([a, b], axis=1, join="inner").dropna().to_numpy(dtype=np.float64)
    if not len(both):
        return float("nan"), float("nan")
    draws = np.random.default_rng(SEED).integers(len(both), size=(RESAMPLES, len(both)))
    medians = np.median(both[draws], axis=1)
    middle = np.median(both, axis=0)
    return float(middle[1] - middle[0]), float((medians[:, 1] - medians[:, 0]).std(ddof=1))


def _known(values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return array[~np.isnan(array)]
