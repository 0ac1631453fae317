"""Ratios of leverage on numbers, arrays and DataArrays, against margin rules and published figures."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.leverage import ratios

DATES = np.array(["2015-06-12", "2015-06-15", "2015-06-16"], dtype="datetime64[ns]")
ABOVE_ONE = st.floats(1.001, 1000)


def series(values, dates=DATES):
    return xr.DataArray(
        np.asarray(values, float), dims="date", coords={"date": dates}, name="x", attrs={"units": "CNY"}
    )


# Initial margin of 50, 80 and 100 % of the loan: the exchanges' rules of 2010, 2023 and 2026
@pytest.mark.parametrize(("initial", "most", "stocks", "fall"), [
    (0.5, 3.0, 2.3, 0.133), (0.8, 2.25, 1.8, 0.278), (1.0, 2.0, 1.65, 0.35),
])  # fmt: skip
def test_the_initial_margin_bounds_the_multiple_and_the_fall_to_130_percent(initial, most, stocks, fall):
    assert ratios.highest_multiple(initial) == most
    assert ratios.highest_multiple(initial, 0.65) == pytest.approx(stocks, abs=0.013)
    ratio = ratios.maintenance_ratio_of_multiple(most)
    assert ratios.fall_to_line(ratio, 1.3) == pytest.approx(fall, abs=0.0005)


def test_the_average_account_of_2025_could_fall_by_half():
    assert ratios.fall_to_line(2.8, 1.3) == pytest.approx(0.536, abs=0.0005)


# average maintenance ratios of 2025 and of 2014-15, and the line of 130 %
@pytest.mark.parametrize(("ratio", "multiple"), [(2.8, 1.56), (2.6, 1.63), (2.4, 1.71), (1.3, 4.33)])
def test_a_maintenance_ratio_is_a_multiple(ratio, multiple):
    assert ratios.multiple_of_maintenance_ratio(ratio) == pytest.approx(multiple, abs=0.005)


# balance and float cap: 2015-06-18 (Wind 4.27 %, cap 53.2tn), 2025-08-22 (2.155tn), 2025-09-17 (2.4054tn of 95.8tn)
@pytest.mark.parametrize(("balance", "cap", "published"), [
    (2.2728e12, 53.2e12, 0.0427), (2.155e12, 92.9e12, 0.0232), (2.4054e12, 95.8e12, 0.0251),
])  # fmt: skip
def test_macro_leverage_is_the_published_one(balance, cap, published):
    assert ratios.macro_leverage(balance, cap) == pytest.approx(published, abs=5e-5)


def test_margin_on_the_free_float_of_august_2025():
    assert ratios.macro_leverage(2.1e12, 43e12, "free-float") == pytest.approx(0.048, abs=0.001)


def test_published_shares():
    assert ratios.balance_to_m1(2.27e12, 35.6e12) == pytest.approx(0.0638, abs=5e-5)
    assert ratios.balance_to_m1(2.1e12, 72e12) == pytest.approx(0.0292, abs=5e-5)
    assert ratios.short_to_financing(14.946e9, 2140.096e9) == pytest.approx(0.007, abs=5e-5)
    assert ratios.share_of_turnover(2837.19e8, 24000e8) == pytest.approx(0.118, abs=5e-4)  # "11 to 12 %"
    assert ratios.analytic_equal_risk_balance(2.1e12, 0.023, 0.0427) == pytest.approx(3.9e12, rel=0.001)


@given(ABOVE_ONE)
def test_multiple_and_maintenance_ratio_are_inverse(ratio):
    there = ratios.multiple_of_maintenance_ratio(ratio)
    assert ratios.maintenance_ratio_of_multiple(there) == pytest.approx(ratio, rel=1e-9)


@given(st.floats(0, 0.999))
def test_micro_leverage_and_multiple_are_inverse(share):
    there = ratios.multiple_of_micro_leverage(share)
    assert ratios.micro_leverage_of_multiple(there) == pytest.approx(share, rel=1e-9, abs=1e-12)


@given(st.floats(0.001, 1000))
def test_micro_leverage_and_maintenance_ratio_are_inverse(ratio):
    there = ratios.micro_leverage_of_maintenance_ratio(ratio)
    assert ratios.maintenance_ratio_of_micro_leverage(there) == pytest.approx(ratio, rel=1e-12)


@given(st.floats(1e6, 1e15), st.floats(1e6, 1e15))
def test_one_account_has_one_leverage_whichever_way_it_is_told(own, borrowed):
    assets = own + borrowed
    multiple = ratios.multiple(assets, own)
    assert ratios.micro_leverage(borrowed, own) == pytest.approx(ratios.micro_leverage_of_multiple(multiple), abs=1e-12)
    ratio = ratios.maintenance_ratio(assets, borrowed)
    assert ratios.micro_leverage(borrowed, own) == pytest.approx(ratios.micro_leverage_of_maintenance_ratio(ratio))


@given(st.floats(1.31, 100))
def test_a_fall_to_the_line_leads_to_the_line(ratio):
    assert ratio * (1 - ratios.fall_to_line(ratio, 1.3)) == pytest.approx(1.3, rel=1e-12)


def test_the_fall_to_a_line_that_is_reached_is_none_and_below_it_a_rise():
    assert ratios.fall_to_line(1.3, 1.3) == 0
    assert ratios.fall_to_line(1.2, 1.3) < 0


def test_an_account_under_water_has_borrowed_more_than_it_holds():
    assert ratios.micro_leverage(110.0, -10.0) == pytest.approx(1.1)


def test_arrays_give_arrays_and_keep_days_that_are_not_known():
    found = ratios.macro_leverage(np.array([2.2e12, np.nan]), np.array([5e13, 5e13]))
    assert isinstance(found, np.ndarray)
    assert found[0] == 0.044
    assert np.isnan(found[1])


@pytest.mark.parametrize(("call", "units"), [
    (lambda x: ratios.macro_leverage(x, x * 20, "total"), "1"),
    (lambda x: ratios.micro_leverage(x, x), "1"),
    (lambda x: ratios.multiple(x * 2, x), "1"),
    (lambda x: ratios.maintenance_ratio(x * 2, x), "1"),
    (ratios.multiple_of_maintenance_ratio, "1"),
    (ratios.maintenance_ratio_of_multiple, "1"),
    (ratios.micro_leverage_of_maintenance_ratio, "1"),
    (lambda x: ratios.maintenance_ratio_of_micro_leverage(1 / x), "1"),
    (ratios.micro_leverage_of_multiple, "1"),
    (lambda x: ratios.multiple_of_micro_leverage(1 / x), "1"),
    (lambda x: ratios.highest_multiple(1 / x), "1"),
    (lambda x: ratios.fall_to_line(x, 1.3), "1"),
    (lambda x: ratios.share_of_turnover(x, x * 9), "1"),
    (lambda x: ratios.balance_to_m1(x, x * 30), "1"),
    (lambda x: ratios.short_to_financing(x, x * 90), "1"),
    (lambda x: ratios.analytic_equal_risk_balance(x * 1e12, 1 / x / 20, 0.04), "CNY"),
])  # fmt: skip
def test_a_data_array_gives_one_that_says_what_it_is(call, units):
    given = series([2.0, 3.0, np.nan])
    found = call(given)
    assert found.attrs["units"] == units
    assert all(found.attrs[key] for key in ("long_name", "formula", "source"))
    assert (found["date"] == given["date"]).all()
    assert np.isnan(found.values).tolist() == [False, False, True]
    assert given.attrs == {"units": "CNY"}


def test_numbers_and_data_arrays_agree():
    assert ratios.multiple_of_maintenance_ratio(series([2.8, 2.6, 1.3])).values.tolist() == [
        ratios.multiple_of_maintenance_ratio(ratio) for ratio in (2.8, 2.6, 1.3)
    ]


@pytest.mark.parametrize(("call", "message"), [
    (lambda: ratios.macro_leverage(2e12, 0), r"macro_leverage: cap: found 0, must be above 0; check .*unit"),
    (lambda: ratios.macro_leverage(-1, 5e13), r"macro_leverage: balance: found -1, must be at least 0"),
    (lambda: ratios.macro_leverage(float("nan"), 5e13), r"balance: found nan"),
    (lambda: ratios.macro_leverage(float("inf"), 5e13), r"balance: found inf"),
    (lambda: ratios.multiple_of_maintenance_ratio(1), r"ratio: found 1, must be above 1; .*no multiple"),
    (lambda: ratios.maintenance_ratio_of_multiple(1), r"multiple: found 1, must be above 1; .*no loan"),
    (lambda: ratios.multiple(90, 100), r"multiple: assets / own: found 0.9, must be at least 1"),
    (lambda: ratios.multiple(90, 0), r"multiple: own: found 0, must be above 0"),
    (lambda: ratios.multiple_of_micro_leverage(1), r"share: found 1, must be at least 0 and below 1"),
    (lambda: ratios.micro_leverage(10, -10), r"own \+ borrowed: found 0, must be above 0"),
    (lambda: ratios.maintenance_ratio(10, 0), r"owed: found 0"),
    (lambda: ratios.highest_multiple(80), r"initial_margin: found 80, .*0.8 for 80 %"),
    (lambda: ratios.analytic_equal_risk_balance(2e12, 2.3, 0.04), r"ratio: found 2.3, .*write the fraction"),
    (lambda: ratios.macro_leverage("2e12", 5e13), r"balance: found a str, must be a number"),
    (lambda: ratios.macro_leverage([2e12], 5e13), r"balance: found a list, must be a number, a numpy array"),
])  # fmt: skip
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ScenarioError, match=message):
        call()


def test_an_array_is_refused_with_the_place_of_what_is_wrong():
    with pytest.raises(ScenarioError, match=r"cap: found -3 at \[1\] \(and 1 more\), must be above 0"):
        ratios.macro_leverage(np.ones(3), np.array([1.0, -3.0, 0.0]))
    with pytest.raises(ScenarioError, match=r"ratio: found 0\.9 at date 2015-06-15, must be above 1"):
        ratios.multiple_of_maintenance_ratio(series([1.3, 0.9, np.nan]))
    with pytest.raises(ScenarioError, match=r"found inf at \[0\]"):
        ratios.balance_to_m1(np.array([np.inf]), 1.0)


def test_days_that_differ_are_refused_and_never_dropped():
    with pytest.raises(ScenarioError, match=r"macro_leverage: the coordinates differ .*same days"):
        ratios.macro_leverage(series([1, 2, 3]), series([9, 9], DATES[:2]))


def test_a_pandas_table_is_sent_to_xarray():
    with pytest.raises(ScenarioError, match=r"found a Series, .*\.to_xarray\(\)"):
        ratios.balance_to_m1(series([1, 2, 3]).to_series(), 9.0)


def test_plain_numbers_need_neither_numpy_nor_xarray():
    code = (
        "import sys; from pingcang.leverage import ratios; ratios.macro_leverage(2e12, 5e13);"
        "print([name for name in ('xarray', 'numpy', 'pandas') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


def test_a_line_of_0_is_told_as_a_ratio_not_as_money():
    with pytest.raises(ScenarioError, match=r"line: found 0, must be above 0; write the fraction, 1.3 for 130 %"):
        ratios.fall_to_line(2.0, 0)
