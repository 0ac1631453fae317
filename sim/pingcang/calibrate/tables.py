"""Real daily paths from a CSV file."""

from __future__ import annotations

import csv
import difflib
import io
import math
from collections.abc import Sequence
from pathlib import Path

from pingcang.calibrate.measures import PathPart, daily_variables
from pingcang.calibrate.spec import PathDistance
from pingcang.errors import ScenarioError
from pingcang.scenario.files import read_text
from pingcang.scenario.tree import Place

DATE = "date"


def path_part(name: str, asked: PathDistance, days: Sequence[str], folder: Path) -> PathPart:
    """The part that holds a daily variable against a column of a table.

    `days` are the trading days of the scenario. Every row of the window must be one of them, and no trading
    day between the first and last row may be left out. Raises `ScenarioError` with what is wrong.
    """
    if asked.variable not in daily_variables():
        raise ScenarioError(_unknown("variable", asked.variable, daily_variables()))
    rows = {
        day: value * asked.unit
        for day, value in _column(folder / asked.table, asked.column).items()
        if asked.start.isoformat() <= day <= asked.end.isoformat()
    }
    if not rows:
        raise ScenarioError(f"{asked.table} has no row from {asked.start} to {asked.end}; check the window")
    strange = [day for day in rows if day not in days]
    if strange:
        raise ScenarioError(f"{asked.table}: {strange[0]} is no trading day that {asked.scenario} simulates")
    missing = [day for day in days if min(rows) <= day <= max(rows) and day not in rows]
    if missing:
        raise ScenarioError(f"{asked.table}: the row of {missing[0]} is missing")
    ordered = sorted(rows)
    series = tuple(rows[day] for day in ordered)
    return PathPart(name, name, 0.0, asked.band, asked.scenario, asked.variable, tuple(ordered), series, asked.rebase)


def _column(path: Path, column: str) -> dict[str, float]:
    """Date -> number above 0; rows whose cell is empty are left out."""
    reader = csv.DictReader(io.StringIO(read_text(path, Place(""), ())))
    names = [name.strip() for name in reader.fieldnames or []]
    for wanted in (DATE, column):
        if wanted not in names:
            raise ScenarioError(f"{path}: {_unknown('column', wanted, names)}")
    reader.fieldnames = names
    numbers: dict[str, float] = {}
    for row in reader:
        day, text = (row[DATE] or "").strip(), (row[column] or "").strip()
        if not text:
            continue
        if day in numbers:
            raise ScenarioError(f"{path}:{reader.line_num}: {day} stands twice; keep one row")
        numbers[day] = _positive(text, f"{path}:{reader.line_num}: {column}")
    return numbers


def _positive(text: str, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ScenarioError(f"{place}: found {text[:40]!r}, must be a number above 0")
    return number


def _unknown(noun: str, word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"no {noun} {word!r}; {hint}"
