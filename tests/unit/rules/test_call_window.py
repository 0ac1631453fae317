"""Call windows in hours of trading, worked by hand; every market runs in the engine and the reference together.

Four sessions a day of one hour each. The account: 1,000 lots of 100 shares at 8.00, debt 620,000: m = 1.2903, below the
line of 1.30; 325 lots restore 1.50. The shadow account, debt 680,000, stands at 1.1765 below its own line of 1.20.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.rules.call_window import each_session, window_sessions
from twins.compare import run_together
from twins.written import DATES, cohort, engine, holding, loaded, merged, news, quiet, stock

UNDER_THE_LINE = {"positions": [holding("deep", 1000, 620_000)]}
SHADOW = {"positions": [holding("deep", 1000, 680_000)], "close_out_line": 1.2}


def market_of(*accounts, kind="retail", **changes):
    more = changes.pop("cohort", {})
    hourly = {"calendar": {"sessions": 4, "days": 4}}
    return quiet([stock(price=8.0)], {"them": cohort(*accounts, kind=kind, **more)}, **merged(hourly, changes))


def hours(h, **more):
    return {"rules": {"call_window": {"hours": h}, **more}}


def own_hours(h, **more):
    return {"cohort": merged({"contract": {"call_window": {"hours": h}}}, more)}


def told(market, seed=0):
    """(day, session) of the first forced order, after running in both."""
    run_together(loaded(market), seed=seed)
    audited = engine(market, seed=seed, record=("audit",))
    audited.run()
    audit = audited.audit()
    forced = np.flatnonzero(audit["reason"] == "forced")
    first = (int(audit["day"][forced[0]]), int(audit["session"][forced[0]])) if len(forced) else None
    return first, audited, audit


def reasons(audit):
    """(day, session, reason) of the changes of state."""
    rows = audit["event"] == "state"
    return list(zip(*(audit[name][rows].tolist() for name in ("day", "session", "reason")), strict=True))


@pytest.mark.parametrize(
    ("h", "sessions", "day", "n"),
    [(4, 8, 4, 8), (2, 8, 4, 4), (0.1, 8, 4, 1), (1, 8, 5.5, 2), (0.3, 40, 4, 3), (6, 4, 4, 6), (0.7, 10, 7, 1)],
)
def test_a_window_is_the_whole_sessions_that_cover_it(h, sessions, day, n):
    """0.3 · 40/4 is 3, not a little more; one hour of 5.5 in eight sessions is 1.45 sessions: 2."""
    assert window_sessions(h, sessions, day) == n


@given(q=st.floats(0, 1), sessions=st.integers(1, 64))
def test_a_whole_day_has_the_daily_probability(q, sessions):
    each = each_session(q, sessions)
    assert 0 <= each <= q + 1e-15
    assert 1 - (1 - each) ** sessions == pytest.approx(q, abs=1e-12)


@pytest.mark.parametrize(("h", "first"), [(1, (2, 1)), (2, (2, 2)), (3.5, (3, 0)), (4, (3, 0)), (5, (3, 1))])
def test_called_at_the_close_of_day_1_an_account_is_forced_so_many_sessions_after_the_open_of_day_2(h, first):
    """One hour: forced after the first session of day 2, sold in the second."""
    sold, market, audit = told(market_of(UNDER_THE_LINE, **hours(h)))
    assert sold == first
    assert market.results()["margin_calls"][:, 0].tolist() == [0, 1, 0, 0, 0]
    assert market.populations[0].book.lots[0, 0] == 675
    assert [reason for _, _, reason in reasons(audit)] == [
        "closed below the close-out line",
        "call expired",
        "restored",
    ]


@pytest.mark.parametrize(("h", "first"), [(1, (1, 2)), (2, (1, 3)), (3, (2, 0)), (4, (2, 1))])
def test_a_lender_who_looks_every_session_calls_in_the_day_and_sells_hours_later(h, first):
    """Called after the first session of day 1; three hours later is the end of day 1."""
    sold, market, audit = told(market_of(SHADOW, kind="shadow", **own_hours(h)))
    assert sold == first
    assert market.results()["margin_calls"][1, 0] == 1
    assert reasons(audit)[0] == (1, 0, "below the close-out line")
    assert reasons(audit)[1][2] == "call expired"
    assert market.populations[0][0].state == "CLOSED"


def test_such_a_lender_sells_at_once_where_only_the_rules_give_a_window():
    for window in (2, {"hours": 2}):
        sold, market, _ = told(market_of(SHADOW, kind="shadow", rules={"call_window": window}))
        assert sold == (1, 1)
        assert market.results()["margin_calls"].sum() == 0


def test_the_exchanges_hours_bind_a_broker_who_looks_every_session():
    sold, _, _ = told(market_of(UNDER_THE_LINE, cohort={"contract": {"check": "session"}}, **hours(2)))
    assert sold == (1, 3)


def test_a_rise_to_the_restore_level_within_the_window_cures_the_call():
    """8.00 · 1.275 = 10.20: m = 1.5 exactly, after the second session of day 1."""
    rise = {"exchange": {"price_limits": False}, "impact": {"news_at_open": 0.0}, "events": [news(1, 3 * 0.275)]}
    shadow = {"contract": {"call_window": {"hours": 3}}}
    sold, _, audit = told(market_of(SHADOW, kind="shadow", cohort=shadow, **rise))
    assert sold is None
    assert reasons(audit) == [(1, 0, "below the close-out line"), (1, 1, "call cured")]


def test_below_the_immediate_line_no_hours_are_waited_for():
    """Called after the first session; in the second the price falls to 7.20: m = 720,000/680,000 = 1.0588 < 1.10."""
    fall = {"impact": {"news_at_open": 0.0}, "events": [news(1, -0.6)]}
    shadow = {"contract": {"call_window": {"hours": 3}, "immediate_line": 1.1}}
    sold, _, audit = told(market_of(SHADOW, kind="shadow", cohort=shadow, **fall))
    assert sold == (1, 2)
    assert reasons(audit)[1] == (1, 1, "below the immediate line")


def test_who_tops_up_within_the_hours_is_cured_at_once_and_to_the_fen():
    """1.5 · 620,000 − 800,000 = 130,000 after the first session of day 2."""
    sold, market, audit = told(market_of(UNDER_THE_LINE, **hours(4), cohort={"behaviour": {"top_up_probability": 1.0}}))
    assert sold is None
    assert reasons(audit) == [(1, 0, "closed below the close-out line"), (2, 0, "call cured")]
    assert market.populations[0].book.cash[0] == 13_000_000
    assert market.purses.outside == -13_000_000


def test_over_a_day_as_many_top_up_as_with_a_window_of_one_day():
    """Two thousand accounts, q = 0.3: standard deviation of the share 0.0102."""
    shares = []
    for window in ({"hours": 4}, 2):
        market = engine(
            market_of(
                *[{"positions": [holding("deep", 1000, 620_000)]} for _ in range(2000)],
                rules={"call_window": window},
                cohort={"behaviour": {"top_up_probability": 0.3}},
                calendar={"days": 2},
            ),
            seed=5,
        )
        market.run()
        shares.append(float((market.populations[0].book.cash > 0).mean()))
    assert shares == [pytest.approx(0.3, abs=0.03)] * 2


def test_an_open_call_keeps_its_window_when_the_rule_changes():
    """Called for four hours; from day 2 on the window is nine days."""
    events = [{"date": DATES[1], "rules": {"call_window": 9}}]
    sold, _, _ = told(market_of(UNDER_THE_LINE, **hours(4), events=events))
    assert sold == (3, 0)
    events = [{"date": DATES[1], "rules": {"call_window": {"hours": 1}}}]
    sold, _, _ = told(market_of(UNDER_THE_LINE, rules={"call_window": 2}, events=events))
    assert sold == (3, 0)


def test_days_for_a_lender_who_looks_every_session_are_refused():
    with pytest.raises(
        ScenarioError, match=r"cohorts.them.contract.call_window: 2 trading days, but with check: session"
    ):
        loaded(market_of(SHADOW, kind="shadow", cohort={"contract": {"call_window": 2}}))
    later = [{"date": DATES[0], "contract": {"them": {"check": "session"}}}]
    with pytest.raises(ScenarioError, match=r"events.0.contract.them.call_window: 3 trading days"):
        loaded(market_of(UNDER_THE_LINE, cohort={"contract": {"call_window": 3}}, events=later))
    loaded(market_of(SHADOW, kind="shadow", cohort={"contract": {"call_window": 0}}))
