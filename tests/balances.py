"""Small datasets for the monitor, written out day by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.leverage.variables import BY_NAME
from pingcang.results.units import unit_in

FIRST = "2025-03-03"
"""A Monday."""


def days(count: int, first: str = FIRST) -> np.ndarray:
    """Weekdays in a row."""
    return np.asarray(pd.bdate_range(first, periods=count).to_numpy(), dtype="datetime64[ns]")


def dataset(
    *, dates: np.ndarray | None = None, stocks: Sequence[str] = (), runs: int | None = None, **values: Any
) -> xr.Dataset:
    """A dataset of `leverage.variables`: arrays by name, of days first, or of runs first if there are runs."""
    attributes = {name: values.pop(name) for name in ("currency", "exchange", "notes") if name in values}
    labels = {name: values.pop(name) for name in ("stock_board", "stock_sector", "stock_name") if name in values}
    count = len(np.asarray(values["financing_balance"])[0]) if runs else len(values["financing_balance"])
    coordinates: dict[str, Any] = {"date": days(count) if dates is None else dates}
    if stocks:
        coordinates["stock"] = list(stocks)
    coordinates |= {name: ("stock", list(each)) for name, each in labels.items()}
    told = {"origin": "files", "name": "small", "currency": "CNY", **attributes}
    found = {}
    for name, array in values.items():
        variable = BY_NAME[name]
        dims = (("run",) if runs else ()) + variable.dims
        about = {"units": unit_in(variable.units, told), "long_name": variable.long_name, "source": "written out"}
        found[name] = (dims, np.asarray(array, dtype=np.float64), about)
    return xr.Dataset(found, coordinates, told)
