"""Days that are missing: on which an exchange traded, and a file has nothing.

No calendar of the exchanges is in the package. Given the days of another file (an index, a turnover), what is missing
is what that file has. Without one, a missing weekday counts unless it can be a holiday by its date, and a hole of more
than twelve calendar days always counts, for no holiday has been that long.
"""

from __future__ import annotations

import datetime as dt
import logging

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.errors import DataError
from pingcang.loaders.cells import Dates
from pingcang.loaders.units import first_ten

LONGEST_HOLIDAY = 12
"""Calendar days between two trading days; eleven in 2020, the longest so far."""
_HOLIDAYS = ((1, 1, 1, 4), (1, 19, 3, 1), (4, 2, 4, 8), (4, 28, 5, 8), (5, 25, 6, 27), (9, 3, 10, 9), (12, 30, 12, 31))
"""Month and day, first and last, between which holidays lie: New Year, Spring Festival, Qingming, Labour Day, Dragon
Boat, Mid-Autumn and National Day with the parade of 3 September 2015."""

log = logging.getLogger("pingcang.loaders")

Gap = tuple[pd.Timestamp, pd.Timestamp]
"""The last day before and the first after days that are missing."""


def missing_days(days: pd.DatetimeIndex, calendar: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Days of the calendar within the range of `days` that are not among them."""
    if not len(days):
        return calendar[:0]
    within = calendar[(calendar >= days.min()) & (calendar <= days.max())]
    return within.difference(days)


def gaps(days: Dates, calendar: pd.DatetimeIndex | None = None) -> list[Gap]:
    """Pairs of neighbours among ascending days between which trading days are missing."""
    if len(days) < 2:
        return []
    between = np.diff(days).astype(np.int64)
    found = between > LONGEST_HOLIDAY
    lacking = _likely(days) if calendar is None else missing_days(pd.DatetimeIndex(days), calendar).to_numpy()
    after = np.searchsorted(days, lacking.astype("datetime64[D]"))
    found[after[(after > 0) & (after < len(days))] - 1] = True
    return [(pd.Timestamp(days[j]), pd.Timestamp(days[j + 1])) for j in np.flatnonzero(found)]


def month_gaps(days: Dates) -> list[Gap]:
    """Pairs of neighbours among ascending ends of months between which months are missing."""
    steps = np.diff(days.astype("datetime64[M]")).astype(np.int64)
    return [(pd.Timestamp(days[j]), pd.Timestamp(days[j + 1])) for j in np.flatnonzero(steps > 1)]


def _likely(days: Dates) -> npt.NDArray[np.datetime64]:
    """Weekdays that are missing and can be no holiday."""
    weekdays = np.arange(days[0], days[-1], dtype="datetime64[D]")
    weekdays = np.setdiff1d(weekdays[np.is_busday(weekdays)], days)
    return weekdays[[not _holiday(one.astype(object)) for one in weekdays]]


def _holiday(day: dt.date) -> bool:
    at = (day.month, day.day)
    return any((first, begin) <= at <= (last, end) for first, begin, last, end in _HOLIDAYS)


def tell(found: list[Gap], place: str, strict: bool) -> None:
    """Log gaps, or refuse them with DataError if `strict`."""
    if not found:
        return
    where = first_ten(told(found, "and"))
    if strict:
        raise DataError(
            f"{place}: days are missing between {where}; add them, or read without strict_days, and changes "
            "over these gaps are no changes of a day"
        )
    log.warning("%s: days are missing between %s; changes over these are no changes of a day", place, where)


def told(found: list[Gap], word: str = "to") -> list[str]:
    """Gaps in words, `word` between their days."""
    return [f"{before:%Y-%m-%d} {word} {after:%Y-%m-%d}" for before, after in found]
