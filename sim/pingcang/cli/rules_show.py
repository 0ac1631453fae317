"""What `pingcang rules` shows: tables, JSON, CSV."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from pingcang.cli.study_show import console

if TYPE_CHECKING:
    from pingcang.scenario import Scenario
    from pingcang.scenario.rule_history import DatedChange, RuleChange
    from pingcang.scenario.rule_sets import RuleDifference, RuleSet

STANDING = {"step": "in force from", "snapshot": "as on", "variant": "variant", "alias": "alias"}


def value_text(value: Any) -> str:
    """A value as it is written in YAML; a dash for one that is unset."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value)


def change_text(before: Any, after: Any) -> str:
    """`0.5 → 1`; `1.3, as before` where only the standing changed."""
    return f"{value_text(after)}, as before" if before == after else f"{value_text(before)} → {value_text(after)}"


def listed(rule_set: RuleSet) -> dict[str, Any]:
    """A rule set's line in `rules list --json`."""
    heading = rule_set.heading
    return {
        "name": rule_set.name,
        "market": heading.market,
        "standing": rule_set.standing,
        "date": heading.date,
        "extends": rule_set.base,
        "title": heading.title,
    }


def told(rule_set: RuleSet) -> dict[str, Any]:
    """The object of `rules show --json`."""
    values = {}
    for key, value in rule_set.values.items():
        origin = rule_set.origin(key)
        confidence, source = ("", "") if origin is None else (origin.confidence, origin.text)
        values[key] = {"value": value, "binding": rule_set.binding(key), "confidence": confidence, "source": source}
    return {**listed(rule_set), "values": values}


def print_json(found: Mapping[str, Any]) -> None:
    """One object on standard output; dates as 2015-11-23."""
    print(json.dumps(found, allow_nan=False, ensure_ascii=False, default=_iso))


def print_changes(changes: Sequence[Any], about: Mapping[str, Any], *, as_csv: bool) -> None:
    """Changes as one JSON object, or as CSV with a row a change."""
    if not as_csv:
        print_json({**about, "changes": [asdict(change) for change in changes]})
        return
    from pingcang.scenario.rule_history import DatedChange, RuleChange

    names = [field.name for field in fields(DatedChange if "scenario" in about else RuleChange)]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for change in changes:
        writer.writerow(["" if cell is None else _cell(cell) for cell in (getattr(change, name) for name in names)])


def show_list(sets: Sequence[RuleSet]) -> None:
    """Name, market, standing and title of each."""
    table = _table("rule set", "market", "", "date", "title")
    for each in sets:
        heading, dated = each.heading, each.standing in {"step", "snapshot"}
        standing = STANDING[each.standing] + ("" if dated or each.base is None else f" of {each.base}")
        table.add_row(
            each.name, heading.market or "", standing, str(heading.date) if dated else "", Text(heading.title)
        )
    console().print(table)


def show_rule_set(rule_set: RuleSet) -> None:
    """Heading, then a row a value."""
    heading = rule_set.heading
    when = f", {STANDING[rule_set.standing]} {heading.date}" if heading.date else ""
    base = f", builds on {rule_set.base}" if rule_set.base else ""
    print(f"{rule_set.name}: {heading.title or 'no title'}\nmarket {heading.market or 'not said'}{when}{base}")
    table = _table("key", "value", "", "where from")
    for key, value in rule_set.values.items():
        origin = rule_set.origin(key)
        text = "its file does not say" if origin is None else origin.text
        table.add_row(key, Text(value_text(value)), rule_set.binding(key), Text(text))
    console().print(table)


def show_differences(base: RuleSet, other: RuleSet, found: Sequence[RuleDifference]) -> None:
    """A row a value that differs."""
    if not found:
        print(f"{base.name} and {other.name} do not differ")
        return
    table = _table("key", base.name, other.name, "where from")
    for each in found:
        apart = each.base_binding != each.other_binding
        sides = ((each.base, each.base_binding), (each.other, each.other_binding))
        cells = [f"{value_text(value)} ({word})" if apart and word else value_text(value) for value, word in sides]
        table.add_row(each.key, *map(Text, cells), Text(each.other_source or each.base_source))
    console().print(table)


def show_history(market: str, changes: Sequence[RuleChange]) -> None:
    """A row a change, the date once a rule set."""
    print(f"Margin rules, {market}; practice: no rule prescribes the value")
    table = _table("from", "rule set", "key", "value", "", "where from")
    before = ""
    for each in changes:
        new = each.rule_set != before
        before = each.rule_set
        value = value_text(each.after) if each.before is None else change_text(each.before, each.after)
        date, name = (str(each.date), each.rule_set) if new else ("", "")
        table.add_row(date, name, each.key, Text(value), each.binding, Text(each.source))
    console().print(table)


def show_dated(scenario: Scenario, changes: Sequence[DatedChange]) -> None:
    """The rules at the start of a scenario, then a row a value that an event changes."""
    print(f"{scenario.name}: rules {scenario.rules.name or 'of its own'} from {scenario.calendar.start}")
    if not changes:
        print("no event changes rules, exchange or contracts")
        return
    table = _table("from", "section", "key", "value", "note of the event")
    for each in changes:
        value = Text(change_text(each.before, each.after))
        table.add_row(str(each.date), each.section, each.key, value, Text(" ".join(each.note.split())))
    console().print(table)


def _table(*heads: str) -> Table:
    """Words in every column; the last two may break."""
    table = Table(box=box.SIMPLE_HEAD)
    for place, head in enumerate(heads):
        table.add_column(head, no_wrap=place < len(heads) - 2, overflow="fold")
    return table


def _iso(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of a rule")


def _cell(value: Any) -> str:
    return value_text(value) if isinstance(value, (bool, float, list, tuple)) else str(value)
