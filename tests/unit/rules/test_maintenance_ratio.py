"""Lines are compared by cross-multiplication: numbers worked by hand, and each amount is the smallest or largest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.maintenance_ratio import excess_over, is_below, missing_to

MONEY = st.integers(0, 10**13)
LINE = st.integers(10_001, 30_000)


@pytest.mark.parametrize(
    ("assets", "liabilities", "below"),
    [
        (130, 100, False),
        (129, 100, True),
        (131, 100, False),
        (0, 1, True),
        (0, 0, False),
        (-5, 0, False),
        (-5, 3, True),
    ],
)
def test_an_account_at_the_line_is_not_below_it(assets, liabilities, below):
    assert is_below(assets, liabilities, 13_000) is below


@pytest.mark.parametrize(
    ("assets", "missing"), [(80_000_000, 13_000_000), (93_000_000, 0), (92_999_999, 1), (99_000_000, 0)]
)
def test_the_missing_cash_of_a_debt_of_620000_at_the_level_of_one_and_a_half(assets, missing):
    assert missing_to(assets, 62_000_000, 15_000) == missing


def test_the_excess_over_the_withdrawal_line_is_what_stands_above_three_times_the_debt():
    assert excess_over(310_050, 100_000, 30_000) == 10_050
    assert excess_over(299_999, 100_000, 30_000) == 0


@given(assets=MONEY, liabilities=MONEY, line=LINE)
def test_missing_cash_is_the_smallest_that_lifts_the_ratio_to_the_line(assets, liabilities, line):
    missing = missing_to(assets, liabilities, line)
    assert not is_below(assets + missing, liabilities, line)
    assert missing == 0 or is_below(assets + missing - 1, liabilities, line)


@given(assets=MONEY, liabilities=st.integers(1, 10**13), line=LINE)
def test_excess_cash_is_the_largest_that_can_leave(assets, liabilities, line):
    excess = excess_over(assets, liabilities, line)
    if not is_below(assets, liabilities, line):
        assert not is_below(assets - excess, liabilities, line)
        assert is_below(assets - excess - 1, liabilities, line)
    else:
        assert excess == 0
