"""How far the runs are, on standard error: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from pingcang.montecarlo.simulate import OnProgress

SOONEST, LATEST = 10.0, 60.0
"""Seconds between two plain lines: never less, and no more as long as the work advances."""
STEP = 0.05
"""Share of the runs that is worth a line before `LATEST`."""
REMEMBERED = 600.0
"""Seconds over which the bar averages the speed: a chunk can take minutes."""


@contextmanager
def shown_progress(title: str, runs: int, *, quiet: bool, unit: str = "run") -> Iterator[OnProgress]:
    """Give the function that the runner tells of its progress, in runs or another unit."""
    console = Console(stderr=True)
    if quiet:
        yield lambda _: None
    elif not console.is_terminal:
        print(f"pingcang: {title}, {runs} {unit}{'s' if runs != 1 else ''} …", file=sys.stderr)
        yield PlainLines(runs, unit=unit)
    else:
        with _bar(console, runs, unit) as bar:
            task = bar.add_task(title, total=runs)
            yield lambda advanced: bar.advance(task, advanced)


def _bar(console: Console, runs: int, unit: str) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:.1f}} of {{task.total:.0f}} {unit}s" if runs > 1 else "{task.percentage:.0f}%"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True, speed_estimate_period=REMEMBERED)


class PlainLines:
    """Prints runs done (or another unit), time elapsed and time left, now and then.

    What was finished before counts for no speed.
    """

    def __init__(self, runs: int, clock: Callable[[], float] = time.monotonic, unit: str = "run") -> None:
        self._runs = runs
        self._unit = unit
        self._clock = clock
        self._began = self._told_at = clock()
        self._before: float | None = None
        self._done = self._told = 0.0

    def __call__(self, advanced: float) -> None:
        """Hear that so many runs more are done; the first call tells what was finished before."""
        self._done += advanced
        if self._before is None:
            self._before = self._told = advanced
            return
        now = self._clock()
        waited = now - self._told_at
        if waited >= SOONEST and (waited >= LATEST or self._done - self._told >= STEP * self._runs):
            print(self._line(now - self._began, self._done - self._before), file=sys.stderr, flush=True)
            self._told_at, self._told = now, self._done

    def _line(self, elapsed: float, computed: float) -> str:
        left = "" if computed <= 0 else f", {duration(elapsed / computed * (self._runs - self._done))} left"
        done = (
            f"{self._done:,.0f} of {self._runs:,} {self._unit}s"
            if self._runs > 1
            else f"{self._done:.0%} of the {self._unit}"
        )
        return f"pingcang: {done}, {duration(elapsed)} elapsed{left}"


def duration(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
