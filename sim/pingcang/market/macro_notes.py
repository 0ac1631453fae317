"""What the section `macro` of a scenario comes to, and which of its links change nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from pingcang.market.macro import MacroFactors, macro_factors
from pingcang.scenario.binding import lent_by_broker
from pingcang.scenario.macro import Macro
from pingcang.scenario.schema import Scenario
from pingcang.scenario.timeline import after_event, initial_sections

Dated = tuple[dt.date, Macro, MacroFactors]
ON_WHAT = {"top_up": "odds of a top-up", "appetite": "appetite.base", "rescue": "rescue budgets"}


def macro_notes(scenario: Scenario) -> Iterator[str]:
    """One line each; none for a scenario without the section."""
    states = list(_states(scenario))
    for date, macro, _ in states:
        since = "" if date == scenario.calendar.start else f" from {date}"
        yield f"macro{since}: {factors_in_words(macro)}"
    for link, without_effect in _CHECKS.items():
        reason = without_effect(scenario, states)
        if any(link in _on(macro) for _, macro, _ in states) and reason:
            yield f"macro.links.{link}: changes nothing, {reason}"
    if states:
        yield from _capped(scenario, states)
        yield from _beside_m1(scenario, states[0][1])


def factors_in_words(macro: Macro) -> str:
    """What the links that are on multiply: `appetite.base × 1.112, rescue budgets × 0.6329`."""
    factors = macro_factors(macro)
    on = [f"{ON_WHAT[link]} × {getattr(factors, link):.4g}" for link in _on(macro)]
    return ", ".join(on) or "no link is on, so nothing acts on agents"


def _states(scenario: Scenario) -> Iterator[Dated]:
    """The section at the start and after each event that changes it."""
    sections = initial_sections(scenario)
    if sections.macro is not None:
        yield scenario.calendar.start, sections.macro, macro_factors(sections.macro)
    for event in scenario.events:
        before, sections = sections.macro, after_event(sections, event)
        if sections.macro is not None and sections.macro != before:
            yield event.date, sections.macro, macro_factors(sections.macro)


def _on(macro: Macro) -> list[str]:
    return [link for link in ON_WHAT if getattr(macro.links, link) is not None]


def _as_it_was(states: list[Dated], link: str) -> bool:
    return all(getattr(factors, link) == 1.0 for _, _, factors in states)


def _top_up(scenario: Scenario, states: list[Dated]) -> str:
    probabilities = [cohort.behaviour.top_up_probability for cohort in scenario.cohorts.values()]
    if all(probability in (0.0, 1.0) for probability in probabilities):
        return "since every cohort's top_up_probability is 0 or 1; set one between"
    return _neutral(states, "top_up", "m1_m2_growth_gap is")


def _appetite(scenario: Scenario, states: list[Dated]) -> str:
    if not any(cohort.behaviour.appetite.base > 0 for cohort in scenario.cohorts.values()):
        return "since no cohort has an appetite.base above 0"
    return _neutral(states, "appetite", "loan_rate is")


def _rescue(scenario: Scenario, states: list[Dated]) -> str:
    if not any(event.rescue and event.rescue.budget > 0 for event in scenario.events):
        return "since no event has a rescue"
    return _neutral(states, "rescue", "debts are")


def _neutral(states: list[Dated], link: str, key: str) -> str:
    return f"since {key} as in macro.reference, or its elasticity is 0" if _as_it_was(states, link) else ""


_CHECKS: dict[str, Callable[[Scenario, list[Dated]], str]] = {
    "top_up": _top_up,
    "appetite": _appetite,
    "rescue": _rescue,
}


def _capped(scenario: Scenario, states: list[Dated]) -> Iterator[str]:
    """A base that the cap cuts in a market that stands still."""
    factor = max(factors.appetite for _, _, factors in states)
    for name, cohort in scenario.cohorts.items():
        appetite = cohort.behaviour.appetite
        if appetite.base <= appetite.cap < appetite.base * factor:
            yield (
                f"cohorts.{name}.behaviour.appetite: base comes to {appetite.base * factor:.4g} with macro, above its "
                f"cap {appetite.cap:g}, which holds"
            )


def _beside_m1(scenario: Scenario, macro: Macro) -> Iterator[str]:
    brokers = [cohort for cohort in scenario.cohorts.values() if lent_by_broker(cohort, cohort.contract)]
    balance = sum(cohort.debt or 0.0 for cohort in brokers if cohort.kind != "short_seller")
    if macro.m1 and balance:
        yield f"macro.m1: the balance of brokers is {balance / macro.m1:.2%} of it"
