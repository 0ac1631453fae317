"""Daily margin balances of a market, or of one exchange."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.arrays import Floats, Ints
from pingcang.errors import DataError
from pingcang.loaders.calendar import gaps, month_gaps, tell
from pingcang.loaders.cells import Dates
from pingcang.loaders.columns import code_names
from pingcang.loaders.exchanges import SUBFOLDERS, Exchange, both_needed, check_exchange, exchanges_of
from pingcang.loaders.jumps import ALLOWED, jumps, young
from pingcang.loaders.margin_columns import DETAIL_FILES, MARGIN_FILES
from pingcang.loaders.parts import MONTHS, Part, Source, place_of, read_parts
from pingcang.loaders.table import refuse
from pingcang.loaders.units import Range, check_against, check_magnitude, check_range

MONEY = ("financing_balance", "short_balance", "margin_purchases", "margin_repayments")
FIELDS = (*MONEY, "maintenance_ratio")
BALANCE = Range(1e9, 1e13)
"""CNY between which a financing balance of an exchange or the market lies (10 亿, passed in 2010, to 100,000 亿)."""
YOUNG_BALANCE = Range(1e5, 1e11)
"""The same before October 2010; on the first day Shenzhen had 66 万."""
FLOW = Range(0.0, 1e13)
SHARES = (1e-4, 1.0)
"""Of the financing balance: medians of short balance, purchases and repayments that can be."""
LEAST_RATIO, MOST_RATIO = 1.0, 10.0
"""Average maintenance ratios that can be."""
log = logging.getLogger("pingcang.loaders")


@dataclass(frozen=True)
class _Rows:
    """n rows of several parts: `part` and `row` say where each stands."""

    parts: Sequence[Part]
    part: Ints
    row: Ints
    day: Dates
    exchange: npt.NDArray[np.str_]
    values: dict[str, Floats]

    def take(self, where: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> _Rows:
        values = {name: value[where] for name, value in self.values.items()}
        return _Rows(self.parts, self.part[where], self.row[where], self.day[where], self.exchange[where], values)

    def place(self, at: int) -> str:
        return self.parts[int(self.part[at])].table.place(int(self.row[at]))

    def column(self, at: int, field: str) -> str:
        part = self.parts[int(self.part[at])]
        return part.columns[field].name if field in part.columns else part.day_column


def read_margin_balances(
    source: Source,
    exchange: Literal["SSE", "SZSE"] | None = None,
    *,
    calendar: pd.DatetimeIndex | None = None,
    strict_days: bool = False,
) -> pd.DataFrame:
    """Index date (ascending); money in CNY, NaN where it is not given; maintenance_ratio, e.g. 2.57.

    Columns financing_balance, short_balance, margin_purchases, margin_repayments, maintenance_ratio. A file, a list of
    files, or a folder with one file a day. Exchanges, in rows or files of their own, are added up on days that have
    both; `exchange` reads one of them alone.

    attrs: exchange ("all", "SSE" or "SZSE"); currency; source; gaps, pairs of days between which trading days are
    missing, by `calendar` if it is given (loaders/calendar.py), which are logged, or refused with `strict_days`.

    DataError names file, row and column: days twice, an exchange missing, a magnitude or a jump that cannot be.
    """
    check_exchange(exchange)
    parts = read_parts(source, MARGIN_FILES, ("financing_balance",), SUBFOLDERS)
    _check_one_currency(parts)
    rows = _chosen(_rows(parts), source, exchange)
    _check_once(rows)
    for name in np.unique(rows.exchange):
        _check_jumps(rows.take(rows.exchange == name))
    found = _added_up(rows, source, exchange)
    days = found.index.to_numpy().astype("datetime64[D]")
    holes = month_gaps(days) if _monthly(parts) else gaps(days, calendar)
    tell(holes, place_of(source), strict_days)
    currency = parts[0].dialect.currency
    found.attrs = {"exchange": exchange or "all", "currency": currency, "source": place_of(source), "gaps": holes}
    return found


def _check_one_currency(parts: Sequence[Part]) -> None:
    for part in parts[1:]:
        if part.dialect.currency != parts[0].dialect.currency:
            raise DataError(
                f"{part.table.header}: {part.dialect.source}: is in {part.dialect.currency}, but "
                f"{parts[0].table.source} in {parts[0].dialect.currency}; read them one by one"
            )


def _monthly(parts: Sequence[Part]) -> bool:
    return any("date" in part.columns and part.columns["date"].name in MONTHS for part in parts)


def _rows(parts: Sequence[Part]) -> _Rows:
    for part in parts:
        _check_no_stocks(part)
    values = [_values(part) for part in parts]
    return _Rows(
        parts,
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        np.concatenate([np.arange(len(part)) for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([exchanges_of(part) for part in parts]),
        {field: np.concatenate([one[field] for one in values]) for field in FIELDS},
    )


def _check_no_stocks(part: Part) -> None:
    codes = [name for name in code_names(DETAIL_FILES) if name in part.table.frame.columns]
    if codes:
        raise DataError(
            f"{part.table.header}: {codes[0]}: the file holds single stocks, not totals of a day; read it with "
            "read_margin_detail, or add up its stocks and leave out this column"
        )


def _values(part: Part) -> dict[str, Floats]:
    found = {field: part.values(field, money=field != "maintenance_ratio") for field in FIELDS}
    table, columns, balance = part.table, part.columns, found["financing_balance"]
    name = columns["financing_balance"].name
    empty = np.flatnonzero(np.isnan(balance))
    if len(empty):
        refuse(table, empty, name, lambda row: "is empty; fill the cell, or leave out the row")
    early = young(part.day) & (part.dialect.currency == "CNY")
    for days, within in ((early, YOUNG_BALANCE), (~early, BALANCE)):
        check_magnitude(table, columns["financing_balance"], np.where(days, balance, np.nan), within)
    for field in MONEY[1:]:
        if field in columns:
            check_magnitude(table, columns[field], found[field], FLOW)
            check_against(table, columns[field], np.where(early, np.nan, found[field]), (name, balance), SHARES)
            _tell_empty(part, field, found[field])
    if "maintenance_ratio" in columns:
        unit = "percent" if columns["maintenance_ratio"].unit != 1 else "(2.57, not 257)"
        check_range(table, columns["maintenance_ratio"], found["maintenance_ratio"], LEAST_RATIO, MOST_RATIO, unit)
    return found


def _tell_empty(part: Part, field: str, found: Floats) -> None:
    empty = int(np.isnan(found).sum())
    if empty:
        name = part.columns[field].name
        log.warning("%s: %s: %d of %d cells are empty", part.table.source, name, empty, len(part))


def _chosen(rows: _Rows, source: Source, exchange: Exchange) -> _Rows:
    """The rows of one exchange, or all of them if they are of one kind; those that do not say are of what is read."""
    rows = replace(rows, exchange=np.where(rows.exchange == "", exchange or "all", rows.exchange))
    kinds = set(rows.exchange.tolist())
    if exchange:
        keep = rows.exchange == exchange
        if not keep.any():
            held = " and ".join(sorted(kinds))
            raise DataError(f"{place_of(source)}: holds {held}, not {exchange}; name a file of {exchange}")
        return rows.take(keep)
    if "all" in kinds and len(kinds) > 1:
        at = int(np.flatnonzero(rows.exchange == "all")[0])
        raise DataError(
            f"{rows.place(at)}: {rows.column(at, 'financing_balance')}: the whole market beside rows of "
            f"{' and '.join(sorted(kinds - {'all'}))}, which would count twice; give one or the other"
        )
    return rows


def _check_once(rows: _Rows) -> None:
    order = np.lexsort((np.arange(len(rows.day)), rows.exchange, rows.day))
    day, exchange = rows.day[order], rows.exchange[order]
    again = np.flatnonzero((day[1:] == day[:-1]) & (exchange[1:] == exchange[:-1]))
    if len(again):
        first, second = int(order[again[0]]), int(order[again[0] + 1])
        of = f" of {exchange[again[0]]}" if exchange[again[0]] != "all" else ""
        raise DataError(
            f"{rows.place(second)}: {rows.column(second, 'date')}: {rows.day[second]}{of} stands at "
            f"{rows.place(first)} too; keep one of the rows"
        )


def _check_jumps(rows: _Rows) -> None:
    rows = rows.take(np.argsort(rows.day, kind="stable"))
    balance = rows.values["financing_balance"]
    bad = jumps(rows.day, balance)
    if len(bad):
        before, here = int(bad[0]), int(bad[0] + 1)
        unit = rows.parts[int(rows.part[here])].columns["financing_balance"].unit
        raise DataError(
            f"{rows.place(here)}: {rows.column(here, 'financing_balance')}: found {balance[here] / unit:,.6g} on "
            f"{rows.day[here]} after {balance[before] / unit:,.6g} on {rows.day[before]} ({rows.place(before)}), a "
            f"factor of {balance[here] / balance[before]:.3g}, {ALLOWED}; a decimal point, a unit, or an exchange is "
            "missing"
        )


def _added_up(rows: _Rows, source: Source, exchange: Exchange) -> pd.DataFrame:
    """The sum of the exchanges on each day, both of which must be there."""
    single = not set(rows.exchange.tolist()) - {"all"} or exchange is not None
    if not single:
        both_needed(place_of(source), {name: rows.day[rows.exchange == name] for name in ("SSE", "SZSE", "BSE")})
    frame = pd.DataFrame({**rows.values, "date": rows.day.astype("datetime64[ns]")})
    days = frame.groupby("date")
    sums = days.sum(skipna=False)[list(FIELDS)]
    if not single:
        sums["maintenance_ratio"] = np.nan
    sums.index = pd.DatetimeIndex(sums.index, name="date")
    return sums
