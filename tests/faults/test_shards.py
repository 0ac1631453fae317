"""Array jobs: processes that know nothing of each other but a folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import FakeMarket, loaded
from pingcang.montecarlo.ledger import status
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results

PROGRAM = [sys.executable, "-W", "error", str(Path(__file__).parents[1] / "fake_cli.py"), "run", "made_up"]
RUNS = 16

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")


def start(folder, number, *options, **environment):
    request = ["--out", folder / "x.zarr", "--runs", RUNS, "--shard", f"{number}/3", *options]
    return subprocess.Popen(
        [*PROGRAM, *map(str, request)],
        env={**os.environ, "FAKE_LOG": str(folder / f"log{number}"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def request(store):
    return run_many(loaded(text="made up"), runs=RUNS, out=store, simulate=FakeMarket())


def test_shards_at_once_compute_each_run_once_also_when_one_is_killed_and_given_again(tmp_path):
    shards = [start(tmp_path, number, FAKE_SLEEP="0.2") for number in (1, 2, 3)]
    while not list((tmp_path / "x.zarr.parts").glob("000001-*.json")):  # the second has begun
        assert shards[1].poll() is None, shards[1].stderr.read()
    shards[1].kill()
    for shard in shards:
        shard.communicate(timeout=60)
    left = set(range(1, RUNS, 3)) & set(status(tmp_path / "x.zarr").pending)
    assert left and [shards[0].returncode, shards[2].returncode] == [0, 0]

    (tmp_path / "log2").unlink()
    again = start(tmp_path, 2)
    told, errors = again.communicate(timeout=60)
    assert again.returncode == 0 and errors == "pingcang: made_up, seed 0, shard 2/3, 5 runs …\n"
    assert told == (
        f"shard 2/3: 5 of 5 runs are done, {RUNS} of {RUNS} in all\n"
        "all runs are done; the same command without --shard merges them\n"
    )
    assert set(map(int, (tmp_path / "log2").read_text().split())) == left
    assert sorted(map(int, ((tmp_path / "log1").read_text() + (tmp_path / "log3").read_text()).split())) == [
        run for run in range(RUNS) if run % 3 != 1
    ]
    assert request(tmp_path / "x.zarr").computed == 0
    request(tmp_path / "y.zarr")
    assert differences(open_results(tmp_path / "x.zarr"), open_results(tmp_path / "y.zarr")) == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log1", "log2", "log3", "x.zarr", "y.zarr"]
