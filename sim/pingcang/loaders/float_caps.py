"""Float market caps of stocks on one day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pingcang.errors import DataError
from pingcang.loaders.cells import board_of, codes, flags, numbers
from pingcang.loaders.columns import FLOAT_CAP_FILES, code_names, match
from pingcang.loaders.table import read_table, refuse

LEAST, MOST = 1e7, 1e13
"""CNY between which a float cap lies."""


def read_float_caps(path: Path | str) -> pd.DataFrame:
    """Index code (ascending); board, by the number of the code; float_cap in CNY; traded.

    traded is True throughout where the file does not say it.
    DataError names file, row and column: codes twice, caps that are empty or of an impossible magnitude.
    """
    table = read_table(path, code_names(FLOAT_CAP_FILES))
    _, columns = match(table, FLOAT_CAP_FILES, ("code", "float_cap"))
    position, order = codes(table, columns["code"].name)
    first = np.full(len(order), -1)
    for row, code in enumerate(position.tolist()):
        if first[code] >= 0:
            raise DataError(
                f"{table.place(row)}: {columns['code'].name}: {order[code]} stands at {table.place(int(first[code]))} "
                "too; give one day, and one row a stock"
            )
        first[code] = row
    column = columns["float_cap"]
    cap = numbers(table, column.name, column.unit)
    bad = np.flatnonzero(~((cap >= LEAST) & (cap <= MOST)))
    if len(bad):
        refuse(
            table,
            bad,
            column.name,
            lambda row: (
                f"found {cap[row] / column.unit:,.6g}, must be between {LEAST / column.unit:g} and "
                f"{MOST / column.unit:g}, for one unit is {column.unit:g} CNY; check the unit, and leave out stocks "
                "without a float"
            ),
        )
    traded = flags(table, columns["traded"].name) if "traded" in columns else np.ones(len(table), dtype=bool)
    found = pd.DataFrame(
        {"board": [board_of(code) for code in order], "float_cap": cap[first], "traded": traded[first]}
    )
    found.index = pd.Index(order, name="code")
    return found
