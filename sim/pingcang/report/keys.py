"""A scenario as keys and values, what differs between two, and what its file says of where its numbers come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pingcang.language import translated
from pingcang.report.words import DASH
from pingcang.scenario import load_scenario, ready_made
from pingcang.scenario.files import open_document
from pingcang.scenario.resolve import resolve_scenario
from pingcang.scenario.schema import Scenario
from pingcang.scenario.tree import Node, Place
from pingcang.study.changes import changes, leaves

STATUSES = ("assumption", "fitted", "estimate", "remembered", "source")
"""What a comment can say of a number, the least certain first."""
LONG = 6
"""Entries of a list that is written out."""


def shown(value: Any) -> str:
    """A value as people write it; long lists by their length."""
    if isinstance(value, bool):
        return translated("yes") if value else translated("no")
    if isinstance(value, int | float):
        return f"{value:,.10g}" if abs(value) < 1e7 else f"{value:.6g}"
    if isinstance(value, list | tuple):
        return (
            translated("a table of {count} rows").format(count=len(value))
            if len(value) > LONG
            else ", ".join(_entry(each) for each in value)
        )
    return str(value)


def flat(node: Mapping[str, Any]) -> str:
    """A mapping in a line: `rescue: budget 1.2e+11`."""
    return "; ".join(f"{path}: {shown(value)}" for path, value in leaves(node, ""))


def different(base: Scenario, other: Scenario) -> dict[str, tuple[str, str]]:
    """Keys that differ, with both values; a dash where a key is not set."""
    return {each.key: (_or_dash(each.before), _or_dash(each.after)) for each in changes(base, other)}


def _or_dash(value: Any) -> str:
    return DASH if value is None else shown(value)


def ready_made_of(name: str) -> Scenario | None:
    """The ready-made scenario of this name, if there is one."""
    return load_scenario(name).scenario if name in ready_made() else None


def statuses(name: str) -> list[tuple[str, str, str]]:
    """Key, status and comment of every commented value in the file of a ready-made scenario, in the file's order."""
    document = open_document(name, kind="scenario", folder=Path(), asked=Place(""))
    tree = resolve_scenario(document, document.folder)
    lines: dict[str, list[str]] = {}
    found = []
    for path, place in _places(tree, ""):
        if place.source not in lines:
            lines[place.source] = Path(place.source).read_text(encoding="utf-8").splitlines()
        comment = _comment(lines[place.source], place.line)
        status = next((status for status in STATUSES if f"{status}:" in comment or comment == status), None)
        if status:
            found.append((path, status, comment))
    return found


def _entry(value: Any) -> str:
    return f"[{', '.join(map(_entry, value))}]" if isinstance(value, list | tuple) else shown(value)


def _places(node: Node, path: str) -> Iterator[tuple[str, Place]]:
    """Every key of the tree with the line where it is written; what stands on its parent's line goes with that."""
    for key, inner in node.entries.items():
        below = f"{path}.{key}" if path else str(key)
        if inner.place != node.place or not path:
            yield below, inner.place
        yield from _places(inner, below)
    if isinstance(node.value, list):
        for number, inner in enumerate(node.value):
            yield from _places(inner, f"{path}.{number}")


def _comment(lines: list[str], line: int) -> str:
    """What stands behind a line, else in the comment lines directly above it."""
    if not 0 < line <= len(lines):
        return ""
    behind = re.search(r"\s#\s*(.+)$", lines[line - 1])
    if behind:
        return behind[1].strip()
    above: list[str] = []
    for text in reversed(lines[: line - 1]):
        if not text.strip().startswith("#"):
            break
        above.insert(0, text.strip().lstrip("#").strip())
    return " ".join(above)
