"""Parts, and the runs of an earlier store, become one store: block by block, whatever the number of runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr

from pingcang.errors import StorageError
from pingcang.montecarlo.parts import Entry, Parts
from pingcang.results.audit import TABLES, merge_audits, table_path
from pingcang.results.dataset import STORED, RunResult, assemble
from pingcang.results.files import storage_errors, written_whole
from pingcang.results.storage import write_blocks

BLOCK_BYTES = 32 << 20
MOST_RUNS_A_BLOCK = 128


class Source(Protocol):
    """Where finished runs come from."""

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs it has."""
        ...

    def table(self, name: str) -> Path:
        """One of its audit tables, if it has them."""
        ...

    def load(self, runs: Iterable[int]) -> list[RunResult]:
        """Some of them, in order."""
        ...


@dataclass(frozen=True)
class PartSource:
    """The runs of one part."""

    parts: Parts
    entry: Entry

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs it has."""
        return self.entry.done

    def table(self, name: str) -> Path:
        """One of its audit tables, if it has them."""
        return self.parts.folder / f"{self.entry.name}.{name}.parquet"

    def load(self, runs: Iterable[int]) -> list[RunResult]:
        """Some of them, in order."""
        return self.parts.load(self.entry, runs)


@dataclass(frozen=True)
class StoreSource:
    """The runs of a finished store."""

    dataset: xr.Dataset
    path: Path

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs it has."""
        return tuple(self.dataset["run"].values.tolist())

    def table(self, name: str) -> Path:
        """One of its audit tables, if it has them."""
        return table_path(self.path, name)

    def load(self, runs: Iterable[int]) -> list[RunResult]:
        """Some of them, in order."""
        chosen = self.dataset.sel(run=list(runs)).load()
        known = {variable.name for variable in STORED}
        coordinates = {
            str(name): values.values.astype(str) if values.dtype.kind in "OT" else values.values
            for name, values in chosen.coords.items()
            if name not in {"run", "day"}
        }
        return [
            RunResult(
                run,
                {str(name): array.values[at] for name, array in chosen.data_vars.items() if name in known},
                coordinates,
            )
            for at, run in enumerate(chosen["run"].values.tolist())
        ]


def merge(sources: list[Source], store: Path, scratch: Path, attributes: Mapping[str, Any], *, audit: bool) -> None:
    """Write the runs of all sources, in order, to `store` (and its audit tables), replacing what is there.

    The temporary files stand in `scratch`. The audit tables are renamed first: if the store then is not, the
    next merge takes from them only the runs that the store of that time has.
    """
    where: dict[int, Source] = {}
    for source in sources:
        for run in source.runs:
            where.setdefault(run, source)
    with storage_errors(store):
        for name in TABLES if audit else ():
            with written_whole(table_path(store, name), scratch) as temporary:
                merge_audits(_tables(where, name), temporary)
        with written_whole(store, scratch) as temporary:
            write_blocks(_blocks(where, attributes), temporary)


def _tables(where: Mapping[int, Source], name: str) -> list[tuple[Path, list[int]]]:
    taken: dict[Path, list[int]] = {}
    for run, source in where.items():
        taken.setdefault(source.table(name), []).append(run)
    return list(taken.items())


def _blocks(where: Mapping[int, Source], attributes: Mapping[str, Any]) -> Iterator[xr.Dataset]:
    lowest = min(where)
    first = where[lowest].load([lowest])[0]
    size = _runs_a_block(first)
    results = _in_order(where, size)
    while block := list(islice(results, size)):
        for result in block:
            _check_labels(first, result)
        yield assemble(block, attributes)


def _in_order(where: Mapping[int, Source], size: int) -> Iterator[RunResult]:
    """All runs in order; neighbours in one source are loaded together, at most `size` of them."""
    for _, group in groupby(sorted(where), key=lambda run: id(where[run])):
        runs = list(group)
        for start in range(0, len(runs), size):
            some = runs[start : start + size]
            yield from where[some[0]].load(some)


def _runs_a_block(result: RunResult) -> int:
    """Depends on the size of a run only: a store has the same chunks however it was computed."""
    size = sum(array.nbytes for array in result.variables.values())
    return max(1, min(MOST_RUNS_A_BLOCK, BLOCK_BYTES // max(1, size)))


def _check_labels(first: RunResult, other: RunResult) -> None:
    for name, labels in first.coordinates.items():
        if other.coordinates is not first.coordinates and not np.array_equal(labels, other.coordinates[name]):
            raise StorageError(
                f"runs {first.run} and {other.run} have different labels on {name}, so they cannot stand "
                "in one dataset; start again with --overwrite"
            )
