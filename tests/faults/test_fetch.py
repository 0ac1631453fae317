"""`pingcang fetch` with the real AkShare in a process of its own: killed, interrupted, on a full disk."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from exchanges.site import MONDAY, Site, contents, need_akshare, served

PROGRAM = [sys.executable, "-W", "error", str(Path(__file__).parents[1] / "exchanges" / "fetch_cli.py")]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


@pytest.fixture(autouse=True)
def _akshare():
    need_akshare()


def start(address, folder, *options, **environment):
    return subprocess.Popen(
        [*PROGRAM, address, "fetch", str(folder), "--from", str(MONDAY), "--detail", "--quiet", *options],
        env={**os.environ, **environment},
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


class Waiting(Site):
    """Keeps one request waiting until `go` is set: the process is there, half-way."""

    def __init__(self, at):
        super().__init__()
        self.at, self.go = at, threading.Event()

    def answer(self, url):
        found = super().answer(url)
        if len(self.asked) == self.at:
            self.at = -1
            assert self.go.wait(60)
        return found


def until_asked(site, number):
    until = time.monotonic() + 30
    while len(site.asked) < number:
        assert time.monotonic() < until, "nothing was asked in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    need_akshare()
    folder = tmp_path_factory.mktemp("undisturbed")
    with served(Site()) as address:
        assert finish(start(address, folder)) == (0, "")
    return contents(folder)


@pytest.mark.parametrize("at", [8, 20])
def test_killed_half_way_and_given_again_the_files_are_those_of_an_undisturbed_fetch(tmp_path, undisturbed, at):
    site = Waiting(at)
    with served(site) as address:
        process = start(address, tmp_path / "x")
        until_asked(site, at)
        process.kill()
        process.communicate()
        site.go.set()
        assert process.returncode == -signal.SIGKILL
        kept = contents(tmp_path / "x")
        assert len(kept) < len(undisturbed) and kept.items() <= undisturbed.items(), "what is there is whole"
        asked = len(site.asked)
        assert finish(start(address, tmp_path / "x")) == (0, "")
    assert contents(tmp_path / "x") == undisturbed
    assert len(site.asked) - asked < 29, "what was there is not asked again"


def test_ctrl_c_is_answered_in_one_line_and_the_same_command_goes_on(tmp_path, undisturbed):
    site = Waiting(12)
    with served(site) as address:
        process = start(address, tmp_path / "x")
        until_asked(site, 12)
        os.killpg(process.pid, signal.SIGINT)
        code, errors = finish(process)
        site.go.set()
        assert code == 130 and errors.count("\n") == 1
        assert (
            errors.startswith("pingcang: interrupted: ") and "the same command goes on with what is missing" in errors
        )
        assert finish(start(address, tmp_path / "x")) == (0, "")
    assert contents(tmp_path / "x") == undisturbed


def test_a_full_disk_is_told_in_one_line_and_loses_nothing(tmp_path, undisturbed):
    with served(Site()) as address:
        code, errors = finish(start(address, tmp_path / "x", FETCH_LIMIT="600"))  # the series is larger
        assert code == 3 and errors.count("\n") == 1
        assert "stock_margin_account_info.csv: cannot be written (File too large); free the disk" in errors
        assert "new files kept in" in errors
        assert contents(tmp_path / "x") == {}
        assert finish(start(address, tmp_path / "x")) == (0, "")
    assert contents(tmp_path / "x") == undisturbed


def test_a_second_command_in_the_same_folder_is_refused_while_the_first_works(tmp_path, undisturbed):
    site = Waiting(6)
    with served(site) as address:
        first = start(address, tmp_path / "x")
        until_asked(site, 6)
        code, errors = finish(start(address, tmp_path / "x"))
        site.go.set()
        assert code == 2 and "another pingcang fetch is at work here" in errors
        assert finish(first) == (0, "")
    assert contents(tmp_path / "x") == undisturbed
