"""Chunks are computed by the workers of a Dask cluster, each in the folder that all of them share.

`Client.submit` and waiting for futures, not joblib's Dask backend, which hangs when a task keeps killing its worker.
"""

from __future__ import annotations

import functools
import logging
import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.execute import Task, singles
from pingcang.montecarlo.parts import PLAN, Entry
from pingcang.montecarlo.plan import Chunk, code_version
from pingcang.montecarlo.simulate import OnProgress
from pingcang.montecarlo.work import WORKER_DIED

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_WITHIN = 10.0
"""Seconds until the scheduler must answer."""
PATIENCE = 60.0
"""Seconds that a cluster may be without any worker, at the start or later."""
SEEN_WITHIN = 60.0
"""Seconds until the folder must be visible to the workers, and a finished part here.

Network file systems remember for a while what was not there.
"""
LOOK_EVERY, ASK_AGAIN = 2.0, 0.2
"""Seconds between two looks at the workers, and between two looks at what must come soon."""
QUEUED_A_THREAD = 2
"""Chunks that wait at the scheduler for each thread, so that no worker is idle while we listen."""


@contextmanager
def connected(scheduler: str, patience: float = PATIENCE) -> Iterator[Cluster]:
    """The cluster of a scheduler, tcp://HOST:PORT, with workers of this version of the code.

    `ScenarioError` if the address is none, the library is missing or the workers run other code; `StorageError` if
    nobody answers, or no worker comes within `patience` seconds.
    """
    if not re.fullmatch(r"(tcp|tls)://[^\s/]+:\d+", scheduler):
        raise ScenarioError(f"--scheduler: got {scheduler!r}, must be tcp://HOST:PORT, as dask scheduler prints it")
    _check_library()
    with _silence(), _client(scheduler) as client:
        cluster = Cluster(client, scheduler, patience)
        cluster.check_code()
        yield cluster


def _check_library() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError as reason:
        raise ScenarioError(
            "--scheduler: needs a library that is missing; pip install 'pingcang[cluster]', or use --jobs"
        ) from reason


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(scheduler, timeout=CONNECT_WITHIN, set_as_default=False)
    except OSError as reason:
        raise StorageError(
            f"{scheduler}: no scheduler answers within {CONNECT_WITHIN:.0f} seconds; "
            "start one with dask scheduler, or check the address"
        ) from reason
    try:
        with client.as_current():
            yield client
    finally:
        client.close(timeout=CONNECT_WITHIN)


class Cluster:
    """An executor: the workers that a Dask client reaches."""

    def __init__(self, client: Client, scheduler: str, patience: float = PATIENCE) -> None:
        self._client = client
        self._scheduler = scheduler
        self._patience = patience
        self._version = code_version()
        self._alone_since: float | None = None

    @property
    def jobs(self) -> int:
        """How many threads its workers have; one even when they are all away."""
        threads: dict[str, int] = self._asked(self._client.nthreads)
        return max(1, sum(threads.values()))

    def check_code(self) -> None:
        """Refuse, as `ScenarioError`, workers with another version of the code; `StorageError` if there are none."""
        while not (versions := self._asked(self._client.run, _code_here, on_error="return")):
            self._look_for_workers()
            time.sleep(ASK_AGAIN)
        for worker, version in sorted(versions.items()):
            if isinstance(version, ImportError):
                raise ScenarioError(f"{worker}: this worker cannot import pingcang ({version}); install it there")
            if isinstance(version, str):  # one that died just now is no matter
                _check_version(worker, version, self._version)

    def map(self, task: Task, chunks: Sequence[Chunk], on_progress: OnProgress) -> Generator[Entry, None, None]:
        """Yield the entries as they finish. What killed its workers is done again at the end, run by run."""
        self._check_folder(task.folder)
        suspects: list[Chunk] = []
        for chunk, entry in self._together(task, chunks):
            if entry is None:
                suspects.append(chunk)
            else:
                on_progress(len(chunk.runs))
                yield entry
        for single in (single for chunk in suspects for single in singles(chunk)):
            for _, entry in self._together(task, [single]):  # alone: no other run can be blamed for its death
                on_progress(1)
                yield entry or task.give_up(single, WORKER_DIED)

    def _together(self, task: Task, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Entry | None]]:
        """Each chunk with its entry, None if it killed its workers; the scheduler has a bounded number at a time."""
        waiting = list(reversed(chunks))
        flying: dict[Future, Chunk] = {}
        try:
            while waiting or flying:
                for _ in range(min(len(waiting), (1 + QUEUED_A_THREAD) * self.jobs - len(flying))):
                    chunk = waiting.pop()
                    flying[self._submit(task, chunk)] = chunk
                for future in self._finished(list(flying)):
                    chunk = flying.pop(future)
                    yield chunk, self._entry(future, task.folder)
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self._client.cancel(list(flying), force=True)

    def _submit(self, task: Task, chunk: Chunk) -> Future:
        return self._asked(self._client.submit, compute_here, task, chunk, self._version, pure=False)

    def _finished(self, futures: list[Future]) -> list[Future]:
        """The futures that are done, at least one; meanwhile look whether there are workers at all."""
        from distributed import wait

        while True:
            with suppress(TimeoutError):
                return list(self._asked(wait, futures, timeout=LOOK_EVERY, return_when="FIRST_COMPLETED").done)
            self._look_for_workers()

    def _entry(self, future: Future, folder: Path) -> Entry | None:
        from distributed import KilledWorker

        trouble = self._asked(future.exception)
        if isinstance(trouble, KilledWorker):
            return None
        if isinstance(trouble, StorageError):
            raise StorageError(f"a worker of {self._scheduler} says: {trouble}; all workers must share that folder")
        if trouble is not None:
            raise trouble
        entry: Entry = self._asked(future.result)
        _wait_until_seen(folder / f"{entry.name}.json", self._scheduler)
        return entry

    def _look_for_workers(self) -> None:
        """`StorageError` when there has been no worker for longer than our patience."""
        if self._asked(self._client.nthreads):
            self._alone_since = None
            return
        now = time.monotonic()
        self._alone_since = self._alone_since or now
        if now - self._alone_since >= self._patience:
            raise StorageError(
                f"{self._scheduler}: there has been no worker for {self._patience:.0f} seconds; "
                f"start some with dask worker {self._scheduler}"
            )

    def _check_folder(self, folder: Path) -> None:
        """Refuse, as `StorageError`, workers that never see the folder of parts, before anything is computed."""
        until = time.monotonic() + SEEN_WITHIN
        while blind := self._blind(folder / PLAN):
            if time.monotonic() > until:
                raise StorageError(
                    f"{folder}: worker {blind[0]} of {self._scheduler} does not see this folder; "
                    "choose an --out on a disk that all workers share under the same path"
                )
            time.sleep(ASK_AGAIN)

    def _blind(self, plan: Path) -> list[str]:
        """The workers that do not find in the plan what is in it here."""
        here = plan.read_bytes()
        found = self._asked(self._client.run, _read, plan, on_error="return")
        return [
            worker
            for worker, there in sorted(found.items())
            if there != here and not isinstance(there, Exception)  # one that died just now is no matter
        ]

    def _asked(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Ask the cluster; `StorageError` if the scheduler is gone."""
        from distributed import CancelledError
        from distributed.comm.core import CommClosedError

        try:
            return ask(*arguments, **options)
        except TimeoutError:
            if self._client.status == "running":
                raise
            raise self._lost() from None
        except (CancelledError, CommClosedError) as reason:
            raise self._lost() from reason
        except RuntimeError as reason:
            if self._client.status == "running":
                raise
            raise self._lost() from reason

    def _lost(self) -> StorageError:
        return StorageError(f"{self._scheduler}: the connection to the scheduler is lost; start it again")


def compute_here(task: Task, chunk: Chunk, version: str) -> Entry:
    """What a worker does; it may have joined after the others were asked for their version."""
    _check_version("a worker", _code_here(), version)
    return task(chunk)


@functools.cache
def _code_here() -> str:
    return code_version()


def _read(file: Path) -> bytes | None:
    """What a worker finds in a file, None if it cannot be read there."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def _check_version(worker: str, there: str, here: str) -> None:
    if there != here:
        raise ScenarioError(
            f"{worker}: runs pingcang {there} and this is {here}, so its numbers could differ; "
            "install the same version on all machines and restart the workers"
        )


def _wait_until_seen(file: Path, scheduler: str) -> None:
    until = time.monotonic() + SEEN_WITHIN
    while file.name not in {found.name for found in file.parent.glob("*.json")}:  # listing asks the server anew
        if time.monotonic() > until:
            raise StorageError(
                f"{file}: a worker of {scheduler} has written this part, but it is not to be seen here; "
                "choose an --out on a disk that all workers share under the same path"
            )
        time.sleep(ASK_AGAIN)


@contextmanager
def _silence() -> Iterator[None]:
    """What the library would log over many lines, we tell in one."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


__all__ = ["Cluster", "compute_here", "connected"]
