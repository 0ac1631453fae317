"""What changed when: the history of a market's rules, and the dated changes within a scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pingcang.scenario.rule_heading import Origin
from pingcang.scenario.rule_sets import RuleSet, differences, single_values, steps
from pingcang.scenario.schema import Scenario
from pingcang.scenario.timeline import Sections, after_event, initial_sections


@dataclass(frozen=True)
class RuleChange:
    """One value of a market's rules on the day it came into force."""

    date: dt.date
    rule_set: str
    key: str
    before: Any
    """None for a key that was unset, as all are before the first rule set."""
    after: Any
    """The same as before where only its standing changed: a rule that became a matter of the contract."""
    binding: str
    """`rule`, or `practice` where no rule prescribes the value."""
    confidence: str
    """`source`, `remembered`, `stated` or `assumption`, or several of them."""
    source: str

    @property
    def changed(self) -> bool:
        """Whether the value itself changed."""
        return bool(self.before != self.after)


@dataclass(frozen=True)
class DatedChange:
    """One value that a dated event of a scenario changes."""

    date: dt.date
    section: str
    """`rules`, `exchange`, or `cohorts.NAME.contract`."""
    key: str
    before: Any
    after: Any
    note: str
    """The note of the event."""


def rule_history(market: str = "CN", keys: Sequence[str] = ()) -> list[RuleChange]:
    """Every change of a market's rules by date; of some keys only, `initial_margin` standing for all below it.

    Values whose standing changed stand there too, with the same value before and after. Raises ScenarioError for a
    market without dated rule sets.
    """
    found = steps(market)
    changes = [*_first(found[0])]
    for before, after in pairwise(found):
        changes += _between(before, after)
    return [change for change in changes if asked(change.key, keys)]


def asked(key: str, keys: Sequence[str]) -> bool:
    """Whether a key is among some keys or below one of them; always if there are none."""
    return not keys or any(key == each or key.startswith(f"{each}.") for each in keys)


def dated_changes(scenario: Scenario) -> list[DatedChange]:
    """What the events of a scenario change in rules, exchange and contracts, in order of date."""
    changes: list[DatedChange] = []
    sections = initial_sections(scenario)
    for event in scenario.events:
        now = after_event(sections, event)
        before, after = _by_section(sections), _by_section(now)
        for section in after:
            found = differences(before[section], after[section]).items()
            changes += [DatedChange(event.date, section, key, *values, event.note) for key, values in found]
        sections = now
    return changes


def _first(rule_set: RuleSet) -> Iterator[RuleChange]:
    for key, value in rule_set.values.items():
        if rule_set.origin(key) is not None:
            yield _change(rule_set, key, None, value)


def _between(before: RuleSet, after: RuleSet) -> Iterator[RuleChange]:
    found = differences(before.values, after.values)
    told = [key for key in after.told() if not any(asked(changed, [key]) for changed in found)]
    for key in told:
        found |= {each: (value, value) for each, value in after.values.items() if asked(each, [key])}
    for key, (old, new) in found.items():
        yield _change(after, key, old, new)


def _change(rule_set: RuleSet, key: str, before: Any, after: Any) -> RuleChange:
    origin = rule_set.origin(key) or Origin.model_construct()
    date = rule_set.heading.date or dt.date.min
    told = (origin.binding, origin.confidence, origin.text)
    return RuleChange(date, rule_set.name, key, before, after, *told)


def _by_section(sections: Sections) -> dict[str, dict[str, Any]]:
    contracts = {f"cohorts.{name}.contract": contract for name, contract in sections.contracts.items()}
    written = {name: single_values(section) for name, section in {"exchange": sections.exchange, **contracts}.items()}
    return {"rules": single_values(sections.rules), **written}
