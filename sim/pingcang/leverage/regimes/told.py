"""The table in words: cells with marks, numbered notes, the page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pingcang.leverage.regimes.cells import Cell
from pingcang.leverage.regimes.figures import BY_KEY, shown
from pingcang.leverage.regimes.files import WORDS, Regime
from pingcang.leverage.regimes.known import Disagreement, disagreements, found_in
from pingcang.leverage.regimes.table import RegimeTable

MARKS = {"read": "r", "computed": "c", "stated": "a", "remembered": "u"}
UNKNOWN = "not known"
LEGEND = ", ".join(f"{MARKS[word]} {text}" for word, text in WORDS.items()) + f", – {UNKNOWN}"
POINTS = {key for key, figure in BY_KEY.items() if not key.endswith("_mean") and figure.made != "rules"}
"""Figures of one day."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Told:
    """The table as text."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Heading of the row, then a cell a regime."""
    groups: tuple[str, ...]
    """The group of each row."""
    notes: tuple[str, ...]
    """What the raised numbers mean, from 1."""


def told(table: RegimeTable) -> Told:
    """The cells with their marks; what is to be said of them in notes, each once."""
    notes: dict[str, int] = {}
    rows = [
        (figure.heading, *(_cell(*pair, notes) for pair in zip(table.row(figure.key), table.regimes, strict=True)))
        for figure in table.figures
    ]
    heads = ("", *(regime.label for regime in table.regimes))
    return Told(heads, tuple(rows), tuple(figure.group for figure in table.figures), tuple(notes))


def _cell(cell: Cell, regime: Regime, notes: dict[str, int]) -> str:
    note = _note(cell, regime) if cell.value is not None else cell.missing.removeprefix(UNKNOWN).strip("; ")
    raised = str(notes.setdefault(note, len(notes) + 1)).translate(_RAISED) if note else ""
    if cell.value is None:
        return f"–{raised}"
    return f"{shown(BY_KEY[cell.figure], cell.value)} {MARKS[cell.confidence]}{raised}"


def _note(cell: Cell, regime: Regime) -> str:
    """Its note, after the day it holds for where that is not the regime's."""
    elsewhere = cell.date is not None and not regime.first <= cell.date <= regime.last
    day = f"of {cell.date}" if elsewhere or (cell.date != regime.day and cell.figure in POINTS) else ""
    return "; ".join(part for part in (day if cell.date else "day not said", cell.note) if part)


def columns(table: RegimeTable) -> list[str]:
    """What each column is, one line a regime."""
    return [
        f"{regime.label}: {regime.title}. Levels on {regime.day}, means from {regime.first} to {regime.last}; "
        f"rules {table.rule_sets[regime.key]}."
        for regime in table.regimes
    ]


def markdown(table: RegimeTable) -> str:
    """Columns, table, notes, printed figures and disagreements as Markdown."""
    return "\n".join([*_columns(table), *_grid(table), *_printed(table), *_disagreements(table)]) + "\n"


def _columns(table: RegimeTable) -> Iterator[str]:
    yield "## Columns\n"
    yield from (f"- {line}" for line in columns(table))
    yield ""


def _grid(table: RegimeTable) -> Iterator[str]:
    text = told(table)
    files = ", ".join(f"`{name}`" for name in table.files)
    yield f"## Table\n\nFiles read: {files or 'none'}. Marks: {LEGEND}. Money in the market's currency.\n"
    yield _line(text.heads)
    yield _line(("---", *("---:" for _ in table.regimes)))
    yield from (_line(row) for row in text.rows)
    yield ""
    yield from (f"{number}. {note}" for number, note in enumerate(text.notes, start=1))
    yield ""


def _printed(table: RegimeTable) -> Iterator[str]:
    yield "## What is printed\n\nOf a cell that is computed, what is printed stands beside it.\n"
    yield "| figure | regime | printed | for | confidence | where |\n|---|---|---|---|---|---|"
    labels = {regime.key: regime.label for regime in table.regimes}
    for cell in table.cells.values():
        for other in cell.others:
            note = f"{other.source}; {other.note}" if other.note else other.source
            head = (BY_KEY[cell.figure].label, labels[cell.regime], str(other.number), str(other.date or ""))
            yield _line((*head, WORDS[other.confidence], note))
    yield ""


def _disagreements(table: RegimeTable) -> Iterator[str]:
    yield "## Where the sources disagree\n"
    for each in disagreements():
        yield f"- **{each.about}.** {_told(each)}"
    yield "\nFound by comparing the cells of the table with what is printed for the same day:\n"
    yield from (f"- {line}" for line in found_in(table))


def _told(each: Disagreement) -> str:
    said = "; ".join(each.said)
    return f"{said}. *{WORDS[each.confidence].capitalize()}:* {each.found} ({each.source}). *Used:* {each.used}."


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
