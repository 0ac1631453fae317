"""Many runs of one scenario, from the request to the finished store; nothing is computed twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from pingcang.errors import PingcangError, ScenarioError, StorageError
from pingcang.montecarlo.execute import Executor, Task, executor
from pingcang.montecarlo.merge import PartSource, Source, StoreSource, merge
from pingcang.montecarlo.parts import Entry, Parts
from pingcang.montecarlo.plan import Identity, chunks, default_path
from pingcang.montecarlo.simulate import OnProgress, Simulate, simulate_run
from pingcang.results.audit import audit_path
from pingcang.results.dataset import provenance, run_attributes
from pingcang.results.files import remove, storage_errors
from pingcang.results.storage import check_suffix, open_results

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario


@dataclass(frozen=True)
class Outcome:
    """What became of the request."""

    store: Path
    runs: int
    """Runs asked for."""
    computed: int
    """Runs computed now; the others were there already."""
    failures: dict[int, str] = field(default_factory=dict)
    """Run -> traceback of the runs that failed; they are not in the store."""
    damaged: tuple[str, ...] = ()
    """Parts of an earlier attempt that were damaged, so that their runs were computed again."""

    @property
    def failed_runs(self) -> list[int]:
        """The runs that failed, in order."""
        return sorted(self.failures)


class RunsFailedError(PingcangError):
    """Not one run succeeded, so that there is no dataset."""

    def __init__(self, failures: dict[int, str], ledger: Path) -> None:
        run = min(failures)
        super().__init__(
            f"all {len(failures)} runs failed, so there is no dataset; their tracebacks are in {ledger}; "
            f"run {run}: {failures[run].strip().splitlines()[-1]}"
        )
        self.failures = failures


def run_many(
    loaded: LoadedScenario,
    *,
    runs: int = 1,
    seed: int = 0,
    jobs: int = 1,
    threads: int | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    record: Iterable[str] = (),
    amplification: bool = False,
    command: str = "",
    simulate: Simulate = simulate_run,
    workers: Executor | None = None,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Compute runs 0 … runs−1 and write them as one dataset; default place results/NAME-SEED-HASH.zarr.

    `threads` defaults to cores ÷ jobs. What is at the place already is reused or extended when it is the same
    scenario, data, seed, record, amplification and code; else it is refused (`ScenarioError`) unless
    `overwrite`. Finished runs stay in PATH.parts/ when the disk fails (`StorageError`) or on Ctrl-C
    (KeyboardInterrupt, with a message for the user). `RunsFailedError` if no run succeeds.
    """
    identity = Identity.of(loaded, seed, record, amplification)
    store = default_path(identity) if out is None else Path(out)
    if runs < 1 or jobs < 1 or (threads is not None and threads < 1):
        raise ScenarioError(f"runs {runs}, jobs {jobs}, threads {threads}: each must be at least 1")
    site = _Site.prepare(store, identity, runs, overwrite)
    pending = site.pending
    if not pending:
        return site.conclude(loaded, command)
    jobs = min(jobs, len(pending))
    task = Task(
        loaded,
        seed,
        identity.record,
        amplification,
        threads or _threads_a_job(jobs),
        site.parts.folder.absolute(),
        simulate,
    )
    site.compute(task, workers or executor(jobs), jobs, on_progress or _nobody)
    return site.conclude(loaded, command)


def _nobody(_: float) -> None:
    """Nobody listens to the progress."""


def _threads_a_job(jobs: int) -> int:
    from joblib import cpu_count

    return max(1, int(cpu_count()) // jobs)


@dataclass
class _Site:
    """The place of one store while it is computed."""

    store: Path
    parts: Parts
    identity: Identity
    runs: int
    old: xr.Dataset | None
    entries: list[Entry]
    damaged: tuple[str, ...] = ()
    stale_audit: bool = False
    """The store that is replaced has an audit table, its successor will not."""
    computed: int = 0

    @classmethod
    def prepare(cls, store: Path, identity: Identity, runs: int, overwrite: bool) -> _Site:
        check_suffix(store)
        parts = Parts(store)
        _recover(store, parts)
        old = _existing(store)
        if overwrite:
            if parts.is_ours():
                parts.remove()
            parts.check(identity)
            stale = old is not None and "audit" in Identity.read(old.attrs).record and "audit" not in identity.record
            return cls(store, parts, identity, runs, None, [], stale_audit=stale)
        if old is not None:
            _check_same(store, old, identity, runs)
        elif not parts.folder.exists():
            _check_audit(store, identity)
        parts.check(identity)
        entries, damaged = parts.survey()
        return cls(store, parts, identity, runs, old, entries, tuple(damaged))

    @property
    def pending(self) -> list[int]:
        done = {run for entry in self.entries for run in entry.done} | self._old_runs
        return [run for run in range(self.runs) if run not in done]

    @property
    def failures(self) -> dict[int, str]:
        pending = set(self.pending)
        return {run: trace for entry in self.entries for run, trace in sorted(entry.failures.items()) if run in pending}

    @property
    def _old_runs(self) -> set[int]:
        return set() if self.old is None else set(self.old["run"].values.tolist())

    def compute(self, task: Task, workers: Executor, jobs: int, on_progress: OnProgress) -> None:
        self.parts.open(self.identity)
        pending = self.pending
        finished = self.runs - len(pending)
        if finished:
            on_progress(float(finished))
        entries = workers.map(task, chunks(pending, jobs), on_progress)
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
        left = len(self.pending)
        return (
            f"{self.runs - left} of {self.runs} runs are finished and kept in {self.parts.folder}; "
            "the same command continues"
        )

    def conclude(self, loaded: LoadedScenario, command: str) -> Outcome:
        """Merge what is new, if anything is; then the parts are no longer needed."""
        outcome = Outcome(self.store, self.runs, self.computed, self.failures, self.damaged)
        new = {run for entry in self.entries for run in entry.done if run < self.runs} - self._old_runs
        if not new and self.old is None:
            raise RunsFailedError(self.failures, self.parts.folder)
        told = run_attributes(self.runs, self.failures)
        if new or self.old is None or any(self.old.attrs.get(key) != told[key] for key in ("runs", "failed_runs")):
            with self._keeping():
                self._merge({**self._provenance(loaded, command), **told})
        self.parts.remove()
        return outcome

    def _provenance(self, loaded: LoadedScenario, command: str) -> dict[str, Any]:
        identity = self.identity
        told = provenance(
            loaded,
            seed=identity.seed,
            record=identity.record,
            amplification=identity.amplification,
            command=command,
        )
        return {**told, "data_hash": identity.data_hash, "code_version": identity.code_version}

    def _merge(self, attributes: dict[str, Any]) -> None:
        self.parts.open(self.identity)
        wanted = [replace(entry, done=tuple(run for run in entry.done if run < self.runs)) for entry in self.entries]
        sources: list[Source] = [PartSource(self.parts, entry) for entry in wanted if entry.done]
        if self.old is not None:
            sources.insert(0, StoreSource(self.old, self.store))
        audit = "audit" in self.identity.record
        merge(sources, self.store, self.parts.folder, attributes, audit=audit)
        if self.stale_audit:
            remove(audit_path(self.store))


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
    """Refuse, as `ScenarioError`, to replace the audit table of a store with another suffix."""
    table = audit_path(store)
    if "audit" in identity.record and table.exists():
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
