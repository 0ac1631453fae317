"""Runs that failed, told on standard error and in the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pingcang.cli.errors import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pingcang.montecarlo.runner import Outcome

MOST_FAILURES_TOLD = 10


def tell_failures(outcome: Outcome) -> None:
    """Damaged parts, and the runs that failed, by name; exit code 1 if there are any."""
    from pingcang.results.ranges import told_ranges

    for name in outcome.damaged:
        say(f"part {name} was damaged; its runs were computed again")
    tell_last_lines(outcome.failures)
    if outcome.failures:
        where = f"the attribute failures of {outcome.store}" if outcome.merged else f"{outcome.store}.parts"
        say(
            f"{len(outcome.failures)} of {outcome.runs} runs failed and are in no statistic: "
            f"{told_ranges(outcome.failed_runs)}; their tracebacks are in {where}; "
            f"pingcang status {outcome.store} --traceback {outcome.failed_runs[0]} shows one"
        )
        raise typer.Exit(1)


def tell_last_lines(failures: Mapping[int, str]) -> None:
    """What went wrong in each of the first failed runs."""
    from pingcang.montecarlo.outcome import last_line

    for run in sorted(failures)[:MOST_FAILURES_TOLD]:
        say(f"run {run} failed: {last_line(failures[run])}")
    if len(failures) > MOST_FAILURES_TOLD:
        say(f"and {len(failures) - MOST_FAILURES_TOLD} more")
