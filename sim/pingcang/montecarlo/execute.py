"""Chunks are computed here, in this process or in others, behind one small interface.

An executor is anything that maps a task over chunks and yields the ledger entries as they finish, in any
order. A task is idempotent: a chunk that is computed twice leaves the same part.
"""

from __future__ import annotations

import traceback
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pingcang.montecarlo import work
from pingcang.montecarlo.parts import Entry, PartWriter
from pingcang.montecarlo.plan import Chunk
from pingcang.montecarlo.simulate import OnProgress, Simulate
from pingcang.results.files import storage_errors

if TYPE_CHECKING:
    from pingcang.results.dataset import RunResult
    from pingcang.scenario import LoadedScenario


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
    """Several processes of this machine."""

    jobs: int

    def map(self, task: Task, chunks: Sequence[Chunk], on_progress: OnProgress) -> Generator[Entry, None, None]:
        """Yield the entries as they finish. When a worker dies the other chunks are computed all the same."""
        for chunk, result in work.Processes(self.jobs).map(task, chunks, divided=singles):
            entry = task.give_up(chunk, result) if isinstance(result, str) else result
            on_progress(len(chunk.runs))
            yield entry


def singles(chunk: Chunk) -> list[Chunk]:
    """The runs of a chunk, each a chunk of its own."""
    return [Chunk((run,), chunk.of) for run in chunk.runs]


def executor(jobs: int) -> Executor:
    """The executor for this many processes."""
    return InProcess() if jobs == 1 else Processes(jobs)


def nobody(_: float) -> None:
    """Nobody listens to the progress."""
