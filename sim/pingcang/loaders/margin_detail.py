"""Daily margin balances of single stocks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.arrays import Floats, Ints
from pingcang.errors import DataError
from pingcang.loaders.calendar import gaps, told
from pingcang.loaders.cells import Dates
from pingcang.loaders.exchanges import Exchange, both_needed, check_exchange
from pingcang.loaders.margin_columns import DETAIL_FILES
from pingcang.loaders.parts import Part, Source, place_of, read_parts
from pingcang.loaders.securities import board, exchange_of, securities
from pingcang.loaders.table import refuse
from pingcang.loaders.units import Range, check_against, check_magnitude, first_ten, looks_like, unit_name, way_out

if TYPE_CHECKING:
    import xarray as xr

VARIABLES = {
    "stock_financing_balance": "Financing balance in the stock",
    "stock_short_balance": "Value of the stock's shares lent and sold short",
    "stock_margin_purchases": "Purchases of the stock paid with new loans",
    "stock_margin_repayments": "Loans in the stock repaid",
}
DETAIL_SUBFOLDERS = ("stock_margin_detail_sse", "stock_margin_detail_szse")
"""Of a folder as `pingcang fetch` writes it: one file a day."""
CELL = Range(0.0, 2e11)
"""CNY between which a number of one stock on one day lies; the largest balances of 2015 were near 5e10."""
LARGEST = Range(1e7, 2e11)
"""CNY between which the largest balance of a day lies where at least MANY stocks are listed."""
LARGEST_OF_FEW = Range(1e4, 2e11)
MANY = 50
SHARES = (1e-7, 10.0)
"""Of a stock's financing balance: medians of its short balance, purchases and repayments that can be."""
JUMP = 1.5
"""The stocks' sum does not move by such a factor from one trading day to the next."""
_NEXT_DAYS = 12

log = logging.getLogger("pingcang.loaders")


@dataclass(frozen=True)
class _Detail:
    """One part's rows: position of their stocks in `codes` (−1: a fund or a bond), and values by variable."""

    part: Part
    stock: npt.NDArray[np.intp]
    codes: list[str]
    values: dict[str, Floats]

    @property
    def column(self) -> str:
        return self.part.columns["stock_financing_balance"].name


def read_margin_detail(
    source: Source,
    exchange: Literal["SSE", "SZSE"] | None = None,
    *,
    calendar: pd.DatetimeIndex | None = None,
    strict_days: bool = False,
) -> xr.Dataset:
    """Margin balances (date, stock) in CNY: those of leverage/variables.py that the files give, NaN where unlisted.

    Coordinates stock (six digits, ascending), stock_name (the last one known), stock_board (SSE, STAR, SZSE, SME,
    ChiNext, BSE by the code). A file, a list of files, or a folder with one file a day. Both exchanges are needed, on
    the same days, unless `exchange` names the one to read.

    attrs: exchange ("all", "SSE" or "SZSE"); currency; source; gaps ("2024-01-12 to 2024-03-01"); funds and bonds are
    no stocks: `funds` is how many there are, `funds_financing_balance` their sum on each date.

    DataError names file, row and column: a stock twice on a day, an exchange missing, an impossible magnitude.
    """
    check_exchange(exchange)
    parts = read_parts(source, DETAIL_FILES, ("code", "stock_financing_balance"), DETAIL_SUBFOLDERS)
    details = [_detail(part) for part in parts]
    codes = sorted({code for detail in details for code in detail.codes if exchange in (None, exchange_of(code))})
    days = np.unique(np.concatenate([part.day for part in parts]))
    if not codes:
        raise DataError(f"{place_of(source)}: holds no stocks of {exchange or 'any exchange'}; check the codes")
    grids = _grids(details, codes, days)
    _check_exchanges(source, exchange, codes, days, grids["stock_financing_balance"])
    _check_sums(source, days, grids["stock_financing_balance"])
    holes = told(gaps(days, calendar))
    _tell_gaps(source, holes, strict_days)
    found = _dataset(codes, days, grids, _names(details, codes))
    count, funds = _funds(details, days, exchange)
    found.attrs = {
        "exchange": exchange or "all",
        "currency": "CNY",
        "source": place_of(source),
        "gaps": holes,
        "funds": count,
        "funds_financing_balance": funds.tolist(),
    }
    return found


def _tell_gaps(source: Source, holes: list[str], strict: bool) -> None:
    if holes and strict:
        raise DataError(
            f"{place_of(source)}: trading days are missing between {first_ten(holes)}; add them, or read without "
            "strict_days"
        )
    if holes:
        log.warning("%s: trading days are missing between %s", place_of(source), first_ten(holes))


def _detail(part: Part) -> _Detail:
    stock, codes = securities(part.table, part.columns["code"].name, part.dialect.exchange)
    found = _Detail(part, stock, codes, {name: part.values(name) for name in VARIABLES if name in part.columns})
    balance, column = found.values["stock_financing_balance"], part.columns["stock_financing_balance"]
    _check_largest(found)
    check_magnitude(part.table, column, balance, CELL)
    for name, value in found.values.items():
        if name != "stock_financing_balance":
            check_magnitude(part.table, part.columns[name], value, CELL)
            check_against(part.table, part.columns[name], value, (column.name, balance), SHARES)
    return found


def _check_largest(detail: _Detail) -> None:
    """DataError for days whose largest balance cannot be: their unit is another."""
    part, balance = detail.part, np.nan_to_num(detail.values["stock_financing_balance"])
    days, day = np.unique(part.day, return_inverse=True)
    order = np.lexsort((balance, day))
    last = order[np.flatnonzero(np.append(day[order][1:] != day[order][:-1], True))]
    within = LARGEST if np.bincount(day).max() >= MANY else LARGEST_OF_FEW
    bad = last[within.out(balance[last])]
    if not len(bad):
        return
    column = part.columns["stock_financing_balance"]
    fits = looks_like(float(np.median(balance[bad])), column.unit, within)
    in_part = len(bad) < len(days)
    where = ", on these days alone: the unit changes" if in_part else ""
    hint = (
        f"it looks like {unit_name(fits[0])}{where}; {way_out(column, fits[0], in_part)}" if fits else "check the unit"
    )
    refuse(
        part.table,
        bad,
        column.name,
        lambda row: (
            f"found {balance[row] / column.unit:,.6g} as the largest of {part.day[row]}, must be between "
            f"{within.low / column.unit:,.6g} and {within.high / column.unit:,.6g} {unit_name(column.unit)}; {hint}"
        ),
    )


def _grids(details: Sequence[_Detail], codes: list[str], days: Dates) -> dict[str, Floats]:
    place = {code: j for j, code in enumerate(codes)}
    names = [name for name in VARIABLES if any(name in detail.values for detail in details)]
    grids = {name: np.full((len(days), len(codes)), np.nan) for name in names}
    seen = np.full((len(days), len(codes)), -1, dtype=np.int64)
    begin = 0
    for detail in details:
        to = np.array([place.get(code, -1) for code in detail.codes] + [-1], dtype=np.intp)
        stock, day = to[detail.stock], np.searchsorted(days, detail.part.day)
        rows = np.flatnonzero(stock >= 0)
        _check_once(details, detail, rows, seen[day[rows], stock[rows]], day[rows] * len(codes) + stock[rows], codes)
        seen[day[rows], stock[rows]] = begin + rows
        for name, value in detail.values.items():
            grids[name][day[rows], stock[rows]] = value[rows]
        begin += len(detail.part)
    return grids


def _check_once(
    details: Sequence[_Detail], detail: _Detail, rows: Ints, seen: Ints, cell: Ints, codes: list[str]
) -> None:
    """DataError if a row's stock and day stand in a part before (`seen`) or in this one already."""
    order = np.argsort(cell, kind="stable")
    same = np.flatnonzero(cell[order][1:] == cell[order][:-1])
    before = np.flatnonzero(seen >= 0)
    table = detail.part.table
    if len(same):
        at, first = int(order[same[0] + 1]), table.place(int(rows[order[same[0]]]))
    elif len(before):
        at, first = int(before[0]), _place(details, int(seen[before[0]]))
    else:
        return
    raise DataError(
        f"{table.place(int(rows[at]))}: {detail.part.columns['code'].name}: {codes[cell[at] % len(codes)]} on "
        f"{detail.part.day[rows[at]]} stands at {first} too; keep one of the rows"
    )


def _place(details: Sequence[_Detail], at: int) -> str:
    for detail in details:
        if at < len(detail.part):
            return detail.part.table.place(at)
        at -= len(detail.part)
    raise IndexError(at)


def _check_exchanges(source: Source, exchange: Exchange, codes: list[str], days: Dates, balance: Floats) -> None:
    if exchange:
        return
    of = np.array([exchange_of(code) for code in codes])
    both_needed(
        place_of(source),
        {name: days[~np.isnan(balance[:, of == name]).all(axis=1)] for name in ("SSE", "SZSE", "BSE")},
    )


def _check_sums(source: Source, days: Dates, balance: Floats) -> None:
    """DataError if the sum of the stocks jumps: a page of the export is missing, or its unit is another."""
    if balance.shape[1] < MANY:
        return
    total = np.nansum(balance, axis=1)
    factor = total[1:] / total[:-1]
    near = np.diff(days).astype(np.int64) <= _NEXT_DAYS
    bad = np.flatnonzero(near & ((factor > JUMP) | (factor < 1 / JUMP)))
    if len(bad):
        j = int(bad[0])
        count = (~np.isnan(balance)).sum(axis=1)
        raise DataError(
            f"{place_of(source)}: the stocks' sum is {total[j + 1]:,.6g} CNY on {days[j + 1]} ({count[j + 1]:,} "
            f"stocks) after {total[j]:,.6g} CNY on {days[j]} ({count[j]:,} stocks), a factor of {factor[j]:.3g}, must "
            f"lie between 1/{JUMP:g} and {JUMP:g}; rows are missing, or their unit is another: export these days again"
        )


def _names(details: Sequence[_Detail], codes: list[str]) -> list[str]:
    """The name of each stock on the last day that has one; '' if none has."""
    found: dict[str, tuple[np.datetime64, str]] = {}
    for detail in details:
        if "name" not in detail.part.columns:
            continue
        names = detail.part.table.frame[detail.part.columns["name"].name].astype("string").fillna("")
        rows = np.flatnonzero((detail.stock >= 0) & (names != "").to_numpy(dtype=bool))
        rows = rows[np.argsort(detail.part.day[rows], kind="stable")]
        last = np.full(len(detail.codes), -1)
        last[detail.stock[rows]] = rows
        for code, row in zip(detail.codes, last.tolist(), strict=True):
            if row >= 0 and (code not in found or found[code][0] < detail.part.day[row]):
                found[code] = (detail.part.day[row], str(names.iloc[row]).replace(" ", ""))
    return [found[code][1] if code in found else "" for code in codes]


def _funds(details: Sequence[_Detail], days: Dates, exchange: Exchange) -> tuple[int, Floats]:
    """How many funds and bonds there are, and their financing balance on each day."""
    total, count = np.zeros(len(days)), set()
    for detail in details:
        if exchange and detail.part.dialect.exchange not in ("", exchange):
            continue
        rows = np.flatnonzero(detail.stock < 0)
        balance = np.nan_to_num(detail.values["stock_financing_balance"][rows])
        total += np.bincount(np.searchsorted(days, detail.part.day[rows]), balance, len(days))
        count |= set(detail.part.table.frame[detail.part.columns["code"].name].iloc[rows].astype(str))
    return len(count), total


def _dataset(codes: list[str], days: Dates, grids: dict[str, Floats], names: list[str]) -> xr.Dataset:
    import xarray as xr

    return xr.Dataset(
        {
            name: (("date", "stock"), grid, {"units": "CNY", "long_name": VARIABLES[name], "source": "files"})
            for name, grid in grids.items()
        },
        coords={
            "date": days.astype("datetime64[ns]"),
            "stock": np.array(codes),
            "stock_name": ("stock", np.array(names)),
            "stock_board": ("stock", np.array([board(code) for code in codes])),
        },
    )
