"""What a fetch did: new files, files that were there, days without figures, and what failed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Failure(NamedTuple):
    """A table that could not be fetched further, from which day to which it was asked, and what came."""

    table: str
    site: str
    first: dt.date
    last: dt.date
    what: str

    def __str__(self) -> str:
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.site}, {self.table}, {days}: {self.what}"


@dataclass
class TableReport:
    """Of one table: days written, days that were there, and days without figures."""

    written: list[dt.date] = field(default_factory=list)
    kept: int = 0
    unpublished: list[dt.date] = field(default_factory=list)
    gaps: list[dt.date] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "written": len(self.written),
            "first_written": str(min(self.written)) if self.written else None,
            "last_written": str(max(self.written)) if self.written else None,
            "kept": self.kept,
            "not_published_yet": [str(day) for day in self.unpublished],
            "without_figures": [str(day) for day in self.gaps],
        }


@dataclass
class Fetched:
    """The whole: `closed` are weekdays on which neither exchange has figures."""

    folder: Path
    first: dt.date
    last: dt.date
    tables: dict[str, TableReport]
    closed: list[dt.date] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    requests: int = 0

    @property
    def written(self) -> int:
        """New files."""
        return sum(len(table.written) for table in self.tables.values())

    def kept(self) -> str:
        """What an interruption loses, which is nothing."""
        files = f"{self.written:,} new file{'s' if self.written != 1 else ''}"
        return f"{files} kept in {self.folder}; the same command goes on with what is missing"

    def told(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "folder": str(self.folder),
            "from": str(self.first),
            "to": str(self.last),
            "requests": self.requests,
            "tables": {name: table.told() for name, table in self.tables.items()},
            "closed_weekdays": [str(day) for day in self.closed],
            "failures": [
                {**each._asdict(), "first": str(each.first), "last": str(each.last)} for each in self.failures
            ],
        }
