"""Lines are maintenance ratios, or multiples of required margin; what mixes the two, or is in no order, is refused."""

from __future__ import annotations

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario, load_text

LINES = "warning_line: 1, close_out_line: 1, immediate_line: 0.6, restore_line: 1, withdrawal_line: 1"
RULES = f"rules: {{requirement: {{long: 0.25, short: 0.3}}, {LINES}}}"
PLACES = """\
name: small
calendar: {start: 2020-12-31, days: 10}
securities: {stocks: [{code: "A", price: 10.00, float_shares: 100000}]}
cohorts:
  retail: {kind: retail, explicit: [{cash: 100}]}
"""


def loaded(rules: str = RULES, cohort: str = "kind: retail", events: str = "") -> str:
    text = PLACES.replace("kind: retail", cohort) + rules + "\n" + events
    return load_text(text).text


def refused(**parts: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        loaded(**parts)
    return caught.value.problems[0].partition(": ")[2]


def contract(text: str) -> str:
    return f"kind: retail, contract: {{{text}}}"


@pytest.mark.parametrize(
    "rules",
    [
        RULES,
        RULES.replace("restore_line: 1", "restore_line: 1.3"),
        RULES.replace("immediate_line: 0.6", "immediate_line: 0"),
        RULES.replace(LINES, "warning_line: 1.5, close_out_line: 1.3, immediate_line: 1.1, restore_line: 1.5, "
                             "withdrawal_line: 3"),
        RULES.replace("close_out_line: 1,", "close_out_line: 0.8,"),
    ],
)  # fmt: skip
def test_lines_of_a_requirement_are_multiples_that_may_lie_at_or_below_1(rules: str) -> None:
    """The text with all defaults written out is the same scenario again."""
    assert load_text(loaded(rules)).text == loaded(rules)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            "rules: {requirement: {}}",
            "rules.requirement: the lines are multiples of it, and warning_line, close_out_line, immediate_line, "
            "restore_line, withdrawal_line would keep the default of a maintenance ratio; write all five",
        ),
        (
            RULES.replace(", withdrawal_line: 1", ""),
            "rules.requirement: the lines are multiples of it, and withdrawal_line would keep the default",
        ),
        (
            RULES.replace("warning_line: 1", "warning_line: 0.9"),
            "rules.close_out_line: 1 is above warning_line 0.9; lines must satisfy immediate_line <= close_out_line "
            "<= warning_line as multiples of required margin, move one of them",
        ),
        (
            "rules: {close_out_line: 1.6}",
            "rules.close_out_line: 1.6 is above warning_line 1.5; lines must satisfy immediate_line <= "
            "close_out_line <= warning_line as maintenance ratios",
        ),
        (
            RULES.replace("restore_line: 1", "restore_line: 0.9"),
            "rules.restore_line: 0.9 is below close_out_line 1, multiples of required margin; raise it",
        ),
        (
            RULES.replace("immediate_line: 0.6", "immediate_line: 0").replace("close_out_line: 1", "close_out_line: 0"),
            "rules.close_out_line: 0 must be above 0, a multiple of required margin",
        ),
        (
            RULES.replace("restore_line: 1", "restore_line: 4"),
            "rules.restore_line: 4 times requirement.long 0.25 must be below 1, else an account would be sold out",
        ),
        (
            "rules: {initial_margin: {value: 1.2, of: purchase}}",
            "rules.initial_margin: is above 1, more than the whole purchase; lower it, or take of: loan",
        ),
    ],
)
def test_lines_that_a_requirement_cannot_have_are_refused_in_its_own_words(rules: str, message: str) -> None:
    assert message in refused(rules=rules)


def test_a_contract_by_requirement_under_rules_by_ratio_writes_its_own_lines() -> None:
    message = (
        "cohorts.retail.contract.requirement: its lines are multiples of required margin, but warning_line, "
        "immediate_line, restore_line, withdrawal_line would come from rules, which has maintenance ratios; write "
        "them into the contract"
    )
    by_requirement = contract("requirement: {long: 0.25}, close_out_line: 1.3")
    assert message in refused(rules="rules: {}", cohort=by_requirement)
    loaded("rules: {}", contract(f"requirement: {{long: 0.25}}, {LINES}"))
    loaded(RULES, contract("requirement: {long: 0.4}"))


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("close_out_line: 1.2", "cohorts.retail.contract.close_out_line: 1.2 is above warning_line 1 (from rules)"),
        ("close_out_line: 0.5", "cohorts.retail.contract.immediate_line: 0.6 (from rules) is above close_out_line 0.5"),
        ("requirement: {long: 1}", "cohorts.retail.contract.restore_line: 1 times requirement.long 1 must be below 1"),
        ("restore_line: 0.7", "cohorts.retail.contract.restore_line: 0.7 is below close_out_line 1, multiples of"),
    ],
)
def test_a_contract_beside_rules_by_requirement_is_held_to_them(own: str, message: str) -> None:
    assert message in refused(cohort=contract(own))


def test_a_contracts_initial_margin_of_the_purchase_is_at_most_1() -> None:
    purchase = RULES.replace("requirement:", "initial_margin: {of: purchase}, requirement:")
    assert "contract.initial_margin: 1.2 is more than the whole purchase; lower it to at most 1" in refused(
        rules=purchase, cohort=contract("initial_margin: 1.2")
    )


@pytest.mark.parametrize(("line", "allowed"), [(0.5, True), (1.0, True), (0.0, False), (1.1, False)])
def test_an_accounts_own_line_lies_between_0_and_the_level_of_cure(line: float, allowed: bool) -> None:
    own = f"kind: retail, explicit: [{{cash: 100, close_out_line: {line}}}]"
    text = PLACES.replace("kind: retail, explicit: [{cash: 100}]", own) + RULES
    if allowed:
        load_text(text)
        return
    with pytest.raises(ScenarioError, match=rf"found {line:g}, must lie between 0.0001 and restore_line 1"):
        load_text(text)


def test_an_event_that_changes_the_system_writes_the_lines_too() -> None:
    change = "requirement: {long: 0.25}"
    assert (
        "events.0.rules.requirement: the lines are multiples of it from now on, but warning_line, close_out_line, "
        "immediate_line, restore_line, withdrawal_line would stay maintenance ratios; write them into the event"
    ) in refused(rules="rules: {}", events=f"events: [{{date: 2021-01-04, rules: {{{change}}}}}]\n")
    loaded("rules: {}", events=f"events: [{{date: 2021-01-04, rules: {{{change}, {LINES}}}}}]\n")
    loaded(events="events: [{date: 2021-01-04, rules: {requirement: {long: 0.4}}}]\n")


SHADOW = "kind: shadow, contract: {close_out_line: 1.1}"


def test_the_requirement_of_brokers_does_not_bind_a_shadow_lender() -> None:
    """His line of 1.1 is a ratio, although nothing new is lent below 1 of what brokers require."""
    loaded(cohort=SHADOW)
    assert "close_out_line: 0.9 is below 1, where an account owes more than it holds" in refused(
        cohort=SHADOW.replace("1.1", "0.9")
    )
    loaded(cohort=contract(f"lender: shadow, requirement: {{long: 0.2}}, {LINES}"))


@pytest.mark.parametrize("market", ["china_2015", "china_2025", "one_account", "two_accounts_one_stock", "us_2020"])
@pytest.mark.parametrize("rules", ["us_reg_t", "us_house_30", "cn_2015"])
def test_us_rules_are_valid_in_every_market_and_chinese_ones_in_the_us(market: str, rules: str) -> None:
    assert load_scenario(market, settings=[f"rules={rules}"]).scenario.rules.name == rules
