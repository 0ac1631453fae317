"""Rows of daily prices as arrays, one entry a row; what is wrong inside one row, or between two of the same day."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pingcang.arrays import Array, Bools, Floats, Ints
from pingcang.errors import DataError
from pingcang.loaders.cells import Dates, board_of, codes, dates, numbers, six_digits
from pingcang.loaders.columns import PRICE_FILES, Column, Dialect, code_names, match, unread
from pingcang.loaders.table import Table, files_of, read_table, refuse, stacked

TICK = 0.01
"""CNY; every price of an A share is a whole number of these."""
_OFF_TICK = 0.02
"""Of a tick: more than what single-precision files lose."""
_CODE_IN_NAME = re.compile(r"(?<!\d)(?:(sh|sz|bj)[._]?)?(\d{6})(?!\d)", re.IGNORECASE)
PRICES = ("open", "high", "low", "close")
_VALUES = (*PRICES, "previous_close", "change", "volume", "amount")


@dataclass(frozen=True)
class Rows:
    """n rows: `row` is each one's row in the table; `stock` its position in `codes`; values NaN where nothing is said.

    Prices in CNY, change as a share, volume in shares, amount in CNY. `columns` holds the columns there are, by field.
    """

    table: Table
    columns: Mapping[str, Column]
    codes: list[str]
    row: Ints
    stock: npt.NDArray[np.intp]
    date: Dates
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    previous_close: Floats
    change: Floats
    volume: Floats
    amount: Floats

    def __len__(self) -> int:
        return len(self.row)

    def take(self, where: Array) -> Rows:
        """Some of the rows, by position or by flag."""
        arrays = {name: getattr(self, name)[where] for name in ("row", "stock", "date", *_VALUES)}
        return replace(self, **arrays)

    def printed(self, field: str) -> str:
        """The name of a field's column in the file."""
        return self.columns[field].name if field in self.columns else field

    def refuse(self, bad: Bools, field: str, told: Callable[[int], str]) -> None:
        """Raise DataError where `bad`; `told` gets the position among these rows."""
        found = np.flatnonzero(bad)
        if len(found):
            back = dict(zip(self.row[found].tolist(), found.tolist(), strict=True))
            refuse(self.table, self.row[found], self.printed(field), lambda row: told(back[row]))

    def name(self, at: int) -> str:
        """Stock and day of a row, for messages."""
        return f"{self.codes[self.stock[at]]} on {self.date[at]}"


def read_rows(source: Path) -> tuple[Rows, Dialect, list[str]]:
    """The rows of a file or a folder as they stand, its dialect, and the names of columns that nobody reads."""
    if source.is_dir():
        table = stacked([_with_code(read_table(path, code_names(PRICE_FILES))) for path in files_of(source)])
    else:
        table = _with_code(read_table(source, code_names(PRICE_FILES)))
    dialect, columns = match(table, PRICE_FILES, ("code", "date", "close"))
    position, order = codes(table, columns["code"].name)
    values = {
        field: numbers(table, columns[field].name, columns[field].unit, share=field == "change")
        if field in columns
        else np.full(len(table), np.nan)
        for field in _VALUES
    }
    day = dates(table, columns["date"].name)
    rows = Rows(table, columns, order, np.arange(len(table)), position, day, **values)
    return rows, dialect, unread(table, dialect, columns)


def _with_code(table: Table) -> Table:
    """A one-stock file without a column of codes gets it from its name."""
    if any(name in table.frame.columns for name in code_names(PRICE_FILES)):
        return table
    match_ = _CODE_IN_NAME.search(table.paths[0].name)
    code = six_digits((match_[1] or "") + match_[2]) if match_ else ""
    if not code:
        raise DataError(
            f"{table.header}: columns: found {', '.join(table.frame.columns)}, but no code of a stock, nor is one in "
            "the file's name; add a column code, or name the file like 600000.csv"
        )
    name = "ts_code" if "trade_date" in table.frame.columns else "code" if "date" in table.frame.columns else "股票代码"
    return replace(table, frame=table.frame.assign(**{name: code}))


def in_order(rows: Rows) -> Rows:
    """The rows by stock and day; rows of one stock and day in the order of the file."""
    return rows.take(np.lexsort((rows.row, rows.date, rows.stock)))


def without_repeats(rows: Rows) -> tuple[Rows, int]:
    """Ordered rows without those that repeat the row before in everything, and how many these were.

    DataError for two rows of one stock and day that differ.
    """
    again = np.zeros(len(rows), dtype=bool)
    again[1:] = (rows.stock[1:] == rows.stock[:-1]) & (rows.date[1:] == rows.date[:-1])
    for field in _VALUES:
        _check_repeats(rows, again, field)
    return rows.take(~again), int(again.sum())


def _check_repeats(rows: Rows, again: Bools, field: str) -> None:
    value = getattr(rows, field)
    before = np.roll(value, 1)
    rows.refuse(
        again & ~((value == before) | (np.isnan(value) & np.isnan(before))),
        field,
        lambda at: (
            f"found {value[at]:g} for {rows.name(at)}, but {rows.table.place(int(rows.row[at - 1]))} says "
            f"{before[at]:g} for the same day; keep one of the two rows"
        ),
    )


def traded(rows: Rows) -> Bools:
    """Where the stock traded: volume above zero; where no volume is known, any price that is not zero."""
    priced = np.nan_to_num([rows.open, rows.high, rows.low, rows.close]).any(axis=0)
    nothing: Bools = (rows.volume == 0) | (np.isnan(rows.volume) & ~priced)
    return ~nothing


def check_rows(rows: Rows) -> None:
    """Refuse what no traded stock can have: see docs/data.md."""
    rows.refuse(
        rows.volume < 0,
        "volume",
        lambda at: f"found {rows.volume[at]:g} for {rows.name(at)}, must be 0 or more; correct it",
    )
    unknown = np.isnan(rows.volume)
    rows.refuse(
        unknown & ~unknown.all(),
        "volume",
        lambda at: f"is empty for {rows.name(at)}, but not throughout; fill it, with 0 where nothing traded",
    )
    rows.refuse(
        np.isnan(rows.close),
        "close",
        lambda at: f"is empty for {rows.name(at)}, though something traded; fill it, or give volume 0",
    )
    for field in PRICES:
        _check_price(rows, field)
    _check_range(rows)
    for field in ("open", "close"):
        _check_inside(rows, field)
    _check_volume_unit(rows)


def _check_price(rows: Rows, field: str) -> None:
    price = getattr(rows, field)
    rows.refuse(
        price <= 0,
        field,
        lambda at: (
            f"found {price[at]:g} for {rows.name(at)}, must be above 0; give prices as printed, not adjusted (复权), "
            "and volume 0 where nothing traded"
        ),
    )
    ticks = price / TICK
    rows.refuse(
        np.abs(ticks - np.rint(ticks)) > _OFF_TICK,
        field,
        lambda at: (
            f"found {price[at]:.6g} for {rows.name(at)}, must be a whole number of ticks of {TICK:g} CNY; adjusted "
            "prices (复权) cannot be used, export them unadjusted (AkShare: adjust='', Tushare: daily)"
        ),
    )


def _check_range(rows: Rows) -> None:
    lacking = np.isnan([rows.open, rows.high, rows.low]).sum(axis=0)
    rows.refuse(
        (lacking == 1) | (lacking == 2),
        "high",
        lambda at: f"open, high and low of {rows.name(at)} are given in part; fill them, or leave all three empty",
    )
    rows.refuse(
        rows.high < rows.low,
        "high",
        lambda at: f"found {rows.high[at]:g} for {rows.name(at)}, below the low of {rows.low[at]:g}; correct the row",
    )


def _check_inside(rows: Rows, field: str) -> None:
    price = getattr(rows, field)
    rows.refuse(
        (price > rows.high + _OFF_TICK * TICK) | (price < rows.low - _OFF_TICK * TICK),
        field,
        lambda at: (
            f"found {price[at]:g} for {rows.name(at)}, must lie between low {rows.low[at]:g} and high "
            f"{rows.high[at]:g}; correct the row"
        ),
    )


def _check_volume_unit(rows: Rows) -> None:
    """CNY a share from amount and volume must be near the close."""
    known = (rows.amount > 0) & (rows.volume > 0)
    if not known.any():
        return
    ratio = float(np.median(rows.amount[known] / rows.volume[known] / rows.close[known]))
    if not 0.5 < ratio < 2:
        raise DataError(
            f"{rows.table.header}: {rows.printed('volume')}: amount over volume is {ratio:.3g} times the close, must "
            "be near 1; give volume in the unit of docs/data.md, or name it 'volume' (shares) or 'volume_lots'"
        )


def band_of(rows: Rows) -> Floats:
    """The price band of each row by board and day: 0.10; ChiNext since 2020-08-24 and STAR 0.20; BSE 0.30."""
    boards = np.array([board_of(code) for code in rows.codes])[rows.stock]
    growth = (boards == "star") | ((boards == "chinext") & (rows.date >= np.datetime64("2020-08-24")))
    return np.where(boards == "bse", 0.30, np.where(growth, 0.20, 0.10))
