"""Where sources contradict one another and which is used: known from reading, or found by comparing the table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

from pingcang.leverage.regimes.figures import BY_KEY, Figure, shown
from pingcang.leverage.regimes.files import WORDS, Confidence, Statement, regime_folder
from pingcang.leverage.regimes.table import RegimeTable
from pingcang.scenario.types import Name, Section, Text
from pingcang.study.spec_files import read_spec


class Disagreement(Section):
    """A figure on which sources differ."""

    key: Name
    about: Text
    said: list[Text]
    """Who says what."""
    found: Text
    """What the data, the rule or the arithmetic says."""
    confidence: Confidence
    """Of what is found."""
    source: Text
    used: Text
    """Which one this project uses, and why."""


class DisagreementFile(Section):
    """`disagreements.yaml`."""

    kind: Literal["disagreements"]
    disagreements: list[Disagreement]


@cache
def disagreements() -> tuple[Disagreement, ...]:
    """The disagreements known from reading, in the order of the file."""
    path = regime_folder() / "disagreements.yaml"
    return tuple(read_spec(path, "disagreements", DisagreementFile)[0].disagreements)


def found_in(table: RegimeTable) -> list[str]:
    """What is printed for a cell of the table and differs from it by more than both roundings, one line each.

    A figure of another day is not held against it; one without a day is.
    """
    return list(_found_in(table))


def _found_in(table: RegimeTable) -> Iterator[str]:
    labels = {regime.key: regime.label for regime in table.regimes}
    for cell in table.cells.values():
        for other in cell.others:
            other_day = cell.date and other.date and cell.date != other.date
            if other_day or cell.value is None or other.number.holds(*cell.range):
                continue
            figure = BY_KEY[cell.figure]
            used = _told(shown(figure, cell.value), figure, cell.date)
            yield (
                f"{figure.label}, {labels[cell.regime]}: {used} ({WORDS[cell.confidence]}: {cell.source}), "
                f"against {_said(other)} ({WORDS[other.confidence]}: {other.source})"
            )


def _told(number: str, figure: Figure, date: object) -> str:
    unit = "" if figure.unit in {"×", "stocks", "points"} else f" {figure.unit}"
    return f"{number}{unit}" + (f" on {date}" if date else "")


def _said(other: Statement) -> str:
    return f"{other.number}" + (f" on {other.date}" if other.date else "")
