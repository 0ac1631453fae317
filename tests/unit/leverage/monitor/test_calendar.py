"""Trading days as the data have them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.leverage.monitor.calendar import before, change, gaps, growth, mean_over, year_before


def series(values: list[float], dates: list[str]) -> xr.DataArray:
    return xr.DataArray(values, {"date": np.array(dates, dtype="datetime64[ns]")}, "date")


HOLED = series([1, 2, 4, 8, 16], ["2015-08-13", "2015-08-14", "2015-08-17", "2015-08-27", "2015-08-28"])
"""Seven weekdays are missing after 17 August."""


def test_no_holiday_of_the_exchanges_is_a_gap() -> None:
    """Source: the exchanges' calendars, the longest holidays since 2010."""
    holidays = [("2020-01-23", "2020-02-03"), ("2024-02-08", "2024-02-19"), ("2025-09-30", "2025-10-09")]
    for last, first in holidays:
        assert gaps(np.array([last, first], dtype="datetime64[ns]")) == ()


def test_seven_missing_weekdays_are_a_gap() -> None:
    assert gaps(HOLED["date"].values) == ((dt.date(2015, 8, 17), dt.date(2015, 8, 27)),)


def test_a_change_does_not_span_a_gap() -> None:
    assert np.array_equal(change(HOLED).values, [np.nan, 1, 2, np.nan, 8], equal_nan=True)
    assert np.array_equal(growth(HOLED, 2).values, [np.nan, np.nan, 3, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(before(HOLED, 1).values, [np.nan, 1, 2, np.nan, 8], equal_nan=True)


def test_a_mean_does_not_span_a_gap() -> None:
    assert np.array_equal(mean_over(HOLED, 2).values, [np.nan, 1.5, 3, np.nan, 12], equal_nan=True)


def test_a_mean_of_days_of_which_one_is_unknown_is_unknown() -> None:
    holed = HOLED.copy(data=[1.0, np.nan, 4.0, 8.0, 16.0])
    assert np.array_equal(mean_over(holed, 2).values, [np.nan, np.nan, np.nan, np.nan, 12], equal_nan=True)


def test_the_day_a_year_before_is_the_last_one_not_after_the_same_date() -> None:
    found = year_before(series([1, 2, 3], ["2024-03-01", "2024-03-04", "2025-03-03"]))
    assert np.array_equal(found.values, [np.nan, np.nan, 1], equal_nan=True)


def test_a_year_before_a_leap_day_is_the_first_of_march() -> None:
    found = year_before(series([1, 2], ["2023-03-01", "2024-02-29"]))
    assert found.values[1] == 1


def test_there_is_no_year_before_where_that_time_is_missing() -> None:
    dates = [str(day.date()) for day in pd.bdate_range("2024-01-01", "2024-02-01")] + ["2025-03-03"]
    assert np.isnan(year_before(series(list(range(len(dates))), dates)).values[-1])


def test_the_day_a_year_before_is_at_most_15_days_off() -> None:
    near, far = ([day, "2025-03-07"] for day in ("2024-02-21", "2024-02-20"))
    assert year_before(series([1, 2], near)).values[1] == 1
    assert np.isnan(year_before(series([1, 2], far)).values[1])
