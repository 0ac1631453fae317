"""Many runs: two workers against one, and peak memory against the number of runs; told as ratios.

PINGCANG_BENCH_RUNS (default 120) is the number of runs whose time is compared; the start of the workers and the merge
are in it, so a small number says little.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dask_cluster import RealCluster, real_cluster
from pingcang.montecarlo.runner import run_many
from pingcang.scenario import load_scenario

ROOT = Path(__file__).parents[1]
RUNS = int(os.environ.get("PINGCANG_BENCH_RUNS", "120"))
MEMORY_RUNS = (100, 500, 2000)
ROUNDS = 2


def measure(benchmark: Any, folder: Path, workers: int, **where: Any) -> None:
    """Times the same request; every round into another store."""
    stores = iter(range(1 + ROUNDS))
    loaded = load_scenario("china_2015")

    def request() -> None:
        run_many(loaded, runs=RUNS, seed=1, threads=1, out=folder / f"{next(stores)}.zarr", **where)

    benchmark.extra_info["workers"] = workers
    benchmark.pedantic(request, rounds=ROUNDS, iterations=1)


@pytest.mark.benchmark(group="processes")
@pytest.mark.parametrize("workers", [1, 2])
def test_processes(benchmark: Any, tmp_path: Path, workers: int) -> None:
    measure(benchmark, tmp_path, workers, jobs=workers)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[RealCluster]:
    with real_cluster(tmp_path / "cluster", workers=0) as running:
        yield running


@pytest.mark.benchmark(group="cluster")
@pytest.mark.parametrize("workers", [1, 2])
def test_cluster(benchmark: Any, tmp_path: Path, cluster: RealCluster, workers: int) -> None:
    for _ in range(workers):
        cluster.add_worker()
    loaded = load_scenario("china_2015", overrides={"calendar.days": 1})
    run_many(loaded, runs=4, out=tmp_path / "warm.zarr", scheduler=cluster.address)  # workers import what they need
    measure(benchmark, tmp_path, workers, scheduler=cluster.address)


@pytest.mark.benchmark(group="memory")
@pytest.mark.parametrize("suffix", ["zarr", "nc"])
@pytest.mark.parametrize("runs", MEMORY_RUNS)
def test_memory(benchmark: Any, runs: int, suffix: str) -> None:
    """Peak memory of the parent and of its largest worker."""
    program = [sys.executable, "-m", "benchmarks.memory_of_runs", str(runs), "2", suffix]

    def request() -> str:
        return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    benchmark.extra_info["memory"] = json.loads(benchmark.pedantic(request, rounds=1, iterations=1))
    benchmark.extra_info["suffix"] = suffix
