"""Daily margin balances of single stocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.arrays import Floats, Ints
from pingcang.errors import DataError
from pingcang.loaders.calendar import gaps, tell, told
from pingcang.loaders.cells import Dates
from pingcang.loaders.exchanges import Exchange, both_needed, check_exchange
from pingcang.loaders.jumps import ALLOWED, jumps, young
from pingcang.loaders.margin_columns import DETAIL_FILES
from pingcang.loaders.parts import Part, Source, place_of, read_parts
from pingcang.loaders.securities import board, exchange_of, fund_exchange, securities
from pingcang.loaders.table import refuse
from pingcang.loaders.units import Range, bounds, check_against, check_magnitude, hint

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
_EXCHANGES = ("SSE", "SZSE", "BSE")
SHARES = (1e-7, 10.0)
"""Of a stock's financing balance: medians of its short balance, purchases and repayments that can be."""


@dataclass(frozen=True)
class _Detail:
    """One part's rows: position of their stocks in `codes` (−1: a fund or a bond), and values by variable."""

    part: Part
    stock: npt.NDArray[np.intp]
    codes: list[str]
    values: dict[str, Floats]

    def to(self, codes: list[str]) -> npt.NDArray[np.intp]:
        """The position of each row's stock in other codes; −1 if it is not there."""
        place = {code: j for j, code in enumerate(codes)}
        return np.array([*(place.get(code, -1) for code in self.codes), -1], dtype=np.intp)[self.stock]

    def listed(self, codes: list[str]) -> Dates:
        """The days that have one of these stocks."""
        return np.unique(self.part.day[self.to(codes) >= 0])


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
    details = [_detail(part) for part in parts if exchange is None or part.dialect.exchange in ("", exchange)]
    codes = sorted({code for detail in details for code in detail.codes if exchange in (None, exchange_of(code))})
    if not codes:
        raise DataError(f"{place_of(source)}: holds no stocks of {exchange or 'any exchange'}; check the codes")
    days = np.unique(np.concatenate([detail.listed(codes) for detail in details]))
    grids = _grids(details, codes, days)
    _check_days(source, exchange, codes, days, grids["stock_financing_balance"])
    holes = gaps(days, calendar)
    tell(holes, place_of(source), strict_days)
    found = _dataset(codes, days, grids, _names(details, codes))
    count, funds = _funds(details, days, exchange)
    return found.assign_attrs(
        _attrs(source, exchange), gaps=told(holes), funds=count, funds_financing_balance=funds.tolist()
    )


def _attrs(source: Source, exchange: Exchange) -> dict[str, str]:
    return {"exchange": exchange or "all", "currency": "CNY", "source": place_of(source)}


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
    """DataError for days whose largest balance at an exchange cannot be: their unit is another."""
    part, balance = detail.part, np.nan_to_num(detail.values["stock_financing_balance"])
    of = np.array([_EXCHANGES.index(exchange_of(code)) for code in detail.codes] + [len(_EXCHANGES)])
    group = part.day.astype(np.int64) * (len(_EXCHANGES) + 1) + of[detail.stock]
    _, position, listed = np.unique(group, return_inverse=True, return_counts=True)
    order = np.lexsort((balance, group))
    last = order[np.flatnonzero(np.append(group[order][1:] != group[order][:-1], True))]
    many = (listed[position[last]] >= MANY) & ~young(part.day[last])
    wrong = np.where(many, LARGEST.out(balance[last]), LARGEST_OF_FEW.out(balance[last]))
    bad = last[wrong & (detail.stock[last] >= 0)]
    if not len(bad):
        return
    within = LARGEST if many[wrong].any() else LARGEST_OF_FEW
    column = part.columns["stock_financing_balance"]
    in_part = ", on these days or at this exchange alone: the unit changes" if len(bad) < len(last) else ""
    told = f"{bounds(column, within)}; {hint(column, float(np.median(balance[bad])), LARGEST, in_part)}"
    refuse(
        part.table,
        bad,
        column.name,
        lambda row: f"found {balance[row] / column.unit:,.6g} as the largest of {part.day[row]}, {told}",
    )


def _grids(details: Sequence[_Detail], codes: list[str], days: Dates) -> dict[str, Floats]:
    names = [name for name in VARIABLES if any(name in detail.values for detail in details)]
    grids = {name: np.full((len(days), len(codes)), np.nan) for name in names}
    seen = np.full((len(days), len(codes)), -1, dtype=np.int64)
    begin = 0
    for detail in details:
        stock, day = detail.to(codes), np.searchsorted(days, detail.part.day)
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


def _check_days(source: Source, exchange: Exchange, codes: list[str], days: Dates, balance: Floats) -> None:
    """DataError for days that an exchange lacks, or on which the sum jumps."""
    if exchange is None:
        of = np.array([exchange_of(code) for code in codes])
        listed = ~np.isnan(balance)
        both_needed(place_of(source), {name: days[listed[:, of == name].any(axis=1)] for name in _EXCHANGES})
    _check_sums(source, days, balance)


def _check_sums(source: Source, days: Dates, balance: Floats) -> None:
    """DataError if the sum of the stocks jumps: a page of the export is missing, or its unit is another."""
    if balance.shape[1] < MANY:
        return
    total = np.nansum(balance, axis=1)
    bad = jumps(days, total)
    if len(bad):
        j = int(bad[0])
        count = (~np.isnan(balance)).sum(axis=1)
        raise DataError(
            f"{place_of(source)}: the stocks' sum is {total[j + 1]:,.6g} CNY on {days[j + 1]} ({count[j + 1]:,} "
            f"stocks) after {total[j]:,.6g} CNY on {days[j]} ({count[j]:,} stocks), a factor of "
            f"{total[j + 1] / total[j]:.3g}, {ALLOWED}; rows are missing, or their unit is another: export these days "
            "again"
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
        codes = detail.part.table.frame[detail.part.columns["code"].name].astype("string").fillna("")
        rows = np.flatnonzero((detail.stock < 0) & np.isin(detail.part.day, days))
        if exchange:
            rows = rows[[fund_exchange(str(code)) in ("", exchange) for code in codes.iloc[rows]]]
        balance = np.nan_to_num(detail.values["stock_financing_balance"][rows])
        total += np.bincount(np.searchsorted(days, detail.part.day[rows]), balance, len(days))
        count |= set(codes.iloc[rows])
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
