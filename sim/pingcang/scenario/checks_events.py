"""Are the sections still valid after every dated event, and every contract beside its rules?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from pingcang.scenario.binding import binding
from pingcang.scenario.messages import findings_of
from pingcang.scenario.rules import LINES, Rules, lines_wrong_under
from pingcang.scenario.schema import Contract, Event, Scenario
from pingcang.scenario.timeline import Sections, changed, initial_sections
from pingcang.scenario.tree import Finding, Keys, Place, from_python, merged_values
from pingcang.scenario.types import Section

SectionType = TypeVar("SectionType", bound=Section)


def event_findings(scenario: Scenario) -> list[Finding]:
    """What is wrong with contracts beside the initial rules, then with each event's changes in order."""
    sections = initial_sections(scenario)
    reported: set[str] = set()
    findings: list[Finding] = []
    for name in scenario.cohorts:
        findings += _contract_once(("cohorts", name, "contract"), name, sections, scenario, reported)
    for index, event in enumerate(scenario.events):
        findings += _fixed(event, ("events", index))
        findings += _macro_without_section(event, scenario, ("events", index))
        findings += _requirement_without_lines(event, sections.rules, ("events", index))
        sections, wrong = _after(sections, event, ("events", index))
        findings += wrong
        for name in scenario.cohorts:
            in_contract = name in (event.contract or {})
            keys: Keys = ("events", index, *(("contract", name) if in_contract else ("rules",)))
            findings += _contract_once(keys, name, sections, scenario, reported)
    return findings


FIXED_AT_START = {
    "rules": ("lendable_share", "name"),
    "impact": ("dmc_volatility",),
    "exchange": ("tick", "lot_size"),
}
"""Keys that only the start of a run reads."""


def _fixed(event: Event, keys: Keys) -> Iterator[Finding]:
    """Changes that would have no effect."""
    for section, fixed in FIXED_AT_START.items():
        for key in fixed:
            if key in (getattr(event, section) or {}):
                message = f"{key} is read at the start only and cannot change; set {section}.{key} itself"
                yield Finding((*keys, section, key), message)


def _macro_without_section(event: Event, scenario: Scenario, keys: Keys) -> Iterator[Finding]:
    if event.macro and scenario.macro is None:
        message = "changes a section that the scenario does not have; add macro, with its reference and links"
        yield Finding((*keys, "macro"), message)


def _requirement_without_lines(event: Event, before: Rules, keys: Keys) -> Iterator[Finding]:
    """A change of system that would read the lines of the old one as the new one's."""
    changes = event.rules or {}
    unset = [key for key in LINES if key not in changes]
    if changes.get("requirement") is not None and before.requirement is None and unset:
        message = (
            f"the lines are multiples of it from now on, but {', '.join(unset)} would stay maintenance ratios; "
            "write them into the event"
        )
        yield Finding((*keys, "rules", "requirement"), message)


def _after(sections: Sections, event: Event, keys: Keys) -> tuple[Sections, list[Finding]]:
    """The sections after an event; a change that is wrong is reported and left out."""
    findings: list[Finding] = []

    def tried(section: SectionType, change: Mapping[str, Any], *at: str) -> SectionType:
        try:
            return changed(section, change)
        except ValidationError as error:
            combined = from_python(merged_values(section.model_dump(), change), Place(""))
            found = findings_of(error, combined, type(section))
            findings.extend(Finding((*keys, *at, *inner), message) for inner, message in found)
            return section

    changes = event.contract or {}
    contracts = {
        name: tried(contract, changes.get(name, {}), "contract", name) for name, contract in sections.contracts.items()
    }
    after = Sections(
        tried(sections.rules, event.rules or {}, "rules"),
        tried(sections.impact, event.impact or {}, "impact"),
        tried(sections.exchange, event.exchange or {}, "exchange"),
        contracts,
        sections.macro and tried(sections.macro, event.macro or {}, "macro"),
    )
    return after, findings


def _contract_once(keys: Keys, name: str, sections: Sections, scenario: Scenario, reported: set[str]) -> list[Finding]:
    """What is wrong with a contract's lines and window, the first time that something is."""
    if name in reported:
        return []
    cohort = scenario.cohorts[name]
    shadow = cohort.kind == "shadow"
    contract = sections.contracts[name]
    rules = binding(sections.rules, cohort, contract)
    wrong = [*_mixed_systems(contract, rules)] or [*_lines_out_of_order(contract, rules, shadow)]
    wrong += _window_without_effect(contract, shadow)
    findings = [Finding((*keys, key), message) for key, message in wrong]
    if findings:
        reported.add(name)
    return findings


def _window_without_effect(contract: Contract, shadow: bool) -> Iterator[tuple[str, str]]:
    """A lender who looks after every session does not wait for days."""
    window = contract.call_window
    if isinstance(window, int) and window > 0 and (contract.check or ("session" if shadow else "close")) == "session":
        yield (
            "call_window",
            f"{window} trading days, but with check: session the lender sells after the session; "
            "write {hours: h}, or check: close",
        )


def _lines_out_of_order(contract: Contract, rules: Rules, shadow: bool) -> Iterator[tuple[str, str]]:
    """The order that `rules` must keep, for a contract that follows them where it is silent.

    A shadow contract often closes out below the brokers' immediate line, which binds it only if it says so.
    """
    lowest, highest = _close_out_range(contract, rules)
    place = "close_out_line" if contract.brokers is None else "brokers"
    warning, restore, immediate = (
        _line(contract, rules, key) for key in ("warning_line", "restore_line", "immediate_line")
    )
    if highest > warning[0]:
        yield place, f"{highest:g} is above warning_line {warning[0]:g} {warning[1]}; move one of them"
    required = contract.requirement or rules.requirement
    if required is not None:
        yield from lines_wrong_under(required, highest, restore[0])
    if required is None and lowest < 1:
        yield place, f"{lowest:g} is below 1, where an account owes more than it holds; raise it"
    if required is None and (restore[0] < highest or restore[0] <= 1):
        message = f"{restore[0]:g} {restore[1]} must be above 1 and not below close_out_line {highest:g}; raise it"
        yield "restore_line", message
    if immediate[0] > lowest and (contract.immediate_line is not None or not shadow):
        message = f"{immediate[0]:g} {immediate[1]} is above close_out_line {lowest:g}; lower it"
        yield "immediate_line", message


def _mixed_systems(contract: Contract, rules: Rules) -> Iterator[tuple[str, str]]:
    """Lines of one system that would be read in the other; own margins beyond the purchase they are of."""
    unset = [key for key in LINES if getattr(contract, key) is None]
    if contract.requirement is not None and rules.requirement is None and unset:
        yield (
            "requirement",
            f"its lines are multiples of required margin, but {', '.join(unset)} would come from rules, which has "
            "maintenance ratios; write them into the contract (1 is the requirement itself)",
        )
    if rules.initial_margin.of == "purchase" and (contract.initial_margin or 0) > 1:
        yield "initial_margin", f"{contract.initial_margin:g} is more than the whole purchase; lower it to at most 1"


def _close_out_range(contract: Contract, rules: Rules) -> tuple[float, float]:
    line = rules.close_out_line if contract.close_out_line is None else contract.close_out_line
    if contract.brokers is not None:
        line = contract.brokers.close_out_line
    return (line[0][1], line[-1][1]) if isinstance(line, list) else (line, line)


def _line(contract: Contract, rules: Rules, key: str) -> tuple[float, str]:
    own = getattr(contract, key)
    return (own, "(the contract's own)") if own is not None else (getattr(rules, key), "(from rules)")
