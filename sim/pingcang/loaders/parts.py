"""Files, lists of files and folders of one kind as parts: rows with the same columns, each with its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pingcang.arrays import Floats
from pingcang.errors import DataError
from pingcang.loaders.cells import Dates, dates, day_in_name, months, numbers
from pingcang.loaders.columns import Column, Dialect, code_names, match
from pingcang.loaders.table import Table, files_of, read_table, refuse, stacked

MONTHS = ("month", "月份")
"""Columns of months, not days."""
Source = Path | str | Sequence[Path | str]
"""A file, a folder of files, or a list of such."""


@dataclass(frozen=True)
class Part:
    """n rows of files with the same columns: `day` (n) is each one's day, `columns` the columns there are, by field."""

    table: Table
    dialect: Dialect
    columns: Mapping[str, Column]
    day: Dates

    def __len__(self) -> int:
        return len(self.table)

    @property
    def day_column(self) -> str:
        """Where the days stand."""
        return self.columns["date"].name if "date" in self.columns else "name of the file"

    def values(self, field: str, *, money: bool = True) -> Floats:
        """The values of a field in our unit, NaN where empty or not given."""
        if field not in self.columns:
            return np.full(len(self), np.nan)
        column = self.columns[field]
        return numbers(self.table, column.name, column.unit, share=not money, money=money)


def read_parts(
    source: Source, dialects: Sequence[Dialect], needed: Sequence[str], subfolders: Sequence[str] = ()
) -> list[Part]:
    """The rows of all files of a source, those with the same columns together.

    A file without a column of days holds one day, which is in its name. A folder with `subfolders` gives their files.
    DataError for files that cannot be read, and for columns of no dialect.
    """
    text = code_names(dialects)
    groups: dict[tuple[str, ...], list[Table]] = {}
    for path in paths_of(source, subfolders):
        table = read_table(path, text)
        groups.setdefault(tuple(table.frame.columns), []).append(table)
    return [_part(stacked(tables), dialects, needed) for tables in groups.values()]


def paths_of(source: Source, subfolders: Sequence[str] = ()) -> list[Path]:
    """The files of a source, by name in each folder; DataError if there are none."""
    sources = [Path(source)] if isinstance(source, str | Path) else [Path(one) for one in source]
    if not sources:
        raise DataError("files: none are given; name a file, a folder, or a list of them")
    return [path for one in sources for path in (_inside(one, subfolders) if one.is_dir() else [one])]


def _inside(folder: Path, subfolders: Sequence[str]) -> list[Path]:
    found = [folder / name for name in subfolders if (folder / name).is_dir()]
    return [path for one in found or [folder] for path in files_of(one)]


def place_of(source: Source) -> str:
    """A source in words, for messages about all of it."""
    if isinstance(source, str | Path):
        return str(source)
    told = [str(one) for one in source]
    return ", ".join(told) if len(told) <= 3 else f"{told[0]}, ... ({len(told)} files)"


def _part(table: Table, dialects: Sequence[Dialect], needed: Sequence[str]) -> Part:
    dialect, columns = match(table, dialects, needed)
    if "date" not in columns:
        return Part(table, dialect, columns, _days_in_names(table, dialect))
    name = columns["date"].name
    day = months(table, name) if name in MONTHS else dates(table, name)
    _check_names(table, name, day)
    return Part(table, dialect, columns, day)


def _days_in_names(table: Table, dialect: Dialect) -> Dates:
    found = np.array([day_in_name(path.name) for path in table.paths], dtype="datetime64[D]")
    lacking = np.flatnonzero(np.isnat(found))
    if len(lacking):
        name = next(column.name for column in dialect.columns if column.field == "date")
        raise DataError(
            f"{table.paths[lacking[0]]}:1: columns: found {', '.join(table.frame.columns)} ({dialect.source}), but no "
            f"day, nor is one in the file's name; add a column {name}, or name the file like 2025-09-17.csv"
        )
    weekend = np.flatnonzero(~np.is_busday(found))
    if len(weekend):
        raise DataError(
            f"{table.paths[weekend[0]]}: name of the file: {found[weekend[0]]} is a Saturday or Sunday, on which no "
            "exchange trades; check the name"
        )
    days: Dates = found[table.file]
    return days


def _check_names(table: Table, column: str, day: Dates) -> None:
    """DataError for a file that is named by a day and holds another."""
    named = np.array([_whole_name(path) for path in table.paths], dtype="datetime64[D]")[table.file]
    other = np.flatnonzero(~np.isnat(named) & (day != named))
    if len(other):
        refuse(
            table,
            other,
            column,
            lambda row: (
                f"found {day[row]}, but the file is named {table.paths[int(table.file[row])].name}; fetch that day "
                "again, or rename the file"
            ),
        )


def _whole_name(path: Path) -> np.datetime64:
    """The day that a file is named by, if its name is nothing else."""
    day = day_in_name(path.name)
    alone = path.name.partition(".")[0] in (str(day), str(day).replace("-", ""))
    return day if alone else np.datetime64("NaT", "D")
