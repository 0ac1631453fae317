"""The numbers behind a figure or in a table: shown in units that can be read, handed on in full as CSV."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from pingcang.report.words import number

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 10
"""Significant digits of the CSV."""
MOST_ROWS = 400
"""Rows of a table on the page; beyond it every k-th row and the last."""
NUMBER = re.compile(r"[<>]?[+−-]?[\d–].{0,23}")
"""How a cell begins that is set to the right among others like it."""
FAN = ("p05", "p25", "median", "p75", "p95")
"""Columns of a fan: quantiles over the runs."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would compute if a text began with it."""


@dataclass(frozen=True)
class Column:
    """A column of the frame, and how its numbers are shown: times `factor`, with `digits` decimals."""

    key: str
    head: str
    factor: float = 1.0
    digits: int = 1
    sign: bool = False
    words: bool = False
    """Whether the column holds text."""


@dataclass(frozen=True)
class Numbers:
    """A frame in the units of the dataset, which is the CSV, and the columns that are shown."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    shown: pd.DataFrame | None = None
    """The rows as words, where each has a unit of its own; the frame has them as numbers."""

    @property
    def rows(self) -> list[list[str]]:
        """The cells as text."""
        shown = self.frame if self.shown is None else self.shown
        thinned = shown.iloc[kept_rows(len(shown))]
        cells = [[_cell(value, column) for value in thinned[column.key]] for column in self.columns]
        return [list(row) for row in zip(*cells, strict=True)]

    @property
    def right(self) -> list[bool]:
        """Of each column whether it is set to the right: all of its cells are numbers, and none a date."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        return [
            not column.words or ("date" not in column.key and all(map(NUMBER.fullmatch, cells)))
            for column, cells in zip(self.columns, columns, strict=True)
        ]

    @property
    def thinned(self) -> int:
        """Every how many-th row is shown."""
        return _step(len(self.frame))

    @property
    def csv(self) -> str:
        """All rows shown, in the units of the dataset."""
        table = self.frame.iloc[kept_rows(len(self.frame))].map(_harmless)
        return str(
            table.rename(columns=_harmless).to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        )

    @property
    def link(self) -> str:
        """The CSV as an address that holds it."""
        return "data:text/csv;charset=utf-8," + quote(self.csv, safe=",.-+:;/()")


def kept_rows(count: int) -> list[int]:
    """The rows that a page holds: all of them, or every k-th and the last."""
    kept = list(range(0, count, _step(count)))
    return kept if not count or kept[-1] == count - 1 else [*kept, count - 1]


def _step(count: int) -> int:
    return max(1, math.ceil(count / MOST_ROWS))


def _cell(value: object, column: Column) -> str:
    if column.words or isinstance(value, str):
        return str(value)
    return number(float(value) * column.factor, column.digits, sign=column.sign)  # type: ignore[arg-type]


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def in_words(shown: pd.DataFrame, frame: pd.DataFrame) -> Numbers:
    """A table whose rows have units of their own: `shown` on the page, `frame` as CSV."""
    return Numbers(frame, tuple(Column(str(key), str(key), words=True) for key in shown.columns), shown)


def fan_numbers(fans: Mapping[str, pd.DataFrame], factor: float = 1.0, keys: Sequence[str] = FAN) -> Numbers:
    """The quantiles of fans by the names of their arms, one below the other."""
    import pandas as pd

    table = pd.concat([rows.assign(arm=name) for name, rows in fans.items()], ignore_index=True)
    arm = [Column("arm", "arm", words=True)] if len(fans) > 1 else []
    columns = (*arm, Column("date", "date", words=True), *(Column(key, key, factor, 3) for key in keys))
    return Numbers(table[["arm", "date", "day", *FAN]], columns)
