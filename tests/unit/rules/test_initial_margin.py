"""The available margin (保证金可用余额), numbers worked by hand after the article of the exchanges' detailed rules."""

from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.initial_margin import counted, largest_loan, reserved_for

MONEY = st.integers(0, 10**13)


def test_a_gain_counts_after_its_haircut_and_a_loss_in_full():
    assert counted(1000, 6_500) == 650
    assert counted(-1000, 6_500) == -1000
    assert counted(0, 6_500) == 0
    assert counted(3, 5_000) == 1  # 1.5 rounded down


def test_a_loan_of_100_yuan_binds_50_80_or_100_yuan():
    assert [reserved_for(10_000, ratio) for ratio in (5_000, 8_000, 10_000)] == [5_000, 8_000, 10_000]
    assert reserved_for(3, 5_000) == 2  # rounded up


def test_cash_put_into_the_purchase_counts_after_the_haircut_from_then_on():
    """1,000 available, 400 of it put into a stock of haircut 0.65: 1,000 − 400·0.35 = 860, at 50 % a loan of 1,720."""
    assert largest_loan(1_000, 400, 6_500, 5_000) == 1_720
    assert largest_loan(1_000, 0, 6_500, 5_000) == 2_000
    assert largest_loan(1_000, 0, 6_500, 10_000) == 1_000


def test_without_available_margin_nothing_is_lent():
    assert largest_loan(0, 0, 6_500, 5_000) == 0
    assert largest_loan(-5, 0, 6_500, 5_000) == 0
    assert largest_loan(140, 400, 6_500, 5_000) == 0  # own cash alone uses it up


@given(available=MONEY, own=MONEY, haircut=st.integers(0, 10_000), ratio=st.integers(100, 20_000))
def test_the_largest_loan_never_binds_more_than_there_is(available, own, haircut, ratio):
    loan = largest_loan(available, own, haircut, ratio)
    lost = own - own * haircut // 10_000
    assert loan >= 0
    if loan:
        assert reserved_for(loan, ratio) + lost <= available
