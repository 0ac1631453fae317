"""A disk that is really full: finished runs are kept, and when there is room the same command continues."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes import FakeMarket, loaded
from pingcang.montecarlo.ledger import status
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results

TESTS = Path(__file__).parents[1]
RUNS = 12
SMALL_DISK = """
set -e
mount -t tmpfs -o size={size} tmpfs {disk} || exit 77
set +e
"$@"
code=$?
cp -a {disk}/. {saved}
umount {disk}
exit $code
"""
"""The command on a disk of its own; what it leaves is saved before the disk goes."""
NAME_SPACES = ["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]
"""In which nobody else sees the disk: root's, and those that many systems let users have."""


def on_a_small_disk(size, tmp_path, *words):
    """Exit code and standard error of a command."""
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    saved.mkdir()
    script = ["bash", "-c", SMALL_DISK.format(size=size, disk=disk, saved=saved), "bash"]
    for namespace in NAME_SPACES if shutil.which("unshare") else ():
        done = subprocess.run([*namespace, *script, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != 77 and "unshare" not in done.stderr:
            return done.returncode, done.stderr
    pytest.skip("no small disk can be mounted here; tests/borders/test_storage_faults.py limits files instead")


def request(store):
    return run_many(loaded(text="made up"), runs=RUNS, out=store, record=["stocks"], simulate=FakeMarket())


@pytest.mark.parametrize(
    ("kibibytes", "while_it"),
    [(150, "computes"), (400, "merges")],
)
def test_a_full_disk_is_told_in_one_line_and_loses_no_finished_run(tmp_path, kibibytes, while_it):
    command = [sys.executable, "-W", "error", TESTS / "fake_cli.py", "run", "made_up", "--quiet", "--record", "stocks"]
    code, errors = on_a_small_disk(
        f"{kibibytes}k", tmp_path, *command, "--runs", RUNS, "--out", tmp_path / "disk" / "x.zarr"
    )
    assert code == 3 and errors.count("\n") == 1
    assert "cannot be written (No space left on device); free the disk or choose another place" in errors
    found = status(tmp_path / "saved" / "x.zarr")
    assert f"{len(found.done)} of {RUNS} runs are finished and kept" in errors
    assert 0 < len(found.done) < RUNS if while_it == "computes" else len(found.done) == RUNS
    assert not found.damaged and not list((tmp_path / "saved").rglob("*.tmp*"))

    store = tmp_path / "saved" / "x.zarr"
    assert not store.exists()
    assert request(store).computed == RUNS - len(found.done)
    request(tmp_path / "y.zarr")
    assert differences(open_results(store), open_results(tmp_path / "y.zarr")) == []
