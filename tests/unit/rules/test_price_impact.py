"""The supply curve: linear (Cont and Wagalath 2013) or square root (Almgren et al. 2005), and its inverse."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.price_impact import flow_to, impact_factor, impact_move, move

DEPTH = st.floats(1.0, 1e9)
SHARE = st.floats(-50.0, 50.0)
CLOSE = 1e-9
"""A dozen roundings of 1e-16, amplified where factors of 1/50 meet."""


def test_a_net_purchase_of_the_depth_doubles_the_price_and_a_sale_halves_it():
    assert impact_factor(1000.0, 0.0, 1000.0, False) == 2.0
    assert impact_factor(-1000.0, 0.0, 1000.0, False) == 0.5
    assert impact_factor(0.0, 7.0, 1000.0, False) == 1.0


def test_a_quarter_of_the_depth_moves_the_square_root_law_by_a_half():
    assert impact_factor(250.0, 0.0, 1000.0, True) == 1.5
    assert impact_factor(-250.0, 0.0, 1000.0, True) == 1 / 1.5
    assert impact_move(-250.0, 0.0, 1000.0, True) == -0.5
    assert move(250.0, 1000.0, False) == 0.25


def test_the_second_half_of_a_purchase_moves_the_square_root_law_less_than_the_first():
    first, second = impact_move(125.0, 0.0, 1000.0, True), impact_move(125.0, 125.0, 1000.0, True)
    assert first + second == pytest.approx(0.5, rel=1e-12)
    assert second < first


@given(share=SHARE, depth=DEPTH)
def test_buying_and_selling_the_same_amount_are_inverse(share, depth):
    up, down = (
        impact_factor(abs(share) * depth, 0.0, depth, False),
        impact_factor(-abs(share) * depth, 0.0, depth, False),
    )
    assert up * down == pytest.approx(1.0, rel=CLOSE)


@given(share=SHARE, before=SHARE, depth=DEPTH, square_root=st.booleans())
def test_flow_to_is_the_inverse_of_the_impact_factor(share, before, depth, square_root):
    flow, before = share * depth, before * depth
    price = 1234.0 * impact_factor(flow, before, depth, square_root)
    found = flow_to(price, 1234.0, before, depth, square_root)
    assert found / depth == pytest.approx(share, rel=CLOSE, abs=1e-7)


@given(shares=st.lists(SHARE, min_size=1, max_size=16), depth=DEPTH)
def test_under_the_square_root_law_the_number_of_sessions_does_not_matter(shares, depth):
    factor, before = 1.0, 0.0
    for share in shares:
        factor *= impact_factor(share * depth, before, depth, True)
        before += share * depth
    at_once = impact_factor(before, 0.0, depth, True)
    assert factor == pytest.approx(at_once, rel=1e-6, abs=0)  # near a net flow of 0 the root amplifies roundings
    assert math.isfinite(factor)
