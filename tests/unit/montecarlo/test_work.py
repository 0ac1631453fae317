"""Processes that compute jobs, and those that tidy up after them."""

import subprocess
import sys

from pingcang.montecarlo.work import leftovers_untold

PROGRAM = """
import contextlib, time
from pathlib import Path
from joblib.externals.loky.backend import resource_tracker
from pingcang.montecarlo.work import leftovers_untold
with {around}:
    resource_tracker.ensure_running()
line = Path(f"/proc/{{resource_tracker._resource_tracker._pid}}/cmdline")
while "resource_tracker" not in line.read_text():  # until the new process is what it will be
    time.sleep(0.01)
print(line.read_text())
"""


def command_line_of_the_tracker(around: str) -> list[str]:
    code = PROGRAM.format(around=around)
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return found.stdout.split("\0")


def test_the_resource_tracker_of_joblib_inherits_that_it_does_not_tell_of_leftovers() -> None:
    silenced = "-Wignore:resource_tracker:UserWarning"
    assert silenced in command_line_of_the_tracker("leftovers_untold()")
    assert silenced not in command_line_of_the_tracker("contextlib.nullcontext()")


def test_the_warnings_of_this_process_are_as_before() -> None:
    before = list(sys.warnoptions)
    with leftovers_untold():
        assert sys.warnoptions != before
    assert sys.warnoptions == before
