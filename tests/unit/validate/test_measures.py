"""Every row on a dataset whose answer is known by hand."""

import numpy as np
import pytest

from pingcang.results.variables import AT_LIMIT_DOWN, SUSPENDED, TRADED
from pingcang.validate.measures import MEASURES, QUANTITIES, measure
from pingcang.validate.targets import TARGETS
from unit.validate.made import DAYS, crash, day, path

JUN_15, JUN_18, JUL_03, JUL_08, JUL_09 = (day(f"2015-{d}") for d in ("06-15", "06-18", "07-03", "07-08", "07-09"))


def one(name, **changes):
    return measure(crash(**changes))[name][0]


def at(value, *days, else_=0.0):
    series = np.full(DAYS, float(else_))
    series[list(days)] = value
    return series


def test_the_trading_days_of_the_crash_are_counted_from_12_june():
    assert (JUN_15, JUN_18, JUL_08, day("2015-08-17")) == (1, 4, 17, 45)


def test_every_part_has_one_measure_and_every_measure_one_part():
    parts = [part.name for target in TARGETS for part in target.parts]
    assert sorted(parts) == sorted(MEASURES) == sorted({q.name for q in QUANTITIES})
    assert [target.row for target in TARGETS] == list(range(1, 19))


def test_row_1_and_4_the_index_counts_from_12_june():
    index = path(d0=2.0, d17=1.3, d45=1.6)
    assert one("index_fall", index=index) == pytest.approx(-0.35)
    assert one("index_august", index=index) == pytest.approx(-0.2)


def test_row_2_the_equal_weight_index():
    assert one("equal_weight_fall", index_equal_weight=path(d0=1, d17=0.5, d45=0.9)) == pytest.approx(-0.5)


def test_row_3_the_trough_is_the_lowest_close_between_12_june_and_17_august():
    assert one("trough_day", index=path(d0=1, d20=0.6, d45=1)) == 20


def test_row_5_6_and_8_count_brokers_only():
    """18 June 2.0, 3 July 1.8, 8 July 1.5, 17 August 1.2: −25%, three fifths in the last three days, −20%."""
    balance = path(d0=2.0, d4=2.0, d14=1.8, d17=1.5, d45=1.2)
    made = crash(financing_balance=1e12 * balance)
    made["financing_balance"][..., 2] = np.arange(DAYS)  # shadow finance is not in it
    found = measure(made)
    assert found["balance_fall"] == pytest.approx([-0.25])
    assert found["last_three_days"] == pytest.approx([0.6])
    assert found["balance_august"] == pytest.approx([-0.2])


def test_row_6_has_no_share_of_a_balance_that_does_not_fall():
    assert np.isnan(one("last_three_days", financing_balance=path(d0=1, d45=2)))


def test_row_7_the_largest_fall_in_a_day():
    assert one("worst_day", financing_balance=path(d0=100, d10=100, d11=88, d12=90, d13=80, d45=80)) == pytest.approx(
        -0.12
    )
    assert np.isnan(one("worst_day", financing_balance=at(0, 30, else_=1)))


def test_row_9_new_margin_buying_from_15_june_to_8_july():
    assert one("purchases_fall", margin_purchases=path(d0=9, d1=8, d17=2, d45=5)) == pytest.approx(-0.75)
    assert np.isnan(one("purchases_fall", margin_purchases=at(1, JUL_08)))


def test_row_10_margin_buying_over_turnover_on_three_days():
    found = measure(crash(margin_purchases=path(d0=12, d1=10, d17=3, d45=3), turnover=path(d0=100, d17=60, d45=60)))
    assert found["purchases_share_0612"] == pytest.approx([0.12])
    assert found["purchases_share_0615"] == pytest.approx([10 / (100 - 40 / 17)])
    assert found["purchases_share_0708"] == pytest.approx([0.05])


def test_row_10_is_not_known_where_the_purchases_of_the_start_are_not():
    purchases = at(np.nan, 0, else_=2e11)
    found = measure(crash(margin_purchases=purchases))
    assert np.isnan(found["purchases_share_0612"]).all()
    assert found["purchases_share_0615"] == pytest.approx([0.1])


def pinned(stocks, *counts, suspended=0, st=0):
    """The first stocks close at limit-down, so many on day 1, 2, …; the last ones are suspended; the first are ST."""
    status = np.full((DAYS, stocks), TRADED, np.int8)
    for number, count in enumerate(counts, start=1):
        status[number, :count] = AT_LIMIT_DOWN
    status[:, stocks - suspended :] = SUSPENDED
    flags = np.zeros(stocks, np.int8)
    flags[:st] = 1
    return {"stocks": stocks, "stock_status": status, "stock_st": flags}


def test_row_11_counts_days_with_more_than_1000_without_st():
    assert one("limit_down_days", **pinned(1200, 1000, 1001, 1200, 999)) == 2
    assert one("limit_down_days", **pinned(1200, 1000, 1001, 1200, 999, st=100)) == 1


def test_row_12_is_the_share_of_the_traded_on_the_worst_day_without_st_above_the_line():
    assert one("limit_down_share", **pinned(100, 30, 60, 50, suspended=20)) == pytest.approx(60 / 80)
    assert one("limit_down_share", **pinned(100, 30, 60, 50, suspended=20, st=4)) == pytest.approx(56 / 80)


def test_row_13_counts_all_boards():
    found = measure(crash(suspended=at(1300, JUL_08) + at(1500, JUL_09)))
    assert (found["suspended_0708"], found["suspended_0709"]) == ([1300], [1500])


def test_row_14_asks_those_that_trade_the_next_day_only():
    """Day 1: stocks 0-3 pinned. Day 2: 0, 1 pinned, 2 trades, 3 suspended. Then 0, 1 trade: 2 of 3, then 0 of 2."""
    made = pinned(5, 4, 2)
    made["stock_status"][2, 3] = SUSPENDED
    assert one("limit_down_persistence", **made) == pytest.approx(2 / 5)


def test_row_14_leaves_out_st_and_what_happens_after_8_july():
    made = pinned(5, 4, 2, st=1)
    made["stock_status"][JUL_08, 1:] = AT_LIMIT_DOWN  # its tomorrow, 9 July, is no day of the window
    assert one("limit_down_persistence", **made) == pytest.approx(1 / 4)
    assert np.isnan(one("limit_down_persistence", **pinned(5)))


def test_row_15_correlates_the_returns_of_15_june_to_8_july():
    random = np.random.default_rng(1)
    together = random.standard_normal((DAYS, 1)) * 0.02 * np.ones((1, 6))
    together[JUL_09:] = random.standard_normal((DAYS - JUL_09, 6)) * 0.02
    close = 10 * np.cumprod(1 + together, axis=0)
    made = crash(stocks=6, close=close)
    found = measure(made, made)
    assert found["correlation_crash"] == pytest.approx([1])
    matrix = np.corrcoef(close[1:] / close[:-1] - 1, rowvar=False)
    assert found["correlation_calm"] == pytest.approx([matrix[np.triu_indices(6, 1)].mean()])


def test_row_15_knows_no_return_on_a_day_of_suspension():
    """A suspended stock stands at its last price: without the status that would be a return of 0."""
    random = np.random.default_rng(1)
    moves = random.standard_normal((DAYS, 1)) * 0.02 * np.ones((1, 3))
    status = np.full((DAYS, 3), TRADED, np.int8)
    status[5:7, 0] = SUSPENDED
    moves[5:7, 0] = 0
    close = 10 * np.cumprod(1 + moves, axis=0)
    assert one("correlation_crash", stocks=3, close=close, stock_status=status) == pytest.approx(1, abs=0.01)
    assert one("correlation_crash", stocks=3, close=close) < 0.98


def test_row_16_is_total_assets_over_total_liabilities_of_broker_cohorts():
    """Liabilities 1.5 and 0.5, ratios 2.5 and 3: (3.75 + 1.5) / 2. The shadow cohort at 1.3 does not count."""
    assert one("maintenance_ratio") == pytest.approx(5.25 / 2)


def test_row_16_leaves_out_a_cohort_without_liabilities_and_is_unknown_if_no_one_has_any():
    made = crash()
    made["maintenance_ratio"][:, -1, 1] = np.nan
    assert measure(made)["maintenance_ratio"] == pytest.approx([2.5])
    made["maintenance_ratio"][:, -1, 0] = np.nan
    assert np.isnan(measure(made)["maintenance_ratio"]).all()


def test_row_16_is_unknown_where_a_cohort_owes_exactly_what_it_has():
    made = crash()
    made["maintenance_ratio"][:, -1, 0] = 1.0
    made["investor_equity"][:, -1, 0] = 0.0
    assert np.isnan(measure(made)["maintenance_ratio"]).all()


def test_row_17_is_the_geometric_growth_of_20_days_in_calm():
    calm = crash(financing_balance=1e12 * 1.005 ** np.minimum(np.arange(DAYS), 20))
    assert measure(crash(), calm)["calm_growth"] == pytest.approx([0.005])
    assert np.isnan(measure(crash(), crash(financing_balance=np.zeros(DAYS)))["calm_growth"]).all()


def test_row_18_recovers_the_coefficients_that_made_the_balance():
    r = np.random.default_rng(3).standard_normal(DAYS) * 0.03
    r[0] = 0
    change = -0.007 + 0.3 * r + 0.15 * np.concatenate([[0], r[:-1]])
    change[0] = 0
    found = measure(crash(index=np.cumprod(1 + r), financing_balance=1e12 * np.cumprod(1 + change)))
    assert found["response_today"] == pytest.approx([0.3])
    assert found["response_yesterday"] == pytest.approx([0.15])


def test_row_18_is_unknown_in_a_market_that_stands_still_or_has_no_balance():
    assert np.isnan(one("response_today"))
    assert np.isnan(one("response_yesterday", financing_balance=np.zeros(DAYS)))


def test_each_run_has_its_own_value():
    index = np.stack([path(d0=1, d17=level, d45=1) for level in (0.5, 0.6, 0.7)])
    assert measure(crash(runs=3, index=index))["index_fall"] == pytest.approx([-0.5, -0.4, -0.3])


def test_what_needs_stocks_or_calm_is_nan_without_them():
    found = measure(crash(runs=2))
    lacking = {name for name, values in found.items() if np.isnan(values).all()}
    assert {"limit_down_days", "limit_down_share", "limit_down_persistence"} < lacking
    assert {"correlation_crash", "correlation_calm", "calm_growth"} < lacking
    assert all(len(found[name]) == 1 for name in ("limit_down_days", "calm_growth"))
