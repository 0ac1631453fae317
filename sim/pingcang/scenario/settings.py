"""`--set a.b=value` and keyword overrides: single values laid over a resolved scenario."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from pydantic import ValidationError

from pingcang.errors import ScenarioError
from pingcang.scenario.messages import allowed_keys
from pingcang.scenario.schema import Calendar, Scenario
from pingcang.scenario.timeline import trading_days
from pingcang.scenario.tree import (
    MAX_NESTING,
    Keys,
    Node,
    Place,
    child_of,
    dotted,
    from_python,
    plain,
    refused,
    shortened,
)
from pingcang.scenario.yaml_reader import read_yaml

DATED_SECTIONS = ("rules", "impact", "exchange", "macro")


class Setting(NamedTuple):
    """One path with the value that it gets."""

    keys: tuple[str, ...]
    value: Node


def parse_setting(text: str) -> Setting:
    """`a.b=value`, the value in YAML: a number, a word, [a, list] or {a: mapping}.

    Raises ScenarioError if there is no `=`, no path, or the value is not YAML.
    """
    path, equals, value = text.partition("=")
    place = Place(f"--set {shortened(text)}")
    keys = tuple(path.strip().split("."))
    if not equals or not all(keys) or len(keys) > MAX_NESTING:
        raise refused(place, (), "not a setting; write path=value, as rules.close_out_line=1.4")
    if not value.strip():
        return Setting(keys, Node(None, place))
    try:
        node = read_yaml(value, "value")
    except ScenarioError as error:
        reason = re.sub(r"^value(:[0-9]+)?: ", "", error.problems[0])
        raise refused(place, keys, reason) from None
    return Setting(keys, _moved(node, place))


def parse_override(path: str, value: Any) -> Setting:
    """A Python value for a path written `rules.close_out_line` or `rules__close_out_line`."""
    keys = tuple(path.replace("__", ".").split("."))
    place = Place(f"override {shortened(path)}")
    if not all(keys) or len(keys) > MAX_NESTING:
        raise refused(place, (), "not a path; write it as rules__close_out_line")
    return Setting(keys, from_python(value, place))


def parse_settings(settings: Sequence[str], overrides: Mapping[str, Any] | None) -> list[Setting]:
    """All settings, then all overrides; mappings are taken apart into settings of their single values."""
    parsed = [parse_setting(text) for text in settings]
    parsed += [parse_override(path, value) for path, value in (overrides or {}).items()]
    return [leaf for setting in parsed for leaf in _leaves(setting)]


def apply_settings(tree: Node, settings: Sequence[Setting], expand: Callable[[Node], Node]) -> Node:
    """The tree with every setting applied in order.

    A setting wins over dated events too: setting `rules.X`, `impact.X`, `exchange.X`, `macro.X` or
    `cohorts.N.contract.X` takes X out of the same section of every event, and `rules=NAME` all their rules. A
    calendar shortened by a setting leaves out the events after its end. `expand` writes named rule sets out.
    Raises ScenarioError for a path that leads through a plain value or to a list item that is not there.
    """
    for setting in settings:
        tree = _silence_events(_set(tree, setting, setting.keys), setting.keys)
        if setting.keys[0] == "rules":
            tree = expand(tree)
    if any(setting.keys[0] == "calendar" for setting in settings):
        tree = _cut_events(tree)
    return tree


def _leaves(setting: Setting) -> Iterator[Setting]:
    if isinstance(setting.value.value, dict) and setting.value.value:
        for key, inner in setting.value.value.items():
            yield from _leaves(Setting((*setting.keys, key), inner))
    else:
        yield setting


def _moved(node: Node, place: Place) -> Node:
    """The tree with every value at one place."""
    if isinstance(node.value, dict):
        return Node({key: _moved(inner, place) for key, inner in node.value.items()}, place)
    if isinstance(node.value, list):
        return Node([_moved(inner, place) for inner in node.value], place)
    return replace(node, place=place)


def _set(node: Node, setting: Setting, rest: tuple[str, ...]) -> Node:
    """The node with the setting's value at the rest of its path; mappings on the way are made if need be."""
    if not rest:
        return setting.value
    key, *further = rest
    if isinstance(node.value, list):
        index = _index(node, key, setting)
        items = list(node.value)
        items[index] = _set(items[index], setting, tuple(further))
        return replace(node, value=items)
    if node.value is not None and not isinstance(node.value, dict):
        above = setting.keys[: len(setting.keys) - len(rest)]
        if not allowed_keys(above, Scenario):  # a number, say, where a mapping is the other form
            at = dotted(above)
            raise _misled(setting, f"{at} is {node.text!r}, which has no keys below it; set {at} itself")
    entries = dict(node.entries)
    if not further and setting.value.value is None and key in entries:
        del entries[key]
    else:
        entries[key] = _set(entries.get(key, Node(None, setting.value.place)), setting, tuple(further))
    return replace(node, value=entries)


def _index(node: Node, key: str, setting: Setting) -> int:
    count = len(node.value)
    if key.isascii() and key.isdigit() and len(key) < 10 and int(key) < count:
        return int(key)
    allowed = f"0 to {count - 1}" if count else "none, the list is empty"
    raise _misled(setting, f"{key!r} is no item of the list; allowed: {allowed}")


def _misled(setting: Setting, message: str) -> ScenarioError:
    return refused(setting.value.place, setting.keys, message)


def _silence_events(tree: Node, keys: tuple[str, ...]) -> Node:
    """The tree without what its events say about a value that is set."""
    match keys:
        case (section, *_) if section in DATED_SECTIONS:
            silenced = keys
        case ("cohorts", name, "contract", *rest):
            silenced = ("contract", name, *rest)
        case _:
            return tree
    events = tree.entries.get("events")
    if events is None or not isinstance(events.value, list):
        return tree
    items = [_removed(event, silenced) for event in events.value]
    return replace(tree, value={**tree.entries, "events": replace(events, value=items)})


def _removed(node: Node, keys: Keys) -> Node:
    """The node without the value at a path, nor mappings that are empty without it."""
    key, *further = keys
    inner = child_of(node, key)
    if inner is None or not isinstance(node.value, dict):
        return node
    if not further:
        return node.without(str(key))
    if not isinstance(inner.value, dict):  # a curve or a bad value: all of it gives way
        return node.without(str(key))
    remaining = _removed(inner, tuple(further))
    if not remaining.value:
        return node.without(str(key))
    return replace(node, value={**node.entries, str(key): remaining})


def _cut_events(tree: Node) -> Node:
    """The tree without the events after the last day; a calendar that is wrong is reported later."""
    events, calendar = tree.entries.get("events"), tree.entries.get("calendar")
    if events is None or calendar is None or not isinstance(events.value, list):
        return tree
    try:
        last = trading_days(Calendar.model_validate(plain(calendar)))[-1]
    except ValidationError:
        return tree
    items = [event for event in events.value if not _after(event, last)]
    return replace(tree, value={**tree.entries, "events": replace(events, value=items)})


def _after(event: Node, last: dt.date) -> bool:
    date = event.entries.get("date")
    return date is not None and isinstance(date.value, dt.date) and date.value > last
