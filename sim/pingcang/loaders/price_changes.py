"""Returns against the exchange's previous close, and whether closes and returns belong together.

    change = close / previous close − 1

The exchange's previous close is yesterday's, less what went ex-rights over night; so close_t / (1 + change_t) is the
close of the day before, except over ex-rights days. It may miss it by a little: exports differ in whether the close of
a Shanghai stock is the last trade or the average of the last minute (the exchange's rule until 2018).
"""

from __future__ import annotations

import logging

import numpy as np

from pingcang.arrays import Bools, Floats
from pingcang.errors import DataError
from pingcang.loaders.price_rows import TICK, Rows, band_of
from pingcang.loaders.table import MOST_TOLD

SLACK = 0.01
"""By which a previous close may miss the close of the day before, besides half a tick. In the rows of 2015 some 8 %
miss it by more than rounding, mostly by a few ticks of a Shanghai stock, and 0.4 % by more than this.
"""
OVER_BAND = 0.006
"""By which a change may exceed its band: rounding of a stock's limit at low prices."""
FEWEST_STOCKS = 20
"""Stocks that must be compared before a day is called missing."""
FEWEST_GAPS, MOST_GAPS = 5, 1 / 3
"""A stock is refused with at least so many gaps, on more than that share of its days (22 % at most in 2015)."""
MOST_GAPS_IN_ALL = 0.10
"""Where all stocks together have gaps on more than that share of their days, it is the share for each stock too."""
_ROUNDING = 2e-4

log = logging.getLogger("pingcang.loaders")


def changes(rows: Rows) -> Floats:
    """The change of every row (ordered, traded): NaN only where a stock's first row cannot know it.

    From the previous close where the file has one, else the change as given, else from the closes; then a jump beyond
    the band is refused, for an ex-rights day cannot be told from a price.
    """
    if not {"previous_close", "change"} & set(rows.columns):
        return _from_closes(rows)
    previous = np.where(rows.previous_close > 0, rows.previous_close, np.nan)
    computed = rows.close / previous - 1
    rows.refuse(
        np.abs(computed - rows.change) > _ROUNDING,
        "change",
        lambda at: (
            f"found a change of {rows.change[at]:.2%} for {rows.name(at)}, but close and previous close give "
            f"{computed[at]:.2%}; give the three from one unadjusted export"
        ),
    )
    found: Floats = np.where(np.isnan(computed), rows.change, computed)
    rows.refuse(
        np.isnan(found) & ~_first(rows),
        "change",
        lambda at: f"is empty for {rows.name(at)}, though the stock traded; fill it, or leave out the whole column",
    )
    rows.refuse(
        found <= -1,
        "change",
        lambda at: f"found a change of {found[at]:.2%} for {rows.name(at)}, must be above -100%; check the unit",
    )
    return found


def _first(rows: Rows) -> Bools:
    first = np.ones(len(rows), dtype=bool)
    first[1:] = rows.stock[1:] != rows.stock[:-1]
    return first


def _from_closes(rows: Rows) -> Floats:
    found = np.full(len(rows), np.nan)
    found[1:] = rows.close[1:] / rows.close[:-1] - 1
    found[_first(rows)] = np.nan
    band = band_of(rows)
    rows.refuse(
        np.abs(found) > band + OVER_BAND,
        "close",
        lambda at: (
            f"found {rows.close[at]:g} for {rows.name(at)} after {rows.close[at - 1]:g}, a change of {found[at]:.1%} "
            f"beyond the band of {band[at]:.0%}; an ex-rights day, a first day or a missing one? Add a column "
            "pre_close or pct_chg"
        ),
    )
    return found


def check_chain(rows: Rows, change: Floats) -> int:
    """The number of rows (ordered, traded) whose previous close is not the close before: ex-rights days.

    DataError where most stocks miss it on one day (days are missing), and for stocks that miss it time and again
    (adjusted prices, or changes in another unit).
    """
    compared = ~_first(rows) & ~np.isnan(change)
    before = np.roll(rows.close, 1)
    gap = rows.close / (1 + change) / before - 1
    off = compared & (np.abs(gap) > SLACK + TICK / 2 / before)
    _check_days(rows, compared, off)
    _check_stocks(rows, change, compared, off)
    return int(off.sum())


def _check_days(rows: Rows, compared: Bools, off: Bools) -> None:
    days, day = np.unique(rows.date, return_inverse=True)
    yesterday = np.zeros(len(rows), dtype=bool)
    yesterday[1:] = day[1:] - day[:-1] == 1
    looked = np.bincount(day, compared & yesterday, len(days))
    missed = np.bincount(day, off & yesterday, len(days))
    for j in np.flatnonzero((looked >= FEWEST_STOCKS) & (missed > looked / 2))[:MOST_TOLD].tolist():
        at = int(np.flatnonzero(off & yesterday & (day == j))[0])
        raise DataError(
            f"{rows.table.place(int(rows.row[at]))}: {rows.printed('date')}: on {days[j]} the previous closes of "
            f"{missed[j]:.0f} of {looked[j]:.0f} stocks are not their closes of {days[j - 1]}; trading days between "
            "are missing, or prices and changes do not belong together; complete the file, or cut it there"
        )


def _check_stocks(rows: Rows, change: Floats, compared: Bools, off: Bools) -> None:
    looked = np.bincount(rows.stock, compared, len(rows.codes))
    missed = np.bincount(rows.stock, off, len(rows.codes))
    share = MOST_GAPS_IN_ALL if off.sum() > MOST_GAPS_IN_ALL * compared.sum() else MOST_GAPS
    bad = np.flatnonzero((missed >= FEWEST_GAPS) & (missed > share * looked))
    if not len(bad):
        return
    first = np.array([np.flatnonzero(off & (rows.stock == j))[0] for j in bad[:MOST_TOLD]])
    flags = np.zeros(len(rows), dtype=bool)
    flags[first] = True
    rows.refuse(
        flags,
        "change" if "change" in rows.columns else "previous_close",
        lambda at: (
            f"found a change of {change[at]:.2%} for {rows.name(at)} from {rows.close[at - 1]:g} to "
            f"{rows.close[at]:g}, and {missed[rows.stock[at]]:.0f} of {looked[rows.stock[at]]:.0f} days like it "
            f"({len(bad)} stocks in all); adjusted prices (复权) beside unadjusted changes, or changes in another "
            "unit? Export both unadjusted, pct_chg in percent"
        ),
    )


def beyond_band(rows: Rows, change: Floats) -> int:
    """The number of changes beyond the band: first days, and returns after long halts."""
    return int((np.abs(change) > band_of(rows) + OVER_BAND).sum())
