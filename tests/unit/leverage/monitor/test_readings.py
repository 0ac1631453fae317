"""Every reading by hand, on datasets of a few days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from balances import dataset, days
from pingcang.leverage.monitor.reading import Reading
from pingcang.leverage.monitor.scorecard import monitor
from pingcang.leverage.monitor.words import number_text, value_text

WINDOW = 2


def read(key: str, **values: Any) -> Reading:
    return monitor(dataset(**values), window=WINDOW)[key]


BALANCES = [1.0e12, 1.2e12, 1.1e12, 1.32e12]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("financing_balance", 1.32e12),
        ("growth_1", 0.2),
        ("growth_2", 0.1),
        ("record", 1.32e12),
        ("below_record", 0.0),
        ("days_since_record", 0.0),
        ("to_record_2015", 1.32 / 2.2664 - 1),
    ],
)
def test_the_balance_and_its_growth(key: str, wanted: float) -> None:
    assert read(key, financing_balance=BALANCES).value == pytest.approx(wanted)


def test_a_record_is_left_behind() -> None:
    """1.32tn, then 1.188tn: a tenth below, two days ago."""
    balances = [*BALANCES, 1.25e12, 1.188e12]
    assert read("below_record", financing_balance=balances).value == pytest.approx(0.1)
    assert read("days_since_record", financing_balance=balances).value == 2


def test_growth_over_a_year_is_from_the_last_day_not_after_the_same_date() -> None:
    dates = days(263)
    values = np.linspace(1e12, 2e12, 263)
    found = monitor(dataset(financing_balance=values, dates=dates))["growth_year"]
    year_ago = int(np.flatnonzero(dates <= np.datetime64("2025-03-04"))[-1])
    assert str(dates[-1])[:10] == "2026-03-04"
    assert found.value == pytest.approx(values[-1] / values[year_ago] - 1)


def test_days_since_the_record_of_2015_was_passed() -> None:
    """Above 2.2664tn on the second day, below again on the third: the second counts."""
    found = read("days_since_passing_2015", financing_balance=[2.2e12, 2.27e12, 2.1e12, 2.3e12])
    assert found.value == 2


def test_a_balance_at_the_record_of_2015_has_not_passed_it() -> None:
    assert read("days_since_passing_2015", financing_balance=[2.2664e12]).value is None


def test_the_record_is_not_passed_on_its_own_day() -> None:
    """22,664.3 亿 on 2015-06-18 is the record itself."""
    found = read("days_since_passing_2015", financing_balance=[2.2548e12, 2.26643e12], dates=days(2, "2015-06-17"))
    assert found.value is None
    assert found.missing == "a balance above 2.2664 tn CNY of 2015-06-18, which it has not reached"


@pytest.mark.parametrize(
    ("key", "base"),
    [
        ("balance_to_float", "float_cap"),
        ("balance_to_total", "total_cap"),
        ("balance_to_free_float", "free_float_cap"),
        ("balance_to_m1", "m1"),
    ],
)
def test_ratios_count_securities_lending_where_it_is_known(key: str, base: str) -> None:
    """(2.0 + 0.1) / 50 and 2.0 / 50."""
    given: dict[str, Any] = {"financing_balance": [2e12], base: [50e12]}
    assert read(key, **given).value == pytest.approx(0.04)
    assert read(key, **given, short_balance=[0.1e12]).value == pytest.approx(0.042)
    assert read(key, **given, short_balance=[0.1e12]).inputs == ("financing_balance", base, "short_balance")


@pytest.mark.parametrize(
    ("key", "base", "cap", "light"),
    [
        ("balance_to_float", "float_cap", 50e12, "green"),
        ("balance_to_float", "float_cap", 46e12, "red"),
        ("balance_to_free_float", "free_float_cap", 50e12, "green"),
        ("balance_to_free_float", "free_float_cap", 30e12, "amber"),
        ("balance_to_free_float", "free_float_cap", 20e12, "red"),
        ("balance_to_m1", "m1", 32e12, "green"),
        ("balance_to_m1", "m1", 31e12, "red"),
        ("balance_to_total", "total_cap", 20e12, None),
    ],
)
def test_ratios_are_held_against_those_of_2015(key: str, base: str, cap: float, light: str | None) -> None:
    """4.27 % of 2tn is 46.8tn of float; 4.9 % 40.8tn and 10 % 20tn of free float; 6.38 % 31.3tn of M1."""
    found = monitor(dataset(financing_balance=[2e12], **{base: [cap]}))[key]
    assert found.light == light
    assert bool(found.line) == (light is not None)


def test_margin_purchases_over_turnover_and_its_line() -> None:
    found = monitor(
        dataset(financing_balance=[1e12] * 3, margin_purchases=[9e9, 12e9, 6e9], turnover=[100e9] * 3), window=WINDOW
    )
    assert (found["margin_share"].value, found["margin_share"].light) == (pytest.approx(0.06), "green")
    assert found["margin_share_mean"].value == pytest.approx(0.09)
    on_the_line = monitor(dataset(financing_balance=[1e12], margin_purchases=[10e9], turnover=[100e9]))
    assert on_the_line["margin_share"].light == "amber"


def test_new_borrowing_over_the_turnover_of_the_same_days() -> None:
    """(1.03 − 1.00)tn over 0.2 + 0.4tn."""
    found = read("borrowing_to_turnover", financing_balance=[1e12, 1.01e12, 1.03e12], turnover=[9e11, 2e11, 4e11])
    assert found.value == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("key", "wanted"), [("maintenance_ratio", 2.6), ("multiple", 2.6 / 1.6), ("fall_to_close_out", 0.5)]
)
def test_the_average_maintenance_ratio_and_what_it_implies(key: str, wanted: float) -> None:
    assert read(key, financing_balance=[1e12], maintenance_ratio=[2.6]).value == pytest.approx(wanted)


def test_holding_time_is_the_balance_over_repayments() -> None:
    """Balances 1.0, 1.1, 1.0tn; purchases 0.3, 0.2tn: repayments 0.2, 0.3tn; mean 1.05 over 0.25."""
    found = read("holding_time", financing_balance=[1e12, 1.1e12, 1e12], margin_purchases=[np.nan, 3e11, 2e11])
    assert found.value == pytest.approx(1.05 / 0.25)
    assert found.unit == "trading days"


def test_repayments_are_purchases_less_what_the_balance_grew_by() -> None:
    """Balances 1.0, 1.1, 1.3tn; purchases 0.3, 0.4tn: repayments 0.2, 0.2tn; mean 1.2 over 0.2."""
    found = read("holding_time", financing_balance=[1e12, 1.1e12, 1.3e12], margin_purchases=[np.nan, 3e11, 4e11])
    assert found.value == pytest.approx(6)


def test_repayments_that_are_given_are_used() -> None:
    longer = {"financing_balance": [1e12] * 3, "margin_repayments": [9e11, 2e11, 3e11]}
    assert read("holding_time", **longer, margin_purchases=[9e11] * 3).value == pytest.approx(4)


def test_a_loan_held_so_long_as_was_put_in_comes_out() -> None:
    """Each day 50bn are lent for ten days: the balance settles at 500bn, and Little's law gives ten days."""
    lent = np.full(60, 50e9)
    balance = np.array([lent[max(0, t - 9) : t + 1].sum() for t in range(60)])
    found = monitor(dataset(financing_balance=balance, margin_purchases=lent))["holding_time"]
    assert found.value == pytest.approx(10)


def test_the_share_bought_anew() -> None:
    found = read("new_share", financing_balance=[1e12, 3e12], margin_purchases=[1e11, 3e11])
    assert found.value == pytest.approx(0.1)


def test_rising_stocks() -> None:
    moved = {"financing_balance": [1e12, 1e12], "advancing": [10.0, 30.0], "declining": [30.0, 10.0]}
    assert read("rising_share", **moved).value == 0.75
    assert read("rising_share_mean", **moved).value == 0.5
    assert read("advance_decline", **moved).value == 20


STOCKS: dict[str, Any] = {
    "stocks": ["000001", "300001", "600000", "600001"],
    "financing_balance": [1e12] * 3,
    "stock_financing_balance": [[1e11, 1e11, 1e11, np.nan], [1e11, 1e11, 2e11, np.nan], [2e11, 0, 3e11, 1e11]],
}


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("largest_stock", 0.5),
        ("hhi_stock", (4 + 9 + 1) / 36),
        ("effective_stock", 36 / 14),
        ("top_decile", 0.5),
        ("with_balance", 0.75),
        ("growing_balance", 2 / 3),
        ("detail_coverage", 0.6),
    ],
)
def test_the_balance_over_stocks(key: str, wanted: float) -> None:
    assert read(key, **STOCKS).value == pytest.approx(wanted)


def test_a_balance_that_stays_has_not_grown() -> None:
    stayed = {**STOCKS, "stock_financing_balance": [[1e11] * 4, [2e11] * 4, [1e11, 1e11, 1.5e11, 1e11]]}
    assert read("growing_balance", **stayed).value == 0.25


def test_rising_stocks_are_counted_from_returns_where_no_count_is_given() -> None:
    changes = [[np.nan] * 4, [0.01, 0.02, -0.01, 0.0], [0.01, np.nan, -0.01, -0.02]]
    found = monitor(dataset(**STOCKS, stock_change=changes), window=WINDOW)
    assert found["rising_share"].value == pytest.approx(1 / 3)
    assert found.sources["advancing"] == "counted from stock_change"
    given = monitor(dataset(**STOCKS, stock_change=changes, advancing=[5.0] * 3, declining=[5.0] * 3))
    assert given["rising_share"].value == 0.5


def test_the_balance_over_boards_and_sectors() -> None:
    """SZSE 2e11, ChiNext 0, SSE 4e11; bank 5e11, tech 1e11."""
    labels = {"stock_board": ["SZSE", "ChiNext", "SSE", "SSE"], "stock_sector": ["bank", "tech", "bank", "tech"]}
    found = monitor(dataset(**STOCKS, **labels), window=WINDOW)
    assert found["largest_board"].value == pytest.approx(2 / 3)
    assert found["hhi_board"].value == pytest.approx((4 + 16) / 36)
    assert found["largest_sector"].value == pytest.approx(5 / 6)
    assert found["effective_sector"].value == pytest.approx(36 / 26)
    assert found.by_board.index.to_list() == ["SSE", "SZSE", "ChiNext"]
    assert found.by_board["change"].to_list()[:2] == pytest.approx([3.0, 1.0])
    assert found.by_sector["share"].to_list() == pytest.approx([5 / 6, 1 / 6])


def test_the_largest_stocks_have_name_board_and_sector() -> None:
    labels = {"stock_board": ["SZSE", "ChiNext", "SSE", "SSE"], "stock_name": ["a", "b", "c", "d"]}
    table = monitor(dataset(**STOCKS, **labels), window=WINDOW).by_stock
    assert table.index.to_list() == ["600000", "000001", "600001", "300001"]
    assert table.loc["600000"].to_list() == pytest.approx([3e11, 0.5, 2.0, "c", "SSE"])
    assert np.isnan(table.loc["600001", "change"])


def test_a_stock_at_the_exchanges_cap_is_red() -> None:
    """A quarter of the float: margin buying may be suspended; it resumes below a fifth."""
    for share, light in ((0.19, "green"), (0.20, "amber"), (0.25, "red")):
        cap = [[3e11 / share, 1e15, 3e11 / share, 1e15]] * 3
        found = read("largest_stock_to_float", **STOCKS, stock_float_cap=cap)
        assert (found.value, found.light) == (pytest.approx(share), light)


def test_a_stock_without_a_float_has_no_share_of_it() -> None:
    cap = [[1e12, 1e12, 0, 1e12]] * 3
    assert read("largest_stock_to_float", **STOCKS, stock_float_cap=cap).value == pytest.approx(0.2)


def test_lent_securities_over_financing() -> None:
    assert read("short_to_financing", financing_balance=[2e12], short_balance=[1.4e10]).value == pytest.approx(0.007)


def test_a_change_over_a_gap_says_how_many_days_are_needed() -> None:
    dates = np.array(["2015-08-14", "2015-08-17", "2015-08-27"], dtype="datetime64[ns]")
    found = read("growth_1", financing_balance=[1e12] * 3, dates=dates)
    assert found.value is None
    assert found.missing == "1 trading day before 2015-08-27 without a gap; the data have 0"


def test_a_value_that_lacks_on_the_day_is_not_that_of_the_day_before() -> None:
    found = read("maintenance_ratio", financing_balance=[1e12] * 3, maintenance_ratio=[2.5, 2.6, np.nan])
    assert found.value is None
    assert found.date is None
    assert found.missing == "maintenance_ratio on 2025-03-05 (last known on 2025-03-04: --on 2025-03-04)"


def test_a_reading_says_its_day() -> None:
    assert read("financing_balance", financing_balance=[1e12]).date == dt.date(2025, 3, 3)


def test_a_single_day_is_told_in_the_singular() -> None:
    found = read("days_since_record", financing_balance=[1e12, 1.1e12, 1.05e12])
    assert (value_text(found), number_text(found, 2.0)) == ("1 day", "2 days")
