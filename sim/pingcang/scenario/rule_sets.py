"""Rule sets as they are read, compared and ordered in time: every value with where it comes from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pingcang.errors import ScenarioError
from pingcang.scenario.canonical import written_out
from pingcang.scenario.files import Document, ready_made
from pingcang.scenario.messages import findings_of
from pingcang.scenario.resolve import lineage, merged_rules
from pingcang.scenario.rule_heading import Heading, Origin, heading_of, rules_alone
from pingcang.scenario.rules import Rules
from pingcang.scenario.tree import Node, Place, located, plain, raise_problems
from pingcang.scenario.types import Section


@dataclass(frozen=True)
class _Written:
    """What one file of a lineage says."""

    heading: Heading
    keys: frozenset[str]
    """Its own keys of the rules, down to single values."""


@dataclass(frozen=True)
class RuleSet:
    """A rule set with everything it builds on written out."""

    name: str
    base: str | None
    """The rule set that it extends, as its file names it."""
    heading: Heading
    """What its file says about itself; `heading.market` that of its base if it names none."""
    rules: Rules
    _written: tuple[_Written, ...]
    """The files from its own to the first."""

    @cached_property
    def values(self) -> dict[str, Any]:
        """The rules in single values by dotted key, `initial_margin.value` for instance; without those unset."""
        return single_values(self.rules)

    def origin(self, key: str) -> Origin | None:
        """Where a value comes from; None for one whose file does not say, and for a default of the schema."""
        for file in self._written:
            found = _of_key(file.heading.sources, key)
            if found is not None or any(_holds(written, key) for written in file.keys):
                return found
        return None

    @property
    def standing(self) -> str:
        """Its role, or `alias` for a variant that changes nothing of its base."""
        same = self.heading.role == "variant" and self.base is not None and not self._written[0].keys
        return "alias" if same else self.heading.role

    def binding(self, key: str) -> str:
        """`rule`, or `practice` where no rule prescribes the value; empty where its file does not say."""
        origin = self.origin(key)
        return "" if origin is None else origin.binding

    def told(self) -> list[str]:
        """The keys of which this set's own file gives an origin."""
        return list(self.heading.sources)


def load_rule_set(source: str | Path, folder: Path | None = None) -> RuleSet:
    """The rule set in a file, or a ready-made one by its name (`cn_2016`).

    A relative path starts from `folder`, by default the working folder. Raises ScenarioError with one line for
    each thing that is wrong.
    """
    asked = Node({"extends": Node(str(source), Place(""), str(source))}, Place(""))
    documents = lineage(asked, folder or Path(), ())
    tree = merged_rules(documents)
    try:
        rules = Rules.model_validate(plain(tree))
    except ValidationError as error:
        raise_problems(located(tree, findings_of(error, tree, Rules)))
        raise
    written = tuple(_written(document) for document in documents)
    market = next((file.heading.market for file in written if file.heading.market), None)
    heading = written[0].heading.model_copy(update={"market": market})
    base = documents[0].node.entries.get("extends")
    return RuleSet(rules.name, None if base is None else str(base.value), heading, rules, written)


def rule_sets(market: str | None = None) -> list[RuleSet]:
    """The ready-made rule sets, of one market if it is given, in order of name."""
    sets = [load_rule_set(name) for name in ready_made("rules")]
    return [each for each in sets if market is None or each.heading.market == market]


def steps(market: str) -> list[RuleSet]:
    """The ready-made rule sets that were in force in a market one after the other, in order of date.

    Raises ScenarioError for a market without any.
    """
    sets = rule_sets()
    found = [each for each in sets if each.heading.role == "step" and each.heading.market == market]
    if not found:
        known = ", ".join(sorted({str(each.heading.market) for each in sets if each.heading.role == "step"}))
        raise ScenarioError(f"market: found {market!r}, which has no dated rule sets; known: {known}")
    return sorted(found, key=_date_of)


def in_force(market: str, date: dt.date) -> RuleSet:
    """The ready-made rule set that was in force in a market on a date; ScenarioError before the first."""
    found = steps(market)
    then = [each for each in found if _date_of(each) <= date]
    if not then:
        raise ScenarioError(f"{date}: is before {_date_of(found[0])}, the first rules of {market}; take a later date")
    return then[-1]


def single_values(section: Section) -> dict[str, Any]:
    """A section in single values by dotted key, without a name and what is unset; curves stay whole."""
    return {key: value for key, value in _leaves(written_out(section)) if key != "name"}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The single values in which two rule sets differ, as (before, after); None is unset."""
    keys = dict.fromkeys([*before, *after])
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


@dataclass(frozen=True)
class RuleDifference:
    """One single value in which two rule sets differ, or that one of them leaves to practice and the other does not."""

    key: str
    base: Any
    """None where it is unset."""
    other: Any
    base_binding: str
    other_binding: str
    base_source: str
    other_source: str


def compare_rule_sets(base: RuleSet, other: RuleSet) -> list[RuleDifference]:
    """What differs between two rule sets, with where both values come from."""
    found = differences(base.values, other.values)
    standing = {key: (value, value) for key, value in base.values.items() if base.binding(key) != other.binding(key)}
    return [_difference(key, pair, (base, other)) for key, pair in {**standing, **found}.items()]


def _difference(key: str, values: tuple[Any, Any], sets: tuple[RuleSet, RuleSet]) -> RuleDifference:
    sources = [_text(each, key, value) for each, value in zip(sets, values, strict=True)]
    return RuleDifference(key, *values, sets[0].binding(key), sets[1].binding(key), *sources)


def _text(rule_set: RuleSet, key: str, value: Any) -> str:
    """Where a value comes from; empty where it is unset or its file does not say."""
    origin = None if value is None else rule_set.origin(key)
    return "" if origin is None else origin.text


def _date_of(rule_set: RuleSet) -> dt.date:
    return rule_set.heading.date or dt.date.min


def _written(document: Document) -> _Written:
    own = rules_alone(document.node).without("extends", "name")
    return _Written(heading_of(document.node), frozenset(key for key, _ in _leaves(plain(own))))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _of_key(sources: Mapping[str, Origin], key: str) -> Origin | None:
    """The origin given for a key, or for the section that it stands in."""
    while key not in sources and "." in key:
        key = key.rpartition(".")[0]
    return sources.get(key)


def _holds(written: str, key: str) -> bool:
    """Whether a value written under one key is, or ends, what stands under another."""
    return key == written or key.startswith(f"{written}.") or written.startswith(f"{key}.")
