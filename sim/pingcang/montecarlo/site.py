"""The place of one store while it is computed: what is there, what is missing, how it is brought together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.execute import Executor, Task
from pingcang.montecarlo.merge import PartSource, Source, StoreSource, merge
from pingcang.montecarlo.outcome import Outcome, RunsFailedError
from pingcang.montecarlo.parts import Entry, Parts
from pingcang.montecarlo.plan import Identity, Plan, chunks, first_run
from pingcang.montecarlo.shard import Shard
from pingcang.montecarlo.simulate import OnProgress
from pingcang.results.audit import TABLES, table_path
from pingcang.results.dataset import provenance, run_attributes
from pingcang.results.dropped import save_dropped
from pingcang.results.files import remove, storage_errors
from pingcang.results.storage import check_suffix, open_results

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario


@dataclass
class Site:
    """The store, its parts, and which runs they have."""

    store: Path
    parts: Parts
    plan: Plan
    wanted: list[int]
    """The runs to be computed here: all, or those of a shard."""
    old: xr.Dataset | None
    entries: list[Entry]
    damaged: tuple[str, ...] = ()
    stale_audit: bool = False
    """The store that is replaced has audit tables, its successor will not."""
    computed: int = 0

    @classmethod
    def prepare(cls, store: Path, identity: Identity, runs: int, overwrite: bool) -> Site:
        """Look at the place of a whole store; `ScenarioError` if it is taken by something else."""
        check_suffix(store)
        parts, plan = Parts(store), Plan(identity, runs, replaces=overwrite)
        _recover(store, parts)
        old = _existing(store)
        stale = False
        if overwrite:
            _begin_anew(parts, plan)
            stale = old is not None and "audit" in Identity.read(old.attrs).record and "audit" not in identity.record
            old = None
        elif old is not None:
            _check_same(store, old, identity, runs)
        elif not parts.folder.exists():
            _check_audit(store, identity)
        parts.check(plan)
        entries, damaged = parts.survey(identity)
        parts.discard(damaged)
        return cls(store, parts, plan, list(range(runs)), old, entries, tuple(damaged), stale)

    @classmethod
    def prepare_shard(cls, store: Path, identity: Identity, runs: int, shard: Shard) -> Site:
        """Look at the place of a shard. What belongs to others is left alone, even when it looks damaged from here."""
        check_suffix(store)
        parts, plan = Parts(store), Plan(identity, runs, shards=shard.of)
        old = _existing(store)
        if old is not None:
            _check_same(store, old, identity, runs)
        elif not parts.folder.exists():
            _check_audit(store, identity)
        parts.check(plan)
        wanted = shard.runs(runs)
        entries, damaged = parts.survey(identity)
        own = [name for name in damaged if first_run(name) in wanted]
        parts.discard(own)
        return cls(store, parts, plan, wanted, old, entries, tuple(own))

    @property
    def pending(self) -> list[int]:
        """The runs that are wanted here and not finished."""
        done = {run for entry in self.entries for run in entry.done} | self._old_runs
        return [run for run in self.wanted if run not in done]

    @property
    def failures(self) -> dict[int, str]:
        """Run -> traceback of the wanted runs that failed and were not finished since."""
        pending = set(self.pending)
        return {run: trace for entry in self.entries for run, trace in sorted(entry.failures.items()) if run in pending}

    @property
    def _old_runs(self) -> set[int]:
        return set() if self.old is None else set(self.old["run"].values.tolist())

    def compute(self, task: Task, workers: Executor, on_progress: OnProgress) -> None:
        """Compute what is missing; the first word on progress is how many runs were finished already."""
        self.parts.open(self.plan)
        pending = self.pending
        on_progress(float(len(self.wanted) - len(pending)))
        jobs = min(workers.jobs, len(pending))
        entries = workers.map(task, chunks(pending, jobs, self.plan.identity.digest), on_progress)
        with self._keeping(), closing(entries):
            for entry in entries:
                self.entries.append(entry)
                self.computed += len(entry.done)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Say with every interruption what is kept, and how to go on."""
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted: {self._kept()}") from None
        except StorageError as reason:
            raise StorageError(f"{reason}; {self._kept()}") from reason

    def _kept(self) -> str:
        if not self.parts.folder.exists():
            return f"{self.parts.folder} is gone: another command has merged or removed what was there"
        self.entries, _ = self.parts.survey(self.plan.identity, sums=False)  # others may have finished some, too
        asked = len(self.wanted)
        return (
            f"{asked - len(self.pending)} of {asked} runs are finished and kept in {self.parts.folder}; "
            "the same command continues"
        )

    def leave(self) -> Outcome:
        """Leave the parts as they are: what a shard does."""
        if self.old is None:
            self.parts.open(self.plan)  # also when there are more shards than runs
        return Outcome(self.store, len(self.wanted), self.computed, self.failures, self.damaged, merged=False)

    def conclude(self, loaded: LoadedScenario, command: str) -> Outcome:
        """Merge what is new, if anything is; then the parts are no longer needed."""
        runs = self.plan.runs
        outcome = Outcome(self.store, runs, self.computed, self.failures, self.damaged)
        new = {run for entry in self.entries for run in entry.done if run < runs} - self._old_runs
        if not new and self.old is None:
            raise RunsFailedError(self.failures, self.parts.folder)
        told = run_attributes(runs, self.failures)
        if new or self.old is None or any(self.old.attrs.get(key) != told[key] for key in ("runs", "failed_runs")):
            with self._keeping():
                self._merge({**self._provenance(loaded, command), **told})
                save_dropped(loaded, self.store)
        self.parts.remove()
        return outcome

    def _provenance(self, loaded: LoadedScenario, command: str) -> dict[str, Any]:
        identity = self.plan.identity
        told = provenance(
            loaded,
            seed=identity.seed,
            record=identity.record,
            amplification=identity.amplification,
            command=command,
        )
        return {**told, "data_hash": identity.data_hash, "code_version": identity.code_version}

    def _merge(self, attributes: dict[str, Any]) -> None:
        self.parts.open(self.plan)
        runs = self.plan.runs
        wanted = [replace(entry, done=tuple(run for run in entry.done if run < runs)) for entry in self.entries]
        sources: list[Source] = [PartSource(self.parts, entry) for entry in wanted if entry.done]
        if self.old is not None:
            sources.insert(0, StoreSource(self.old, self.store))
        audit = "audit" in self.plan.identity.record
        merge(sources, self.store, self.parts.folder, attributes, audit=audit)
        for name in TABLES if self.stale_audit else ():
            remove(table_path(self.store, name))


def _begin_anew(parts: Parts, plan: Plan) -> None:
    """Discard the parts that are there, unless they are of this same replacement, interrupted."""
    there = parts.plan()
    if there is None or not there.replaces or there.identity != plan.identity:
        parts.remove()


def _recover(store: Path, parts: Parts) -> None:
    """Put a store back that had stepped aside for its successor when the process was killed."""
    if not store.exists():
        for aside in sorted(parts.folder.glob(f".{store.stem}.*.old{store.suffix}"))[:1]:
            with storage_errors(store):
                aside.rename(store)


def _existing(store: Path) -> xr.Dataset | None:
    """The dataset at the place, None if there is nothing; anything that is not ours is left alone."""
    if not store.exists():
        return None
    try:
        dataset = open_results(store)
        Identity.read(dataset.attrs)
    except (StorageError, KeyError, ValueError) as reason:
        raise ScenarioError(
            f"{store}: what is there is no dataset of pingcang, so it is left alone; "
            f"choose another --out, or move it away ({reason})"
        ) from reason
    return dataset


def _check_audit(store: Path, identity: Identity) -> None:
    """Refuse, as `ScenarioError`, to replace an audit table of a store with another suffix."""
    there = [table_path(store, name) for name in TABLES if table_path(store, name).exists()]
    for table in there if "audit" in identity.record else ():
        raise ScenarioError(
            f"{table}: an audit table of another dataset is there; choose another --out, or pass --overwrite"
        )


def _check_same(store: Path, old: xr.Dataset, identity: Identity, runs: int) -> None:
    """Refuse, as `ScenarioError`, to mix runs of two identities, or to throw finished runs away."""
    if what := identity.differences(Identity.read(old.attrs)):
        raise ScenarioError(
            f"{store}: another dataset is there ({'; '.join(what)}); "
            "choose another --out, or pass --overwrite to replace it"
        )
    there = int(old.attrs["runs"])
    if runs < there:
        raise ScenarioError(
            f"{store}: it holds {there} runs and {runs} are asked for; ask for --runs {there} to use it, "
            "choose another --out, or pass --overwrite to replace it"
        )
