"""One Parquet table, read batch by batch, so that memory does not grow with its rows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kinds

from pingcang.accounts.own_book.columns import Column
from pingcang.errors import ScenarioError

BATCH = 2**18
"""Rows that are read at a time."""


def one_line(reason: Exception) -> str:
    """What a library says, without its line ends."""
    return " ".join(str(reason).split())


def _text(kind: Any) -> bool:
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or _dictionary_of_text(kind))


def _dictionary_of_text(kind: Any) -> bool:
    return bool(kinds.is_dictionary(kind) and _text(kind.value_type))


def _number(kind: Any) -> bool:
    return bool(kinds.is_integer(kind) or kinds.is_float64(kind) or (kinds.is_decimal(kind) and kind.precision <= 38))


_FITS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (lambda kind: _text(kind) or (kinds.is_integer(kind) and kind != pa.uint64()), "text or whole numbers"),
    "word": (_text, "text"),
    "money": (_number, "decimals, 64-bit floats or whole numbers (a 32-bit float does not hold fen)"),
    "ratio": (_number, "decimals or 64-bit floats"),
    "whole": (_number, "whole numbers"),
    "date": (lambda kind: kinds.is_date(kind) or kinds.is_timestamp(kind), "dates"),
}


@dataclass(frozen=True)
class Table:
    """A Parquet file whose columns are those that they should be."""

    path: Path
    key: str
    """The key of the scenario that names it."""
    file: Any

    @classmethod
    def open(cls, path: Path, key: str, columns: Sequence[Column]) -> Table:
        """Open the file; ScenarioError if it is no Parquet or its columns are others."""
        try:
            file = pq.ParquetFile(path, memory_map=False)
        except (OSError, pa.ArrowException) as reason:
            raise ScenarioError(f"{path}: cannot be read as Parquet ({one_line(reason)}); check {key}") from None
        problems = [f"{path}: {problem}" for problem in _wrong_columns(file.schema_arrow, columns)]
        if problems:
            raise ScenarioError(*problems)
        return cls(path, key, file)

    def __len__(self) -> int:
        return int(self.file.metadata.num_rows)

    def __contains__(self, column: str) -> bool:
        """Whether it has the column, and something may stand there: without any value a column has the type null."""
        schema = self.file.schema_arrow
        return column in schema.names and not kinds.is_null(schema.field(column).type)

    def batches(self, columns: Sequence[str]) -> Iterator[tuple[slice, dict[str, Any]]]:
        """Rows as a slice of the table, with those of the columns that it has; ScenarioError if it is damaged."""
        there = [name for name in columns if name in self]
        first = 0
        try:
            for batch in self.file.iter_batches(batch_size=BATCH, columns=there):
                rows = slice(first, first + batch.num_rows)
                yield rows, dict(zip(batch.schema.names, batch.columns, strict=True))
                first = rows.stop
        except (OSError, pa.ArrowException) as reason:
            raise ScenarioError(
                f"{self.path}: is damaged after row {first} ({one_line(reason)}); write it again"
            ) from None


def _wrong_columns(schema: Any, columns: Sequence[Column]) -> Iterator[str]:
    allowed = [column.name for column in columns]
    for name in (column.name for column in columns if column.required and column.name not in schema.names):
        yield f"column {name}: is missing; a table of these has {', '.join(allowed)}"
    for name in schema.names:
        if name not in allowed:
            close = difflib.get_close_matches(name, allowed, n=1)
            hint = f"did you mean {close[0]}?" if close else "leave it out"
            yield f"column {name}: is unknown; allowed are {', '.join(allowed)}; {hint}"
        elif schema.names.count(name) > 1:
            yield f"column {name}: stands twice; keep one"
    for column in columns:
        if schema.names.count(column.name) == 1:
            kind = schema.field(column.name).type
            fits, wanted = _FITS[column.kind]
            if not fits(kind) and (column.required or not kinds.is_null(kind)):
                yield f"column {column.name}: holds {kind}, must hold {wanted}; save it as such"
