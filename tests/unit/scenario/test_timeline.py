"""The calendar, and the sections as they stand on a date."""

from __future__ import annotations

import datetime as dt

import pytest

from pingcang.scenario import Scenario, events_on, load_text, sections_on, trading_days

SMALL = """\
name: small
calendar: {start: 2015-06-18, days: 4, holidays: [2015-06-22]}
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}
cohorts:
  retail: {kind: retail, contract: {haircut: 0.7, financing_rate: 0.08}, explicit: [{cash: 100}]}
events:
  - {date: 2015-06-19, rules: {close_out_line: 1.25, initial_margin: {value: 1}}}
  - {date: 2015-06-19, rules: {call_window: 4}, contract: {retail: {haircut: null}}}
  - date: 2015-06-23
    exchange: {suspensions: {contagion: 2}}
    impact: {depth: 0.2}
    rules: {close_out_line: 1.2}
"""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_text(SMALL).scenario


def day(number: int) -> dt.date:
    return dt.date(2015, 6, number)


def test_trading_days_skip_weekends_and_holidays(scenario: Scenario) -> None:
    assert trading_days(scenario.calendar) == [day(18), day(19), day(23), day(24), day(25)]


def test_the_45_days_of_2015_end_on_17_august() -> None:
    """The exchange's calendar: 12 June to 17 August 2015, closed on 22 June."""
    text = SMALL.replace("2015-06-18, days: 4", "2015-06-12, days: 45")
    assert trading_days(load_text(text).scenario.calendar)[-1] == dt.date(2015, 8, 17)


def test_before_any_event_the_sections_are_the_scenarios_own(scenario: Scenario) -> None:
    sections = sections_on(scenario, day(18))
    assert sections == (
        scenario.rules,
        scenario.impact,
        scenario.exchange,
        {"retail": scenario.cohorts["retail"].contract},
        scenario.macro,
    )


def test_events_of_one_date_add_up_and_keep_what_they_do_not_name(scenario: Scenario) -> None:
    rules = sections_on(scenario, day(19)).rules
    assert (rules.close_out_line, rules.call_window, rules.warning_line) == (1.25, 4, 1.5)
    assert (rules.initial_margin.value, rules.initial_margin.of) == (1.0, "loan")


def test_null_in_a_contract_follows_the_rules_again(scenario: Scenario) -> None:
    contract = sections_on(scenario, day(19)).contracts["retail"]
    assert (contract.haircut, contract.financing_rate) == (None, 0.08)


def test_later_events_come_over_earlier_ones(scenario: Scenario) -> None:
    sections = sections_on(scenario, day(24))
    assert (sections.rules.close_out_line, sections.rules.call_window) == (1.2, 4)
    assert (sections.exchange.suspensions.contagion, sections.exchange.tick) == (2.0, 0.01)
    assert sections.impact.depth == 0.2


def test_events_are_found_by_their_date(scenario: Scenario) -> None:
    assert [len(events_on(scenario, day(number))) for number in (18, 19, 23)] == [0, 2, 1]
