"""What a code in a list of marginable securities names: an A share, a fund or a bond; a stock's exchange and board."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.loaders.cells import board_of, six_digits
from pingcang.loaders.table import Table, plain, refuse

BOARDS = {
    "sse_main": "SSE",
    "star": "STAR",
    "szse_main": "SZSE",
    "sme": "SME",
    "chinext": "ChiNext",
    "bse": "BSE",
}
"""Boards by the number of a code (cells.board_of), as the monitor names them (leverage/variables.py)."""
_EXCHANGES = {"SSE": "SSE", "STAR": "SSE", "SZSE": "SZSE", "SME": "SZSE", "ChiNext": "SZSE", "BSE": "BSE"}
_OTHER = re.compile(
    r"(?:=\"?)?(?:(?:sh|sz)\.?)?(?:5\d{5}|1[0-8]\d{4})(?:\.0)?(?:\.(?:sh|sz|ss|xshg|xshe))?\"?"
    r"|sh\.?0[12]\d{4}|0[12]\d{4}\.(?:sh|ss|xshg)"
)
"""Funds (SSE 50 to 58, SZSE 15 to 18) and bonds (SSE 01, 02, 10 to 13; SZSE 10 to 14)."""


def securities(table: Table, column: str, exchange: str) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Position of each row in the ascending list of six-digit codes of A shares, and that list.

    Funds and bonds, which are marginable too, have position −1. `exchange` is that of the file, "" if it does not say.
    DataError for anything else: B shares, indices, footers.
    """
    position, printed = pd.factorize(table.frame[column].astype("string").fillna(""))
    cleaned = [_code(str(text), exchange) for text in printed]
    bad = np.flatnonzero(np.array([code is None for code in cleaned], dtype=bool)[position])
    if len(bad):
        refuse(
            table,
            bad,
            column,
            lambda row: (
                f"found {table.frame[column].iloc[row]!r}, must be the code of an A share, a fund or a bond like "
                "600000, sh600000 or 600000.SH; leave out indices, B shares and footers"
            ),
        )
    order = sorted({code for code in cleaned if code})
    place = {code: j for j, code in enumerate(order)} | {"": -1}
    return np.array([place[code or ""] for code in cleaned], dtype=np.intp)[position], order


def _code(text: str, exchange: str) -> str | None:
    """Six digits of an A share, '' for a fund or a bond, None for what is neither."""
    cleaned = plain(text)
    if exchange == "SSE" and re.fullmatch(r"0[12]\d{4}", cleaned):
        return ""
    code = six_digits(text)
    if code:
        return code if exchange in ("", exchange_of(code)) else None
    return "" if _OTHER.fullmatch(cleaned) else None


def board(code: str) -> str:
    """SSE, STAR, SZSE, SME (until 2021), ChiNext or BSE."""
    return BOARDS[board_of(code)]


def exchange_of(code: str) -> str:
    """SSE, SZSE or BSE, by a stock's six digits."""
    return _EXCHANGES[board(code)]


def fund_exchange(text: str) -> str:
    """SSE or SZSE, by the code of a fund; '' for bonds, whose numbers both exchanges use."""
    digits = re.sub(r"\D", "", text)
    return "SSE" if digits.startswith("5") else "SZSE" if digits.startswith(("15", "16", "18")) else ""
