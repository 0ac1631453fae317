"""What holds on which day: the trading calendar, and the sections of a scenario after its dated events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Calendar, Contract, Event, Exchange, Impact, Macro, Scenario
from pingcang.scenario.tree import merged_values
from pingcang.scenario.types import Section

SectionType = TypeVar("SectionType", bound=Section)


class Sections(NamedTuple):
    """The sections that events can change, as they stand on one date."""

    rules: Rules
    impact: Impact
    exchange: Exchange
    contracts: dict[str, Contract]
    """By name of cohort."""
    macro: Macro | None = None


def trading_days(calendar: Calendar) -> list[dt.date]:
    """Day 0 (the start), then `days` weekdays that are not holidays."""
    closed = frozenset(calendar.holidays)
    days, day = [calendar.start], calendar.start
    while len(days) <= calendar.days:
        day += dt.timedelta(days=1)
        if day.weekday() < 5 and day not in closed:
            days.append(day)
    return days


def changed(section: SectionType, change: Mapping[str, Any]) -> SectionType:
    """A section with some of its keys changed: mappings merge, everything else replaces.

    Raises pydantic's ValidationError if the result is no valid section.
    """
    return type(section).model_validate(merged_values(section.model_dump(), change)) if change else section


def initial_sections(scenario: Scenario) -> Sections:
    """The sections before any event."""
    contracts = {name: cohort.contract for name, cohort in scenario.cohorts.items()}
    return Sections(scenario.rules, scenario.impact, scenario.exchange, contracts, scenario.macro)


def after_event(sections: Sections, event: Event) -> Sections:
    """The sections once an event has happened; ValidationError as in `changed`."""
    changes = event.contract or {}
    return Sections(
        changed(sections.rules, event.rules or {}),
        changed(sections.impact, event.impact or {}),
        changed(sections.exchange, event.exchange or {}),
        {name: changed(contract, changes.get(name, {})) for name, contract in sections.contracts.items()},
        sections.macro and changed(sections.macro, event.macro or {}),
    )


def events_on(scenario: Scenario, date: dt.date) -> list[Event]:
    """The events of one date, in the order of the file."""
    return [event for event in scenario.events if event.date == date]


def sections_on(scenario: Scenario, date: dt.date) -> Sections:
    """Rules, impact, exchange, macro and the contract of each cohort as they stand from the open of a date."""
    sections = initial_sections(scenario)
    for event in scenario.events:
        if event.date <= date:
            sections = after_event(sections, event)
    return sections
