"""Jobs in this process or in several: whatever order they finish in, each result comes with its job."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Task = Callable[[Any], Any]

WORKER_DIED = (
    "the worker process died while it computed this run, alone: "
    "it was killed by the system (out of memory?) or crashed in compiled code"
)


class Workers(Protocol):
    """Computes jobs somewhere."""

    @property
    def threads(self) -> int:
        """Threads that a job may use."""
        ...

    def map(self, task: Task, jobs: Sequence[Item]) -> Iterator[tuple[Item, Any]]:
        """Every job with its result, as they finish."""
        ...


class Alone:
    """One job after the other, in this process."""

    @property
    def threads(self) -> int:
        """Every core."""
        return threads_a_job(1)

    def map(self, task: Task, jobs: Sequence[Item]) -> Iterator[tuple[Item, Any]]:
        """Every job with its result, in order."""
        for job in jobs:
            yield job, task(job)


class Processes:
    """Processes of this machine (joblib's loky), which stay alive between calls."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    @property
    def threads(self) -> int:
        """Cores ÷ jobs."""
        return threads_a_job(self._jobs)

    def map(
        self, task: Task, jobs: Sequence[Item], divided: Callable[[Item], Sequence[Item]] | None = None
    ) -> Iterator[tuple[Item, Any]]:
        """Every job with its result. A job whose worker died, alone, has the reason as its result.

        `divided` gives the parts of a job, which are then done alone in its place.
        """
        from joblib.externals.loky.process_executor import BrokenProcessPool

        left = dict(enumerate(jobs))
        while left:
            before = len(left)
            try:
                for index, result in self._parallel(task, dict(left), self._jobs):
                    yield left.pop(index), result
            except BrokenProcessPool:
                if len(left) == before:
                    suspects = left.values()
                    alone = suspects if divided is None else [part for job in suspects for part in divided(job)]
                    yield from self._one_by_one(task, alone)
                    return

    def _one_by_one(self, task: Task, jobs: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        """Every job in a process that it has for itself, to find out which one kills it."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for job in jobs:
            try:
                results = list(self._parallel(task, {0: job}, 2))  # joblib computes n_jobs=1 in this process
            except BrokenProcessPool:
                results = [(0, WORKER_DIED)]
            yield job, results[0][1]

    @staticmethod
    def _parallel(task: Task, jobs: dict[int, Item], processes: int) -> Iterator[tuple[int, Any]]:
        from joblib import Parallel, delayed

        parallel = Parallel(
            n_jobs=processes,
            backend="loky",
            return_as="generator_unordered",
            batch_size=1,
            max_nbytes=None,
            initializer=leave_interrupts_to_the_parent,
        )
        with interrupts_ignored(), leftovers_untold():  # the call starts the workers, and who tidies up after them
            results: Generator[tuple[int, Any], None, None] = parallel(
                delayed(_numbered)(task, index, job) for index, job in jobs.items()
            )
        try:
            for result in results:  # noqa: UP028 - `yield from` would close them outside of what follows
                yield result
        finally:
            _end(results)


def workers(jobs: int) -> Workers:
    """This process, or as many others as jobs."""
    return Alone() if jobs == 1 else Processes(jobs)


def _end(results: Generator[Any, None, None]) -> None:
    """Close them without joblib's advice to those who leave work undone: whoever interrupts knows it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r".*(but not used|been cancelled)", UserWarning)
        results.close()


def _numbered(task: Task, index: int, job: Any) -> tuple[int, Any]:
    return index, task(job)


def threads_a_job(jobs: int) -> int:
    """Cores ÷ jobs, at least one."""
    from joblib import cpu_count

    return max(1, int(cpu_count()) // jobs)


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


@contextmanager
def leftovers_untold() -> Iterator[None]:
    """joblib's resource tracker, if it starts meanwhile, removes what killed workers left without telling of it.

    On Ctrl-C the parent and the tracker remove the same semaphores; who comes second would warn of a missing file. The
    tracker inherits the interpreter's warning options, and has no other face.
    """
    option = "ignore:resource_tracker:UserWarning"
    sys.warnoptions.append(option)
    try:
        yield
    finally:
        sys.warnoptions.remove(option)
