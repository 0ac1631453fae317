"""Vectors worked by hand from the formulas of pingcang.results.attribution; depth D = 1,000 lots unless said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.results.attribution import (
    flow_parts,
    growth_of,
    log_growth,
    log_move,
    log_parts,
    log_return_parts,
    value_parts,
)

D = np.array([1000.0])


def split(*flows, entered=None, before=0.0, square_root=False):
    """(log return, lots) of each cause of one stock."""
    wanted = np.array([[float(flow)] for flow in flows])
    net = wanted.sum(axis=0) if entered is None else np.array([float(entered)])
    moved, lots = flow_parts(wanted, net, np.array([before]), D, square_root)
    return moved[:, 0].tolist(), lots[:, 0].tolist()


def test_a_sale_alone_moves_the_price_by_its_own_impact():
    moved, lots = split(-100)
    assert moved == pytest.approx([-math.log(1.1)], rel=1e-14)
    assert lots == [-100]


def test_sales_of_one_session_share_their_move_by_lots():
    moved, _ = split(-30, -70)
    assert moved == pytest.approx([-0.3 * math.log(1.1), -0.7 * math.log(1.1)], rel=1e-14)


def test_opposite_orders_get_the_mean_of_coming_first_and_second():
    """100 sold and 90 bought: ½[−ln 1.1 − ln 1.01 − ln 1.09] and ½[ln 1.09 − ln 1.01 + ln 1.1]."""
    moved, lots = split(-100, 90)
    sold, bought = (-math.log(1.1 * 1.01 * 1.09) / 2, math.log(1.09 * 1.1 / 1.01) / 2)
    assert moved == pytest.approx([sold, bought], rel=1e-14)
    assert sum(moved) == pytest.approx(-math.log(1.01), rel=1e-13)
    assert lots == [-100, 90]


def test_orders_that_cancel_leave_the_price_and_are_told_all_the_same():
    moved, _ = split(-100, 100)
    assert moved == pytest.approx([-math.log(1.1), math.log(1.1)], rel=1e-14)


def test_at_limit_down_the_side_that_waits_moves_the_price_by_what_was_executed_beyond_the_other():
    """80 wanted to sell, 20 to buy, and the rest took 10 at the limit: sellers got 30 of 80."""
    moved, lots = split(-60, -20, 20, entered=-10)
    assert moved == pytest.approx([-0.75 * math.log(1.01), -0.25 * math.log(1.01), 0.0], rel=1e-14)
    assert lots == [-22.5, -7.5, 20]


def test_at_limit_up_buyers_wait():
    moved, lots = split(60, -20, entered=10)
    assert moved == pytest.approx([math.log(1.01), 0.0], rel=1e-14)
    assert lots == [30, -20]


def test_where_nothing_is_executed_nothing_moves():
    assert split(-60, entered=0) == ([0.0], [0.0])


def test_the_square_root_law_counts_the_flow_of_the_day():
    """After 40 lots sold, 50 more: from √0.04 = 0.2 to √0.09 = 0.3 below."""
    moved, _ = split(-50, before=-40.0, square_root=True)
    assert moved == pytest.approx([-math.log(1.3 / 1.2)], rel=1e-13)


def test_a_part_is_never_larger_than_its_orders_alone_could_be_even_where_the_net_flow_vanishes():
    """Under the square-root law the slope at 0 is infinite; a thousand lots against 1,001 must not explode."""
    (sold, bought), _ = split(-1001, 1000, square_root=True)
    assert abs(sold) < 2 * math.log(1 + math.sqrt(1.001)) and abs(bought) < 2 * math.log(2)


flow = st.floats(-5000, 5000, allow_subnormal=False)


@given(st.lists(flow, min_size=1, max_size=6), st.floats(0, 1), st.floats(-2000, 2000), st.booleans(), st.booleans())
def test_the_parts_of_a_session_add_up_to_its_move(flows, executed, before, pinned, square_root):
    net = sum(flows)
    entered = net * executed if pinned else net
    moved, lots = split(*flows, entered=entered, before=before, square_root=square_root)
    whole = log_move(np.array([entered]), np.array([before]), D, square_root)[0]
    assert sum(moved) == pytest.approx(whole, abs=1e-8)
    assert sum(lots) == pytest.approx(entered, abs=1e-5)


@given(st.lists(st.floats(-0.4, 0.4), min_size=1, max_size=6))
def test_news_and_noise_share_a_drift_and_values_share_a_return_exactly(parts):
    column = np.array(parts)[:, None]
    x = column.sum(axis=0)
    logs = log_parts(column, x)
    assert logs.sum() == pytest.approx(log_growth(x)[0], abs=1e-14)
    assert growth_of(log_growth(x)) == pytest.approx(x, abs=1e-14)
    assert value_parts(logs).sum() == pytest.approx(math.expm1(logs.sum()), abs=1e-14)
    simple = value_parts(logs)[:, 0]
    assert log_return_parts(simple).sum() == pytest.approx(logs.sum(), abs=1e-13)


def test_a_loss_of_a_fifth_is_shared_in_proportion():
    """ln 0.8 split 3 to 1: 15 and 5 points of the 20."""
    moved = np.array([[0.75], [0.25]]) * math.log(0.8)
    assert value_parts(moved)[:, 0] == pytest.approx([-0.15, -0.05], rel=1e-14)
