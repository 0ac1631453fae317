"""Chunks are computed here, in this process or in others, behind one small interface.

An executor is anything that maps a task over chunks and yields the ledger entries as they finish, in any
order. A task is idempotent: a chunk that is computed twice leaves the same part.
"""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pingcang.montecarlo.parts import Entry, PartWriter
from pingcang.montecarlo.plan import Chunk
from pingcang.montecarlo.simulate import OnProgress, Simulate
from pingcang.results.files import storage_errors

if TYPE_CHECKING:
    from pingcang.results.dataset import RunResult
    from pingcang.scenario import LoadedScenario

WORKER_DIED = (
    "the worker process died while it computed this run, alone: "
    "it was killed by the system (out of memory?) or crashed in compiled code"
)


@dataclass(frozen=True)
class Task:
    """What is to be done with a chunk: simulate its runs, write its part. Picklable, so it can travel."""

    loaded: LoadedScenario
    seed: int
    record: tuple[str, ...]
    amplification: bool
    threads: int
    folder: Path
    simulate: Simulate

    def __call__(self, chunk: Chunk, on_progress: OnProgress | None = None) -> Entry:
        """Simulate the runs of the chunk; one that fails is recorded and takes no other along."""
        with storage_errors(self.folder), PartWriter(self.folder, chunk) as part:
            for run in chunk.runs:
                outcome = self._one_run(run, on_progress)
                if isinstance(outcome, str):
                    part.fail(run, outcome)
                else:
                    part.add(outcome)
            return part.finish()

    def _one_run(self, run: int, on_progress: OnProgress | None) -> RunResult | str:
        try:
            return self.simulate(
                self.loaded,
                seed=self.seed,
                run=run,
                threads=self.threads,
                amplification=self.amplification,
                record=self.record,
                on_progress=on_progress,
            )
        except Exception:
            return traceback.format_exc()

    def give_up(self, chunk: Chunk, reason: str) -> Entry:
        """Record that no run of the chunk could be computed."""
        with storage_errors(self.folder), PartWriter(self.folder, chunk) as part:
            for run in chunk.runs:
                part.fail(run, reason)
            return part.finish()


class Executor(Protocol):
    """Computes chunks somewhere."""

    @property
    def jobs(self) -> int:
        """How many chunks it computes at once."""
        ...

    def map(self, task: Task, chunks: Sequence[Chunk], on_progress: OnProgress) -> Generator[Entry, None, None]:
        """Yield the entry of every chunk as it finishes; `on_progress` hears how many runs have advanced."""
        ...


class InProcess:
    """One chunk after the other, in this process."""

    jobs = 1

    def map(self, task: Task, chunks: Sequence[Chunk], on_progress: OnProgress) -> Generator[Entry, None, None]:
        """Yield the entries in order; progress is told within a run, too."""
        for chunk in chunks:
            told = 0.0

            def advance(share: float) -> None:
                nonlocal told
                told += share
                on_progress(share)

            entry = task(chunk, advance)
            on_progress(len(chunk.runs) - told)
            yield entry


@dataclass(frozen=True)
class Processes:
    """Several processes of this machine (joblib's loky)."""

    jobs: int

    def map(self, task: Task, chunks: Sequence[Chunk], on_progress: OnProgress) -> Generator[Entry, None, None]:
        """Yield the entries as they finish. When a worker dies the other chunks are computed all the same."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        left = {chunk.name: chunk for chunk in chunks}
        while left:
            before = len(left)
            try:
                for entry in self._parallel(task, list(left.values())):
                    on_progress(len(left.pop(entry.name).runs))
                    yield entry
            except BrokenProcessPool:
                if len(left) == before:
                    yield from self._one_by_one(
                        task, [single for chunk in left.values() for single in singles(chunk)], on_progress
                    )
                    return

    def _parallel(self, task: Task, chunks: Sequence[Chunk], jobs: int | None = None) -> Iterator[Entry]:
        from joblib import Parallel, delayed

        parallel = Parallel(
            n_jobs=jobs or self.jobs,
            backend="loky",
            return_as="generator_unordered",
            batch_size=1,
            max_nbytes=None,
            initializer=leave_interrupts_to_the_parent,
        )
        with interrupts_ignored():  # the call starts the workers
            entries: Iterator[Entry] = parallel(delayed(task)(chunk) for chunk in chunks)
        yield from entries

    def _one_by_one(self, task: Task, chunks: Sequence[Chunk], on_progress: OnProgress) -> Iterator[Entry]:
        """Every run in a process that it has for itself, to find out which one kills it."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for chunk in chunks:
            try:
                entries = list(self._parallel(task, [chunk], jobs=2))  # joblib computes n_jobs=1 in this process
            except BrokenProcessPool:
                entries = [task.give_up(chunk, WORKER_DIED)]
            on_progress(len(chunk.runs))
            yield from entries


def singles(chunk: Chunk) -> list[Chunk]:
    """The runs of a chunk, each a chunk of its own."""
    return [Chunk((run,), chunk.of) for run in chunk.runs]


def leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of the terminal; only the parent shall answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Processes started meanwhile inherit that they ignore Ctrl-C: they stay silent even while they import.

    Blocking the signal instead would lose no Ctrl-C of these milliseconds, but multiprocessing unblocks it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def executor(jobs: int) -> Executor:
    """The executor for this many processes."""
    return InProcess() if jobs == 1 else Processes(jobs)
