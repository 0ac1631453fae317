"""What became of each run of a store: done, failed, or still to be computed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.parts import PLAN, Parts
from pingcang.montecarlo.plan import Identity

if TYPE_CHECKING:
    from pingcang.montecarlo.parts import Entry


@dataclass(frozen=True)
class Status:
    """Every run of a store, by what became of it."""

    store: Path
    identity: Identity
    runs: int
    """Runs asked for."""
    done: tuple[int, ...]
    failures: dict[int, str]
    """Run -> traceback."""
    damaged: tuple[str, ...]
    """Parts that cannot be used; their runs are to be computed again."""
    merged: bool
    """Whether the store holds all that is done."""
    shards: int | None = None
    """Into how many shards the runs are divided, if they are."""

    @property
    def pending(self) -> tuple[int, ...]:
        """The runs that are still to be computed."""
        known = {*self.done, *self.failures}
        return tuple(run for run in range(self.runs) if run not in known)


def status(store: str | Path, *, sums: bool = True) -> Status:
    """What became of each run of a store, finished or not; nothing is changed.

    `sums`: read every unfinished part whole, and name those that are damaged. `ScenarioError` if there is
    neither a store nor parts, `StorageError` if neither can be read.
    """
    place = _store_of(Path(store))
    parts = Parts(place)
    merged = _of_store(place) if place.exists() else None
    if not parts.folder.exists():
        if merged is None:
            raise ScenarioError(
                f"{place}: there is neither a dataset nor an unfinished one; check the path, "
                f"or begin it: pingcang run SCENARIO --out {place}"
            )
        return merged
    return _with_parts(place, parts, merged, sums)


def _store_of(path: Path) -> Path:
    """x.zarr.parts is where x.zarr is computed."""
    return path.with_suffix("") if path.suffix == ".parts" else path


def _of_store(store: Path) -> Status:
    from pingcang.results.storage import open_results

    with open_results(store) as dataset:
        told = dataset.attrs
        try:
            identity = Identity.read(told)
            failures = {int(run): trace for run, trace in json.loads(told["failures"]).items()}
            runs = int(told["runs"])
        except (KeyError, ValueError) as reason:
            raise ScenarioError(f"{store}: what is there is no dataset of pingcang run; check the path") from reason
        done = tuple(sorted(dataset["run"].values.tolist()))
    return Status(store, identity, runs, done, failures, (), merged=True)


def _with_parts(store: Path, parts: Parts, merged: Status | None, sums: bool) -> Status:
    plan = parts.plan()
    if plan is None:
        if merged is not None:
            return merged
        raise StorageError(f"{parts.folder / PLAN}: is missing or damaged; the same pingcang run repairs it")
    if merged is not None and (plan.replaces or merged.identity != plan.identity):
        merged = None  # it will be replaced
    entries, damaged = parts.survey(plan.identity, sums=sums)
    runs = plan.runs or 1 + max((run for entry in entries for run in (*entry.done, *entry.failures)), default=-1)
    done, failures = _together(merged, entries, runs)
    unmerged = set(done) - set(merged.done if merged else ())
    return Status(
        store, plan.identity, runs, done, failures, tuple(damaged), merged is not None and not unmerged, plan.shards
    )


def _together(merged: Status | None, entries: Iterable[Entry], runs: int) -> tuple[tuple[int, ...], dict[int, str]]:
    done: set[int] = set(merged.done) if merged else set()
    failures: dict[int, str] = dict(merged.failures) if merged else {}
    for entry in entries:
        done |= set(entry.done)
        failures |= entry.failures
    return (
        tuple(sorted(run for run in done if run < runs)),
        {run: failures[run] for run in sorted(failures) if run not in done and run < runs},
    )
