"""What `pingcang fetch` prints: new files and those that were there, and what the exchanges do not have."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pingcang.leverage.fetch import Fetched

TOLD = 5
"""Days that are named; of more, the first and the last."""


def show_fetched(fetched: Fetched) -> None:
    """A row a table; then days without figures, and why."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(f"{fetched.first} to {fetched.last}")
    for column in ("new", "there before", "last new day"):
        table.add_column(column, justify="right")
    for name, report in fetched.tables.items():
        latest = str(max(report.written)) if report.written else ""
        table.add_row(name, f"{len(report.written):,}", f"{report.kept:,}", latest)
    Console().print(table)
    for line in _remarks(fetched):
        print(line)
    print(f"folder: {fetched.folder} ({fetched.requests:,} request{'s' if fetched.requests != 1 else ''})")


def _remarks(fetched: Fetched) -> list[str]:
    lines = []
    if fetched.closed:
        weekdays = f"{len(fetched.closed)} weekday{'s' if len(fetched.closed) != 1 else ''}"
        lines.append(f"no trading on {weekdays}: {_days(fetched.closed)}")
    for name, report in fetched.tables.items():
        if report.unpublished:
            days = _days(report.unpublished)
            lines.append(f"{name}: not published yet: {days} (figures come on the next trading day); asked again")
        if report.gaps:
            days = _days(report.gaps)
            lines.append(
                f"{name}: no figures of {days}, nor does the other exchange confirm a holiday; asked again in a week"
            )
    return lines


def _days(days: list[dt.date]) -> str:
    if len(days) <= TOLD:
        return ", ".join(map(str, days))
    return f"{days[0]}, …, {days[-1]} ({len(days)} days)"
