"""The folder: TABLE/DATE.csv in AkShare's own columns, TABLE.csv for a series; each file is whole or not there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pingcang.errors import ScenarioError
from pingcang.leverage.fetch.tables import Span, Table
from pingcang.results.files import remove, storage_errors, written_whole

if TYPE_CHECKING:
    import pandas as pd

LOCK, UNFINISHED = ".fetch.lock", ".unfinished"


class Folder:
    """Files that are there, and how new ones come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unfinished = path / UNFINISHED

    def file(self, table: Table, day: dt.date) -> Path:
        """Where the figures of a day are; a series has one file."""
        if table.span is Span.SERIES:
            return self.path / f"{table.name}.csv"
        return self.path / table.name / f"{day}.csv"

    def days(self, table: Table) -> set[dt.date]:
        """The days of which there are figures."""
        return {day for file in (self.path / table.name).glob("*.csv") if (day := _day(file.stem)) is not None}

    def write(self, table: Table, day: dt.date, frame: pd.DataFrame) -> None:
        """Write the figures of a day whole, in place of those that were there."""
        file = self.file(table, day)
        with storage_errors(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(file, self.unfinished) as temporary:
                frame.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out, and throw away what a killed one left unfinished."""
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / LOCK).open("a+b")
        with lock:
            with storage_errors(self.path):
                free = _locked(lock)
            if not free:
                raise ScenarioError(
                    f"{self.path}: another pingcang fetch is at work here; wait for it, or fetch into another folder"
                )
            try:
                with storage_errors(self.path):
                    remove(self.unfinished)
                    self.unfinished.mkdir()
                yield
            finally:
                remove(self.unfinished)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _locked(lock: IO[bytes]) -> bool:
    """Lock a file; the system unlocks it when its process ends, however it ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # of POSIX and of Windows
        return False
    return True
