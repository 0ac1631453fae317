"""--set and keyword overrides."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from pingcang.scenario import LoadedScenario, load_text

SMALL = """\
name: small
calendar: {start: 2015-06-12, days: 10}
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}
cohorts:
  retail: {kind: retail, contract: {haircut: 0.7}, explicit: [{cash: 100}]}
  other: {kind: retail, explicit: [{cash: 100}]}
events:
  - date: 2015-06-15
    news: {value: -0.1}
    rules: {close_out_line: 1.25, initial_margin: {value: 1}}
    contract: {retail: {haircut: 0.5, financing_rate: 0.1}}
    impact: {depth: 0.2}
  - date: 2015-06-23
    rules: {close_out_line: 1.2}
"""


def loaded(*settings: str, **overrides: Any) -> LoadedScenario:
    return load_text(SMALL, settings=settings, overrides=overrides)


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("scale=1.0e0", "scale", 1.0),
        ("national_team.boards={main: 2}", "national_team.boards", {"main": 2}),
        ("rules.close_out_line=1.4", "rules.close_out_line", 1.4),
        ("rules.initial_margin.value=0.8", "rules.initial_margin.value", 0.8),
        ("events.0.news.value=-0.05", "events.0.news.value", -0.05),
        ("securities.stocks.0.price=1.2e1", "securities.stocks.0.price", 12.0),
        ("calendar.start=2015-06-11", "calendar.start", dt.date(2015, 6, 11)),
        ("description=a = b", "description", "a = b"),
        ("record=[stocks, audit]", "record", ["stocks", "audit"]),
        ("impact={depth: 0.3}", "impact.depth", 0.3),
        ("events=[]", "events", []),
        ("events.0.news=", "events.0.news", None),
        (" exchange.t_plus_one = false", "exchange.t_plus_one", False),
    ],
)
def test_a_setting_sets_one_value(setting: str, path: str, value: object) -> None:
    found: Any = loaded(setting).scenario
    for key in path.split("."):
        found = found[int(key)] if isinstance(found, list) else getattr(found, key)
    assert found == value


def test_settings_apply_in_order_and_overrides_after_them() -> None:
    scenario = load_text(
        SMALL, settings=["impact.depth=0.5", "impact.depth=0.25"], overrides={"rules.call_window": 5}
    ).scenario
    assert (scenario.impact.depth, scenario.rules.call_window) == (0.25, 5)


@pytest.mark.parametrize("key", ["rules.close_out_line", "rules__close_out_line"])
@pytest.mark.parametrize("value", [1.4, np.float64(1.4)])
def test_an_override_is_a_setting_with_a_python_value(key: str, value: float) -> None:
    assert loaded(**{key: value}).hash == loaded("rules.close_out_line=1.4").hash


def test_a_mapping_merges() -> None:
    rules = loaded(rules={"call_window": 5}, rules__warning_line=1.6).scenario.rules
    assert (rules.call_window, rules.warning_line) == (5, 1.6)


def test_a_set_rule_wins_over_dated_events_and_leaves_the_rest_of_them() -> None:
    events = loaded("rules.close_out_line=1.4").scenario.events
    assert events[0].rules == {"initial_margin": {"value": 1}}
    assert events[1].rules is None


def test_a_set_value_inside_a_rule_wins_too() -> None:
    events = loaded("rules.initial_margin.value=0.6").scenario.events
    assert events[0].rules == {"close_out_line": 1.25}


def test_a_set_impact_or_contract_wins_over_dated_events() -> None:
    event = loaded("impact.depth=0.3", "cohorts.retail.contract.haircut=0.6").scenario.events[0]
    assert event.impact is None
    assert event.contract == {"retail": {"financing_rate": 0.1}}


def test_another_cohorts_contract_does_not_silence_an_event() -> None:
    event = loaded("cohorts.other.contract.haircut=0.6").scenario.events[0]
    assert event.contract == {"retail": {"haircut": 0.5, "financing_rate": 0.1}}


def test_a_rule_set_replaces_all_rules_of_all_dates() -> None:
    scenario = loaded("rules=cn_2025", "rules.call_window=4").scenario
    assert scenario.rules.name == "cn_2025"
    assert (scenario.rules.initial_margin.value, scenario.rules.call_window) == (0.8, 4)
    assert [event.rules for event in scenario.events] == [None, None]


def test_an_event_that_is_set_keeps_what_is_set() -> None:
    scenario = loaded("rules.close_out_line=1.4", "events.1.rules.close_out_line=1.35").scenario
    assert scenario.events[1].rules == {"close_out_line": 1.35}


def test_null_takes_a_key_out() -> None:
    assert list(loaded("cohorts.other=null").scenario.cohorts) == ["retail"]


def test_a_shortened_run_leaves_out_the_events_after_its_end() -> None:
    short = loaded("calendar.days=2")
    assert [event.date.day for event in short.scenario.events] == [15]
    assert load_text(short.text).hash == short.hash
