"""A scenario before validation: values that remember the file and line they were written on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pingcang.errors import ScenarioError

Keys = tuple[str | int, ...]
"""A user's own path: ("events", 0, "news") is printed as events.0.news."""
MAX_NESTING = 64
PROBLEMS_SHOWN = 20


class Place(NamedTuple):
    """Where a value was written: a file with its line, or the words of a setting (line 0)."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


class Problem(NamedTuple):
    """One thing that is wrong, printed on one line as `FILE:LINE: dotted.path: message`."""

    place: Place
    keys: Keys
    message: str

    def __str__(self) -> str:
        parts = [str(self.place), dotted(self.keys), self.message]
        return one_line(": ".join(part for part in parts if part))


class Finding(NamedTuple):
    """A problem that has not yet been looked up in the tree: only its path is known."""

    keys: Keys
    message: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place; inside are nodes again. `text` is a scalar as it was written."""

    value: Any
    place: Place
    text: str = ""

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def without(self, *keys: str) -> Node:
        """This mapping without some of its keys."""
        return replace(self, value={key: node for key, node in self.entries.items() if key not in keys})


def dotted(keys: Keys) -> str:
    """The path as users write it: events.0.news."""
    return ".".join(str(key) for key in keys)


def one_line(text: str) -> str:
    """The text with whatever would break the line or the terminal written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def shortened(text: str, width: int = 60) -> str:
    """The text, cut with an ellipsis beyond the width."""
    return text if len(text) <= width else text[: width - 1] + "…"


def raise_problems(problems: list[Problem]) -> None:
    """Raise ScenarioError with the problems in the order of their places, at most PROBLEMS_SHOWN of them."""
    if not problems:
        return
    rank = {source: index for index, source in enumerate(dict.fromkeys(each.place.source for each in problems))}
    problems = sorted(problems, key=lambda each: (rank[each.place.source], each.place.line))
    problems = list(dict.fromkeys(problems))
    more = len(problems) - PROBLEMS_SHOWN
    lines = [str(problem) for problem in problems[:PROBLEMS_SHOWN]]
    raise ScenarioError(*lines, *([f"and {more} more"] if more > 0 else []))


def plain(node: Node) -> Any:
    """The values alone, as Python mappings, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(inner) for key, inner in node.value.items()}
    if isinstance(node.value, list):
        return [plain(inner) for inner in node.value]
    return node.value


def merged(parent: Node, child: Node) -> Node:
    """The child over the parent: mappings merge, null takes a key out, everything else replaces."""
    if not (isinstance(parent.value, dict) and isinstance(child.value, dict)):
        return child
    entries = dict(parent.value)
    for key, inner in child.value.items():
        if inner.value is None and key in entries:
            del entries[key]
        else:
            entries[key] = merged(entries[key], inner) if key in entries else inner
    return replace(child, value=entries)


def merged_values(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The change over the base, plain mappings: mappings merge, everything else (null too) replaces."""
    result = dict(base)
    for key, value in change.items():
        inner = result.get(key)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        result[key] = merged_values(inner, value) if both else value  # type: ignore[arg-type]
    return result


def nearest(node: Node, keys: Keys) -> Node:
    """The node at a path, or the last one on the way to it that exists."""
    for key in keys:
        inner = child_of(node, key)
        if inner is None:
            return node
        node = inner
    return node


def child_of(node: Node, key: str | int) -> Node | None:
    """The node under one key or list index, if there is one."""
    if isinstance(node.value, dict):
        found = node.value.get(str(key))
        return found if isinstance(found, Node) else None
    if isinstance(node.value, list) and isinstance(key, int) and 0 <= key < len(node.value):
        item = node.value[key]
        return item if isinstance(item, Node) else None
    return None


def refused(place: Place, keys: Keys, message: str) -> ScenarioError:
    """The error for a single problem, to be raised at once."""
    return ScenarioError(str(Problem(place, keys, message)))


def located(node: Node, findings: list[Finding]) -> list[Problem]:
    """The findings with the places of the values they speak of."""
    return [Problem(nearest(node, keys).place, keys, message) for keys, message in findings]


def from_python(value: Any, place: Place, depth: int = 0) -> Node:
    """A tree of Python values that all stand at one place; ScenarioError if they nest too deep."""
    if depth > MAX_NESTING:
        raise refused(place, (), f"nested deeper than {MAX_NESTING} levels; flatten it")
    if hasattr(value, "model_dump"):
        value = value.model_dump(by_alias=True)
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        value = value.tolist()
    if isinstance(value, Mapping):
        return Node({str(k): from_python(v, place, depth + 1) for k, v in value.items()}, place)
    if isinstance(value, (list, tuple)):
        return Node([from_python(inner, place, depth + 1) for inner in value], place)
    return Node(value, place, str(value))
