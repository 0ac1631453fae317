"""The command killed with SIGKILL, and given again: bit for bit the undisturbed dataset, and no litter."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import killed_cli
from fakes import FakeMarket, loaded
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results

TESTS = Path(__file__).parents[1]
RUNS, BEFORE, EVERYTHING = 7, 2, ["stocks", "audit"]
"""Runs asked for, runs of the store that is extended, and what is recorded."""
CASES = {"fsync": 3, "rename": 3, "variable": 3, "remove": 2}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")


def words(store, *options):
    request = ["run", "made_up", "--out", store, "--quiet", "--runs", RUNS, "--record", ",".join(EVERYTHING)]
    return [str(word) for word in (*request, *options)]


def exit_code(store, **environment):
    """Of the command in a process of its own, forked from one that has the libraries loaded but no threads."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["pingcang.cli.commands", "pingcang.montecarlo.runner", "zarr"])
    process = server.Process(target=killed_cli.main, args=(words(store), environment))
    process.start()
    process.join(60)
    return process.exitcode


def request(store, runs=RUNS):
    return run_many(loaded(text="made up"), runs=runs, out=store, record=EVERYTHING, simulate=FakeMarket())


def contents(folder):
    return sorted(file.name for file in folder.iterdir())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The dataset that nothing disturbed, its audit table, and how often it made each kind of call."""
    folder = tmp_path_factory.mktemp("undisturbed")
    request(folder / "x.zarr", BEFORE)
    assert exit_code(folder / "x.zarr", KILL_COUNTS=str(folder / "counts")) == 0
    counts = json.loads((folder / "counts").read_text())
    return open_results(folder / "x.zarr"), tables(folder), counts


def tables(folder):
    return [pq.read_table(folder / f"x.{name}.parquet") for name in ("audit", "causes")]


def assert_same_and_tidy(folder, undisturbed):
    assert differences(open_results(folder / "x.zarr"), undisturbed[0]) == []
    assert all(found.equals(known) for found, known in zip(tables(folder), undisturbed[1], strict=True))
    assert contents(folder) == ["x.audit.parquet", "x.causes.parquet", "x.zarr"]


@pytest.mark.parametrize("case", [f"{kind} {number}" for kind, count in CASES.items() for number in range(count)])
def test_killed_before_any_call_that_touches_the_disk_it_continues_to_the_same_dataset(tmp_path, undisturbed, case):
    kind, number = case.split()
    calls = undisturbed[2][kind]
    chosen = np.random.default_rng([7, len(kind)]).choice(calls, CASES[kind], replace=False)[int(number)] + 1
    request(tmp_path / "x.zarr", BEFORE)
    assert exit_code(tmp_path / "x.zarr", KILL_BEFORE=f"{kind}:{chosen}") == -signal.SIGKILL
    request(tmp_path / "x.zarr")
    assert_same_and_tidy(tmp_path, undisturbed)


@pytest.mark.parametrize("moment", [0.0, 0.15, 0.4])
def test_killed_at_any_moment_while_its_workers_compute_it_continues_to_the_same_dataset(tmp_path, undisturbed, moment):
    request(tmp_path / "x.zarr", BEFORE)
    program = [sys.executable, "-W", "error", str(TESTS / "fake_cli.py")]
    command = [*program, *words(tmp_path / "x.zarr", "--jobs", 2)]
    process = subprocess.Popen(command, env={**os.environ, "FAKE_SLEEP": "0.6"})
    parts = tmp_path / "x.zarr.parts"
    until = time.monotonic() + 30
    while not list(parts.glob("0*.json")):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.01)
    time.sleep(moment)
    process.kill()  # its workers finish what they have begun
    assert process.wait() == -signal.SIGKILL
    assert 0 < request(tmp_path / "x.zarr").computed < RUNS - BEFORE
    assert_same_and_tidy(tmp_path, undisturbed)
