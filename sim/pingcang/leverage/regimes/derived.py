"""Cells that are computed from other cells, never typed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

from pingcang.leverage import ratios
from pingcang.leverage.regimes.cells import Cell, empty_cell, least_sure
from pingcang.leverage.regimes.figures import Figure

APART = dt.timedelta(days=10)
"""How far the days of two inputs may lie apart; money supply, a monthly figure, and inputs without a day are exempt."""


class Formula(NamedTuple):
    """How a figure follows from others."""

    inputs: tuple[str, ...]
    compute: Callable[..., Any]
    text: str


FORMULAS = {
    "margin_balance": Formula(
        ("financing_balance", "short_balance"), lambda financing, short: financing + short, "financing + short balance"
    ),
    "short_to_financing": Formula(
        ("short_balance", "financing_balance"), ratios.short_to_financing, "short / financing balance"
    ),
    "balance_to_float": Formula(("margin_balance", "float_cap"), ratios.macro_leverage, "margin balance / float cap"),
    "balance_to_total": Formula(("margin_balance", "total_cap"), ratios.macro_leverage, "margin balance / total cap"),
    "balance_to_free_float": Formula(
        ("margin_balance", "free_float_cap"), ratios.macro_leverage, "margin balance / free-float cap"
    ),
    "balance_to_m1": Formula(("margin_balance", "m1"), ratios.balance_to_m1, "margin balance / M1"),
    "margin_share": Formula(("margin_purchases", "turnover"), ratios.share_of_turnover, "margin purchases / turnover"),
    "multiple": Formula(
        ("maintenance_ratio",), ratios.multiple_of_maintenance_ratio, "m / (m - 1), m maintenance ratio"
    ),
    "largest_multiple": Formula(
        ("initial_margin",), ratios.highest_multiple, "1 + 1 / initial margin of the loan, own cash as collateral"
    ),
}
OF_PURCHASE = Formula(("initial_margin",), lambda margin: 1 / margin, "1 / initial margin of the purchase, own cash")


def derived_cell(figure: Figure, regime: str, unit: str, cells: Mapping[str, Cell], formula: Formula) -> Cell:
    """The figure by its formula, or the input that it lacks.

    Its bounds are the least and the most that the rounding of the inputs leaves open; it is as sure as its least sure
    input, and holds for the day of its first input.
    """
    inputs = [cells[name] for name in formula.inputs]
    lacking = [cell for cell in inputs if cell.value is None]
    if lacking:
        return empty_cell(figure.key, regime, unit, lacking[0].missing)
    days = [cell.date for cell in inputs if cell.date is not None and cell.figure != "m1"]
    if days and max(days) - min(days) > APART:
        told = " and ".join(f"{cell.figure} is of {cell.date}" for cell in inputs)
        return empty_cell(figure.key, regime, unit, f"{told}: too far apart for a ratio")
    corners = [float(formula.compute(*corner)) for corner in product(*(cell.range for cell in inputs))]
    return Cell(
        figure.key,
        regime,
        float(formula.compute(*(cell.value for cell in inputs))),
        unit,
        inputs[0].date,
        least_sure([cell.confidence for cell in inputs]),
        formula.text,
        _note(inputs),
        (min(corners), max(corners)),
    )


def _note(inputs: list[Cell]) -> str:
    """Which inputs hold for another day than the first, and which for none that is said."""
    first = inputs[0]
    others = (cell for cell in inputs[1:] if cell.date != first.date)
    return "; ".join(f"{cell.figure} of {cell.date or 'a day that is not said'}" for cell in others) or first.note
