"""The audit tables: Parquet files beside the store, a `run` column first, one row group or more a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

ROWS_A_GROUP = 1 << 20


TABLES = ("audit", "causes")
"""What `--record audit` writes: the audit of single accounts, and the causes of price changes."""


def table_path(store: Path, table: str) -> Path:
    """Where a table of a store stands: results/x.zarr, audit -> results/x.audit.parquet."""
    return store.with_name(f"{store.stem}.{table}.parquet")


def audit_path(store: Path) -> Path:
    """Where the audit of single accounts of a store stands."""
    return table_path(store, "audit")


class AuditWriter:
    """Writes audit tables to one Parquet file, run after run; a context manager that closes the file.

    The file exists even when no run had a row to write, as soon as one run was added.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def add(self, run: int, rows: Mapping[str, NDArray[Any]] | pa.Table) -> None:
        """Append the rows of a run: a table, or columns of equal length."""
        table = rows if isinstance(rows, pa.Table) else pa.table({k: pa.array(v) for k, v in rows.items()})
        self.add_table(table.add_column(0, "run", pa.array(np.full(table.num_rows, run, dtype=np.int64))))

    def add_table(self, table: pa.Table) -> None:
        """Append rows that carry their run column already."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema)
        if table.num_rows:
            self._writer.write_table(table, row_group_size=ROWS_A_GROUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()


def merge_audits(sources: Sequence[tuple[Path, Iterable[int]]], path: Path) -> None:
    """Write the wanted runs of several audit files to `path` in order of run, row group by row group."""
    groups = sorted(group for source, runs in sources for group in _groups(source, set(runs)))
    with AuditWriter(path) as writer:
        for source, _ in sources[:1]:
            writer.add_table(pq.read_schema(source).empty_table())
        for source, wanted in groupby(groups, key=lambda group: group[1]):
            with pq.ParquetFile(source) as file:
                for _, _, number in wanted:
                    writer.add_table(file.read_row_group(number))


def _groups(source: Path, wanted: set[int]) -> list[tuple[int, Path, int]]:
    """Run, file and number of each wanted row group; every run begins a new one."""
    with pq.ParquetFile(source) as file:
        statistics = [file.metadata.row_group(group).column(0).statistics for group in range(file.num_row_groups)]
    return [(known.min, source, number) for number, known in enumerate(statistics) if known.min in wanted]
