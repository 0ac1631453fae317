"""Halts of the whole market, session by session, on hand-worked markets in both engines."""

import numpy as np
import pytest

from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import DATES, busy, cohort, engine, holding, loaded, merged, news, quiet, stock

CHINA = {"levels": [{"move": 0.05, "minutes": 15}, {"move": 0.07}], "both_ways": True}
US = {"levels": [{"move": 0.07, "minutes": 15}, {"move": 0.13, "minutes": 15}, {"move": 0.2}]}
ALL_AT_OPEN = {"impact": {"news_at_open": 1.0}, "exchange": {"price_limits": False}}


def market(breaker, *events, sessions=8, **more):
    """One stock that only news moves; 8 sessions of half an hour."""
    accounts = {"retail": cohort({"positions": [holding("deep", 10)]})}
    tree = quiet(
        [stock()], accounts, rules={"circuit_breaker": breaker}, calendar={"sessions": sessions, "days": 3},
        events=list(events),
    )  # fmt: skip
    return merged(merged(tree, ALL_AT_OPEN), more)


def halted(tree):
    return run_together(loaded(tree), seed=0).results()["market_halted"].tolist()


def test_a_fall_of_five_percent_halts_half_an_hour_of_sessions_for_fifteen_minutes():
    """−0.06 divides by 1.06: 1000 → 943, a fall of 5.7 %. 15 minutes of 240 in 8 sessions: ⌈0.5⌉ = 1."""
    assert halted(market(CHINA, news(1, -0.06))) == [0, 1, 0, 0]


def test_in_finer_sessions_the_same_halt_takes_more_of_them():
    """⌈15 · 64/240⌉ = 4."""
    assert halted(market(CHINA, news(1, -0.06), sessions=64)) == [0, 4, 0, 0]


def test_a_fall_past_the_last_level_halts_the_rest_of_the_day():
    """1000/1.1 = 909: both levels at once, in the first of 8 sessions."""
    assert halted(market(CHINA, news(2, -0.1))) == [0, 0, 7, 0]


def test_rises_halt_where_the_breaker_works_both_ways():
    assert halted(market(CHINA, news(1, 0.1))) == [0, 7, 0, 0]
    assert halted(market(US, news(1, 0.5))) == [0, 0, 0, 0]


def test_a_level_halts_once_a_day_and_the_next_level_again():
    """9 % of news at the open, 3 % in each of 7 sessions; news of a halted session is felt when trading resumes.

    1000/1.09 = 917 (7 %: halt); 917.4/1.03² = 864.8 (13 %: halt); 864.8/1.03² = 815.1, neither of them again;
    815.1/1.03 = 791.4 (20 %: the rest of the day).
    """
    tree = market(US, news(1, -0.30), impact={"news_at_open": 0.3})
    assert sessions_of(tree) == [
        (917, False), (917, True), (865, False), (865, True), (815, False), (791, False), (791, True), (791, True),
    ]  # fmt: skip
    assert halted(tree) == [0, 4, 0, 0]


def sessions_of(tree):
    """(price, halted) after every session of day 1."""
    made = engine(tree, seed=0)
    made.open()
    seen = []
    for session in range(made.today.impact.sessions):
        made.tape.session = session
        paused = session < made.reopens
        if paused:
            made.pause(session)
        else:
            made.decide(session)
            made.settle(made.clear(session))
            made.check()
            made.watch_index(session)
        seen.append((int(made.stocks.price[0]), paused))
    return seen


def test_news_of_a_halt_moves_the_latent_price_and_the_next_open():
    """1000/1.1 = 909 halts the day; 7 sessions of the other half of the news wait: 1000/1.1/(1 + 0.1/7)⁷ = 823."""
    tree = market(CHINA, news(1, -0.2), impact={"news_at_open": 0.5})
    assert sessions_of(tree) == [(909, False)] + [(909, True)] * 7
    assert run_together(loaded(tree), seed=0).stocks.price[0] == 823


def test_a_halt_switched_on_by_an_event_binds_from_its_day():
    tree = market(None, news(1, -0.1), {"date": DATES[1], "rules": {"circuit_breaker": CHINA}}, news(2, -0.1))
    assert halted(tree) == [0, 0, 7, 0]


def test_a_breaker_reached_in_the_last_session_halts_nothing():
    assert halted(market(CHINA, news(1, -0.1), sessions=1)) == [0, 0, 0, 0]


ACTIVE = {"behaviour": {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}}


def rotating(breaker, *events, **more):
    """Forty accounts that each rotate once a day, in sessions drawn at random."""
    accounts = [{"positions": [holding("a", 10 + k, 4_000)]} for k in range(40)]
    tree = quiet(
        [stock("a"), stock("b")], {"retail": cohort(*accounts, slots=2, **ACTIVE)}, calendar={"sessions": 8, "days": 2},
        rules={"circuit_breaker": breaker}, events=list(events),
    )  # fmt: skip
    return merged(tree, ALL_AT_OPEN)


def orders_by_session(tree, day=1):
    made = MarginMarket(loaded(tree), seed=3, record=("audit",))
    made.run()
    audit = made.audit()
    rows = (audit["event"] == "order") & (audit["day"] == day) & (audit["reason"] == "rotation")
    return np.bincount(audit["session"][rows], minlength=8).tolist()


def test_whose_moment_falls_into_a_halt_orders_when_trading_resumes():
    """A fall of 5.7 % in session 0 halts two hours: sessions 1 to 4 of 8. Their orders stand in session 5."""
    two_hours = {"levels": [{"move": 0.05, "minutes": 120}]}
    free = orders_by_session(rotating(None, news(1, -0.06)))
    held = orders_by_session(rotating(two_hours, news(1, -0.06)))
    assert sum(free[1:5]) > 0 and sum(free) == 40
    assert held == [free[0], 0, 0, 0, 0, sum(free[1:6]), free[6], free[7]]


def test_whose_moment_falls_into_the_halt_of_a_whole_day_draws_another_tomorrow():
    tree = rotating(CHINA, news(1, -0.1))
    assert orders_by_session(tree) == [orders_by_session(rotating(None, news(1, -0.1)))[0]] + [0] * 7
    tomorrow = orders_by_session(tree, day=2)
    assert sum(tomorrow) > 25 and max(tomorrow) < 10  # spread anew; who sold before the halt has nothing left to sell


def test_a_fund_whose_session_is_halted_trades_when_trading_resumes():
    """Twenty funds without cash, redemptions of 5 % a day: after the day they hold what they would without a halt."""
    funds = {"count": 20, "share_of_float": 0.2, "redemptions": {"base": 0.05}, "cash_share": 0.0}
    two_hours = {"levels": [{"move": 0.05, "minutes": 120}]}
    held, free = (rotating(breaker, news(1, -0.06)) | {"funds": funds} for breaker in (two_hours, None))
    cash = [run_together(loaded(tree | {"cohorts": {}}), seed=1).funds for tree in (held, free)]
    assert [fund.lots.tolist() for fund in cash[0]] == [fund.lots.tolist() for fund in cash[1]]


def test_the_national_team_spends_the_budget_of_a_halt_in_the_sessions_that_are_left():
    """It reckons with prices a fifth higher, so that a sixth of each part waits for the next; 4 of 8 sessions halt."""
    rescue = {"date": DATES[0], "rescue": {"budget": 8e6}}
    tree = market({"levels": [{"move": 0.05, "minutes": 120}]}, news(1, -0.06), rescue)
    spent = run_together(loaded(tree), seed=0).results()["rescue_purchases"]
    assert 7.4e6 < spent[1] <= 8e6


def test_a_forced_sale_that_a_halt_stops_goes_on_the_next_day():
    account = {"positions": [holding("deep", 1000, 800_000)]}
    tree = market(CHINA, news(1, -0.1), rules={"immediate_line": 1.3, "close_out_line": 1.3})
    tree["cohorts"] = {"retail": cohort(account)}
    ended = run_together(loaded(tree), seed=0)
    sold = ended.results()["forced_sales"][:, 0]
    assert sold[1] == 0 and sold[2] > 0  # below the line after session 0, and every later session of day 1 is halted
    assert ended.results()["forced_accounts"][1:3, 0].tolist() == [1, 1]


def test_what_is_unfilled_when_the_day_is_halted_counts_as_unfilled():
    """Forced from the open in a market whose other stock falls: sealed at limit-down, then halted."""
    listed = [stock("a", float_shares=1_000_000, turnover=0.001), stock("b")]
    account = {"positions": [holding("a", 1000, 90_000)]}
    tree = quiet(
        listed,
        {"retail": cohort(account)},
        rules={"immediate_line": 1.3, "circuit_breaker": {"levels": [{"move": 0.04}]}},
        calendar={"days": 3, "sessions": 4},
        impact={"depth": 0.5, "news_at_open": 1.0},
        events=[{"date": DATES[0], "credit_withdrawal": {"cohort": "retail", "share": 1.0}, "news": {"value": -0.5}}],
    )
    ended = run_together(loaded(tree), seed=0)
    assert ended.results()["market_halted"][1] == 3
    assert ended.results()["unfilled_forced"][1, 0] == pytest.approx(1000 * 900, rel=0.01)


def test_a_breaker_that_is_never_reached_changes_nothing():
    base = busy()
    one, other = (
        MarginMarket(loaded(tree), seed=5, record=("stocks", "audit"))
        for tree in (base, merged(base, {"rules": {"circuit_breaker": {"levels": [{"move": 0.9}], "both_ways": True}}}))
    )
    one.run()
    other.run()
    assert {k: v.tobytes() for k, v in one.results().items()} == {k: v.tobytes() for k, v in other.results().items()}
