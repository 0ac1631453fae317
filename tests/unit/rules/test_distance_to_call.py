"""Distance to margin call in daily standard deviations (Bian, He, Shue, Zhou, NBER w25040)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.distance_to_call import distance_to_call


def test_at_the_line_the_distance_is_nothing_and_below_it_negative():
    assert distance_to_call(130, 100, 13_000, 130, 0, 0.03) == 0.0
    assert distance_to_call(120, 100, 13_000, 120, 0, 0.03) < 0.0


@given(
    debt=st.integers(10**4, 10**12),
    ratio=st.floats(1.05, 9.0),
    line=st.integers(10_100, 20_000),
    sigma=st.floats(0.005, 0.2),
)
def test_a_fully_invested_account_stands_at_one_minus_line_over_m_over_sigma(debt, ratio, line, sigma):
    assets = round(debt * ratio)
    expected = (1 - line / 10_000 / (assets / debt)) / sigma
    assert distance_to_call(assets, debt, line, assets, 0, sigma) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_cash_adds_distance_because_it_cannot_fall():
    """A = 200, of which 100 cash; L = 100; line 1.3: 70/(0.03·100) = 23.33 against 11.67 when all is invested."""
    assert distance_to_call(200, 100, 13_000, 100, 0, 0.03) == pytest.approx(70 / 3)
    assert distance_to_call(200, 100, 13_000, 200, 0, 0.03) == pytest.approx(70 / 6)


def test_a_short_position_weighs_as_its_value_times_the_line():
    """A = 200 in cash and proceeds, sold short 100: a rise by d costs 130·d of the room of 70."""
    assert distance_to_call(200, 100, 13_000, 0, 100, 0.03) == pytest.approx(70 / (0.03 * 130))
