"""A state taken out of one market and put into another: nothing is lost, nothing is shared, nothing wrong is taken."""

import copy

import pytest

from forks import RECORD, assert_same_market, content, continued, eve_on, finished, with_days
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork import capture, eve, restore
from twins.written import DATES, busy, loaded, merged

BUSY = loaded(busy())
DAYS = range(8)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("feedback", [True, False])
def test_a_market_continued_from_any_day_ends_like_one_that_was_never_interrupted(day, feedback):
    whole = finished(BUSY, 5, feedback=feedback)
    assert_same_market(continued(BUSY, eve_on(BUSY, day, 5, feedback=feedback)), whole)


def test_a_restored_market_stands_where_the_first_stood_and_can_be_asked_the_same():
    rule = {"date": DATES[1], "rules": {"close_out_line": 1.35}}
    changed = loaded(busy(events=[rule, *busy()["events"][1:]]))
    first = MarginMarket(changed, seed=5, record=RECORD)
    at_the_start = first.populations[0].terms
    for _ in range(3):
        first.step()
    second = restore(MarginMarket(changed, seed=5, record=RECORD), capture(first, seed=5))
    assert first.populations[0].terms != at_the_start
    assert_same_market(first, second)
    for name in ("date", "index", "financing_balance", "limit_down"):
        assert getattr(first, name) == getattr(second, name)
    for ours, theirs in zip(first.populations, second.populations, strict=True):
        assert (ours.terms, ours.maintenance_ratio) == (theirs.terms, theirs.maintenance_ratio)
        assert [repr(ours[i]) for i in range(len(ours))] == [repr(theirs[i]) for i in range(len(theirs))]


def test_a_fork_of_a_fork_is_a_fork():
    early = eve_on(BUSY, 2, 5)
    market = restore(MarginMarket(BUSY, seed=5, record=RECORD), early)
    for _ in range(3):
        market.step()
    assert_same_market(continued(BUSY, capture(market, seed=5)), finished(BUSY, 5))


def test_taking_a_state_does_not_disturb_the_market():
    disturbed = MarginMarket(BUSY, seed=5, record=RECORD)
    while disturbed.running:
        disturbed.step()
        capture(disturbed, seed=5)
    assert_same_market(disturbed, finished(BUSY, 5))


def test_markets_that_continue_leave_the_state_as_it_was():
    state = eve_on(BUSY, 3, 5)
    before = b"\0".join(content([state.arrays, state.numbers]))
    one, other = continued(BUSY, state), continued(BUSY, state)
    assert b"\0".join(content([state.arrays, state.numbers])) == before
    assert_same_market(one, other)


def test_a_market_that_goes_on_does_not_change_the_state_that_was_taken_of_it():
    market = MarginMarket(BUSY, seed=5, record=RECORD)
    market.step()
    state = capture(market, seed=5)
    before = b"\0".join(content([state.arrays, state.numbers]))
    market.run()
    assert b"\0".join(content([state.arrays, state.numbers])) == before


def test_other_threads_and_blocks_continue_the_same_state(monkeypatch):
    state = eve_on(BUSY, 3, 5)
    monkeypatch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", 7)
    market = MarginMarket(BUSY, seed=5, record=RECORD, threads=2)
    restore(market, state).run()
    assert_same_market(market, finished(BUSY, 5))


@pytest.mark.parametrize("days", [4, 7, 9])
def test_an_arm_may_end_earlier_or_later(days):
    other = with_days(BUSY, days)
    assert_same_market(continued(other, eve_on(BUSY, 3, 5)), finished(other, 5))


def test_the_last_day_of_a_short_market_is_the_eve_of_a_longer_one():
    short = with_days(BUSY, 3)
    assert_same_market(continued(BUSY, eve_on(short, 3, 5)), finished(BUSY, 5))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 6}, "the market has another seed than 5"),
        ({"run": 1}, "the market has run 1, must have 0"),
        ({"record": ("stocks",)}, r"the market has record \['stocks'\], must have \['audit', 'stocks'\]"),
        ({"feedback": False}, "the market has feedback False, must have True"),
    ],
)
def test_a_market_that_began_otherwise_is_refused(changes, message):
    market = MarginMarket(BUSY, **{"seed": 5, "record": RECORD, **changes})
    untouched = copy.deepcopy(market.stocks.price)
    with pytest.raises(ScenarioError, match=message):
        restore(market, eve_on(BUSY, 3, 5))
    assert (market.stocks.price == untouched).all() and market.day == 0


def test_a_market_that_has_begun_is_refused():
    market = MarginMarket(BUSY, seed=5, record=RECORD)
    market.step()
    with pytest.raises(ScenarioError, match="the market has day 1, must have 0; make a new one"):
        restore(market, eve_on(BUSY, 3, 5))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"cohorts": {"retail": {"debt": 2e7}}}, "cohorts.retail.debt"),
        ({"scale": 0.5}, "scale"),
        ({"calendar": {"start": "2015-01-02"}}, "calendar.start"),
        ({"calendar": {"days": 2}}, "calendar.days"),
        ({"calendar": {"sessions": 2}}, "calendar.sessions"),
        ({"rules": {"close_out_line": 1.2}}, "rules.close_out_line"),
        ({"impact": {"depth": 0.2}}, "impact.depth"),
        ({"funds": {"count": 1}}, "funds.count"),
    ],
)
def test_a_market_whose_scenario_differs_before_the_date_is_refused_with_the_key(change, key):
    other = loaded(merged(busy(events=[]), change))
    market = MarginMarket(other, seed=5, record=RECORD)
    with pytest.raises(ScenarioError, match=f"{key}: differs before or on .*, so there is no common past to fork"):
        restore(market, eve_on(loaded(busy(events=[])), 3, 5))


def test_eve_hears_of_each_day():
    told = []
    eve(BUSY, eve_on(BUSY, 4, 5).date, seed=5, on_day=told.append)
    assert told == [1.0] * 4
