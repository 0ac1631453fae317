"""Every reading with its light, its line, its formula, its inputs and its day; and what could not be read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from pingcang.language import translated
from pingcang.leverage.monitor.words import interval_text, value_text
from pingcang.report.blocks import Block, Judged, Scorecard, Section, Source, Table, Words
from pingcang.report.lights import shape
from pingcang.report.numbers import Column, Numbers, in_words
from pingcang.report.words import DASH, counted, tight
from pingcang.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pingcang.leverage.monitor.reading import Reading
    from pingcang.report.monitor.material import Read

TITLES = {"quantity": "How much is borrowed", "quality": "How soundly it is borrowed"}
NO_SCORE = (
    "Lights are kept apart and not added up to one score, and a light stands only where a line has been published or "
    "is a rule. Below each number stand its formula, the variables that it was computed from, its day, and its line."
)


def quantity(read: Read) -> Section:
    """How much is borrowed."""
    return _section(read, "quantity", read.monitor.quantity)


def quality(read: Read) -> Section:
    """How soundly."""
    return _section(read, "quality", read.monitor.quality)


def missing(read: Read) -> Section:
    """What could not be read, and what would make it readable."""
    title = translated("What could not be read")
    lacking = defaultdict(list)
    for reading in read.monitor.readings:
        if reading.value is None:
            lacking[reading.missing].append(reading)
    if not lacking:
        return Section("missing", title, (Words(translated("Every reading has its inputs.")),))
    rows = pd.DataFrame(
        [
            {"needed": need, "readings": "; ".join(said(each.label) for each in of), "variables": _inputs(of)}
            for need, of in lacking.items()
        ]
    )
    source = read.source(
        (each for of in lacking.values() for each in of), translated("variables that are absent, or lack a value")
    )
    return Section("missing", title, (Table("missing", _told(read), in_words(rows, rows), source),))


def _told(read: Read) -> str:
    count = sum(reading.value is None for reading in read.monitor.readings)
    return translated("{reading} of {count}, by what would make them readable").format(
        reading=counted(count, "reading"), count=len(read.monitor.readings)
    )


def _inputs(readings: Sequence[Reading]) -> str:
    return ", ".join(dict.fromkeys(name for each in readings for name in each.inputs))


def _section(read: Read, name: str, readings: Sequence[Reading]) -> Section:
    known = [each for each in readings if each.value is not None]
    if not known:
        return Section(
            name, TITLES[name], (Words(translated("Nothing of it could be read; the section after next says why.")),)
        )
    blocks: tuple[Block, ...] = (
        Words(NO_SCORE, "note"),
        Scorecard(
            name,
            _title(read, name),
            tuple(_judged(each) for each in known),
            _numbers(known, read),
            read.source(known, translated("as each formula says")),
        ),
    )
    return Section(name, TITLES[name], blocks)


def _title(read: Read, name: str) -> str:
    spread = (
        translated(": the median of {runs} runs, and below it their 5–95 %").format(runs=read.monitor.runs)
        if read.several
        else ""
    )
    return f"{translated(TITLES[name])}, {read.monitor.on}{spread}"


def _judged(reading: Reading) -> Judged:
    how = [
        f"{said(reading.formula)}{translated('.')}",
        translated("From {listed}; {date}.").format(listed=", ".join(reading.inputs), date=reading.date),
    ]
    how += [translated("Line: {line}.").format(line=said(reading.line))] if reading.line else []
    return Judged(
        reading.label,
        tight(value_text(reading)),
        tight(interval_text(reading)),
        reading.light or "",
        shape(reading.light),
        tuple(how),
        Source(reading.inputs, reading.formula),
    )


def _numbers(readings: Sequence[Reading], read: Read) -> Numbers:
    rows = []
    for each in readings:
        low, high = each.interval or (float("nan"), float("nan"))
        spread: dict[str, Any] = {"p05": low, "p95": high} if read.several else {}
        told: dict[str, Any] = {key: asdict(each)[key] for key in ("key", "label", "value", "unit")}
        rest = {"light": each.light or DASH, "line": each.line, "formula": each.formula}
        rows.append({**told, **spread, **rest, "inputs": " ".join(each.inputs), "date": str(each.date)})
    frame = pd.DataFrame(rows)
    return Numbers(frame, tuple(Column(str(key), str(key), words=True) for key in frame.columns))
