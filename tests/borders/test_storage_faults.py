"""Real faults: a full disk, a place that cannot be written, Ctrl-C and SIGKILL in real processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes import FakeMarket, loaded
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results

PROGRAM = [sys.executable, "-W", "error", str(Path(__file__).parents[1] / "fake_cli.py"), "run", "made_up"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


def start(*arguments, **faults):
    environment = {**os.environ, **{f"FAKE_{name.upper()}": str(value) for name, value in faults.items()}}
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process):
    """Exit code and standard error of a process that says nothing on standard output."""
    output, errors = process.communicate(timeout=60)
    assert output == "" and "Traceback" not in errors and "Exception ignored" not in errors
    return process.returncode, errors


def wait_for_a_finished_part(folder):
    until = time.monotonic() + 30
    while not any(file.name != "plan.json" and not file.name.startswith(".") for file in folder.glob("*.json")):
        assert time.monotonic() < until, "no part was finished in time"
        time.sleep(0.01)


def same_command(path, runs):
    """What the program does, in this process: the runs that it computed."""
    return run_many(loaded(text="made up"), runs=runs, out=path, simulate=FakeMarket()).computed


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_is_answered_in_one_line_keeps_finished_parts_and_leaves_nothing_half_written(tmp_path, jobs):
    store = tmp_path / "x.zarr"
    process = start("--runs", 12, "--jobs", jobs, "--out", store, "--quiet", sleep=0.3)
    wait_for_a_finished_part(tmp_path / "x.zarr.parts")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    code, errors = finish(process)
    assert code == 130
    assert errors.startswith("pingcang: interrupted: ") and errors.count("\n") == 1
    assert f"kept in {store}.parts; the same command continues" in errors
    assert not store.exists()

    assert 0 < same_command(store, 12) < 12
    same_command(tmp_path / "y.zarr", 12)
    assert differences(open_results(store), open_results(tmp_path / "y.zarr")) == []


def test_after_sigkill_the_same_command_gives_the_undisturbed_dataset(tmp_path):
    store = tmp_path / "x.zarr"
    process = start("--runs", 8, "--out", store, "--quiet", sleep=0.1)
    wait_for_a_finished_part(tmp_path / "x.zarr.parts")
    process.kill()
    process.communicate()
    assert not store.exists()
    assert 0 < same_command(store, 8) < 8
    same_command(tmp_path / "y.zarr", 8)
    assert differences(open_results(store), open_results(tmp_path / "y.zarr")) == []


@pytest.mark.parametrize(
    ("suffix", "limit", "kept"),
    [
        (".zarr", 100, None),  # not even the plan
        (".nc", 20_000, "2 of 2"),  # the parts, not the merged file
    ],
)
def test_a_full_disk_is_told_in_one_line_with_exit_code_3_and_loses_no_finished_run(tmp_path, suffix, limit, kept):
    store = tmp_path / f"x{suffix}"
    code, errors = finish(start("--runs", 2, "--out", store, "--quiet", limit=limit))
    assert code == 3
    assert "cannot be written" in errors and errors.count("\n") == 1
    assert kept is None or f"{kept} runs are finished and kept" in errors
    assert not store.exists() and not list(tmp_path.rglob("*.tmp*"))

    assert same_command(store, 2) == (0 if kept == "2 of 2" else 2)
    assert open_results(store).sizes["run"] == 2


def test_a_disk_that_fills_up_in_a_worker_process_is_told_in_one_line(tmp_path):
    code, errors = finish(start("--runs", 4, "--jobs", 2, "--out", tmp_path / "x.zarr", "--quiet", limit=5_000))
    assert code == 3 and errors.count("\n") == 1 and "File too large" in errors


def test_a_place_that_cannot_be_written_is_told_before_anything_is_simulated(tmp_path):
    (tmp_path / "file").write_text("")
    log = tmp_path / "log"
    code, errors = finish(start("--out", tmp_path / "file" / "x.zarr", "--quiet", log=log))
    assert code == 3 and "cannot be written" in errors and errors.count("\n") == 1
    assert not log.exists()
