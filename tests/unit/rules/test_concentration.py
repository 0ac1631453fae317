"""Limits of concentration, worked by hand; every market runs in the engine and the reference together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.arithmetic import ONE
from pingcang.rules.concentration import largest_share, room_for_loan, room_for_own
from twins.compare import assert_same, twins
from twins.written import DATES, cohort, holding, loaded, merged, quiet, stock

EASTMONEY = ((0, 5_000), (18_000, 7_000), (24_000, 10_000))
MONEY = st.integers(0, 10**14)


@pytest.mark.parametrize(
    ("percent", "share"),
    [(110, 50), (179.99, 50), (180, 70), (239.99, 70), (240, 100), (900, 100)],
)
def test_the_rows_of_eastmoney_securities_2018(percent, share):
    """≥ 240 % no limit, 180 to 240 % at most 70 %, < 180 % at most 50 %."""
    assert largest_share(round(percent * 100), 10_000, EASTMONEY) == share * 100


def test_without_rows_or_without_debt():
    assert largest_share(5, 10, ()) == ONE
    assert largest_share(5, 0, EASTMONEY) == ONE
    assert largest_share(5, 10, ((20_000, 3_000), (30_000, 6_000))) == 3_000  # below the first row: the first row's


@pytest.mark.parametrize(
    ("share", "held", "own", "loan", "own_room"),
    [
        (5_000, 200_000, 100_000, 400_000, 300_000),  # (500,000 − 300,000)/0.5; then 700,000 of 1,400,000
        (7_000, 200_000, 100_000, 1_333_333, 500_000),  # (700,000 − 300,000)/0.3; then 1,633,333 of 2,333,333
        (5_000, 500_000, 0, 0, 0),  # at the limit
        (5_000, 650_000, 0, 0, 0),  # beyond it, by prices
        (3_000, 200_000, 100_000, 0, 100_000),  # own cash alone fills it
        (0, 0, 0, 0, 0),
    ],
)
def test_the_room_in_an_account_of_a_million_is_what_was_worked_by_hand(share, held, own, loan, own_room):
    assert room_for_own(share, 1_000_000, held) == own_room
    assert room_for_loan(share, 1_000_000, held, own) == loan


def test_a_share_of_one_never_binds():
    assert room_for_own(ONE, 1_000, 999) is None
    assert room_for_loan(ONE, 1_000, 999, 5) is None


@given(share=st.integers(0, ONE - 1), assets=MONEY, held=MONEY, own=MONEY)
def test_after_the_largest_purchase_the_share_is_kept_and_a_fen_more_breaks_it(share, assets, held, own):
    own = min(own, room_for_own(share, assets, held))
    loan = room_for_loan(share, assets, held, own)
    if loan:
        assert (held + own + loan) * ONE <= share * (assets + loan)
        assert (held + own + loan + 1) * ONE > share * (assets + loan + 1)
    if own:
        assert (held + own) * ONE <= share * assets


def market_of(*, debt=0.0, limits=((0.0, 0.5),), held=200, kind="retail", **changes):
    """1,000,000 of assets: 700 lots of `a` and `held` of `b` at 10.00, cash for the rest; only b is bought."""
    account = {"positions": [holding("a", 700, debt), holding("b", held)], "cash": 300_000.0 - held * 1_000}
    eager = {"contract": {"haircut": 1.0}, "behaviour": {"minimum_order": 0.0, "attention": {"boards": {"sold": 0.0}}}}
    return quiet(
        [stock("a", 10.0, board="sold"), stock("b", 10.0)],
        {"them": cohort(account, kind=kind, slots=2, **eager)},
        **merged(
            {
                "rules": {"concentration_limits": [list(row) for row in limits], "initial_margin": {"value": 0.1}},
                "calendar": {"days": 1},
            },
            changes,
        ),
    )


def bought(market, own=100_000, loan=1_000_000, days=1):
    """Lots of b bought in the first session of the last day, and the loan taken, in both engines."""
    engine, reference = twins(loaded(market), seed=0)
    for _ in range(days - 1):
        engine.step()
        reference.step()
    book, plain = engine.populations[0].book, reference.cohorts["them"][0]
    before, debt = int(book.lots[1, 0]), int(book.debt[0])
    book.pending_own[0], book.pending_loan[0], book.wants[0] = own * 100, loan * 100, 1
    plain.pending_own, plain.pending_loan, plain.wants = own * 100, loan * 100, True
    engine.step()
    reference.step()
    assert_same(engine, reference)
    return int(book.lots[1, 0]) - before, (int(book.debt[0]) - debt) / 100


def test_a_purchase_stops_at_half_of_what_the_account_will_hold():
    """Own 100,000 and (500,000 − 200,000 − 100,000)/0.5 = 400,000: 500 lots. Then 700 of 1,400 lots."""
    assert bought(market_of()) == (500, 400_000)


def test_at_the_limit_nothing_is_bought_even_with_own_cash():
    """At 30 % own cash of 100,000 fits, 90 lots at the 11.00 that a buyer without a loan reckons with."""
    assert bought(market_of(limits=[(0.0, 0.3)], held=200)) == (90, 0)
    assert bought(market_of(limits=[(0.0, 0.2)], held=200)) == (0, 0)


def test_the_row_is_that_of_the_accounts_ratio():
    """Debt 500,000: m = 2.0, at most 70 %: own 100,000 and (700,000 − 300,000)/0.3 = 1,333,333 of the 300,000 wanted;
    debt 600,000: m = 1.67, at most 50 %: (500,000 − 300,000)/0.5 = 400,000 of 1,000,000 wanted."""
    rows = [(0.0, 0.5), (1.8, 0.7), (2.4, 1.0)]
    assert bought(market_of(debt=500_000.0, limits=rows), loan=300_000) == (400, 300_000)
    assert bought(market_of(debt=600_000.0, limits=rows)) == (500, 400_000)


def test_without_own_cash_the_whole_room_is_lent_for():
    """(500,000 − 200,000)/0.5 = 600,000."""
    assert bought(market_of(), own=0) == (600, 600_000)


def test_a_shadow_lender_has_no_such_limit():
    lots, loan = bought(market_of(kind="shadow"))
    assert (lots, loan) == (1_100, 1_000_000)


def test_a_dated_event_changes_the_limits():
    """On day 2 half becomes 40 %: (400,000 − 300,000)/0.6 = 166,666.67: 266 lots."""
    event = [{"date": DATES[1], "rules": {"concentration_limits": [[0.0, 0.4]]}}]
    assert bought(market_of(events=event, calendar={"days": 2}), days=2) == (266, 166_000)
    gone = [{"date": DATES[1], "rules": {"concentration_limits": None}}]
    assert bought(market_of(events=gone, calendar={"days": 2}), days=2) == (1_100, 1_000_000)
