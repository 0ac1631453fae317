"""Who owes the balance, as tables: boards, sectors, the largest stocks."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.leverage.monitor.calendar import before

LARGEST = 10
Labelled = TypeVar("Labelled", xr.DataArray, xr.Dataset)


def middle(values: Labelled) -> Labelled:
    """Median over the runs, if there are any."""
    return values.median("run") if "run" in values.dims else values


def by_group(data: xr.Dataset, dim: str, window: int) -> pd.DataFrame:
    """Balance of each board or sector on the last day, its share, and its growth over the window; largest first."""
    name = f"{dim}_financing_balance"
    if name not in data:
        return _frame(dim, [], {})
    balance = data[name]
    return _table(balance, window, dim).sort_values("financing_balance", ascending=False)


def by_stock(data: xr.Dataset, window: int) -> pd.DataFrame:
    """The stocks with the largest balances on the last day, with name, board and sector where they are known."""
    if "stock_financing_balance" not in data:
        return _frame("stock", [], {})
    table = _table(data["stock_financing_balance"], window, "stock")
    for label in ("name", "board", "sector"):
        if f"stock_{label}" in data.coords:
            table[label] = data[f"stock_{label}"].values.astype(str)
    return table.dropna(subset="financing_balance").nlargest(LARGEST, "financing_balance")


def series_table(series: xr.Dataset) -> pd.DataFrame:
    """The derived series, a row a day; of several runs their median."""
    return middle(series).to_dataframe().rename_axis("date")


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, ready for JSON."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _table(balance: xr.DataArray, window: int, dim: str) -> pd.DataFrame:
    today = balance.isel(date=-1)
    earlier = before(balance, window).isel(date=-1)
    share = today / today.sum(dim)
    change = today / earlier.where(earlier > 0) - 1.0
    columns = {"financing_balance": today, "share": share, "change": change}
    return _frame(dim, today[dim].values.astype(str), {name: middle(each).values for name, each in columns.items()})


def _frame(dim: str, labels: Any, columns: dict[str, Any]) -> pd.DataFrame:
    names = ("financing_balance", "share", "change")
    found = {name: columns.get(name, np.empty(0)) for name in names}
    return pd.DataFrame(found, index=pd.Index(labels, name=dim, dtype=object))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return value
