"""Exact rationing: fills sum to the quantity, each within one lot of its share, fair over the phase (Madow 1949)."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.rationing import fill

ORDERS = st.lists(st.integers(1, 10**6), min_size=1, max_size=30)


def fills(orders, quantity, phase):
    total, before, got = sum(orders), 0, []
    for order in orders:
        got.append(fill(quantity, total, before, order, phase))
        before += order
    return got


def test_seven_lots_among_orders_of_ten_worked_by_hand():
    """Q = 7, T = 10, orders 3, 5, 2: ⌊21/10⌋ = 2, ⌊56/10⌋ − 2 = 3, 7 − 5 = 2; with phase 9: 3, 6 − 3, 7 − 6."""
    assert fills([3, 5, 2], 7, 0) == [2, 3, 2]
    assert fills([3, 5, 2], 7, 9) == [3, 3, 1]


@given(orders=ORDERS, share=st.fractions(0, 1), phase_share=st.fractions(0, 1).filter(lambda f: f < 1))
def test_fills_sum_exactly_and_are_within_one_lot_of_their_share(orders, share, phase_share):
    total = sum(orders)
    quantity, phase = int(total * share), int(total * phase_share)
    got = fills(orders, quantity, phase)
    assert sum(got) == quantity
    for order, lots in zip(orders, got, strict=True):
        assert abs(lots - Fraction(quantity * order, total)) < 1
        assert 0 <= lots <= order


@given(orders=st.lists(st.integers(1, 12), min_size=1, max_size=8), quantity=st.integers(0, 96))
def test_over_all_phases_everybody_receives_exactly_his_share(orders, quantity):
    total = sum(orders)
    quantity = min(quantity, total)
    sums = [0] * len(orders)
    for phase in range(total):
        sums = [so_far + lots for so_far, lots in zip(sums, fills(orders, quantity, phase), strict=True)]
    assert sums == [quantity * order for order in orders]
