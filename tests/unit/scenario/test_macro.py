"""The section `macro`: what it may say, what is refused, and that a scenario without it is what it was."""

import datetime as dt
from typing import Any

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario, load_text, sections_on
from pingcang.scenario.canonical import written_out

TEXT = """\
name: small
calendar: {start: 2015-06-12, days: 5}
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}
macro:
  government_and_household_debt: 1.264
  hidden_debt: 0.55
  loan_rate: 0.03
  m1_m2_growth_gap: -0.032
  reference:
    government_and_household_debt: 0.80
    hidden_debt: 0.13
    loan_rate: 0.051
    m1_m2_growth_gap: -0.061
  links:
    top_up: {elasticity: 10}
    appetite: {elasticity: 0.2}
    rescue: {elasticity: 1, debt: broad}
events:
  - date: 2015-06-16
    macro: {loan_rate: 0.02, links: {top_up: null}}
  - date: 2015-06-17
    macro: {loan_rate: 0.01}
"""
MONDAY, TUESDAY, WEDNESDAY = dt.date(2015, 6, 15), dt.date(2015, 6, 16), dt.date(2015, 6, 17)


def small(*settings: str) -> Any:
    return load_text(TEXT, settings=settings).scenario


def problem(*settings: str, text: str = TEXT) -> str:
    with pytest.raises(ScenarioError) as refused:
        load_text(text, settings=settings)
    assert len(refused.value.problems) == 1
    return refused.value.problems[0].partition(": ")[2]


def test_no_scenario_has_the_section_unless_it_is_written():
    for name in ("china_2015", "china_2025", "two_accounts_one_stock"):
        scenario = load_scenario(name).scenario
        assert scenario.macro is None and "macro" not in written_out(scenario)


def test_the_section_changes_on_its_dates():
    on = {date: sections_on(small(), date).macro for date in (MONDAY, TUESDAY, WEDNESDAY)}
    assert [on[date].loan_rate for date in on] == [0.03, 0.02, 0.01]
    assert [on[date].links.top_up is None for date in on] == [False, True, True]
    assert on[WEDNESDAY].hidden_debt == 0.55


def test_a_setting_wins_over_dated_events():
    scenario = small("macro.loan_rate=0.04")
    assert [sections_on(scenario, date).macro.loan_rate for date in (MONDAY, TUESDAY, WEDNESDAY)] == [0.04] * 3
    assert sections_on(scenario, TUESDAY).macro.links.top_up is None


def test_null_takes_the_section_out_of_events_too():
    scenario = small("macro=null")
    assert scenario.macro is None and [event.macro for event in scenario.events] == [None, None]


def test_a_link_can_be_switched_by_a_setting():
    assert small("macro.links.appetite=null").macro.links.appetite is None
    assert small("macro.links.rescue.debt=official").macro.links.rescue.debt == "official"


@pytest.mark.parametrize(
    ("key", "link"),
    [
        ("m1_m2_growth_gap", "top_up"),
        ("loan_rate", "appetite"),
        ("government_and_household_debt", "rescue"),
        ("hidden_debt", "rescue"),
    ],
)
def test_what_a_link_needs_must_be_there_now_and_in_the_reference(key, link):
    words = f"is missing; macro.links.{link} compares {key} now and in reference, add it or leave the link out"
    text = TEXT.partition("events:")[0]
    assert problem(f"macro.{key}=null", text=text) == f"macro.{key}: {words}"
    assert problem(f"macro.reference.{key}=null", text=text) == f"macro.reference: {key} {words}"
    scenario = load_text(text, settings=[f"macro.{key}=null", f"macro.links.{link}=null"]).scenario
    assert getattr(scenario.macro, key) is None


def test_the_official_debt_does_not_need_the_hidden_one():
    assert small("macro.hidden_debt=null", "macro.links.rescue.debt=official").macro.hidden_debt is None


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("macro.government_and_household_debt=126.4", "found 126.4, must be at most 10"),
        ("macro.loan_rate=3.0", "found 3.0, must be at most 1"),
        ("macro.loan_rate=0", "found 0, must be above 0"),
        ("macro.m1_m2_growth_gap=-3.2", "found -3.2, must be at least -1"),
        ("macro.m1=0", "found 0, must be at least 1e+09"),
        ("macro.m1=72", "found 72, must be at least 1e+09"),
        ("macro.links.top_up.elasticity=-1", "found -1, must be at least 0"),
        ("macro.links.rescue.elasticity=7", "found 7, must be at most 5"),
        ("macro.links.rescue.debt=brod", "found 'brod', must be 'official' or 'broad'; did you mean broad?"),
        ("macro.links.rescu.elasticity=1", "unknown key; did you mean rescue?"),
    ],
)
def test_slips_of_the_unit_and_the_pen_are_refused(setting, words):
    assert problem(setting).endswith(words)


def test_an_event_cannot_change_a_section_that_is_not_there():
    text = TEXT[: TEXT.index("macro:")] + TEXT[TEXT.index("events:") :]
    with pytest.raises(ScenarioError) as refused:
        load_text(text)
    assert refused.value.problems[0].endswith(
        "events.0.macro: changes a section that the scenario does not have; add macro, with its reference and links"
    )


def test_an_event_that_leaves_a_link_without_its_number_is_refused():
    text = TEXT.replace("macro: {loan_rate: 0.01}", "macro: {loan_rate: null}")
    assert "events.1.macro.loan_rate: is missing; macro.links.appetite compares" in problem(text=text)
