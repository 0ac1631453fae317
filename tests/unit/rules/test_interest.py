"""Interest: debt × rate × calendar days / 360, to the fen, the remainder carried; numbers worked by hand."""

from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.interest import DAY_COUNT, accrue


def test_a_day_on_a_million_yuan_at_8_35_percent_costs_231_94():
    """1,000,000 · 0.0835/360 = 231.9444 yuan: 23,194 fen and 0.4444 fen carried."""
    due, remainder = accrue(100_000_000 * 835, 1, 0)
    assert due == 23_194
    assert remainder == 100_000_000 * 835 - 23_194 * 3_600_000


def test_a_weekend_costs_three_days():
    assert accrue(100_000_000 * 835, 3, 0)[0] == 69_583  # 695.8333 yuan


def test_a_year_of_360_days_costs_the_yearly_rate_exactly():
    assert accrue(100_000_000 * 835, 360, 0) == (8_350_000, 0)


def test_nothing_owed_costs_nothing_and_keeps_the_remainder():
    assert accrue(0, 30, 1_234) == (0, 1_234)


@given(st.lists(st.tuples(st.integers(0, 10**14), st.integers(0, 10)), max_size=20))
def test_the_carried_remainder_makes_the_sum_exact(days):
    total = remainder = exact = 0
    for owed, count in days:
        due, remainder = accrue(owed, count, remainder)
        total, exact = total + due, exact + owed * count
    assert (total, remainder) == divmod(exact, DAY_COUNT)
