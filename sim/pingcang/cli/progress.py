"""How far the runs are, on standard error: a bar with the time left on a terminal, a plain line elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from pingcang.montecarlo.simulate import OnProgress


@contextmanager
def shown_progress(title: str, runs: int, *, quiet: bool) -> Iterator[OnProgress]:
    """Give the function that the runner tells of its progress, in runs."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        if not quiet:
            print(f"pingcang: {title}, {runs} run{'s' if runs > 1 else ''} …", file=sys.stderr)
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.1f} of {task.total:.0f} runs" if runs > 1 else "{task.percentage:.0f}%"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=runs)
        yield lambda advanced: bar.advance(task, advanced)
