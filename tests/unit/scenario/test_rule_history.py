"""The history of the rules against a list typed by hand, and the dated changes within a scenario."""

from __future__ import annotations

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario
from pingcang.scenario.rule_history import dated_changes, rule_history
from pingcang.scenario.rule_sets import load_rule_set

# Typed from the project's list of margin-rule regimes, not from the rule sets. The day of 2013-09 and 2014-09 and of
# 2023-02 is remembered. 2025-08 is no change of a rule: the list as it had grown by then, and brokers' rates.
HISTORY = """
2013-01-31 marginable_stocks      90     494
2013-09-16 marginable_stocks      494    700
2014-09-22 marginable_stocks      700    900
2015-07-01 contract_term.roll_over False True
2015-08-03 short_cover_t_plus_one False  True
2015-11-23 initial_margin.value   0.5    1.0
2016-12-12 marginable_stocks      900    950
2016-12-12 haircuts.pe_limit      None   300.0
2019-08-19 marginable_stocks      950    1600
2019-08-19 marginable_boards      None   ['star']
2020-08-24 price_limits.chinext   0.1    0.2
2022-10-24 marginable_stocks      1600   2200
2023-09-08 initial_margin.value   1.0    0.8
2023-09-08 marginable_stocks      2200   3500
2023-10-30 short_margin           0.5    0.8
2024-07-11 lendable_share         0.01   0.001
2024-07-22 short_margin           0.8    1.0
2025-08-22 marginable_stocks      3500   4150
2025-08-22 financing_rate         0.0835 0.03
2026-01-19 initial_margin.value   0.8    1.0
2026-07-06 price_limits.st        0.05   0.1
"""
BEGINNING = {  # 2010-03-31
    "initial_margin.value": 0.5,
    "short_margin": 0.5,
    "close_out_line": 1.3,
    "restore_line": 1.5,
    "withdrawal_line": 3.0,
    "call_window": 2,
    "marginable_stocks": 90,
    "contract_term.days": 180,
    "contract_term.roll_over": False,
    "price_limits.chinext": 0.1,
    "price_limits.st": 0.05,
    "haircuts.st": 0.0,
    "haircuts.etf": 0.9,
    "single_stock_cap.stop": 0.25,
    "single_stock_cap.resume": 0.2,
}


def test_the_history_of_china_is_the_list_of_its_regimes() -> None:
    changes = [change for change in rule_history("CN") if change.before is not None or change.rule_set != "cn_2010"]
    found = [[str(each.date), each.key, str(each.before), str(each.after)] for each in changes if each.changed]
    assert sorted(found) == sorted(line.split() for line in HISTORY.strip().splitlines())


def test_it_begins_on_the_first_day_of_margin_trading() -> None:
    first = {each.key: each.after for each in rule_history("CN") if each.rule_set == "cn_2010"}
    assert {key: first[key] for key in BEGINNING} == BEGINNING


def test_every_change_has_a_source_and_a_confidence() -> None:
    assert [each for market in ("CN", "HK") for each in rule_history(market) if not each.confidence] == []


def test_dates_are_in_order() -> None:
    dates = [each.date for each in rule_history("CN")]
    assert dates == sorted(dates)


# facts: T+2 and forced sale negotiable from 2015-07-01; uniform 130 % removed on 2019-08-19, kept by brokers
@pytest.mark.parametrize(
    ("key", "date", "value"),
    [("call_window", "2015-07-01", 2), ("restore_line", "2015-07-01", 1.5), ("close_out_line", "2019-08-19", 1.3)],
)
def test_what_was_left_to_the_contract_stays_with_the_value_of_practice(key: str, date: str, value: float) -> None:
    became = [each for each in rule_history("CN", [key]) if each.binding == "practice"]
    assert [(str(each.date), each.before, each.after) for each in became] == [(date, value, value)]
    assert load_rule_set("cn_2026").binding(key) == "practice"


def test_confidence_is_that_of_the_list() -> None:
    """facts: the lists of 2013-09 and 2014-09 and the removal of 2019 are remembered, the initial margins were read."""
    confidence = {(str(each.date), each.key): each.confidence for each in rule_history("CN")}
    assert confidence["2013-09-16", "marginable_stocks"] == "remembered"
    assert confidence["2019-08-19", "close_out_line"] == "remembered"
    assert confidence["2025-08-22", "marginable_stocks"] == "stated"
    for date in ("2015-11-23", "2023-09-08", "2026-01-19"):
        assert confidence[date, "initial_margin.value"] == "source"


def test_a_key_stands_for_all_below_it() -> None:
    assert {each.key for each in rule_history("CN", ["initial_margin"])} == {
        "initial_margin.value",
        "initial_margin.of",
    }
    assert {each.key for each in rule_history("CN", ["initial_margin.of"])} == {"initial_margin.of"}
    assert rule_history("CN", ["requirement"]) == []


def test_a_market_without_history_is_refused() -> None:
    with pytest.raises(ScenarioError, match="market: found 'TW'"):
        rule_history("TW")


def test_the_events_of_2015_change_what_their_notes_say() -> None:
    found = [
        (str(each.date), each.section, each.key, each.before, each.after)
        for each in dated_changes(load_scenario("china_2015").scenario)
        if each.section == "rules"
    ]
    assert found == [
        ("2015-06-29", "rules", "financing_rate", 0.0835, 0.081),
        ("2015-07-02", "rules", "call_window", 2, 4),
        ("2015-08-04", "rules", "short_cover_t_plus_one", False, True),
    ]


def test_contracts_and_exchange_rules_are_told_by_their_own_section() -> None:
    events = "[{date: 2015-01-07, exchange: {stamp_duty: 0.002}, contract: {retail: {call_window: 5}}, note: two}]"
    scenario = load_scenario("one_account", settings=[f"events={events}"]).scenario
    found = [(each.section, each.key, each.before, each.after, each.note) for each in dated_changes(scenario)]
    assert found == [
        ("exchange", "stamp_duty", 0.0, 0.002, "two"),
        ("cohorts.retail.contract", "call_window", None, 5, "two"),
    ]
