"""The user's daily and monthly files, as far as the table needs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pingcang.errors import DataError
from pingcang.leverage.regimes.figures import FILES, FINRA, MARGIN, SP500, SSE, TURNOVER
from pingcang.loaders import read_margin_balances

YI, MILLION = 1e8, 1e6
NEAR = dt.timedelta(days=10)
"""How far the nearest trading day of a file may lie from the day that is asked for."""


class _Column:
    def __init__(self, date: str, value: str, factor: float) -> None:
        self.date, self.value, self.factor = date, value, factor


COLUMNS = {
    TURNOVER: _Column("date", "amount_yi", YI),
    SSE: _Column("date", "close", 1.0),
    SP500: _Column("date", "close", 1.0),
    FINRA: _Column("month", "margin_debt_musd", MILLION),
}


@dataclass(frozen=True)
class MarketFiles:
    """What a folder holds of the files; what it does not hold is absent."""

    margin: pd.DataFrame | None
    series: Mapping[str, pd.Series]
    """By file, ascending by date, without empty cells."""

    @property
    def names(self) -> list[str]:
        """The files that were found."""
        return [*([MARGIN] if self.margin is not None else []), *self.series]

    def column(self, file: str, field: str = "") -> pd.Series | None:
        """A series of a file, of the margin file the field; None if the file is absent."""
        if file != MARGIN:
            return self.series.get(file)
        return None if self.margin is None else self.margin[field].dropna()


def read_market_files(folder: Path | None) -> MarketFiles:
    """The files of `FILES` that the folder holds.

    DataError for a folder that is none, that holds none of them, and for files that cannot be read as what they are.
    """
    if folder is None:
        return MarketFiles(None, {})
    if not folder.is_dir():
        raise DataError(f"{folder}: is no folder; give --data, or PINGCANG_DATA, the folder with {', '.join(FILES)}")
    found = [name for name in FILES if (folder / name).is_file()]
    if not found:
        raise DataError(f"{folder}: holds none of {', '.join(FILES)}; docs/data.md says what they are")
    margin = read_margin_balances(folder / MARGIN) if MARGIN in found else None
    return MarketFiles(margin, {name: _series(folder / name, COLUMNS[name]) for name in found if name != MARGIN})


def nearest(series: pd.Series, day: dt.date) -> tuple[float, dt.date] | None:
    """The value on a day, else on the nearest day within `NEAR`, the earlier of two; None if there is none."""
    if not len(series):
        return None
    days = pd.DatetimeIndex(series.index)
    place = int((days - pd.Timestamp(day)).to_series().abs().to_numpy().argmin())
    found = days[place].date()
    return (float(series.iloc[place]), found) if abs(found - day) <= NEAR else None


def within(series: pd.Series, first: dt.date, last: dt.date) -> pd.Series:
    """The values of a window."""
    return series[(series.index >= pd.Timestamp(first)) & (series.index <= pd.Timestamp(last))]


def _series(path: Path, column: _Column) -> pd.Series:
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error}); save it again as comma-separated UTF-8") from None
    for name in (column.date, column.value):
        if name not in table:
            raise DataError(f"{path}: has no column {name}; it has {', '.join(map(str, table.columns))}")
    try:
        days = pd.DatetimeIndex(pd.to_datetime(table[column.date], format="ISO8601"))
        values = pd.to_numeric(table[column.value]) * column.factor
    except ValueError as error:
        raise DataError(f"{path}: {error}; dates are written as 2015-06-12, values as plain numbers") from None
    series = pd.Series(values.to_numpy(), index=days, name=column.value).dropna().sort_index()
    if series.index.has_duplicates:
        twice = series.index[series.index.duplicated()][0]
        raise DataError(f"{path}: {column.date}: {twice:%Y-%m-%d} stands twice; keep one of the rows")
    return series
