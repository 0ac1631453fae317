"""The term of loans, worked by hand; every market runs in the engine and the reference together.

Day 0 is Monday 2015-01-05; days 1 to 7 are its calendar days 1, 2, 3, 4, then (after a weekend) 7, 8, 9.
The account: 1,000 lots of 100 shares at 8.00, of which 375 repay a loan of 300,000.
"""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.rules.contract_term import last_due
from twins.compare import run_together, twins
from twins.written import DATES, busy, cohort, engine, holding, loaded, merged, news, quiet, stock

LOAN = {"positions": [holding("a", 1000, 300_000)]}
HEAVY = {"positions": [holding("a", 1000, 620_000)]}  # m = 1.2903, below 1.30
AGED = {"loan_age": [[0, 2], [1, 2]]}


def market_of(*accounts, term=4, roll_over=False, **changes):
    more = changes.pop("cohort", {})
    base = {"rules": {"contract_term": {"days": term, "roll_over": roll_over}}, "calendar": {"days": 7}}
    return quiet([stock("a", 8.0), stock("b", 5.0)], {"them": cohort(*accounts, **more)}, **merged(base, changes))


def sales(market, **kwargs):
    """Day -> yuan of sales for loans that are due, after running in both."""
    results = run_together(loaded(market), seed=0, **kwargs).results()
    assert results["forced_sales"].sum() == 0
    return {day: amount for day, amount in enumerate(results["maturity_sales"][:, 0].tolist()) if amount}


@pytest.mark.parametrize(("term", "sold_on"), [(1, 2), (3, 4), (4, 5), (5, 6), (7, 6), (8, 7)])
def test_a_loan_is_sold_for_from_the_open_after_the_close_of_its_last_calendar_day(term, sold_on):
    """Four days end on Friday, day 4: sold on Monday. Five end on a Saturday: due at the close of Monday, day 5."""
    assert sales(market_of(LOAN, term=term)) == {sold_on: 300_000}


def test_a_loan_that_exists_at_the_start_has_its_age():
    """Two days old at the start: four days end on day 2."""
    assert sales(market_of(LOAN, cohort=AGED)) == {3: 300_000}


def test_a_loan_older_than_its_term_is_due_at_the_first_close():
    assert sales(market_of(LOAN, cohort={"loan_age": [[0, 90], [1, 90]]})) == {2: 300_000}


def test_a_longer_term_than_the_run_sells_nothing():
    assert sales(market_of(LOAN, term=10)) == {}


@given(
    gaps=st.lists(st.integers(1, 10), min_size=1, max_size=40),
    term=st.integers(1, 90),
    opened=st.integers(-60, 40),
    data=st.data(),
)
def test_one_number_a_day_tells_what_is_due(gaps, term, opened, data):
    calendar = [0]
    for gap in gaps:
        calendar.append(calendar[-1] + gap)
    today = data.draw(st.integers(0, len(gaps)))
    if opened <= today:
        day_of_opening = calendar[opened] if opened >= 0 else opened
        assert (opened <= last_due(calendar, today, term)) == (calendar[today] - day_of_opening >= term)


def test_calendar_days_are_those_of_the_dates():
    """2015-02-17 to 2015-02-25 is one trading day in eight calendar days (New Year)."""
    holidays = [f"2015-02-{day}" for day in (18, 19, 20, 23, 24)]
    market = market_of(LOAN, term=8, calendar={"start": "2015-02-16", "days": 4, "holidays": holidays})
    days = engine(market).days
    assert [day.date for day in days[1:3]] == [dt.date(2015, 2, 17), dt.date(2015, 2, 25)]
    assert [day.terms["them"].due for day in days] == [-8, -7, 1, 1, 1]
    assert sales(market) == {3: 300_000}


def test_only_what_the_loan_and_the_interest_need_is_sold_net_of_costs():
    """Interest at 7.2 % is 60 a day, 420 by Monday, day 5: 300,420/(1 − 0.0013) = 300,811.06 = 376.01 lots: 377 are
    sold. What the proceeds leave, after commission of 90.48 and duty of 301.60, is cash."""
    market = market_of(
        LOAN,
        rules={"financing_rate": 0.072},
        exchange={"commission": 0.0003, "stamp_duty": 0.001},
        calendar={"days": 5},
    )
    ended = run_together(loaded(market), seed=0)
    assert ended.results()["maturity_sales"][5, 0] == 377 * 800
    view = ended.populations[0][0]
    assert view.debt == 0
    assert view.cash == pytest.approx(301_600 - 90.48 - 301.6 - 300_420)
    assert ended.purses.exchequer == 30_160


def test_the_position_of_the_loan_is_sold_and_no_other():
    account = {"positions": [holding("a", 1000, 300_000), holding("b", 1000, 0)], "cash": 50_000}
    ended = run_together(loaded(market_of(account)), seed=0)
    assert ended.populations[0].book.lots[:, 0].tolist() == [625, 1000, 0]
    assert ended.populations[0][0].cash == 50_000


def test_what_its_own_position_cannot_repay_is_repaid_from_the_next():
    """b at 5.00: 100 lots bring 50,000 of 80,000. The loan then stands on a with its age: 30,000 = 37.5 lots of a."""
    account = {"positions": [holding("a", 1000, 0), holding("b", 100, 80_000)]}
    market = market_of(account)
    assert sales(market) == {5: 50_000, 6: 38 * 800}
    assert engine(market).populations[0].book.opened.tolist() == [[0], [0], [0]]


def test_of_two_loans_in_one_slot_the_older_ones_day_counts():
    account = {"positions": [holding("a", 10, 0), holding("b", 10, 1_000)]}
    for loan, opened in ((0, 3), (500, 2)):
        _, reference = twins(loaded(market_of(account)), seed=0)
        plain = reference.cohorts["them"][0]
        a, b = plain.slots[:2]
        a.loan, a.opened, b.lots, b.opened = loan, 2, 0, 3
        plain.hand_on_loan(1)
        assert (a.loan, a.opened, b.loan) == (loan + 100_000, opened, 0)


def test_the_first_of_two_sales_brings_the_interest():
    """Two loans of 100,000; interest at 7.2 % is 40 a day, 280 by Monday, day 5. 100,280/800 = 125.35 lots: 126; and
    200 lots of 5.00, not 201."""
    account = {"positions": [holding("a", 1000, 100_000), holding("b", 1000, 100_000)]}
    market = market_of(account, rules={"financing_rate": 0.072}, calendar={"days": 5})
    ended = run_together(loaded(market), seed=0)
    assert ended.populations[0].book.lots[:2, 0].tolist() == [874, 800]
    assert ended.results()["maturity_sales"][5, 0] == 126 * 800 + 200 * 500
    assert ended.populations[0][0].debt == 0


def test_a_loan_is_rolled_over_while_the_account_stands_at_its_line():
    ended = run_together(loaded(market_of(LOAN, roll_over=True)), seed=0)
    assert ended.results()["maturity_sales"].sum() == 0
    assert ended.populations[0].book.opened[0, 0] == 6  # due on day 4; from then four days end on day 6


def test_below_the_line_it_is_not_rolled_over():
    """Called, but with a window of 99 days: the holder himself sells 775 lots for the whole loan."""
    market = market_of(HEAVY, roll_over=True, rules={"call_window": 99})
    assert sales(market) == {5: 620_000}


def test_at_the_line_exactly_it_is_rolled_over():
    lines = {"close_out_line": 1.6, "warning_line": 1.6, "restore_line": 1.7}
    at_line = {"positions": [holding("a", 1000, 500_000)]}
    assert sales(market_of(at_line, roll_over=True, rules=lines)) == {}
    a_fen_below = {"positions": [holding("a", 1000, 500_000.01)]}
    assert list(sales(market_of(a_fen_below, roll_over=True, rules=lines | {"call_window": 99}))) == [5]


def test_a_suspended_position_is_sold_when_it_trades_again():
    halted = [
        {"date": DATES[3], "suspend": {"stocks": ["a"]}},
        {"date": DATES[6], "resume": {"stocks": ["a"]}},
    ]
    assert sales(market_of(LOAN, events=halted)) == {7: 300_000}


def test_at_limit_down_it_waits_in_the_queue_session_after_session():
    """Sealed at 7.20 on day 5, with noise bids of 100 lots a session of the two; open again on day 6 at 6.48."""
    market = market_of(
        LOAN,
        calendar={"sessions": 2},
        impact={"noise_bids": 200 / 300_000, "news_at_open": 1.0},
        events=[news(5, 1 - 8.0 / 6.6)],
    )
    ended = engine(market, record=("audit",))
    ended.run()
    audit = ended.audit()
    rows = audit["reason"] == "loan due"
    assert (audit["filled_shares"][rows] // -100).tolist()[:2] == [100, 100]
    assert audit["ordered_shares"][rows][0] == -37_500
    assert ended.populations[0][0].debt == 0
    run_together(loaded(market), seed=0)


def test_a_forced_account_is_the_lenders_and_sells_for_no_term():
    market = market_of(HEAVY, term=1, rules={"call_window": 1})
    results = run_together(loaded(market), seed=0).results()
    assert results["forced_sales"][2, 0] == 260_000
    assert results["maturity_sales"][:3].sum() == 0
    assert results["maturity_sales"][3, 0] == 360_000  # what is left of the loan of day 0


def test_the_exchanges_term_does_not_bind_a_shadow_lender():
    shadow = {"cohort": {"kind": "shadow", "contract": {"close_out_line": 1.05}}}
    assert sales(market_of(LOAN, term=1, **shadow)) == {}


def test_a_purchase_into_a_used_slot_keeps_the_older_day_and_one_into_a_repaid_slot_begins_anew():
    scenario = loaded(market_of({"positions": [holding("a", 10, 1_000), holding("b", 10, 0)], "cash": 90_000}))
    for buys, day in (("a", 0), ("b", 2)):
        market, reference = twins(scenario, seed=0)
        for each in (market, reference):
            each.step()
        book, plain = market.populations[0].book, reference.cohorts["them"][0]
        book.pending_loan[0] = plain.pending_loan = 500_000
        book.wants[0] = plain.wants = True
        only = [0 if code != buys else 1 for code in market.listing.codes]
        market.populations[0].attention = lambda only=only: np.array(only, np.int64)
        reference.attention = lambda _, only=only: only
        market.step()
        reference.step()
        j = "ab".index(buys)
        assert book.opened[j, 0] == plain.slots[j].opened == day
        assert book.loan[j, 0] == plain.slots[j].loan > 100_000


def test_a_term_that_comes_by_event_rolls_over_what_it_finds_due():
    """In force from day 3 on: what is due at the close of day 3 is rolled over, or sold from day 4 on."""
    late = {"rules": {"contract_term": None}, "cohort": AGED}
    for roll_over, sold in ((False, {4: 300_000}), (True, {})):
        event = [{"date": DATES[2], "rules": {"contract_term": {"days": 2, "roll_over": roll_over}}}]
        assert sales(market_of(LOAN, **late, events=event)) == sold


def test_a_term_that_is_made_longer_in_time_sells_nothing():
    events = [{"date": DATES[4], "rules": {"contract_term": {"days": 180}}}]
    assert sales(market_of(LOAN, events=events)) == {}
    events = [{"date": DATES[4], "rules": {"contract_term": None}}]
    assert sales(market_of(LOAN, events=events)) == {}


def test_ages_are_drawn_by_account_and_position_and_shift_nothing_else():
    tree = merged(busy(), {"cohorts": {"retail": {"loan_age": [[0, 0], [1, 180]]}}})
    old, new = engine(tree, seed=3), engine(busy(), seed=3)
    book, was = old.populations[0].book, new.populations[0].book
    dated = (book.loan > 0) & (book.lots > 0)
    assert (book.opened[~dated] == 0).all()
    assert -180 <= book.opened.min() < -150
    assert abs(book.opened[dated].mean() + 90) < 15
    for column in ("cash", "lots", "loan", "stock", "pending_own"):
        assert (getattr(book, column) == getattr(was, column)).all()
    assert (old.populations[1].book.opened == 0).all()


@pytest.mark.parametrize(
    ("ages", "kind", "message"),
    [
        ([[0, -1], [1, 5]], "retail", "loan_age: runs from -1 to 5 days, must lie between 0 and 3650"),
        ([[0, 0], [1, 9999]], "retail", "loan_age: runs from 0 to 9999 days"),
        ([[0, 0], [1, 9]], "short_seller", "loan_age: short sellers have no loans with a term; leave it out"),
    ],
)
def test_ages_that_cannot_be_are_refused(ages, kind, message):
    with pytest.raises(ScenarioError, match=f"cohorts.them.{message}"):
        loaded(market_of({"cash": 1.0}, cohort={"loan_age": ages, "kind": kind}))
