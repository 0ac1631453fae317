"""Daily prices of stocks from files of real data, checked."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pingcang.arrays import Bools, Floats
from pingcang.errors import DataError
from pingcang.loaders.cells import check_days_once, dates, day, numbers, six_digits
from pingcang.loaders.columns import Dialect
from pingcang.loaders.price_changes import beyond_band, changes, check_chain
from pingcang.loaders.price_rows import PRICES, Rows, check_rows, in_order, read_rows, traded, without_repeats
from pingcang.loaders.table import Table, read_table

COLUMNS = ("code", "date", "open", "high", "low", "close", "volume", "change")
"""The plain long format, which `write_prices` writes."""
_MATRIX_UNIT = 1e-4

log = logging.getLogger("pingcang.loaders")


@dataclass(frozen=True)
class PriceHistory:
    """Daily prices of S stocks on T dates. NaN / 0 where a stock did not trade.

    codes: six-digit text, ascending; dates: ascending, without duplicates. Arrays are (T, S):
    change: return against the exchange's (ex-rights) previous close, NaN where not traded (and on the first day of a
    stock of which only closes are known);
    open, high, low, close: CNY as printed, unadjusted; NaN where not traded; open, high and low may be NaN throughout;
    volume: shares; 0 where not traded, NaN where unknown.
    notes: what was found and accepted on reading.
    """

    codes: list[str]
    dates: list[dt.date]
    change: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    notes: tuple[str, ...] = ()

    @property
    def traded(self) -> Bools:
        """(T, S) where a stock traded."""
        found: Bools = ~(np.isnan(self.change) & np.isnan(self.close))
        return found

    @property
    def previous_close(self) -> Floats:
        """(T, S) the exchange's ex-rights previous close, CNY, rounded to the fen; NaN where close or change are."""
        found: Floats = np.rint(self.close / (1 + self.change) * 100) / 100
        return found

    def between(self, first: dt.date, last: dt.date) -> PriceHistory:
        """The days from `first` to `last`, both included; DataError if there are none."""
        chosen = [j for j, date in enumerate(self.dates) if first <= date <= last]
        if not chosen:
            raise DataError(
                f"prices: no day between {first} and {last}, they run from {self.dates[0]} to {self.dates[-1]}; "
                "choose days within"
            )
        start, end = chosen[0], chosen[-1] + 1
        arrays = {name: getattr(self, name)[start:end] for name in ("change", *PRICES, "volume")}
        return replace(self, dates=self.dates[start:end], **arrays)

    def select(self, codes: Sequence[str]) -> PriceHistory:
        """Some stocks, in the order given; DataError for codes that are not there."""
        place = {code: j for j, code in enumerate(self.codes)}
        missing = [code for code in codes if code not in place]
        if missing:
            raise DataError(
                f"prices: no rows for {', '.join(missing[:10])}{' ...' if len(missing) > 10 else ''} "
                f"({len(missing)} of {len(codes)} stocks); leave them out, or add their prices"
            )
        chosen = [place[code] for code in codes]
        arrays = {name: getattr(self, name)[:, chosen] for name in ("change", *PRICES, "volume")}
        return replace(self, codes=list(codes), **arrays)


def read_prices(source: Path | str) -> PriceHistory:
    """The daily prices in a CSV or Parquet file with one row a stock and day, or in a folder with one file a stock.

    The dialect is known by its columns (loaders/columns.py, docs/data.md). DataError names file, row and column of
    whatever no market can have produced.
    """
    rows, dialect, unread = read_rows(Path(source))
    rows, repeats = without_repeats(in_order(rows))
    where = traded(rows)
    if not where.any():
        raise DataError(f"{rows.table.source}: no stock trades on any day; check the columns of volume and close")
    trading = rows.take(where)
    check_rows(trading)
    change = changes(trading)
    off = check_chain(trading, change)
    notes = _notes(trading, dialect, unread, repeats, off, beyond_band(trading, change))
    return _history(rows, trading, change, notes)


def _notes(rows: Rows, dialect: Dialect, unread: list[str], repeats: int, off: int, beyond: int) -> tuple[str, ...]:
    """What was accepted; what was left out is logged besides."""
    said = [f"{rows.table.source}: read as {dialect.source}, {len(rows):,} rows of {len(rows.codes):,} stocks"]
    left_out = []
    if repeats:
        left_out.append(f"{rows.table.source}: {repeats:,} rows that repeat another in everything are left out")
    if unread:
        left_out.append(f"{rows.table.source}: columns that are not read: {', '.join(unread)}")
    for note in left_out:
        log.warning(note)
    if off:
        said.append(f"{off:,} previous closes are not the close before: ex-rights days")
    if beyond:
        said.append(f"{beyond:,} changes beyond the band: first days, and returns after long halts")
    return (*said, *left_out)


def _history(rows: Rows, trading: Rows, change: Floats, notes: tuple[str, ...]) -> PriceHistory:
    """Rows (all of them for the days and stocks, the traded ones for values) as (T, S) arrays."""
    days = np.unique(rows.date)
    at = np.searchsorted(days, trading.date), trading.stock

    def grid(values: Floats, elsewhere: float = np.nan) -> Floats:
        found = np.full((len(days), len(rows.codes)), elsewhere)
        found[at] = values
        return found

    return PriceHistory(
        codes=rows.codes,
        dates=[day(one) for one in days],
        change=grid(change),
        open=grid(trading.open),
        high=grid(trading.high),
        low=grid(trading.low),
        close=grid(trading.close),
        volume=grid(trading.volume, 0.0),
        notes=notes,
    )


def write_prices(history: PriceHistory, path: Path | str) -> None:
    """Write the plain long format (CSV, gzipped CSV or Parquet by the ending): one row a traded stock and day.

    A stock or a day without any trade gets one row with volume 0, so that it is not lost. DataError if a traded row has
    no close.
    """
    path = Path(path)
    traded = history.traded
    t, s = np.nonzero(traded)
    lacking = np.flatnonzero(np.isnan(history.close[t, s]))
    if len(lacking):
        at = lacking[0]
        raise DataError(
            f"{path}: close: is unknown for {history.codes[s[at]]} on {history.dates[t[at]]}; rebuild the closes first"
        )
    idle_stocks, idle_days = np.flatnonzero(~traded.any(axis=0)), np.flatnonzero(~traded.any(axis=1))
    t = np.concatenate([t, np.zeros_like(idle_stocks), idle_days])
    s = np.concatenate([s, idle_stocks, np.zeros_like(idle_days)])
    columns = {name: getattr(history, name)[t, s] for name in (*PRICES, "volume", "change")}
    columns["volume"] = np.where(traded[t, s], columns["volume"], 0.0)
    days = np.array([date.isoformat() for date in history.dates])
    frame = pd.DataFrame({"code": np.array(history.codes)[s], "date": days[t], **columns})[list(COLUMNS)]
    frame = frame.drop_duplicates(["code", "date"]).sort_values(["code", "date"])
    if path.name.lower().endswith(".parquet"):
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)


def read_returns_matrix(path: Path | str) -> PriceHistory:
    """Returns in basis points, days down, codes across; an empty cell is a day without trade, or a return left out.

    Prices and volume are NaN. DataError for codes or days that stand there twice, and for numbers that look like
    percent or shares.
    """
    table = read_table(path)
    printed = [str(name) for name in table.frame.columns]
    codes = [six_digits(name) for name in printed[1:]]
    _check_codes(table, printed[1:], codes)
    days = dates(table, printed[0])
    check_days_once(table, printed[0], days)
    change = np.column_stack([numbers(table, name, _MATRIX_UNIT) for name in printed[1:]])
    _check_basis_points(table, printed[1:], change)
    by_day, by_code = np.argsort(days, kind="stable"), np.argsort(codes, kind="stable")
    change = change[by_day][:, by_code]
    nothing = np.full(change.shape, np.nan)
    return PriceHistory(
        codes=[codes[j] for j in by_code],
        dates=[day(one) for one in days[by_day]],
        change=change,
        open=nothing,
        high=nothing,
        low=nothing,
        close=nothing,
        volume=nothing,
        notes=(f"{table.source}: returns of {len(codes):,} stocks on {len(days):,} days",),
    )


def _check_codes(table: Table, printed: list[str], codes: list[str]) -> None:
    for name, code in zip(printed, codes, strict=True):
        if not code:
            raise DataError(f"{table.header}: {name}: must be the code of an A share like 600000; remove the column")
    twice = sorted({code for code in codes if codes.count(code) > 1}) if len(set(codes)) < len(codes) else []
    if twice or not codes:
        raise DataError(
            f"{table.header}: columns: {', '.join(twice) or 'no code'} stands there twice; one column a stock"
        )


def _check_basis_points(table: Table, printed: list[str], change: Floats) -> None:
    row, column = np.nonzero(change <= -1)
    if len(row):
        raise DataError(
            f"{table.place(int(row[0]))}: {printed[column[0]]}: found {change[row[0], column[0]] / _MATRIX_UNIT:g} "
            "basis points, must be above -10000; check the unit"
        )
    largest = float(np.nanmax(np.abs(change), initial=0.0))
    if largest < 0.005:
        raise DataError(
            f"{table.header}: the largest return is {largest / _MATRIX_UNIT:g} basis points, too small for stocks; "
            "percent or shares? Give basis points"
        )
