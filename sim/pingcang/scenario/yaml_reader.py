"""YAML as scenarios mean it: the YAML 1.2 core schema and dates, with a line for every value.

PyYAML parses; what its events mean is decided here, because its own resolver is YAML 1.1 (`1e9` is text,
`on` is true, `1:30` is 90) and its constructor forgets lines, duplicate keys and how large an alias grows.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import yaml

from pingcang.scenario.tree import MAX_NESTING, Keys, Node, Place, Problem, raise_problems, refused, shortened

MAX_ALIASES = 100
MAX_VALUES = 2_000_000
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INT = re.compile(r"[-+]?[0-9]+")
_BASED_INT = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
IMPLICIT: list[tuple[str, re.Pattern[str]]] = [
    ("null", re.compile(r"~|null|Null|NULL|")),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("timestamp", _DATE),
    ("int", _INT),
    ("int", _BASED_INT),
    ("float", _FLOAT),
    ("float", _INFINITE),
]
"""What is not text when written without quotes; canonical output puts text that looks so in quotes."""


def read_yaml(text: str, source: str) -> Node:
    """The one document in a text, as a tree of values with lines.

    Raises ScenarioError for broken syntax, tags, duplicate keys, a second document, nothing at all, and for
    aliases or nesting beyond the caps.
    """
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(source, mark.line + 1 if mark else 0)
        raise refused(place, (), f"not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise refused(Place(source), (), f"not YAML: {_reason(error)}") from None
    raise_problems(builder.problems)
    if builder.root is None:
        raise refused(Place(source), (), "is empty; it needs at least a name")
    return builder.root


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or str(error)
    position = getattr(error, "position", None)
    return f"{reason}, at character {position}" if position is not None else f"{reason}"


def scalar(text: str) -> Any:
    """What a plain (unquoted) scalar means; text that looks like nothing else stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if _DATE.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:  # 2015-02-30: stays text, and is refused where a date is wanted
            return text
    return _number(text)


def _number(text: str) -> int | float | str:
    """The number that a text is, or the text; very long integers become floats, which validation refuses."""
    if _BASED_INT.fullmatch(text) and len(text) < 20:
        return int(text, 0)
    if _INT.fullmatch(text) and len(text) < 40:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _INFINITE.fullmatch(text) else text


class _Extent(NamedTuple):
    """How many values a value holds with its aliases written out, and how deep it nests."""

    size: int
    depth: int


_LEAF = _Extent(1, 0)
_EMPTY = _Extent(1, 1)
_NOWHERE = Place("")


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still being read."""

    place: Place
    anchor: str | None
    items: list[Node] | None
    entries: dict[str, Node] = field(default_factory=dict)
    key: str | None = None
    key_place: Place = _NOWHERE
    extent: _Extent = _EMPTY


class _Builder:
    """Puts a tree together from parser events, without recursion."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, _Extent]] = {}
        self._aliases = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the parser's next event."""
        place = Place(self.source, event.start_mark.line + 1)
        if getattr(event, "tag", None):
            self._problem(place, f"the tag {event.tag} is not allowed; write the plain value, text in quotes")
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(place, "a second document begins; a file holds one scenario, remove the ---")
            case yaml.ScalarEvent():
                value = scalar(event.value) if event.implicit[0] else event.value
                self._check_text(event.value, place)
                self._finish(Node(value, place, event.value), _LEAF, event.anchor)
            case yaml.AliasEvent():
                self._alias(event.anchor, place)
            case yaml.CollectionStartEvent():
                self._open(event, place)
            case yaml.CollectionEndEvent():
                self._close()
            case _:
                pass

    def _open(self, event: Any, place: Place) -> None:
        if len(self._stack) >= MAX_NESTING:
            self._stop(place, f"nested deeper than {MAX_NESTING} levels; flatten it")
        items: list[Node] | None = [] if isinstance(event, yaml.SequenceStartEvent) else None
        self._stack.append(_Frame(place, event.anchor, items))

    def _close(self) -> None:
        frame = self._stack.pop()
        value = frame.entries if frame.items is None else frame.items
        self._finish(Node(value, frame.place), frame.extent, frame.anchor)

    def _alias(self, name: Any, place: Place) -> None:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            self._stop(place, f"more than {MAX_ALIASES} aliases; write the values out or use extends")
        if name not in self._anchors:
            self._stop(place, f"alias *{name} has no anchor &{name} that ends before it; write the value out")
        node, extent = self._anchors[name]
        if len(self._stack) + extent.depth > MAX_NESTING:
            self._stop(place, f"alias *{name} nests deeper than {MAX_NESTING} levels; flatten it")
        self._finish(replace(node, place=place), extent, None)

    def _finish(self, node: Node, extent: _Extent, anchor: str | None) -> None:
        """A value is complete: it becomes the root, a list item, a key, or the value of the key before it."""
        if anchor:
            self._anchors[anchor] = (node, extent)
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        frame.extent = _Extent(frame.extent.size + extent.size, max(frame.extent.depth, extent.depth + 1))
        if frame.extent.size > MAX_VALUES:
            self._stop(node.place, f"more than {MAX_VALUES} values, aliases written out; make it smaller")
        if frame.items is not None:
            frame.items.append(node)
        elif frame.key is None:
            self._begin_entry(frame, node)
        else:
            frame.entries[frame.key] = replace(node, place=frame.key_place)
            frame.key = None

    def _begin_entry(self, frame: _Frame, node: Node) -> None:
        frame.key, frame.key_place = node.text, node.place
        if isinstance(node.value, (dict, list)):
            self._problem(node.place, "a key must be a word, no list or mapping; put text with { or [ in quotes")
        elif node.text == "<<":
            self._problem(node.place, "<< is not part of YAML 1.2; use extends, or write the keys out")
        elif node.text in frame.entries:
            first = frame.entries[node.text].place.line
            message = f"given twice, on lines {first} and {node.place.line}; keep one of them"
            self.problems.append(Problem(node.place, self._keys(), message))

    def _keys(self) -> Keys:
        """The path of the entry or item that is being read."""
        return tuple(len(frame.items) if frame.items is not None else (frame.key or "") for frame in self._stack)

    def _check_text(self, text: str, place: Place) -> None:
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            self._problem(place, f"{shortened(text)!r} holds half a character (a surrogate); write it out")

    def _problem(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, self._keys(), message))

    def _stop(self, place: Place, message: str) -> None:
        self._problem(place, message)
        raise_problems(self.problems)
