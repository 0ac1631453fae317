"""On random small markets: a fork at any date is each arm from its start, and arms are one market until that date."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from forks import RECORD, assert_same_market, continued, eve_on, finished, state_of
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork import forked, restore
from pingcang.scenario import LoadedScenario, load_text, trading_days
from twins.markets import small_markets
from twins.written import busy
from twins.written import loaded as written

RANDOM = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
ARMS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a_rule": {"rules.close_out_line": 1.4, "rules.warning_line": 1.5},
    "prices": {"impact.depth": 0.2, "impact.transient_share": 0.3, "impact.trend": 0.1},
    "the_exchange": {"exchange.price_limits": False, "exchange.t_plus_one": False, "exchange.commission": 0.002},
    "news": {"news.value": -0.2},
    "a_rescue": {"rescue.budget": 1e7},
    "a_halt": {"suspend.stocks": "all"},
    "levers": {
        "rules.circuit_breaker": {"levels": [{"move": 0.01, "minutes": 60}, {"move": 0.04}], "both_ways": True},
        "rules.counter_cyclical": {"driver": "balance_to_float", "initial_margin": [[0, 0.2], [0.05, 1.5]]},
        "rules.uptick_rule": {"after_fall": 0.02},
        "rules.haircuts": {"stock": [[0, 0.4]], "pe_limit": 100},
        "rules.marginable_stocks": 1,
    },
}


def loaded_or_left_out(tree: dict[str, Any]) -> LoadedScenario:
    try:
        found = load_text(yaml.safe_dump(tree))
        MarginMarket(found)
    except ScenarioError:
        assume(False)
        raise
    return found


@RANDOM
@given(
    tree=small_markets(),
    seed=st.integers(0, 2**64 - 1),
    run=st.integers(0, 3),
    place=st.integers(1, 7),
    arm=st.sampled_from(sorted(ARMS)),
    feedback=st.booleans(),
)
def test_a_fork_is_the_arm_from_its_start(
    tree: dict[str, Any], seed: int, run: int, place: int, arm: str, feedback: bool
) -> None:
    base = loaded_or_left_out(tree)
    days = trading_days(base.scenario.calendar)
    day = min(place, len(days) - 1)
    try:
        other = forked(base, days[day], {"x": ARMS[arm]})["x"]
    except ScenarioError:  # lines of a contract that would be out of order
        assume(False)
        raise
    state = eve_on(base, day - 1, seed, run=run, feedback=feedback)
    assert_same_market(continued(other, state), finished(other, seed, run=run, feedback=feedback))


@settings(RANDOM, max_examples=20)
@given(tree=small_markets(), seed=st.integers(0, 2**32), place=st.integers(1, 7))
def test_arms_are_one_market_until_the_eve_in_their_whole_state(tree: dict[str, Any], seed: int, place: int) -> None:
    """Not only in what is recorded: no account, price or memory differs before the date."""
    base = loaded_or_left_out(tree)
    days = trading_days(base.scenario.calendar)
    day = min(place, len(days) - 1)
    arms = forked(base, days[day], {"x": ARMS["news"] | ARMS["prices"], "y": {}})
    markets = [MarginMarket(arm, seed=seed, record=RECORD) for arm in arms.values()]
    for _ in range(day - 1):
        for market in markets:
            market.step()
        left, right = map(state_of, markets)
        assert left == right


@pytest.mark.parametrize("arm", sorted(set(ARMS) - {"nothing"}))
@pytest.mark.parametrize("day", [1, 2, 4])
def test_arms_differ_from_their_date_on(arm: str, day: int) -> None:
    """So that the twins above compare something: each of the changes is felt in a busy market."""
    base = written(busy())
    at = trading_days(base.scenario.calendar)[day]
    changes = ARMS[arm] | ({"rescue.budget": 1e9} if arm == "a_rescue" else {})
    one, other = forked(base, at, {"one": {}, "other": changes}).values()
    state = eve_on(base, day - 1, 5)
    markets = [MarginMarket(each, seed=5, record=RECORD) for each in (one, other)]
    for market in markets:
        restore(market, state)
    left, right = map(state_of, markets)
    assert left == right
    for market in markets:
        market.run()
    left, right = (market.results() for market in markets)
    assert all(left[name][:day].tobytes() == right[name][:day].tobytes() for name in left if name != "stock_st")
    assert any(left[name][day:].tobytes() != right[name][day:].tobytes() for name in left)
