import json

import pytest

from pingcang.scenario import load_scenario
from pingcang.study.changes import Change, changes, shown


def between(settings, base="china_2015"):
    found = changes(load_scenario(base).scenario, load_scenario(base, settings=settings).scenario)
    return {each.key: (each.before, each.after) for each in found}


def test_a_changed_rule_is_told_with_both_values_and_with_the_dated_rule_that_gives_way():
    """`--set rules.X` wins over the event of 2 July that would change X: both keys differ, and both are told."""
    assert between(["rules.call_window=1"]) == {
        "rules.call_window": (2, 1),
        "events.2015-07-02.rules.call_window": (4, None),
    }


def test_another_rule_set_is_told_rule_by_rule():
    found = between(["rules=cn_2025"])
    assert found["rules.name"] == ("cn_2015", "cn_2025")
    assert found["rules.initial_margin.value"] == (0.5, 0.8)
    assert "rules.close_out_line" not in found  # the same in both


def test_the_same_scenario_differs_in_no_key_and_names_do_not_count():
    base = load_scenario("china_2015").scenario
    assert changes(base, base) == ()
    calm = changes(base, load_scenario("china_2015_calm").scenario)
    assert calm and all(each.key.startswith("events.") for each in calm)


def test_a_lever_that_was_unset_goes_from_unset_and_lists_are_one_value():
    found = between(["rules.liquidation_days=3", "rules.concentration_limits=[[1.8, 0.5], [2.4, 0.7]]"])
    assert found["rules.liquidation_days"] == (None, 3)
    assert found["rules.concentration_limits"] == (None, [[1.8, 0.5], [2.4, 0.7]])


def test_two_events_of_one_date_are_told_apart():
    two = {"events": [{"date": "2015-06-15", "news": {"value": v}} for v in (-0.1, -0.2)]}
    base = load_scenario("china_2015", overrides=two).scenario
    two["events"][1]["news"]["value"] = -0.3
    found = changes(base, load_scenario("china_2015", overrides=two).scenario)
    assert [each.key for each in found] == ["events.2015-06-15#2.news.value"]


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("rules.close_out_line", True),
        ("cohorts.shadow.contract.close_out_line", True),
        ("events.2015-07-02.rules.call_window", True),
        ("events.2015-07-02.contract.shadow.haircut", True),
        ("cohorts.shadow.debt", False),
        ("events.2015-07-02.news.value", False),
    ],
)
def test_rules_are_told_from_the_rest(key, rule):
    assert Change(key, 1, 2).is_rule is rule


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unset"),
        (True, "true"),
        (1.3, "1.3"),
        (1.12e12, "1.12e+12"),
        ("pro_rata", "pro_rata"),
        ([[0, 1.08], [1, 1.15]], "[[0, 1.08], [1, 1.15]]"),
        ([[0, 1.0], [0.5, 1.1], [0.7, 1.2], [1, 1.3]], "a table of 4 rows"),
    ],
)
def test_values_are_written_as_people_write_them(value, text):
    assert shown(value) == text


def test_every_change_of_a_market_can_be_held_by_json():
    found = changes(load_scenario("china_2015").scenario, load_scenario("china_2025").scenario)
    json.dumps({each.key: each.to_dict() for each in found}, allow_nan=False)
