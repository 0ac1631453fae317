"""Trading days as the data have them: what lies a number of days back, and where the data are interrupted."""

from __future__ import annotations

import datetime as dt

import numpy as np
import xarray as xr

from pingcang.arrays import Array, Bools, Ints

LONGEST_HOLIDAY = 6
"""Weekdays in a row without trading: no holiday of China's exchanges since 2010 took more (that of 2020-01-24 did)."""
YEAR_TOLERANCE = np.timedelta64(15, "D")
"""How far the day a year ago may be from the day that is compared with it (a holiday lies between)."""


def as_date(day: np.datetime64) -> dt.date:
    """A day of the data as a date."""
    return dt.date.fromisoformat(str(day)[:10])


def interrupted(days: Array) -> Bools:
    """Whether days are missing before each day but the first, by the weekdays between it and the day before."""
    whole = days.astype("datetime64[D]")
    found: Bools = np.busday_count(whole[:-1], whole[1:]) - 1 > LONGEST_HOLIDAY
    return found


def gaps(days: Array) -> tuple[tuple[dt.date, dt.date], ...]:
    """The last day before and the first day after every interruption."""
    places = np.flatnonzero(interrupted(days))
    return tuple((as_date(days[place]), as_date(days[place + 1])) for place in places)


def stretches(days: Array) -> Ints:
    """Number of the uninterrupted stretch that each day is in."""
    return np.concatenate([[0], np.cumsum(interrupted(days))]).astype(np.int64)[: len(days)]


def before(series: xr.DataArray, days: int) -> xr.DataArray:
    """The value a number of trading days earlier; NaN where the data are interrupted in between."""
    number = xr.DataArray(stretches(series["date"].values), dims="date")
    return series.shift(date=days).where(number == number.shift(date=days))


def change(series: xr.DataArray, days: int = 1) -> xr.DataArray:
    """Value less the value a number of trading days earlier."""
    return series - before(series, days)


def growth(series: xr.DataArray, days: int) -> xr.DataArray:
    """Value over the value a number of trading days earlier, less 1."""
    return series / before(series, days) - 1.0


def year_before(series: xr.DataArray) -> xr.DataArray:
    """The value on the last day not after the same date a year ago; NaN if that day is not near it."""
    days = series["date"].values.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    wanted = (months - 12).astype("datetime64[D]") + (days - months.astype("datetime64[D]"))
    place = np.searchsorted(days, wanted, side="right") - 1
    near = (place >= 0) & (wanted - days[place] <= YEAR_TOLERANCE)
    earlier = series.isel(date=np.maximum(place, 0)).drop_vars("date")
    return earlier.assign_coords(date=series["date"]).where(xr.DataArray(near, dims="date"))


def mean_over(series: xr.DataArray, days: int) -> xr.DataArray:
    """Mean of the last days; NaN if one of them is missing or the data are interrupted."""
    number = xr.DataArray(stretches(series["date"].values), dims="date")
    whole = number == number.shift(date=days - 1)
    return series.rolling(date=days).mean().where(whole)
