"""Sectors, names and boards of stocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.errors import DataError
from pingcang.loaders.cells import codes
from pingcang.loaders.columns import code_names, match
from pingcang.loaders.series_columns import SECTOR_FILES
from pingcang.loaders.table import Table, read_table, refuse


def read_sectors(path: Path | str) -> pd.DataFrame:
    """Index code (six digits, ascending); sector, and name and board where the file gives them, as text.

    DataError names file, row and column: codes twice, codes of no A share, a sector that is empty.
    """
    table = read_table(path, code_names(SECTOR_FILES))
    _, columns = match(table, SECTOR_FILES, ("code", "sector"))
    position, order = codes(table, columns["code"].name)
    rows = np.argsort(position, kind="stable")
    _check_once(table, columns["code"].name, position, order, rows)
    found = pd.DataFrame(
        {
            field: table.frame[columns[field].name].astype("string").str.strip().fillna("").to_numpy(dtype=object)
            for field in ("sector", "name", "board")
            if field in columns
        }
    )
    empty = np.flatnonzero((found["sector"] == "").to_numpy())
    if len(empty):
        refuse(table, empty, columns["sector"].name, lambda row: "is empty; fill the cell, or leave out the stock")
    found = found.iloc[rows]
    found.index = pd.Index(order, name="code")
    return found


def _check_once(
    table: Table, column: str, position: npt.NDArray[np.intp], order: list[str], rows: npt.NDArray[np.intp]
) -> None:
    again = np.flatnonzero(position[rows][1:] == position[rows][:-1])
    if len(again):
        first, second = int(rows[again[0]]), int(rows[again[0] + 1])
        raise DataError(
            f"{table.place(second)}: {column}: {order[position[second]]} stands at {table.place(first)} too; give one "
            "row a stock"
        )
