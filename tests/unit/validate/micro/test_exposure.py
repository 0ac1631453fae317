"""Paths worked out by hand come out; dates that do not fit are refused."""

import datetime as dt

import numpy as np
import pytest

from pingcang.errors import ScenarioError
from pingcang.validate.micro.exposure import abnormal_returns, exposure, fire_sale_path, tails, trough
from pingcang.validate.micro.panel import HALTED
from unit.validate.micro.made import panel

FIRST = (dt.date(2015, 6, 13), dt.date(2015, 6, 13))
"""Day 1 of a made-up panel."""


def ten_stocks(price, state=None, **more):
    """Stock 0 is held near the line: 100 of its 1,000 lots; the other nine are not."""
    rows = {"stock": [0, 0, 1, 2], "account": [1, 2, 3, 4], "lots": [60, 40, 500, 70], "dmc": [2.9, -1, 3.0, 8]}
    return panel(days=len(price) - 1, stocks=10, price=price, state=state, **rows | more)


def prices(*first_stock):
    return np.column_stack([first_stock, *[np.full(len(first_stock), 1000)] * 9])


def test_exposure_is_the_share_of_the_float_near_the_line():
    share = exposure(ten_stocks(prices(1000, 900)))
    assert share[1].tolist() == [0.1, *[0.0] * 9]
    assert not share[0].any()


def test_the_path_is_the_fall_and_the_reversal_of_exposed_stocks():
    """−10% and +10% against nine stocks that stand still: the mean of all moves by a tenth of it."""
    path = fire_sale_path(ten_stocks(prices(1000, 900, 990, 990)), window=FIRST, horizon=3, benchmark="equal")
    assert path == pytest.approx([0, -0.10, 0.0, 0.0])
    lowest = trough(path)
    assert (lowest.day, lowest.size, lowest.reversed) == (1, pytest.approx(-0.10), pytest.approx(1.0))


def test_a_suspended_day_has_no_return():
    state = np.zeros((4, 10), np.int8)
    state[2, 0] = HALTED
    moved = prices(1000, 900, 900, 990)
    moved[2, 1:] = 1100
    path = fire_sale_path(ten_stocks(moved, state), window=FIRST, horizon=3, benchmark="equal")
    assert path[2] == pytest.approx(path[1])
    assert abnormal_returns(ten_stocks(moved, state), "equal")[2].tolist() == pytest.approx([0.0] * 10)


def test_what_all_stocks_of_a_size_do_is_not_abnormal():
    """Twenty-five stocks, five sizes: the larger fall more, whoever holds them."""
    size = np.arange(25) // 5
    price = np.stack([np.full(25, 1000), 1000 - 20 * size])
    rows = {"stock": range(15, 25), "account": range(10), "dmc": [1.0] * 10}
    falls = panel(days=1, stocks=25, price=price, **rows)
    assert fire_sale_path(falls, window=FIRST, horizon=1, benchmark="matched") == pytest.approx([0, 0])
    assert fire_sale_path(falls, window=FIRST, horizon=1, benchmark="equal")[1] < -0.02


def test_all_that_tie_belong_to_a_tail_and_no_tail_without_exposure():
    values = np.array([0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    top, bottom = tails(values, np.ones(10, bool))
    assert np.flatnonzero(top).tolist() == [9]
    assert np.flatnonzero(bottom).tolist() == [0, 1, 2]
    top, bottom = tails(values, values < 0.7)
    assert np.flatnonzero(top).tolist() == [8]
    for nothing in (tails(np.zeros(10), np.ones(10, bool)), tails(values, np.zeros(10, bool))):
        assert not nothing[0].any()
        assert not nothing[1].any()


def test_nobody_near_the_line_gives_no_path():
    far = ten_stocks(prices(1000, 900), dmc=[9, 9, 9, 9])
    path = fire_sale_path(far, window=FIRST, horizon=1)
    assert np.isnan(path).all()
    assert np.isnan(trough(path).size)


def test_a_path_that_never_falls_has_no_reversal():
    assert np.isnan(trough(np.array([0.0, 0.02, 0.01])).reversed)


def test_dates_that_do_not_fit_the_run_are_refused():
    short = ten_stocks(prices(1000, 900, 990))
    with pytest.raises(
        ScenarioError, match=r"window 2016-01-01 to 2016-01-31: the run has no trading day in it \(2015"
    ):
        fire_sale_path(short, window=(dt.date(2016, 1, 1), dt.date(2016, 1, 31)))
    with pytest.raises(ScenarioError, match=r"calendar.days: found 2, but 40 days from 2015-06-13 need 40; take more"):
        fire_sale_path(short, window=FIRST)
    assert len(fire_sale_path(short, window=FIRST, horizon=2)) == 3
