"""How the balance, and what is sold short, answer to returns.

    B(t)/B(t−1) − 1 = a + β₀ r(t) + β₁ r(t−1) + e(t),   r(t) = I(t)/I(t−1) − 1

by ordinary least squares over the last `FLOW_DAYS` trading days. β₀ + β₁ above 0: loans are taken after rises and
repaid after falls, which amplifies both. It was 0.13 in the bubble of 2015 and 0.50 in its crash.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr

from pingcang.arrays import Floats
from pingcang.leverage.monitor.calendar import growth

FLOW_DAYS = 120
"""Trading days of a fit: half a year."""
FEWEST = 30
"""Days with all values that a fit needs."""
_COEFFICIENTS = 3


class Fit(NamedTuple):
    """a, β₀, β₁, the share of variance that they explain, and the days that they are fitted to."""

    constant: float
    same_day: float
    day_before: float
    r_squared: float
    days: int


def fit_flows(balance: xr.DataArray, index: xr.DataArray, fewest: int = FEWEST) -> Fit:
    """The fit over all days of a balance and an index (date), NaN throughout where there are too few."""
    returns = growth(index, 1)
    return _fitted(growth(balance, 1).values, returns.values, returns.shift(date=1).values, fewest)


def flow_beta(data: xr.Dataset) -> xr.DataArray:
    """β₀ + β₁ over the last days."""
    return _each_run(data, lambda fit: fit.same_day + fit.day_before)


def flow_fit(data: xr.Dataset) -> xr.DataArray:
    """R² of the fit over the last days."""
    return _each_run(data, lambda fit: fit.r_squared)


def short_correlation(data: xr.Dataset) -> xr.DataArray:
    """Correlation of relative changes of the quantity sold short, S / I, with returns over the last days."""
    recent = data[["short_balance", "index"]].isel(date=slice(-FLOW_DAYS - 1, None))
    changes, returns = growth(recent["short_balance"] / recent["index"], 1), growth(recent["index"], 1)
    changes = changes.where(np.isfinite(changes))
    enough = (changes + returns).notnull().sum("date") >= FEWEST
    return xr.corr(changes, returns, dim="date").where(enough)


def _each_run(data: xr.Dataset, number: Callable[[Fit], float]) -> xr.DataArray:
    recent = data[["financing_balance", "index"]].isel(date=slice(-FLOW_DAYS - 2, None))
    if "run" not in recent.dims:
        return xr.DataArray(number(fit_flows(recent["financing_balance"], recent["index"])))
    runs = [recent.isel(run=place) for place in range(recent.sizes["run"])]
    values = [number(fit_flows(run["financing_balance"], run["index"])) for run in runs]
    return xr.DataArray(values, dims="run")


def _fitted(flows: Floats, returns: Floats, earlier: Floats, fewest: int) -> Fit:
    known = np.isfinite(flows) & np.isfinite(returns) & np.isfinite(earlier)
    days = int(known.sum())
    if days < fewest:
        return Fit(np.nan, np.nan, np.nan, np.nan, days)
    y, x = flows[known], np.column_stack([np.ones(days), returns[known], earlier[known]])
    found, _, rank, _ = np.linalg.lstsq(x, y)
    if rank < _COEFFICIENTS:
        return Fit(np.nan, np.nan, np.nan, np.nan, days)
    spread = float(((y - y.mean()) ** 2).sum())
    left = float(((y - x @ found) ** 2).sum())
    constant, same_day, day_before = (float(each) for each in found)
    return Fit(constant, same_day, day_before, 1.0 - left / spread if spread else np.nan, days)
