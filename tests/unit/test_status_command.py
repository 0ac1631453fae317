import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes import FakeMarket, loaded
from pingcang.cli import app
from pingcang.montecarlo.runner import run_many


def call(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def stores(tmp_path, monkeypatch):
    """x.zarr is finished and run 2 failed; y.zarr is half of a set of shards, and a part of it is damaged."""
    monkeypatch.chdir(tmp_path)
    run_many(loaded(), runs=5, out="x.zarr", simulate=FakeMarket(fail=(2,)))
    run_many(loaded(), runs=6, out="y.zarr", simulate=FakeMarket(), shard="1/2")
    Path(sorted(Path("y.zarr.parts").glob("000002*.npz"))[0]).write_bytes(b"")


def test_a_finished_dataset_is_told_in_ranges_with_the_last_line_of_each_traceback(stores):
    told = call("status", "x.zarr")
    assert told.exit_code == 1
    assert told.stdout == (
        "x.zarr: finished; made_up, seed 0, 5 runs\n"
        "  done          4  0-1, 3-4\n"
        "  failed        1  2\n"
        "  pending       0\n"
    )
    assert told.stderr == "pingcang: run 2 failed: RuntimeError: run 2 was told to fail\n"


def test_a_half_finished_one_names_damaged_parts(stores):
    told = call("status", "y.zarr")
    assert told.exit_code == 0
    assert told.stdout == (
        "y.zarr: unfinished; made_up, seed 0, 6 runs, in 2 shards\n"
        "  done          2  0, 4\n"
        "  failed        0\n"
        "  pending       4  1-3, 5\n"
    )
    assert "pingcang: part 000002-000002-" in told.stderr and "is damaged; the same pingcang run" in told.stderr


def test_json_is_one_object_with_counts_and_ranges(stores):
    found = json.loads(call("status", "x.zarr", "--json").stdout)
    assert found == {
        "store": "x.zarr",
        "scenario": "made_up",
        "seed": 0,
        "runs": 5,
        "merged": True,
        "counts": {"done": 4, "failed": 1, "pending": 0},
        "done": [[0, 1], [3, 4]],
        "failed": [[2, 2]],
        "pending": [],
        "failures": {"2": "RuntimeError: run 2 was told to fail"},
        "damaged_parts": [],
    }


def test_a_whole_traceback_is_printed_on_demand(stores):
    told = call("status", "x.zarr", "--traceback", "2")
    assert told.exit_code == 1
    assert told.stdout.startswith("Traceback (most recent call last):\n")
    assert told.stdout.endswith("RuntimeError: run 2 was told to fail\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("x.zarr", "--traceback", "3"), "--traceback: run 3 did not fail, it is done; choose one of 2"),
        (("x.zarr", "--traceback", "9"), "--traceback: run 9 did not fail, it was not asked for; choose one of 2"),
        (("y.zarr", "--traceback", "1"), "--traceback: run 1 did not fail, it is still to be computed; no run failed"),
        (("z.zarr",), "z.zarr: there is neither a dataset nor an unfinished one; check the path, or begin it"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_way_out(stores, words, told):
    done = call("status", *words)
    assert done.exit_code == 2 and f"pingcang: {told}" in done.stderr


def test_a_shard_tells_how_far_all_are_in_text_and_in_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["run", "one_account", "--runs", "3", "--out", "z.zarr", "--threads", "1"]
    first = call(*words, "--shard", "2/2")
    assert (first.exit_code, first.stderr) == (0, "pingcang: one_account, seed 0, shard 2/2, 1 run …\n")
    assert first.stdout == (
        "shard 2/2: 1 of 1 runs are done, 1 of 3 in all\n"
        "the same command without --shard merges the shards, and computes what is missing\n"
    )
    assert json.loads(call(*words, "--shard", "1/2", "--json").stdout)["counts"]["done"] == 3
    assert call(*words, "--quiet").exit_code == 0
    assert call(*words, "--shard", "1/2").stdout.endswith("3 of 3 in all\ndataset: z.zarr\n")


def test_a_shard_cannot_be_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = call("run", "one_account", "--shard", "1/2", "--plot", "x.png")
    assert told.exit_code == 2 and "--plot: a shard is no dataset to draw" in told.stderr
    assert list(tmp_path.iterdir()) == []
