"""The special memorandum account, by hand: 50 % of the purchase (12 CFR 220.12), 220.5 for what it remembers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.arithmetic import ONE, UNLIMITED
from pingcang.rules.maintenance_ratio import is_below
from pingcang.rules.regulation_t import buying_power, excess, largest_loan_above, released, used


@pytest.mark.parametrize(
    ("equity", "long", "short", "expected"),
    [(60, 100, 0, 10), (40, 100, 0, -10), (50, 100, 0, 0), (100, 100, 60, 20), (50, 99, 0, 0)],
)
def test_the_excess_is_equity_beyond_the_initial_margin(equity, long, short, expected):
    """60 of 100 held: 10. Long 100 and short 60 bind 50 and 30. Half of 99 is rounded against the client."""
    assert excess(equity, long, short, 5000, 5000) == expected


def test_an_excess_of_10_buys_20():
    assert buying_power(1000, 5000) == 2000
    assert used(2000, 5000) == 1000
    assert released(2000, 5000) == 1000


@given(sma=st.integers(0, 10**15), margin=st.integers(1, ONE))
def test_no_purchase_within_the_buying_power_overdraws_the_sma(sma, margin):
    assert used(buying_power(sma, margin), margin) <= sma


@given(gross=st.integers(0, 10**15), margin=st.integers(1, ONE))
def test_what_was_sold_can_be_bought_again_but_for_a_fen_of_margin(gross, margin):
    assert 0 <= used(gross, margin) - released(gross, margin) <= 1


@given(
    liabilities=st.integers(1, 10**13),
    above=st.integers(0, 10**13),
    own=st.integers(0, 10**12),
    line=st.integers(10_100, 30_000),
    costs=st.integers(0, 100),
)
def test_a_loan_beside_own_cash_does_not_lead_an_account_below_its_ratio(liabilities, above, own, line, costs):
    assets = liabilities + above + own
    loan = largest_loan_above(assets, liabilities, own, line, costs)
    fee = -(-(own + loan) * costs // ONE)
    assert loan == 0 or not is_below(assets + loan - fee, liabilities + loan, line)
    more = loan + 4 + int(4 * Fraction(ONE, line - ONE))
    assert is_below(assets + more - Fraction((own + more) * costs, ONE), liabilities + more, line)


def test_a_line_of_1_limits_no_loan_without_costs():
    assert largest_loan_above(101, 100, 0, ONE, 0) == 0  # less than a fen for each fee
    assert largest_loan_above(20_000, 100, 0, ONE, 0) == UNLIMITED
