"""Many runs of the arms of a fork: one dataset an arm, the very one that the arm's own runs would give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.execute import Executor, Task, executor, nobody
from pingcang.montecarlo.fork.agreement import check_agreement
from pingcang.montecarlo.fork.arms import eve_of
from pingcang.montecarlo.fork.branches import Branches
from pingcang.montecarlo.outcome import Outcome, RunsFailedError
from pingcang.montecarlo.parts import Entry, PartWriter
from pingcang.montecarlo.plan import Chunk, Identity, chunks
from pingcang.montecarlo.simulate import OnProgress, simulate_run
from pingcang.montecarlo.site import Site
from pingcang.montecarlo.work import threads_a_job
from pingcang.results.files import storage_errors

if TYPE_CHECKING:
    from pingcang.montecarlo.fork.state import State
    from pingcang.scenario import LoadedScenario


@dataclass(frozen=True)
class ForkEntry(Entry):
    """What became of a chunk under every arm."""

    arms: dict[str, Entry] = field(default_factory=dict)
    """Arm -> the entry of its own part; no arm without a pending run in the chunk."""


@dataclass(frozen=True)
class ForkTask(Task):
    """Simulate the runs of a chunk up to the eve and on under each arm; write one part an arm."""

    arms: Mapping[str, LoadedScenario]
    branches: Branches
    pending: Mapping[str, frozenset[int]]
    """Arm -> the runs that it lacks."""
    folders: Mapping[str, Path]
    """Arm -> the folder of its parts."""
    digests: Mapping[str, str]
    """Arm -> the digest of its identity, by which its parts are named."""

    def __call__(self, chunk: Chunk, on_progress: OnProgress | None = None) -> ForkEntry:
        """The parts of a chunk; a run that fails is recorded and takes no other along."""
        with storage_errors(self.folder), self._writers(chunk) as writers:
            for run in chunk.runs:
                arms = {label: self.arms[label] for label in writers if run in self.pending[label]}
                for label, outcome in self.branches(arms, run, on_progress):
                    if isinstance(outcome, str):
                        writers[label].fail(run, outcome)
                    else:
                        writers[label].add(outcome)
            return _entry(chunk, writers)

    def give_up(self, chunk: Chunk, reason: str) -> ForkEntry:
        """Record that no run of the chunk could be computed, under any arm."""
        with storage_errors(self.folder), self._writers(chunk) as writers:
            for label, writer in writers.items():
                for run in self._lacking(label, chunk):
                    writer.fail(run, reason)
            return _entry(chunk, writers)

    def _lacking(self, label: str, chunk: Chunk) -> tuple[int, ...]:
        return tuple(run for run in chunk.runs if run in self.pending[label])

    @contextmanager
    def _writers(self, chunk: Chunk) -> Iterator[dict[str, PartWriter]]:
        """A writer for each arm that lacks runs of the chunk; its part is named by these runs alone."""
        with ExitStack() as stack:
            lacking = {label: self._lacking(label, chunk) for label in self.arms}
            yield {
                label: stack.enter_context(PartWriter(self.folders[label], Chunk(runs, self.digests[label])))
                for label, runs in lacking.items()
                if runs
            }


def _entry(chunk: Chunk, writers: Mapping[str, PartWriter]) -> ForkEntry:
    arms = {label: writer.finish() for label, writer in writers.items()}
    failures = {run: trace for entry in arms.values() for run, trace in entry.failures.items()}
    return ForkEntry(chunk.name, tuple(run for run in chunk.runs if run not in failures), failures, {}, arms)


def run_fork(
    arms: Mapping[str, LoadedScenario],
    at: dt.date,
    *,
    out: str | Path,
    runs: int = 1,
    seed: int = 0,
    jobs: int = 1,
    threads: int | None = None,
    overwrite: bool = False,
    record: Iterable[str] = (),
    amplification: bool = False,
    command: str = "",
    state: State | None = None,
    branches: Callable[..., Branches] = Branches,
    workers: Executor | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Outcome]:
    """Compute runs 0 … runs−1 of every arm; the days before `at`, which all arms share, once. One store an arm.

    `arms`: label -> scenario, as `forked` gives them. Each goes to OUT/LABEL.zarr, bit for bit what `run_many` gives
    for that scenario; the same command continues, more runs extend, and each store can be extended by itself. What
    is told in `run_many` of reuse, refusals, Ctrl-C and failed runs holds for every store. `state`: that of run 0 at
    the eve, instead of the days before it. `workers`: an executor of this machine. `on_progress` hears runs, each
    under all its arms, and first how many were finished before.
    """
    if runs < 1 or jobs < 1 or (threads is not None and threads < 1):
        raise ScenarioError(f"runs {runs}, jobs {jobs}, threads {threads}: each must be at least 1")
    identities = {label: Identity.of(arm, seed, record, amplification) for label, arm in arms.items()}
    fork = _Fork(dict(arms), at, Path(out), identities)
    fork.check()
    if state is not None:
        _check_state(state, fork, runs)
    fork.prepare(runs, overwrite)
    pending = fork.pending
    if pending:
        jobs = min(jobs, len(pending))
        task = fork.task(branches, threads or threads_a_job(jobs), state)
        fork.compute(task, workers or executor(jobs), runs, on_progress or nobody)
    return fork.conclude(command)


@dataclass
class _Fork:
    """The stores of all arms while they are computed."""

    arms: dict[str, LoadedScenario]
    at: dt.date
    folder: Path
    identities: dict[str, Identity]
    sites: dict[str, Site] = field(default_factory=dict)

    @property
    def first(self) -> LoadedScenario:
        """The arm that is simulated up to the eve, for all of them."""
        return next(iter(self.arms.values()))

    @property
    def identity(self) -> Identity:
        return next(iter(self.identities.values()))

    @property
    def eve(self) -> dt.date:
        return eve_of(self.first, self.at)

    def check(self) -> None:
        """Refuse, as ScenarioError, arms that have no common past."""
        if not self.arms:
            raise ScenarioError("a fork needs at least one arm; an arm without changes is the scenario as it is")
        for label, arm in self.arms.items():
            try:
                check_agreement(self.first, arm, self.eve)
            except ScenarioError as reason:
                raise ScenarioError(*(f"arm {label}: {problem}" for problem in reason.problems)) from None
            if self.identities[label].record != self.identity.record:
                raise ScenarioError(f"arm {label}: record: differs from that of {next(iter(self.arms))}; record alike")

    def prepare(self, runs: int, overwrite: bool) -> None:
        """Look at what is there; ScenarioError if something else is at an arm's place."""
        for label, identity in self.identities.items():
            self.sites[label] = Site.prepare(self.folder / f"{label}.zarr", identity, runs, overwrite)

    @property
    def pending(self) -> list[int]:
        return sorted({run for site in self.sites.values() for run in site.pending})

    def task(self, branches: Callable[..., Branches], threads: int, state: State | None) -> ForkTask:
        told: dict[str, Any] = {"seed": self.identity.seed, "record": self.identity.record, "threads": threads}
        amplification = self.identity.amplification
        return ForkTask(
            **told,
            amplification=amplification,
            loaded=self.first,
            folder=self.folder.absolute(),
            simulate=simulate_run,
            arms=self.arms,
            branches=branches(date=self.eve, **told, amplification=amplification, states=(state,) if state else ()),
            pending={label: frozenset(site.pending) for label, site in self.sites.items()},
            folders={label: site.parts.folder.absolute() for label, site in self.sites.items()},
            digests={label: identity.digest for label, identity in self.identities.items()},
        )

    def compute(self, task: ForkTask, workers: Executor, runs: int, on_progress: OnProgress) -> None:
        """Compute what any arm lacks."""
        for site in self.sites.values():
            site.parts.open(site.plan)
        pending = self.pending
        on_progress(float(runs - len(pending)))
        missing = chunks(pending, min(workers.jobs, len(pending)))
        with self._keeping(), closing(workers.map(task, missing, on_progress)) as entries:
            for entry in entries:
                assert isinstance(entry, ForkEntry), "a ForkTask returns nothing else"
                self._take(entry)

    def _take(self, entry: ForkEntry) -> None:
        for label, own in entry.arms.items():
            self.sites[label].entries.append(own)
            self.sites[label].computed += len(own.done)

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        """Say with every interruption what is kept, and how to go on."""
        kept = f"finished runs are kept in {self.folder}/*.parts; the same command continues"
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted: {kept}") from None
        except StorageError as reason:
            raise StorageError(f"{reason}; {kept}") from reason

    def conclude(self, command: str) -> dict[str, Outcome]:
        """Merge every arm that has runs; then say, as RunsFailedError, if one has none."""
        outcomes, lost = {}, []
        for label, site in self.sites.items():
            try:
                outcomes[label] = site.conclude(self.arms[label], command)
            except RunsFailedError as reason:
                lost.append(reason)
        if lost:
            raise lost[0]
        return outcomes


def _check_state(state: State, fork: _Fork, runs: int) -> None:
    """Refuse, as ScenarioError, a state that is not that of run 0 of this fork."""
    identity = fork.identity
    wanted = {
        "date": (state.date, fork.eve),
        "seed": (state.seed, identity.seed),
        "run": (state.run, 0),
        "record": (",".join(state.record) or "nothing", ",".join(identity.record) or "nothing"),
        "feedback": (state.feedback, True),
    }
    wrong = [f"{name} {is_} instead of {must}" for name, (is_, must) in wanted.items() if is_ != must]
    if wrong:
        raise ScenarioError(f"state at the eve of the fork: {'; '.join(wrong)}; save another, or leave it out")
    if runs != 1 or identity.amplification:
        raise ScenarioError(
            "state at the eve of the fork: it is that of one market, run 0 with feedback; "
            "ask for one run without amplification, or leave it out"
        )
    check_agreement(state.loaded, fork.first, state.date)
