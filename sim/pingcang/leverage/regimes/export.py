"""The table as data: one object, or rows."""

from __future__ import annotations

import csv
from typing import Any, TextIO

from pingcang.leverage.regimes.cells import Cell
from pingcang.leverage.regimes.files import WORDS, Statement
from pingcang.leverage.regimes.known import disagreements, found_in
from pingcang.leverage.regimes.table import RegimeTable

COLUMNS = ("figure", "regime", "value", "unit", "date", "confidence", "source", "note", "missing")


def as_object(table: RegimeTable) -> dict[str, Any]:
    """Regimes, figures with their cells, and disagreements; dates as text."""
    return {
        "files": list(table.files),
        "regimes": [
            {**regime.model_dump(mode="json"), "rules": table.rule_sets[regime.key]} for regime in table.regimes
        ],
        "figures": [
            {
                "key": figure.key,
                "group": figure.group,
                "label": figure.label,
                "cells": {cell.regime: _cell(cell) for cell in table.row(figure.key)},
            }
            for figure in table.figures
        ],
        "disagreements": [each.model_dump() for each in disagreements()],
        "found_in_table": found_in(table),
    }


def write_rows(table: RegimeTable, file: TextIO) -> None:
    """CSV with a row a cell; values in CNY, USD, fractions."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cell in table.cells.values():
        told = {**_cell(cell), "figure": cell.figure, "regime": cell.regime}
        writer.writerow(["" if told[name] is None else told[name] for name in COLUMNS])


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "value": cell.value,
        "unit": cell.unit,
        "date": None if cell.date is None else str(cell.date),
        "confidence": WORDS.get(cell.confidence, ""),
        "source": cell.source,
        "note": cell.note,
        "missing": cell.missing,
        "printed": [_statement(other) for other in cell.others],
    }


def _statement(other: Statement) -> dict[str, Any]:
    return {
        "printed": str(other.number),
        "value": other.number.value,
        "date": None if other.date is None else str(other.date),
        "confidence": WORDS[other.confidence],
        "source": other.source,
        "note": other.note,
    }
