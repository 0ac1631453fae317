"""A cell of the table: a value with where it comes from, or the reason why there is none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pingcang.leverage.regimes.files import WORDS, Statement
from pingcang.leverage.regimes.printed import FACTORS

SURENESS = tuple(WORDS)


@dataclass(frozen=True)
class Cell:
    """One figure of one regime."""

    figure: str
    regime: str
    value: float | None
    unit: str
    """CNY, USD, 1 (shares and ratios as fractions), stocks."""
    date: dt.date | None
    """The day it holds for; None where its source does not say."""
    confidence: str
    """A key of `files.WORDS`: read, computed, stated, remembered; empty without a value."""
    source: str
    note: str = ""
    bounds: tuple[float, float] | None = None
    """What its rounding leaves open; None for a value that is exact to the last digit shown."""
    missing: str = ""
    """Why there is no value."""
    others: tuple[Statement, ...] = ()
    """What else is printed for it."""

    @property
    def range(self) -> tuple[float, float]:
        """Least and most that the value can be, given its rounding."""
        if self.value is None:
            raise ValueError(f"{self.figure} of {self.regime} has no value: {self.missing}")
        return self.bounds or (self.value, self.value)


def stated_cell(statement: Statement, others: tuple[Statement, ...] = ()) -> Cell:
    """The cell of a printed figure."""
    number = statement.number
    return Cell(
        statement.figure,
        statement.regime,
        number.value,
        FACTORS[statement.unit][1],
        statement.date,
        statement.confidence,
        statement.source,
        statement.note,
        number.bounds,
        others=others,
    )


def empty_cell(figure: str, regime: str, unit: str, reason: str, others: tuple[Statement, ...] = ()) -> Cell:
    """A cell without a value."""
    return Cell(figure, regime, None, unit, None, "", "", missing=reason, others=others)


def least_sure(confidences: list[str]) -> str:
    """The weakest of several confidences."""
    return max(confidences, key=SURENESS.index)
