"""Real daily paths from a CSV file."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import math
from collections.abc import Sequence
from pathlib import Path

from pingcang.calibrate.measures import PathPart, daily_variables
from pingcang.calibrate.spec import PathDistance
from pingcang.errors import ScenarioError
from pingcang.scenario.files import read_text
from pingcang.scenario.tree import Place

DATE = "date"
READY_MADE = ("china_2015",)
"""Tables that are named instead of a file: that of pingcang.validate."""


def path_part(name: str, asked: PathDistance, days: Sequence[str], folder: Path) -> PathPart:
    """The part that holds a daily variable against a column of a table.

    `days` are the trading days of the scenario. Every row of the window must be one of them, and no trading
    day between the first and last row may be left out. Raises `ScenarioError` with what is wrong.
    """
    if asked.variable not in daily_variables():
        raise ScenarioError(_unknown("variable", asked.variable, daily_variables()))
    column = _ready_made(asked.column) if asked.table in READY_MADE else _column(folder / asked.table, asked.column)
    window = asked.start.isoformat(), asked.end.isoformat()
    rows = {day: _positive(*cell) * asked.unit for day, cell in column.items() if window[0] <= day <= window[1]}
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


Cell = tuple[str, str]
"""What is written, and where."""


def _ready_made(column: str) -> dict[str, Cell]:
    """A column of the table that comes with the package, by date; days without a number are left out."""
    from pingcang.validate.daily import daily_2015

    table = daily_2015()
    if column not in table:
        raise ScenarioError(_unknown("column", column, [str(name) for name in table]))
    known = table[column].dropna()
    days = [str(day)[:10] for day in known.index]
    return {day: (str(value), f"{day}: {column}") for day, value in zip(days, known.tolist(), strict=True)}


def _column(path: Path, column: str) -> dict[str, Cell]:
    """A column of a file, by date; rows whose cell is empty are left out, lines that begin with # are comments."""
    lines = read_text(path, Place(""), ()).splitlines()
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    cells = list(csv.reader(line for _, line in rows))
    names = [name.strip() for name in cells[0]] if cells else []
    for wanted in (DATE, column):
        if wanted not in names:
            raise ScenarioError(f"{path}: {_unknown('column', wanted, names)}")
    at = {name: names.index(name) for name in (DATE, column)}
    found: dict[str, Cell] = {}
    for (number, _), row in zip(rows[1:], cells[1:], strict=True):
        if len(row) != len(names):
            raise ScenarioError(f"{path}:{number}: found {len(row)} cells, the header has {len(names)}")
        day, text = row[at[DATE]].strip(), row[at[column]].strip()
        if day in found:
            raise ScenarioError(f"{path}:{number}: {day} stands twice; keep one row")
        if text:
            found[_day(day, f"{path}:{number}")] = (text, f"{path}:{number}: {column}")
    return found


def _day(text: str, place: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ScenarioError(f"{place}: found {text[:40]!r}, a date is written as 2015-06-12") from None


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
