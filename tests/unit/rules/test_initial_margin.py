"""The available margin (保证金可用余额), numbers worked by hand after the article of the exchanges' detailed rules."""

from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.initial_margin import counted, largest_loan, reserved_for
from twins.compare import assert_same, twins
from twins.written import DATES, cohort, loaded, quiet, stock

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


def test_after_a_dated_change_the_old_loan_binds_at_its_ratio_and_the_new_one_at_its_own():
    """Cash 100,000. Day 1: a loan of 40,000 at 50 % binds 20,000. From day 2 on 100 %: 100,000 − 20,000 = 80,000 are
    available, so 80,000 are lent of the 1,000,000 wanted, and 100,000 are bound. Bound at 100 % too, the old loan
    would leave 60,000."""
    account = {"cash": 100_000.0}
    eager = {"contract": {"haircut": 1.0}, "behaviour": {"minimum_order": 0.0}}
    market = quiet(
        [stock("a", 10.0)],
        {"them": cohort(account, **eager)},
        calendar={"days": 2},
        events=[{"date": DATES[1], "rules": {"initial_margin": {"value": 1.0}}}],
    )
    engine, reference = twins(loaded(market), seed=0)
    book, plain = engine.populations[0].book, reference.cohorts["them"][0]
    for wanted, loan, bound in ((40_000, 40_000, 20_000), (1_000_000, 120_000, 100_000)):
        book.pending_loan[0] = plain.pending_loan = wanted * 100
        book.wants[0] = plain.wants = True
        engine.step()
        reference.step()
        assert_same(engine, reference)
        assert (book.loan[0, 0], book.reserved[0, 0]) == (loan * 100, bound * 100)


@given(available=MONEY, own=MONEY, haircut=st.integers(0, 10_000), ratio=st.integers(100, 20_000))
def test_the_largest_loan_never_binds_more_than_there_is(available, own, haircut, ratio):
    loan = largest_loan(available, own, haircut, ratio)
    lost = own - own * haircut // 10_000
    assert loan >= 0
    if loan:
        assert reserved_for(loan, ratio) + lost <= available
