"""Many runs of one scenario, from the request to the finished store; nothing is computed twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pingcang.errors import ScenarioError
from pingcang.montecarlo.execute import Executor, Task, executor, nobody
from pingcang.montecarlo.outcome import Outcome, RunsFailedError
from pingcang.montecarlo.plan import Identity, default_path
from pingcang.montecarlo.shard import Shard
from pingcang.montecarlo.simulate import OnProgress, Simulate, simulate_run
from pingcang.montecarlo.site import Site
from pingcang.montecarlo.work import threads_a_job

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario


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
    scheduler: str | None = None,
    shard: str | None = None,
    simulate: Simulate = simulate_run,
    workers: Executor | None = None,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Compute runs 0 … runs−1 and write them as one dataset; default place results/NAME-SEED-HASH.zarr.

    `threads` defaults to cores ÷ jobs. `scheduler`, tcp://HOST:PORT, has a Dask cluster compute them, `workers` any
    other executor, both with one thread a run by default. `shard`, K/N, computes a share of the runs and leaves it in
    PATH.parts/; the request without it merges.

    What is at the place already is reused or extended when it is the same scenario, data, seed, record,
    amplification and code; else it is refused (`ScenarioError`) unless `overwrite`. Finished runs stay in
    PATH.parts/ when the disk or the cluster fails (`StorageError`) or on Ctrl-C (KeyboardInterrupt, with a message
    for the user). `RunsFailedError` if no run succeeds.
    """
    share = None if shard is None else Shard.read(shard)
    _check_request(runs, jobs, threads, scheduler, share, overwrite)
    identity = Identity.of(loaded, seed, record, amplification)
    store = default_path(identity) if out is None else Path(out)
    if share is None:
        site = Site.prepare(store, identity, runs, overwrite)
    else:
        site = Site.prepare_shard(store, identity, runs, share)
    if pending := site.pending:
        jobs = min(jobs, len(pending))
        folder = site.parts.folder.absolute()
        threads = threads or (1 if scheduler or workers else threads_a_job(jobs))
        task = Task(loaded, seed, identity.record, amplification, threads, folder, simulate)
        with _workers(workers, scheduler, jobs) as computing:
            site.compute(task, computing, on_progress or nobody)
    return site.conclude(loaded, command) if share is None else site.leave()


@contextmanager
def _workers(given: Executor | None, scheduler: str | None, jobs: int) -> Iterator[Executor]:
    if given is not None or scheduler is None:
        yield given or executor(jobs)
        return
    from pingcang.montecarlo.cluster import connected

    with connected(scheduler) as cluster:
        yield cluster


def _check_request(
    runs: int, jobs: int, threads: int | None, scheduler: str | None, shard: Shard | None, overwrite: bool
) -> None:
    if runs < 1 or jobs < 1 or (threads is not None and threads < 1):
        raise ScenarioError(f"runs {runs}, jobs {jobs}, threads {threads}: each must be at least 1")
    if scheduler is not None and jobs > 1:
        raise ScenarioError(
            f"--jobs: got {jobs} together with --scheduler, whose workers compute; leave one of the two out"
        )
    if shard is not None and scheduler is not None:
        raise ScenarioError("--shard: cannot be used together with --scheduler, which divides the runs itself")
    if shard is not None and overwrite:
        raise ScenarioError(
            "--shard: cannot be used together with --overwrite, since each shard would discard what the others "
            "have finished; choose another --out, or move away what is there"
        )


__all__ = ["Outcome", "RunsFailedError", "run_many"]
