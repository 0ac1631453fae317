"""Which exchange rows are from, and that a market's total needs both."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from pingcang.errors import DataError
from pingcang.loaders.cells import Dates
from pingcang.loaders.parts import Part
from pingcang.loaders.table import refuse
from pingcang.loaders.units import first_ten

Exchange = Literal["SSE", "SZSE"] | None
NAMES = {"SSE": "Shanghai", "SZSE": "Shenzhen", "BSE": "Beijing"}
SUBFOLDERS = ("stock_margin_sse", "stock_margin_szse")
"""Of a folder as `pingcang fetch` writes it: totals of a day, one file a day."""

log = logging.getLogger("pingcang.loaders")


def check_exchange(exchange: str | None) -> None:
    """DataError for an exchange that cannot be read alone."""
    if exchange not in (None, "SSE", "SZSE"):
        raise DataError(f"exchange: found {exchange!r}, must be 'SSE', 'SZSE', or nothing for the market; correct it")


def exchanges_of(part: Part) -> npt.NDArray[np.str_]:
    """(n) SSE, SZSE or BSE, "all" for the whole market, "" where the file does not say."""
    if "exchange" not in part.columns:
        return np.full(len(part), part.dialect.exchange)
    column = part.columns["exchange"].name
    found = part.table.frame[column].astype("string").str.strip().str.upper().fillna("")
    bad = np.flatnonzero(~found.isin([*NAMES, "ALL"]).to_numpy(dtype=bool))
    if len(bad):
        refuse(
            part.table,
            bad,
            column,
            lambda row: f"found {part.table.frame[column].iloc[row]!r}, must be {', '.join(NAMES)}; correct the cell",
        )
    return found.replace("ALL", "all").to_numpy(dtype=np.str_)


def both_needed(place: str, days: Mapping[str, Dates]) -> None:
    """DataError for days that Shanghai or Shenzhen lacks; days that Beijing lacks from its first on are logged."""
    for name, other in (("SZSE", "SSE"), ("SSE", "SZSE")):
        if not len(days[name]):
            raise DataError(
                f"{place}: holds {NAMES[other]} alone; add the files of {NAMES[name]} for the market, or read one "
                f'exchange as such with exchange="{other}" (--exchange {other})'
            )
        lacking = np.setdiff1d(days[other], days[name])
        if len(lacking):
            raise DataError(
                f"{place}: {NAMES[name]} ({name}) has no rows on {first_ten(lacking.tolist())}, {NAMES[other]} has; "
                "the market's total needs both: fetch these days again, or leave them out"
            )
    beijing = days["BSE"]
    if len(beijing):
        lacking = np.setdiff1d(days["SSE"][days["SSE"] > beijing.min()], beijing)
        if len(lacking):
            log.warning(
                "%s: Beijing (BSE) has no rows on %s; their totals are without it", place, first_ten(lacking.tolist())
            )
