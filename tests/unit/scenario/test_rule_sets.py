"""Rule sets: their headings, where values come from, what differs, what was in force."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario, ready_made
from pingcang.scenario.rule_heading import Origin
from pingcang.scenario.rule_sets import (
    RuleSet,
    compare_rule_sets,
    differences,
    in_force,
    load_rule_set,
    rule_sets,
    steps,
)

NAMES = ready_made("rules")
CHINESE = steps("CN")
MARKETS = ("china_2015", "china_2025", "one_account")


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_set_stands_alone_under_the_name_of_its_file(name: str) -> None:
    assert load_rule_set(name).name == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("market", MARKETS)
def test_every_rule_set_is_valid_in_every_market(market: str, name: str) -> None:
    """A market without ChiNext, or with another number of stocks, takes the rules for what it has."""
    assert load_scenario(market, settings=[f"rules={name}"]).scenario.rules == load_rule_set(name).rules


@pytest.mark.parametrize("name", NAMES)
def test_every_ready_made_set_has_a_market_a_title_and_an_origin_for_every_value(name: str) -> None:
    found = load_rule_set(name)
    assert found.heading.market
    assert found.heading.title
    assert [key for key in found.values if found.origin(key) is None] == []


@pytest.mark.parametrize(("before", "after"), list(pairwise(CHINESE)), ids=lambda each: each.name)
def test_a_step_builds_on_the_one_before_and_says_where_each_change_is_read(before: RuleSet, after: RuleSet) -> None:
    assert after.base == before.name
    assert before.heading.date < after.heading.date  # type: ignore[operator]
    changed = differences(before.values, after.values)
    told = after.told()
    assert [key for key in changed if not any(key == each or key.startswith(f"{each}.") for each in told)] == []


LEFT_TO_THE_MARKET = {"haircuts", "contract_term", "marginable_stocks", "marginable_boards", "price_limits"}


@pytest.mark.parametrize("name", ["cn_2015", "cn_2025"])
def test_a_snapshot_is_the_step_in_force_but_for_what_its_market_says_itself(name: str) -> None:
    snapshot = load_rule_set(name)
    assert snapshot.standing == "snapshot"
    step = in_force("CN", snapshot.heading.date or dt.date.min)
    apart = differences(snapshot.values, step.values)
    assert {key.partition(".")[0] for key in apart} <= LEFT_TO_THE_MARKET
    assert all(before is None for before, _ in apart.values())


# hashes of the scenarios before the rule sets had headings
@pytest.mark.parametrize(("name", "digits"), [("china_2015", "20394818"), ("china_2025", "1fff3d74")])
def test_a_heading_leaves_the_scenario_as_it_was(name: str, digits: str) -> None:
    assert load_scenario(name).hash[:8] == digits


@pytest.mark.parametrize(
    ("alias", "name"), [("cn_2023", "cn_2023_10"), ("cn_2024", "cn_2024_07"), ("cn_2026", "cn_2026_07")]
)
def test_the_name_of_a_year_is_the_last_step_of_that_year(alias: str, name: str) -> None:
    assert load_rule_set(alias).standing == "alias"
    assert compare_rule_sets(load_rule_set(alias), load_rule_set(name)) == []
    assert in_force("CN", dt.date(int(alias[3:]), 12, 31)).name == name


def test_articles_and_rules_stand_side_by_side() -> None:
    """facts: no 120 % rule, 950 stocks from 2016-12-12 on only, no initial margin in Hong Kong."""
    claims = {
        "cn_2019_article": ("cn_2019", "close_out_line", 1.2),
        "cn_2015_article": ("cn_2015", "marginable_stocks", 950),
        "hk_article": ("hk_sfc", "initial_margin.value", 0.6),
    }
    for name, (base, key, value) in claims.items():
        claim = load_rule_set(name)
        assert (claim.base, claim.standing, claim.values[key]) == (base, "variant", value)
        assert "stated" in str(claim.origin(key) and claim.origin(key).confidence)  # type: ignore[union-attr]


def test_the_rules_in_force_on_a_date_are_those_of_the_last_step() -> None:
    found = [in_force("CN", dt.date.fromisoformat(day)).name for day in ("2015-11-22", "2015-11-23", "2026-11-25")]
    assert found == ["cn_2015_08", "cn_2015_11", "cn_2026_07"]
    with pytest.raises(ScenarioError, match=r"2010-03-30: is before 2010-03-31, the first rules of CN"):
        in_force("CN", dt.date(2010, 3, 30))
    with pytest.raises(ScenarioError, match=r"market: found 'XX', which has no dated rule sets; known: CN, HK"):
        in_force("XX", dt.date(2020, 1, 1))


def test_a_rule_that_became_practice_is_a_difference() -> None:
    found = {each.key: each for each in compare_rule_sets(load_rule_set("cn_2016"), load_rule_set("cn_2019"))}
    line = found["close_out_line"]
    assert (line.base, line.other, line.base_binding, line.other_binding) == (1.3, 1.3, "rule", "practice")


def test_an_origin_does_not_outlive_its_value(tmp_path: Path) -> None:
    mine = load_rule_set(write(tmp_path, "kind: rules\nextends: cn_2016\nclose_out_line: 1.4\nhaircuts: {etf: 0.8}\n"))
    assert (mine.origin("close_out_line"), mine.origin("haircuts.etf")) == (None, None)
    assert mine.binding("close_out_line") == ""
    assert mine.origin("haircuts.pe_limit") == load_rule_set("cn_2016").origin("haircuts.pe_limit")
    assert (mine.standing, mine.heading.market) == ("variant", "CN")


def test_an_origin_has_the_confidence_of_its_parts() -> None:
    origin = Origin(assumption="one for all", source="a notice", practice="brokers' own")
    assert (origin.confidence, origin.binding) == ("source, assumption", "practice")
    assert origin.text == "source: a notice; assumption: one for all; practice: brokers' own"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: {close_out_lin: {source: x}}", r":2: sources\.close_out_lin: .*did you mean close_out_line\?"),
        ("sources: {contract_term.day: {source: x}}", r"rules have no key 'day'; did you mean days\?"),
        ("sources: {call_window: {sauce: x}}", r"sources\.call_window\.sauce: unknown key; did you mean source\?"),
        ("sources: {call_window: {}}", r"sources\.call_window: is empty; give one of source, remembered, stated"),
        ("role: step\nmarket: CN", r":1: date: is missing; a step has a market and a date"),
        ("date: 20150612", r":2: date: .*is not a date"),
        ("role: rule", r":2: role: found 'rule', must be 'step', 'snapshot' or 'variant'"),
        ("close_out_lin: 1.4", r":2: close_out_lin: unknown key; did you mean close_out_line\?"),
    ],
)
def test_a_wrong_heading_is_told_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"kind: rules\n{text}\n")
    with pytest.raises(ScenarioError, match=message):
        load_rule_set(path)


def test_a_scenario_is_refused_for_a_wrong_heading_of_its_rules(tmp_path: Path) -> None:
    path = write(tmp_path, "kind: rules\nsources: {nothing: {source: x}}\n")
    with pytest.raises(ScenarioError, match=r"mine\.yaml:2: sources\.nothing: rules have no key 'nothing'"):
        load_scenario("one_account", settings=[f"rules={path}"])


def test_all_markets_are_listed() -> None:
    assert {each.heading.market for each in rule_sets()} >= {"CN", "HK"}
    assert [each.name for each in rule_sets("HK")] == ["hk_article", "hk_sfc"]
