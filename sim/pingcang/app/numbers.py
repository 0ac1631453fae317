"""The numbers beside the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pingcang.app import words
from pingcang.arrays import Floats
from pingcang.language import translated
from pingcang.results.units import money_unit
from pingcang.results.variables import AT_LIMIT_DOWN

if TYPE_CHECKING:
    from pingcang.app.figures import Plays
    from pingcang.app.play import Play


@dataclass(frozen=True)
class Row:
    """One number, of each rule set."""

    name: str
    values: tuple[str, ...]


def rows_of(plays: Plays, day: int) -> list[Row]:
    """What has happened up to a day."""
    columns = [_column(play, day) for play in plays.values()]
    return [
        Row(translated(words.NUMBER_ROWS[key]), tuple(column[key] for column in columns)) for key in words.NUMBER_ROWS
    ]


def _column(play: Play, day: int) -> dict[str, str]:
    upto = slice(0, day + 1)
    return {
        "index": f"{100 * play['index'][day]:.1f}",
        "drawdown": _percent(_deepest(play["index"][upto])),
        "without": _percent(_deepest(play["index_no_feedback"][upto])),
        "limit_down": f"{int((play['stock_status'][day] == AT_LIMIT_DOWN).sum()):,}",
        "calls": f"{int(play['margin_calls'][upto].sum()):,}",
        "forced": _money(float(play["forced_sales"][upto].sum()), play.currency),
        "loss": _money(float(play["lender_loss"][upto].sum()), play.currency),
    }


def _deepest(index: Floats) -> float:
    """Largest fall from an earlier high."""
    return float(np.max(1.0 - index / np.maximum.accumulate(index)))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _money(amount: float, currency: str) -> str:
    size, unit = money_unit(amount, currency)
    return f"{amount / size:,.2f} {translated(unit)}" if amount else f"0 {translated(currency)}"
