"""Series of the market by day or month: turnover, caps, an index, counts of stocks, money supply."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

from pingcang.arrays import Floats
from pingcang.errors import DataError
from pingcang.loaders.cells import check_days_once
from pingcang.loaders.columns import unread
from pingcang.loaders.parts import Part, Source, place_of, read_parts
from pingcang.loaders.series_columns import SERIES_FILES
from pingcang.loaders.units import Range, check_magnitude, check_range

MONEY = {
    "turnover": Range(1e9, 1e13),
    "float_cap": Range(1e11, 5e14),
    "total_cap": Range(1e11, 5e14),
    "free_float_cap": Range(1e11, 5e14),
    "m1": Range(1e12, 1e15),
}
"""CNY between which each lies, of the market, an exchange, or an index of at least fifty stocks."""
NUMBERS = {
    "index": (1e-3, 1e6, "points"),
    "advancing": (0.0, 2e4, "stocks"),
    "declining": (0.0, 2e4, "stocks"),
    "limit_up": (0.0, 2e4, "stocks"),
    "limit_down": (0.0, 2e4, "stocks"),
    "marginable": (0.0, 2e4, "stocks"),
    "margin_investors": (1e4, 1e9, "investors"),
}
FIELDS = ("turnover", "float_cap", "total_cap", "free_float_cap", "index", "m1", *list(NUMBERS)[1:])

log = logging.getLogger("pingcang.loaders")


def read_market_series(source: Source) -> pd.DataFrame:
    """Index date (ascending); those of FIELDS that the files give, NaN where a cell is empty; money in CNY.

    A month (M1) is its last day. attrs: source; currency; columns, which column each field is from. Several files with
    different fields become one table; a field and day that two of them give is refused.

    DataError names file, row and column: no column that is known, days twice, a magnitude that cannot be.
    """
    tables = [_series(part) for part in read_parts(source, SERIES_FILES, ())]
    found = pd.concat(tables, axis=1) if len(tables) > 1 else tables[0]
    twice = sorted(set(found.columns[found.columns.duplicated()]))
    if twice:
        raise DataError(f"{place_of(source)}: {', '.join(twice)}: stands in files of two kinds; give each series once")
    found = found.sort_index()[[field for field in FIELDS if field in found.columns]]
    columns = {field: of for table in tables for field, of in table.attrs["columns"].items()}
    found.attrs = {"source": place_of(source), "currency": "CNY", "columns": columns}
    return found


def _series(part: Part) -> pd.DataFrame:
    given = [field for field in FIELDS if field in part.columns]
    if not given:
        ways = ", ".join(FIELDS)
        raise DataError(
            f"{part.table.header}: columns: found {', '.join(part.table.frame.columns)}; needed is at least one of "
            f"{ways} (docs/data.md); rename the columns"
        )
    check_days_once(part.table, part.day_column, part.day)
    left = unread(part.table, part.dialect, part.columns)
    if left:
        log.info("%s: columns that are not read: %s", part.table.source, ", ".join(left))
    found = pd.DataFrame(
        {field: _values(part, field) for field in given},
        index=pd.DatetimeIndex(part.day.astype("datetime64[ns]"), name="date"),
    )
    found.attrs["columns"] = {field: f"{part.table.source.name}: {part.columns[field].name}" for field in given}
    return found


def _values(part: Part, field: str) -> Floats:
    column = part.columns[field]
    found = part.values(field, money=field in MONEY)
    if field in MONEY:
        check_magnitude(part.table, column, found, MONEY[field])
        return found
    check_range(part.table, column, found, *NUMBERS[field])
    if "institutions" in part.columns:
        found = found + part.values("institutions", money=False)
    return np.asarray(found, dtype=np.float64)
