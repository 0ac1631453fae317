"""How concentrated amounts are: Herfindahl and Hirschman's index, the largest, the largest tenth, the five most traded.

Amounts have a dimension of their own (stock, sector, board), over which every function here reduces; days without any
amount are NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from pingcang.arrays import Array, Floats

DECILE = 0.1
TOP = 5


def shares(amounts: xr.DataArray, dim: str) -> xr.DataArray:
    """Each amount over the sum of all; NaN where that is 0."""
    total = amounts.sum(dim, min_count=1)
    return amounts / total.where(total > 0)


def herfindahl(amounts: xr.DataArray, dim: str) -> xr.DataArray:
    """HHI = Σ s_i²: 1 if one has all, 1/n if n have the same."""
    return (shares(amounts, dim) ** 2).sum(dim, min_count=1)


def effective_number(amounts: xr.DataArray, dim: str) -> xr.DataArray:
    """1 / HHI: how many with equal amounts would be as concentrated."""
    return 1.0 / herfindahl(amounts, dim)


def largest_share(amounts: xr.DataArray, dim: str) -> xr.DataArray:
    """Share of the largest."""
    return shares(amounts, dim).max(dim)


def share_of_largest(amounts: xr.DataArray, fraction: float = DECILE) -> xr.DataArray:
    """Share that the largest `fraction` of the stocks with an amount have, rounded up to whole stocks."""
    return _over_stocks(lambda values: _largest(values, fraction), amounts)


def top_share_of_turnover(data: xr.Dataset, count: int = TOP) -> xr.DataArray:
    """Share of turnover of the most traded stocks: of the market's turnover where known, else of the sum of stocks."""
    traded = data["stock_turnover"]
    top = _over_stocks(lambda values: _top(values, count), traded)
    total = data["turnover"] if "turnover" in data else traded.sum("stock", min_count=1)
    found: xr.DataArray = top / total.where(total > 0)
    return found


def _over_stocks(function: Callable[[Array], Floats], amounts: xr.DataArray) -> xr.DataArray:
    """A function of the last axis over the stocks of each day and run."""
    found: xr.DataArray = xr.apply_ufunc(function, amounts, input_core_dims=[["stock"]])
    return found


def _largest(amounts: Array, fraction: float) -> Floats:
    ordered = -np.sort(-np.nan_to_num(amounts), axis=-1)
    count = np.ceil(fraction * (ordered > 0).sum(axis=-1) - 1e-9)
    among = np.arange(ordered.shape[-1]) < count[..., None]
    total = ordered.sum(axis=-1)
    top: Floats = np.where(among, ordered, 0.0).sum(axis=-1)
    share: Floats = np.divide(top, total, out=np.full(total.shape, np.nan), where=total > 0)
    return share


def _top(amounts: Array, count: int) -> Floats:
    known = np.isfinite(amounts).any(axis=-1)
    found: Floats = np.sort(np.nan_to_num(amounts), axis=-1)[..., -count:].sum(axis=-1)
    return np.where(known, found, np.nan)
