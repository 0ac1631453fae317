"""Jobs in this process or in several: whatever order they finish in, each result comes with its job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from pingcang.montecarlo.execute import WORKER_DIED, interrupts_ignored, leave_interrupts_to_the_parent

Item = TypeVar("Item")
Task = Callable[[Any], Any]


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
        return _cores()

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
        return max(1, _cores() // self._jobs)

    def map(self, task: Task, jobs: Sequence[Item]) -> Iterator[tuple[Item, Any]]:
        """Every job with its result. A job whose worker died, alone, has the reason as its result."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        left = dict(enumerate(jobs))
        while left:
            before = len(left)
            try:
                for index, result in self._parallel(task, dict(left), self._jobs):
                    yield left.pop(index), result
            except BrokenProcessPool:
                if len(left) == before:
                    yield from self._one_by_one(task, left)
                    return

    def _one_by_one(self, task: Task, left: dict[int, Item]) -> Iterator[tuple[Item, Any]]:
        """Every job in a process that it has for itself, to find out which one kills it."""
        from joblib.externals.loky.process_executor import BrokenProcessPool

        for index, job in left.items():
            try:
                results = list(self._parallel(task, {index: job}, 2))  # joblib computes n_jobs=1 in this process
            except BrokenProcessPool:
                results = [(index, WORKER_DIED)]
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
        with interrupts_ignored():  # the call starts the workers
            results: Iterator[tuple[int, Any]] = parallel(
                delayed(_numbered)(task, index, job) for index, job in jobs.items()
            )
        yield from results


def workers(jobs: int) -> Workers:
    """This process, or as many others as jobs."""
    return Alone() if jobs == 1 else Processes(jobs)


def _numbered(task: Task, index: int, job: Any) -> tuple[int, Any]:
    return index, task(job)


def _cores() -> int:
    from joblib import cpu_count

    return int(cpu_count())
