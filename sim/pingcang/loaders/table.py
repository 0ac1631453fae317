"""A file of real data as a table that knows where each of its rows stands.

CSV in UTF-8 (with or without byte order mark), UTF-16 or GB18030 (which contains GBK and GB2312), plain or gzipped,
with commas, tabs or semicolons; Parquet; or a folder of such files.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from pingcang.arrays import Array, Ints
from pingcang.errors import DataError

CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz")
ENDINGS = (*CSV_ENDINGS, ".parquet")
MOST_TOLD = 10
"""Rows that are told one by one; the rest are counted."""

_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_SPREADSHEET_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DELIMITERS = (",", "\t", ";")
_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


@dataclass(frozen=True)
class Table:
    """Cells as they were read, columns by their cleaned names.

    frame: n rows; `paths`: the files; `file` (n): which of them a row is from; `line` (n): its line there (CSV, the
    header being line 1) or its number (Parquet, from 1).
    """

    frame: pd.DataFrame
    paths: list[Path]
    file: Ints
    line: Ints

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def source(self) -> Path:
        """The file, or the folder that the files are in."""
        return self.paths[0] if len(self.paths) == 1 else self.paths[0].parent

    @property
    def header(self) -> str:
        """Where the names of the columns stand."""
        return _place(self.paths[0], 1)

    def place(self, row: int) -> str:
        """`file:line` of a row."""
        return _place(self.paths[int(self.file[row])], int(self.line[row]))


def _place(path: Path, line: int) -> str:
    return f"{path}: row {line}" if path.name.lower().endswith(".parquet") else f"{path}:{line}"


def refuse(table: Table, rows: Array, column: str, told: Callable[[int], str]) -> NoReturn:
    """Raise DataError for rows of a table, `told` being what is said of each after its place and column."""
    problems = [f"{table.place(row)}: {column}: {told(row)}" for row in rows[:MOST_TOLD].tolist()]
    if len(rows) > MOST_TOLD:
        problems.append(f"{table.source}: {column}: {len(rows) - MOST_TOLD:,} rows more have the same fault")
    raise DataError(*problems)


def plain(text: str) -> str:
    """Text without a byte order mark, outer blanks, full-width forms and capitals."""
    return unicodedata.normalize("NFKC", text).strip("\ufeff \t\r\n'\"").lower()


def read_table(path: Path | str, text_columns: Sequence[str] = ()) -> Table:
    """The table in a file, `text_columns` (cleaned names) being kept as text; DataError if there is none."""
    path = Path(path)
    name = path.name.lower()
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; check the path")
    if not name.endswith(ENDINGS):
        raise DataError(f"{path}: is of no kind that can be read; allowed are {', '.join(ENDINGS)}; export it as CSV")
    frame = _parquet(path) if name.endswith(".parquet") else _csv(path, set(text_columns))
    frame = frame[[column for column in frame.columns if not column.startswith("unnamed")]]
    line = np.asarray(frame.index, dtype=np.int64)
    filled = frame.notna().any(axis=1).to_numpy()
    frame, line = frame[filled].reset_index(drop=True), line[filled]
    if frame.empty:
        raise DataError(f"{path}:1: no rows below the header; the file is empty, or its export failed")
    return Table(frame, [path], np.zeros(len(frame), np.int64), line)


def stacked(tables: Sequence[Table]) -> Table:
    """Tables with the same columns as one; DataError names two files whose columns differ."""
    first = tables[0]
    for other in tables[1:]:
        if list(other.frame.columns) != list(first.frame.columns):
            raise DataError(
                f"{other.header}: columns: found {', '.join(other.frame.columns)}, but {first.paths[0].name} has "
                f"{', '.join(first.frame.columns)}; put files of one kind into one folder"
            )
    sizes = [len(table) for table in tables]
    return Table(
        pd.concat([table.frame for table in tables], ignore_index=True),
        [table.paths[0] for table in tables],
        np.repeat(np.arange(len(tables)), sizes),
        np.concatenate([table.line for table in tables]),
    )


def files_of(folder: Path) -> list[Path]:
    """The readable files of a folder by name; DataError if there are none."""
    found = sorted(p for p in folder.iterdir() if p.name.lower().endswith(ENDINGS) and not p.name.startswith("."))
    if not found:
        raise DataError(
            f"{folder}: holds no {', '.join(ENDINGS)}; name a file, or a folder with one file a stock or a day"
        )
    return found


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa

    try:
        frame = pd.read_parquet(path)
    except (OSError, pa.ArrowException) as reason:
        raise DataError(f"{path}: cannot be read as Parquet ({reason}); export it again") from None
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    frame.columns = pd.Index(_names(path, [str(column) for column in frame.columns]))
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _csv(path: Path, text_columns: set[str]) -> pd.DataFrame:
    data = _decoded(path, _bytes(path))
    above = len(data) - len(data.lstrip("\r\n"))
    first = data[above:].partition("\n")[0].rstrip("\r")
    if not first.strip():
        raise DataError(f"{path}:1: the file is empty; export it again")
    if "," not in first and "，" in first:
        data, first = data.replace("，", ","), first.replace("，", ",")
    blank_lines = data[:above].count("\n")
    delimiter = max(_DELIMITERS, key=first.count)
    names = _names(path, next(csv.reader([first], delimiter=delimiter)))
    frame = _parsed(path, data[above:], delimiter, names, blank_lines, text_columns)
    frame.index = pd.RangeIndex(blank_lines + 2, blank_lines + 2 + len(frame))
    return frame


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as reason:
        raise DataError(f"{path}: cannot be read ({reason}); fetch or export it again") from None
    if data.startswith(_SPREADSHEET_MARKS):
        raise DataError(f"{path}: is a spreadsheet or an archive, not a CSV; save it as CSV")
    return data


def _decoded(path: Path, data: bytes) -> str:
    for encoding in ("utf-16",) if data.startswith(_UTF16_MARKS) else _ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError(f"{path}: is no text in UTF-8, UTF-16 or GB18030 (GBK); save it as CSV in UTF-8")


def _names(path: Path, printed: list[str]) -> list[str]:
    names = [plain(name) or f"unnamed {j}" for j, name in enumerate(printed)]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DataError(f"{path}:1: columns: {', '.join(map(repr, twice))} stands there twice; keep one of them")
    return names


def _parsed(
    path: Path, text: str, delimiter: str, names: list[str], blank_lines: int, text_columns: set[str]
) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.StringIO(text),
                sep=delimiter,
                header=0,
                names=names,
                index_col=False,
                dtype={name: str for name in names if name in text_columns},
                skip_blank_lines=False,
                low_memory=False,
            )
    except pd.errors.ParserWarning:
        raise DataError(_ragged(path, blank_lines + 2, len(names), "more")) from None
    except pd.errors.ParserError as reason:
        ragged = _RAGGED.search(str(reason))
        if ragged:
            raise DataError(_ragged(path, blank_lines + int(ragged[2]), int(ragged[1]), ragged[3])) from None
        raise DataError(f"{path}: cannot be read as CSV ({reason}); export it again") from None


def _ragged(path: Path, line: int, expected: int, found: str) -> str:
    if expected == 1:
        return (
            f"{path}:{line}: found {found} cells, the line above has 1, and should be the header; delete the title and "
            "whatever else stands above the names of the columns"
        )
    return (
        f"{path}:{line}: found {found} cells, the header has {expected}; a number with thousands separators must stand "
        "in quotation marks"
    )
