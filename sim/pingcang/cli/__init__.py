"""The command line: `pingcang run china_2015`.

Whatever goes wrong is told in one line a problem on standard error, without a traceback, and in the exit
code: 0 done, 1 some runs failed, 2 the input is wrong, 3 the disk, the cluster or the network failed, 130 interrupted.
"""

from __future__ import annotations

from pingcang.cli import app_command as _app_command  # noqa: F401 - it adds its commands to app
from pingcang.cli import book_command as _book_command  # noqa: F401 - it adds its commands to app
from pingcang.cli import calibrate_commands as _calibrate_commands  # noqa: F401 - it adds its commands to app
from pingcang.cli import compare_command as _compare_command  # noqa: F401 - likewise
from pingcang.cli import fetch_command as _fetch_command  # noqa: F401
from pingcang.cli import fork_command as _fork_command  # noqa: F401 - likewise
from pingcang.cli import monitor_command as _monitor_command  # noqa: F401 - likewise
from pingcang.cli import regimes_command as _regimes_command  # noqa: F401
from pingcang.cli import report_command as _report_command  # noqa: F401
from pingcang.cli import rules_commands as _rules_commands  # noqa: F401
from pingcang.cli import search_commands as _search_commands  # noqa: F401 - it adds its commands to app
from pingcang.cli import study_commands as _study_commands  # noqa: F401
from pingcang.cli import thresholds_command as _thresholds_command  # noqa: F401
from pingcang.cli import trace_command as _trace_command  # noqa: F401
from pingcang.cli.commands import app


def main() -> None:
    """The entry point `pingcang`."""
    app(prog_name="pingcang")


__all__ = ["app", "main"]
