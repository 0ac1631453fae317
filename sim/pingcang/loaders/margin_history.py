"""Daily margin balances of a market."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pingcang.arrays import Floats
from pingcang.errors import DataError
from pingcang.loaders.cells import Dates, check_days_once, dates, numbers
from pingcang.loaders.columns import MARGIN_FILES, YI, Column, match
from pingcang.loaders.table import Table, read_table, refuse

FIELDS = ("financing_balance", "short_balance", "margin_purchases", "maintenance_ratio")
LEAST, MOST = 1e9, 1e13
"""CNY between which a financing balance of an exchange or the market lies (10 亿, passed in 2010, to 100,000 亿)."""
LEAST_RATIO, MOST_RATIO = 1.0, 10.0
"""Average maintenance ratios that can be."""
JUMP = 1.5
"""No balance moves by such a factor from one trading day to the next (largest fall of 2015: 10.9 %)."""
_NEXT_DAYS = 12
"""Calendar days that holidays can lie between two trading days."""
_EXCHANGES = {"SSE", "SZSE"}

log = logging.getLogger("pingcang.loaders")


def read_margin_balances(path: Path | str) -> pd.DataFrame:
    """Index date (ascending); financing_balance, short_balance, margin_purchases in CNY; maintenance_ratio, e.g. 2.57.

    maintenance_ratio is NaN where it was not published. Exchanges in rows of their own (Tushare) are added up.
    DataError names file, row and column: days twice, an exchange missing, a magnitude or a jump that cannot be.
    """
    table = read_table(path)
    dialect, columns = match(table, MARGIN_FILES, ("date", *FIELDS[:3]))
    day = dates(table, columns["date"].name)
    values = {field: _values(table, columns, field) for field in FIELDS}
    _check_magnitudes(table, columns, values)
    if "exchange" in columns:
        return _added_up(table, columns["exchange"].name, day, values)
    if dialect.source == "AkShare stock_margin_sse":
        log.warning("%s: holds Shanghai alone; add Shenzhen for the market", table.source)
    order = np.argsort(day, kind="stable")
    check_days_once(table, columns["date"].name, day)
    _check_jumps(table, columns, day, values["financing_balance"], order)
    return _frame(day[order], {field: value[order] for field, value in values.items()})


def _frame(day: Dates, values: Mapping[str, Floats]) -> pd.DataFrame:
    return pd.DataFrame(dict(values), index=pd.DatetimeIndex(day.astype("datetime64[ns]"), name="date"))


def _values(table: Table, columns: Mapping[str, Column], field: str) -> Floats:
    if field not in columns:
        return np.full(len(table), np.nan)
    found = numbers(table, columns[field].name, columns[field].unit, share=field == "maintenance_ratio")
    empty = np.flatnonzero(np.isnan(found))
    if len(empty) and field != "maintenance_ratio":
        refuse(table, empty, columns[field].name, lambda row: "is empty; fill the cell, or leave out the row")
    return found


def _check_magnitudes(table: Table, columns: Mapping[str, Column], values: Mapping[str, Floats]) -> None:
    for field, (low, high) in {
        "financing_balance": (LEAST, MOST),
        "short_balance": (0.0, MOST),
        "margin_purchases": (0.0, MOST),
        "maintenance_ratio": (LEAST_RATIO, MOST_RATIO),
    }.items():
        if field in columns:
            _check_magnitude(table, columns[field], values[field], low, high)


def _check_magnitude(table: Table, column: Column, found: Floats, low: float, high: float) -> None:
    bad = np.flatnonzero((found < low) | (found > high))
    if len(bad):
        told, hint = _limits(low, high, column)
        refuse(table, bad, column.name, lambda row: f"found {found[row] / column.unit:,.6g}, must be {told}; {hint}")


def _limits(low: float, high: float, column: Column) -> tuple[str, str]:
    between = f"between {low / column.unit:,.6g} and {high / column.unit:,.6g}"
    if column.field == "maintenance_ratio":
        return f"{between} {'percent' if column.unit != 1 else '(2.57, not 257)'}", "check the unit"
    unit = "亿" if column.unit == YI else "CNY"
    other = "CNY" if column.unit == YI else "亿, which margin_market_daily.csv has"
    return f"{between} {unit}", f"is the column in another unit ({other})?"


def _check_jumps(table: Table, columns: Mapping[str, Column], day: Dates, balance: Floats, order: np.ndarray) -> None:
    factor = balance[order][1:] / balance[order][:-1]
    near = np.diff(day[order]).astype(np.int64) <= _NEXT_DAYS
    bad = np.flatnonzero(near & ((factor > JUMP) | (factor < 1 / JUMP)))
    if len(bad):
        before, here = int(order[bad[0]]), int(order[bad[0] + 1])
        unit = columns["financing_balance"].unit
        raise DataError(
            f"{table.place(here)}: {columns['financing_balance'].name}: found {balance[here] / unit:,.6g} on "
            f"{day[here]} after {balance[before] / unit:,.6g} on {day[before]} ({table.place(before)}), a factor of "
            f"{factor[bad[0]]:.3g}, must lie between 1/{JUMP:g} and {JUMP:g}; a decimal point, a unit, or an exchange "
            "is missing"
        )


def _added_up(table: Table, column: str, day: Dates, values: Mapping[str, Floats]) -> pd.DataFrame:
    """The sum of the exchanges on each day, all of which must be there."""
    frame = pd.DataFrame({"day": day, "exchange": table.frame[column].astype("string").str.strip().str.upper()})
    _check_pairs(table, column, frame)
    for _, rows in frame.groupby("day"):
        missing = _EXCHANGES - set(rows["exchange"])
        if missing:
            row = int(rows.index[0])
            raise DataError(
                f"{table.place(row)}: {column}: {day[row]} has no row of "
                f"{' and '.join(sorted(missing))}; the market's total needs both exchanges, fetch the day again"
            )
    sums = pd.DataFrame(dict(values)).groupby(frame["day"]).sum(min_count=1)
    sums.index = pd.DatetimeIndex(sums.index, name="date")
    return sums[list(FIELDS)]


def _check_pairs(table: Table, column: str, frame: pd.DataFrame) -> None:
    twice = frame.duplicated().to_numpy()
    if twice.any():
        row = int(np.flatnonzero(twice)[0])
        raise DataError(
            f"{table.place(row)}: {column}: {frame['exchange'][row]} stands twice on {frame['day'][row]:%Y-%m-%d}; "
            "keep one of the rows"
        )
