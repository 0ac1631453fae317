"""A dataset from tables of files."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from balances import days
from pingcang.errors import DataError
from pingcang.leverage.monitor.assemble import assemble
from pingcang.leverage.monitor.inputs import check
from pingcang.leverage.monitor.scorecard import monitor
from pingcang.loaders import PriceHistory

DAYS = days(4)


def balances(dates: np.ndarray = DAYS, **attributes: Any) -> pd.DataFrame:
    count = len(dates)
    table = pd.DataFrame(
        {"financing_balance": np.full(count, 1e12), "short_balance": np.full(count, 1e10), "margin_purchases": np.nan},
        index=pd.DatetimeIndex(dates, name="date"),
    )
    table.attrs = {"source": "balances.csv", "currency": "CNY", "exchange": "all", **attributes}
    return table


def series(dates: np.ndarray = DAYS, source: str = "series.csv", **columns: Any) -> pd.DataFrame:
    table = pd.DataFrame(columns, index=pd.DatetimeIndex(dates, name="date"))
    table.attrs = {"source": source}
    return table


def detail(dates: np.ndarray = DAYS, **attributes: Any) -> xr.Dataset:
    count = len(dates)
    return xr.Dataset(
        {"stock_financing_balance": (("date", "stock"), np.tile([2e11, 3e11], (count, 1)))},
        {"date": dates, "stock": ["000001", "600000"], "stock_name": ("stock", ["PAB", "SPDB"])},
        {"source": "detail", "exchange": "all", "currency": "CNY", **attributes},
    )


def prices(dates: np.ndarray = DAYS) -> PriceHistory:
    shape = (len(dates), 2)
    close = np.full(shape, 10.0)
    close[-1, 1] = np.nan
    change = np.full(shape, 0.01)
    change[-1, 1] = np.nan
    volume = np.full(shape, 1e6)
    volume[-1, 1] = 0
    whole = [dt.date.fromisoformat(str(day)[:10]) for day in dates]
    return PriceHistory(["300001", "600000"], whole, change, close, close, close, close, volume)


def test_what_is_given_is_there_with_its_source_and_what_is_not_is_absent() -> None:
    found = assemble(balances(), series=[series(turnover=[1e11] * 4)])
    check(found)
    assert sorted(found.data_vars) == ["financing_balance", "short_balance", "turnover"]
    assert found["turnover"].attrs["source"] == "series.csv"
    assert found["turnover"].attrs["units"] == "CNY"
    assert (found.attrs["name"], found.attrs["exchange"], found.attrs["notes"]) == ("balances.csv", "all", ())


def test_days_that_a_series_lacks_are_unknown_and_counted() -> None:
    found = assemble(balances(), series=[series(days(4, "2025-03-04"), index=[1.0, 2.0, 3.0, 4.0])])
    assert np.array_equal(found["index"].values, [np.nan, 1, 2, 3], equal_nan=True)
    assert found.attrs["notes"] == (
        "series.csv: lacks 1 of the 4 days of the balances; 1 of its days are none of theirs and are left out",
    )


def test_a_series_of_other_days_is_refused() -> None:
    with pytest.raises(DataError, match=r"series.csv: none of its 4 days \(2020-01-06 to 2020-01-09\) is a day of the"):
        assemble(balances(), series=[series(days(4, "2020-01-06"), index=[1.0] * 4)])
    with pytest.raises(DataError, match=r"detail: none of its 4 days"):
        assemble(balances(), detail=detail(days(4, "2020-01-06")))
    with pytest.raises(DataError, match=r"prices: none of its 4 days"):
        assemble(balances(), prices=prices(days(4, "2020-01-06")))


def test_the_first_of_two_series_counts_and_that_is_said() -> None:
    one, two = series(turnover=[1e11] * 4), series(source="other.csv", turnover=[2e11] * 4)
    found = assemble(balances(), series=[one, two])
    assert found["turnover"].values[0] == 1e11
    assert found.attrs["notes"] == ("other.csv: turnover is not read, it is in series.csv",)


def test_m1_of_a_month_stands_until_the_next_and_no_longer_than_75_days() -> None:
    """Known from the last day of the month on, a Friday; no month later than February."""
    m1 = series(np.array(["2025-01-31", "2025-02-28"], dtype="datetime64[ns]"), m1=[1e14, 1.1e14])
    dates = np.array(["2025-02-27", "2025-02-28", "2025-03-03", "2025-05-14", "2025-05-15"], dtype="datetime64[ns]")
    found = assemble(balances(dates), series=[m1])
    assert np.array_equal(found["m1"].values, [1e14, 1.1e14, 1.1e14, 1.1e14, np.nan], equal_nan=True)
    assert found.attrs["notes"] == ()


def test_m1_of_long_ago_is_refused() -> None:
    m1 = series(np.array(["2015-01-31"], dtype="datetime64[ns]"), m1=[3.5e13])
    with pytest.raises(DataError, match=r"series.csv: m1: no month ends in the 75 days before a day of the balances"):
        assemble(balances(), series=[m1])


def test_monthly_balances_are_refused() -> None:
    months = pd.date_range("2020-01-31", periods=12, freq="ME").to_numpy().astype("datetime64[ns]")
    with pytest.raises(DataError, match=r"balances.csv: its days are 31 calendar days apart, must be trading days"):
        assemble(balances(months))


def test_a_day_that_is_missing_is_noted() -> None:
    holes = [(pd.Timestamp("2025-03-10"), pd.Timestamp("2025-03-12"))]
    dates = np.delete(days(12), 6)
    assert assemble(balances(dates, gaps=holes)).attrs["notes"] == (
        "balances.csv: trading days are missing between 2025-03-10 and 2025-03-12; they are not made up",
    )


def test_stocks_of_detail_and_prices_stand_side_by_side() -> None:
    found = assemble(balances(), detail=detail(), prices=prices())
    check(found)
    assert found["stock"].values.tolist() == ["000001", "300001", "600000"]
    assert np.array_equal(found["stock_financing_balance"].values[0], [2e11, np.nan, 3e11], equal_nan=True)
    assert np.array_equal(found["stock_turnover"].values[0], [np.nan, 1e7, 1e7], equal_nan=True)
    assert found["stock_board"].values.tolist() == ["SZSE", "ChiNext", "SSE"]
    assert found["stock_name"].values.tolist() == ["PAB", "", "SPDB"]
    assert found["marginable"].values.tolist() == [2, 2, 2, 2]


def test_a_stock_that_does_not_trade_has_turnover_0_and_no_return() -> None:
    found = assemble(balances(), prices=prices())
    assert found["stock_turnover"].values[-1].tolist() == [1e7, 0]
    assert np.isnan(found["stock_change"].values[-1, 1])


def test_a_table_of_sectors_names_them_and_what_it_lacks_is_a_sector_of_its_own() -> None:
    sectors = pd.DataFrame({"sector": ["bank"], "board": ["main"], "name": [""]}, index=pd.Index(["600000"]))
    found = assemble(balances(), detail=detail(), sectors=sectors)
    assert found["stock_sector"].values.tolist() == ["unknown", "bank"]
    assert found["stock_board"].values.tolist() == ["SZSE", "main"]
    assert found["stock_name"].values.tolist() == ["PAB", "SPDB"]
    assert "sectors: 1 of 2 stocks have none; they are the sector 'unknown'" in found.attrs["notes"]


def test_sectors_without_stocks_or_of_others_are_refused() -> None:
    sectors = pd.DataFrame({"sector": ["bank"]}, index=pd.Index(["601398"]))
    with pytest.raises(DataError, match="sectors: there are no stocks that they belong to; give --detail or --prices"):
        assemble(balances(), sectors=sectors)
    with pytest.raises(DataError, match="sectors: none of their 1 stocks is in the detail"):
        assemble(balances(), detail=detail(), sectors=sectors)


def test_a_detail_of_another_exchange_is_refused() -> None:
    with pytest.raises(DataError, match="detail: exchange: found SSE, the balances are of all; give both for the same"):
        assemble(balances(), detail=detail(exchange="SSE"))


def test_funds_of_the_detail_are_counted() -> None:
    assert assemble(balances(), detail=detail(funds=3)).attrs["notes"] == (
        "detail: 3 funds and bonds are no stocks and are left out",
    )


@pytest.mark.parametrize(("month", "boards"), [("2021-03", ["SME", "SZSE"]), ("2021-04", ["SZSE"])])
def test_the_sme_board_ends_with_its_merger_into_the_main_board(month: str, boards: list[str]) -> None:
    dates = days(4, f"{month}-06")
    stocks = detail(dates).assign_coords(stock=["000001", "002594"], stock_board=("stock", ["SZSE", "SME"]))
    found = monitor(assemble(balances(dates), detail=stocks), window=2)
    assert sorted(found.by_board.index) == boards
    assert found["largest_board"].value == pytest.approx(0.6 if len(boards) == 2 else 1.0)
