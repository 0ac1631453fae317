"""What the file of a rule set says about itself: its place in history, and where each value comes from."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

import difflib
from typing import Literal, Self

from pydantic import ValidationError, model_validator

from pingcang.scenario.messages import allowed_keys, findings_of
from pingcang.scenario.rules import Rules
from pingcang.scenario.tree import Finding, Node, located, plain, raise_problems
from pingcang.scenario.types import Day, Name, Section, Text

CONFIDENCES = ("source", "remembered", "stated", "assumption")
"""From the surest to the least sure."""


class Origin(Section):
    """Where a value comes from; several may hold, for several parts of what it says."""

    source: Text | None = None
    """Read in the place named."""
    remembered: Text | None = None
    """Not checked against a source."""
    stated: Text | None = None
    """Stated in an article that this project started from, not confirmed."""
    assumption: Text | None = None
    """Chosen, with the reason."""
    practice: Text | None = None
    """No rule prescribes the value: why it stands all the same."""

    @model_validator(mode="after")
    def _given(self) -> Self:
        if not any(text for _, text in self):
            raise ValueError(f"is empty; give one of {', '.join(type(self).model_fields)}, with a text")
        return self

    @property
    def confidence(self) -> str:
        """Which of `CONFIDENCES` it has, with commas: `source, assumption`."""
        return ", ".join(name for name in CONFIDENCES if getattr(self, name))

    @property
    def binding(self) -> str:
        """`practice` where no rule prescribes the value, else `rule`."""
        return "practice" if self.practice else "rule"

    @property
    def text(self) -> str:
        """All of it in one line."""
        return "; ".join(f"{name}: {text}" for name, text in self if text)


class Heading(Section):
    """What stands in the file of a rule set beside its rules."""

    role: Literal["step", "snapshot", "variant"] = "variant"
    """step: in force in its market from `date`. snapshot: as the rules stood on `date`, for a scenario of that day.
    variant: anything else, such as what an article claims."""
    market: Name | None = None
    """CN, US, HK; default: that of the set it extends."""
    date: Day | None = None
    title: Text = ""
    sources: dict[str, Origin] = {}
    """Where values come from, by key of the rules (`contract_term.roll_over`, or `contract_term` for all of it)."""

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.role != "variant" and (self.date is None or self.market is None):
            key = "date" if self.date is None else "market"
            raise ValueError(f"{key}: is missing; a {self.role} has a market and a date")
        return self


def heading_of(rule_set: Node) -> Heading:
    """The heading in the tree of a rule-set file.

    Raises ScenarioError for what is wrong in it, a source of a key that rules do not have among it.
    """
    tree = rule_set.without(*(key for key in rule_set.entries if key not in Heading.model_fields))
    try:
        heading = Heading.model_validate(plain(tree))
    except ValidationError as error:
        raise_problems(located(tree, findings_of(error, tree, Heading)))
        raise
    raise_problems(located(tree, _unknown(heading)))
    return heading


def rules_alone(rule_set: Node) -> Node:
    """The tree of a rule-set file without its kind and heading."""
    return rule_set.without("kind", *Heading.model_fields)


def unknown_key(key: str) -> str | None:
    """What is wrong with a dotted key of rules, if no rules have it; names that a user chooses, as boards, are free."""
    parts = key.split(".")
    for place, part in enumerate(parts):
        allowed = allowed_keys(tuple(parts[:place]), Rules)
        if part not in allowed and (allowed or place == 0):
            close = difflib.get_close_matches(part, allowed, n=1)
            hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"
            return f"rules have no key {part!r}; {hint}"
    return None


def _unknown(heading: Heading) -> list[Finding]:
    problems = {key: unknown_key(key) for key in heading.sources}
    return [Finding(("sources", key), problem) for key, problem in problems.items() if problem is not None]
