"""The monitor's dataset from tables of files: balances, and beside them series, stocks, sectors and prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.errors import DataError
from pingcang.leverage.monitor.alignment import aligned, noted, range_of, source_of
from pingcang.leverage.monitor.calendar import as_date, gaps
from pingcang.leverage.monitor.completed import described
from pingcang.leverage.monitor.stocks import with_detail, with_labels, with_prices
from pingcang.leverage.variables import BY_NAME, MARKET
from pingcang.results.units import CNY

if TYPE_CHECKING:
    from pingcang.loaders import PriceHistory

MOST_DAYS_APART = 5.0
"""Median of calendar days between two balances; more, and they are no daily ones."""
MONTHLY = {"m1": pd.Timedelta(days=75)}
"""Figures of a month, known on its last day, and how long the latest one stands for the days after it."""


def assemble(
    balances: pd.DataFrame,
    *,
    detail: xr.Dataset | None = None,
    series: Sequence[pd.DataFrame] = (),
    sectors: pd.DataFrame | None = None,
    prices: PriceHistory | None = None,
    name: str = "",
) -> xr.Dataset:
    """A dataset of `leverage.variables` from what `pingcang.loaders` reads, on the days of the balances.

    balances: read_margin_balances; detail: read_margin_detail; series: read_market_series, of which the first that has
    a variable counts; sectors: read_sectors; prices: read_prices. Days that one of them lacks are NaN, and counted in
    the attribute `notes`; one that has none of the balances' days is refused (DataError), and so are balances that are
    not daily.
    """
    _check_daily(balances)
    found = _market(balances, name)
    for table in series:
        found = _with_series(found, table)
    if detail is not None:
        found = with_detail(found, detail)
    if prices is not None:
        found = with_prices(found, prices)
    if "stock" in found.dims:
        found = with_labels(found, detail, sectors)
    elif sectors is not None:
        raise DataError("sectors: there are no stocks that they belong to; give --detail or --prices, too")
    return found


def _check_daily(balances: pd.DataFrame) -> None:
    days = pd.DatetimeIndex(balances.index)
    if not len(days):
        raise DataError(f"{source_of(balances, 'balances')}: holds no day; check the file")
    apart = float(np.median(np.diff(days.to_numpy()) / np.timedelta64(1, "D"))) if len(days) > 1 else 0.0
    if apart > MOST_DAYS_APART:
        raise DataError(
            f"{source_of(balances, 'balances')}: its days are {apart:.0f} calendar days apart, must be trading days; "
            "the monitor reads daily balances"
        )


def _market(balances: pd.DataFrame, name: str) -> xr.Dataset:
    source = source_of(balances, "balances")
    attributes = {
        "origin": "files",
        "name": name or source,
        "currency": balances.attrs.get("currency", CNY),
        "exchange": balances.attrs.get("exchange", "all"),
    }
    days = balances.index.to_numpy().astype("datetime64[ns]")
    found = xr.Dataset(coords={"date": days}, attrs=attributes)
    for column in balances.columns:
        if column in BY_NAME and BY_NAME[column].dims == MARKET and balances[column].notna().any():
            found = described(found, column, xr.DataArray(balances[column].to_numpy(np.float64), dims="date"), source)
    return noted(found, _holes(balances, days))


def _holes(balances: pd.DataFrame, days: np.ndarray) -> str:
    """Days that are missing between neighbours, beside the interruptions that the readings mind."""
    known = {before for before, _ in gaps(days)}
    few = [pair for pair in balances.attrs.get("gaps", []) if as_date(np.datetime64(pair[0], "D")) not in known]
    if not few:
        return ""
    first = f"{few[0][0]:%Y-%m-%d} and {few[0][1]:%Y-%m-%d}"
    more = f", and {len(few) - 1} times more" if len(few) > 1 else ""
    return f"{source_of(balances, 'balances')}: trading days are missing between {first}{more}; they are not made up"


def _with_series(dataset: xr.Dataset, table: pd.DataFrame) -> xr.Dataset:
    source = source_of(table, "series")
    wanted = pd.DatetimeIndex(dataset["date"].values)
    columns = [column for column in table.columns if column in BY_NAME and BY_NAME[column].dims == MARKET]
    if not columns:
        raise DataError(f"{source}: has no series that the monitor reads; docs/data.md lists them")
    daily = table.drop(columns=[column for column in columns if column in MONTHLY]).dropna(how="all")
    note = aligned(pd.DatetimeIndex(daily.index), dataset, source) if len(daily.columns) else ""
    notes = [note]
    for column in columns:
        if column in dataset:
            notes.append(f"{source}: {column} is not read, it is in {dataset[column].attrs['source']}")
        else:
            dataset = described(dataset, column, _on_days(table[column], wanted, source), source)
    return noted(dataset, *notes)


def _on_days(column: pd.Series, wanted: pd.DatetimeIndex, source: str) -> xr.DataArray:
    """The values on the days of the balances; of a figure of a month the latest that had ended."""
    known = column.dropna()
    if column.name in MONTHLY:
        found = known.reindex(wanted, method="ffill", tolerance=MONTHLY[str(column.name)])
        if not found.notna().any():
            raise DataError(
                f"{source}: {column.name}: no month ends in the 75 days before a day of the balances "
                f"({range_of(wanted)}); give later months"
            )
    else:
        found = known.reindex(wanted)
    return xr.DataArray(found.to_numpy(np.float64), dims="date")
