"""The page docs/rule_timeline.md, from the rule sets."""

from __future__ import annotations

from collections.abc import Iterator

from pingcang.cli.rules_show import change_text, value_text
from pingcang.scenario.rule_history import RuleChange, rule_history
from pingcang.scenario.rule_sets import RuleSet, rule_sets

HEAD = """# Rule sets and their history

Written by `docs/schema_tables.py` from the files of the rule sets; do not edit. What the columns mean, and how to
use it: [rule_sets.md](rule_sets.md). The same on the command line: `pingcang rules list`, `pingcang rules timeline`.
"""
MARKETS = {"CN": "China", "HK": "Hong Kong", "US": "United States"}


def rule_timeline() -> str:
    """The ready-made rule sets, then the history of each market that has dated ones."""
    found = rule_sets()
    dated = dict.fromkeys(str(each.heading.market) for each in found if each.standing == "step")
    return "\n".join([HEAD, *_sets(found), *(line for market in dated for line in _history(market))]) + "\n"


def _sets(found: list[RuleSet]) -> Iterator[str]:
    yield "## Rule sets\n\n| rule set | market | | title |\n|---|---|---|---|"
    for each in sorted(found, key=lambda each: (str(each.heading.market), str(each.heading.date or "9999"), each.name)):
        yield f"| `{each.name}` | {each.heading.market or ''} | {_standing(each)} | {each.heading.title} |"
    yield ""


def _standing(rule_set: RuleSet) -> str:
    date = rule_set.heading.date
    known = {"step": f"in force from {date}", "snapshot": f"as on {date}"}
    return known.get(rule_set.standing, rule_set.standing + (f" of `{rule_set.base}`" if rule_set.base else ""))


def _history(market: str) -> Iterator[str]:
    yield f"## {MARKETS.get(market, market)}\n\n| from | key | value | | where from |\n|---|---|---|---|---|"
    before = ""
    for change in rule_history(market):
        date = str(change.date) if change.rule_set != before else ""
        before = change.rule_set
        yield f"| {date} | `{change.key}` | {_value(change)} | {change.binding} | {change.source.replace('|', '/')} |"
    yield ""


def _value(change: RuleChange) -> str:
    return value_text(change.after) if change.before is None else change_text(change.before, change.after)
