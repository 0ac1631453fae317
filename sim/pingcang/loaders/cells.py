"""Cells as numbers, dates and codes of stocks; what cannot be one is refused by row and column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.arrays import Array, Bools, Floats
from pingcang.loaders.table import Table, plain, refuse

Dates = npt.NDArray[np.datetime64]
"""Days, datetime64[D]."""

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""The exchanges opened in 1990."""

_NOTHING = ("", "-", "--", "---", "—", "nan", "none", "null", "n/a", "<na>", "nat")
_THOUSANDS = r"^([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?)$"
_DATE = re.compile(
    r"(\d{4})(?:([-/.年])(\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))"
    r"(?:[ t]\d{2}:\d{2}(?::\d{2}(?:\.0+)?)?|\.0)?"
)
_DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")
_DAY_FIRST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[ t].*)?|\d{2}[-/.]\d{1,2}[-/.]\d{1,2}")
_MONTH = re.compile(r"(\d{4})[-/.年]?(\d{1,2})月?(?:份)?")
_OWN_UNIT = r"^([+-]?[\d.,]+)(万亿|亿|万)?元?$"
_WORTH = {"万亿": 1e12, "亿": 1e8, "万": 1e4}
_CODE = re.compile(r"(?:=\"?)?(?:(sh|sz|bj)\.?)?(\d{1,6})(?:\.0)?(?:\.(sh|sz|bj|ss|xshg|xshe))?\"?")
_EXCHANGE = {"ss": "sh", "xshg": "sh", "xshe": "sz"}
_FIRST_DIGITS = {"sh": ("6",), "sz": ("0", "3"), "bj": ("4", "8", "92")}
_BOARDS = {
    "60": "sse_main",
    "688": "star",
    "689": "star",
    "300": "chinext",
    "301": "chinext",
    "302": "chinext",
    "002": "sme",
    "003": "szse_main",
    "000": "szse_main",
    "001": "szse_main",
}


def board_of(code: str) -> str:
    """The board of a six-digit code of an A share, by the exchanges' ranges of numbers; '' if there is none.

    sse_main, szse_main, sme (the small and medium board, 002), chinext, star, bse.
    """
    for digits, board in _BOARDS.items():
        if code.startswith(digits):
            return board
    return "bse" if code.startswith(_FIRST_DIGITS["bj"]) else ""


def numbers(table: Table, column: str, unit: float = 1.0, *, share: bool = False, money: bool = False) -> Floats:
    """A column times its unit, NaN where a cell is empty.

    Thousands separators and full-width digits are understood; so is a percent sign where the value is a `share`, and
    万, 亿 or 元 behind a number where it is `money`: they overrule the unit. DataError for anything else, and for
    infinity.
    """
    cells = table.frame[column]
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        found = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        factor: Floats | float = unit
    else:
        found, factor = _numbers_in_text(table, column, unit, "share" if share else "money" if money else "")
    infinite = np.flatnonzero(np.isinf(found))
    if len(infinite):
        refuse(table, infinite, column, lambda row: f"found {cells.iloc[row]}, must be a finite number")
    return found * factor


def _numbers_in_text(table: Table, column: str, unit: float, kind: str) -> tuple[Floats, Floats]:
    text = table.frame[column].astype("string").str.normalize("NFKC").str.strip().fillna("")
    factor = np.full(len(text), unit)
    if kind == "share":
        text, factor = _percent(text, factor)
    if kind == "money":
        text, factor = _own_units(text, factor)
    grouped = text.str.match(_THOUSANDS).to_numpy(dtype=bool)
    if grouped.any():
        text = text.where(~grouped, text.str.replace(",", ""))
    empty = text.str.lower().isin(_NOTHING).to_numpy(dtype=bool)
    found = pd.to_numeric(text.astype(object), errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(np.isnan(found) & ~empty)
    if len(bad):
        allowed = "a number like 1234.5 or 1,234.5" + {"share": ", or a share like 1.5%", "money": ", or 1.23亿"}.get(
            kind, ""
        )
        refuse(
            table, bad, column, lambda row: f"found {_printed(table, column, row)}, must be {allowed}; correct the cell"
        )
    return found, factor


def _percent(text: pd.Series, factor: Floats) -> tuple[pd.Series, Floats]:
    percent = text.str.endswith("%").to_numpy(dtype=bool)
    if percent.any():
        text = text.where(~percent, text.str.removesuffix("%").str.strip())
    return text, np.where(percent, 0.01, factor)


def _own_units(text: pd.Series, factor: Floats) -> tuple[pd.Series, Floats]:
    marked = text.str.contains("[万亿元]", regex=True).to_numpy(dtype=bool)
    if not marked.any():
        return text, factor
    parts = text[marked].str.replace(" ", "").str.extract(_OWN_UNIT)
    understood = marked.copy()
    understood[marked] = parts[0].notna().to_numpy(dtype=bool)
    found = parts[parts[0].notna()]
    factor = factor.copy()
    factor[understood] = [_WORTH.get(str(unit), 1.0) for unit in found[1]]
    text = text.copy()
    text[understood] = found[0].to_numpy()
    return text, factor


def _printed(table: Table, column: str, row: int) -> str:
    cell = table.frame[column].iloc[row]
    return "nothing" if pd.isna(cell) else repr(str(cell))


def dates(table: Table, column: str) -> Dates:
    """A column of days: 20150302, 2015-03-02, 2015/3/2, 2015.3.2 or 2015年3月2日, mixed, with or without a time.

    DataError for anything else, for days that are not in the calendar, and for Saturdays and Sundays, on which the
    exchanges are closed.
    """
    cells = table.frame[column]
    if pd.api.types.is_datetime64_any_dtype(cells):
        cells = cells.dt.strftime("%Y-%m-%d")
    position, printed = pd.factorize(cells.astype("string").fillna(""))
    days = np.array([_day(text) for text in printed], dtype="datetime64[D]")
    bad = np.flatnonzero(np.isnat(days)[position])
    if len(bad):
        _refuse_days(
            table,
            bad,
            column,
            lambda row: (
                f"must be a day between {FIRST_YEAR} and {LAST_YEAR} like 2015-03-02, 20150302 or 2015/3/2; "
                f"{_way_out(table, column, row)}"
            ),
        )
    weekend = np.flatnonzero(~np.is_busday(days)[position])
    if len(weekend):
        told = "a Saturday or Sunday, on which no exchange trades; check day and month"
        _refuse_days(table, weekend, column, lambda _: told)
    found: Dates = days[position]
    return found


def _refuse_days(table: Table, rows: Array, column: str, told: Callable[[int], str]) -> NoReturn:
    refuse(table, rows, column, lambda row: f"found {_printed(table, column, row)}, {told(row)}")


def _way_out(table: Table, column: str, row: int) -> str:
    if _DAY_FIRST.fullmatch(plain(str(table.frame[column].iloc[row]))):
        return "which of its numbers is day, month or year is not plain: write the year first, with four digits"
    return "correct the cell"


def day_in_name(name: str) -> np.datetime64:
    """The day in the name of a file, 2025-09-17.csv or margin_20250917.csv; not a time if there is none."""
    found = {_day("".join((match[1], match[3], match[4]))) for match in _DATE_IN_NAME.finditer(name)}
    days = [one for one in found if not np.isnat(one)]
    return days[0] if len(days) == 1 else np.datetime64("NaT", "D")


def months(table: Table, column: str) -> Dates:
    """A column of months, 2025-08, 202508 or 2025年08月份, as their last days; DataError for anything else."""
    found = [_MONTH.fullmatch(plain(str(text))) for text in table.frame[column]]
    bad = np.flatnonzero([not match or not 1 <= int(match[2]) <= 12 for match in found])
    if len(bad):
        refuse(
            table,
            bad,
            column,
            lambda row: f"found {_printed(table, column, row)}, must be a month like 2025-08; correct the cell",
        )
    first = np.array([f"{match[1]}-{int(match[2]):02d}" for match in found if match], dtype="datetime64[M]")
    last: Dates = (first + 1).astype("datetime64[D]") - 1
    return last


def _day(text: str) -> np.datetime64:
    match = _DATE.fullmatch(plain(text))
    if not match:
        return np.datetime64("NaT", "D")
    month, day = (match[3], match[4]) if match[2] else (match[5], match[6])
    try:
        found = dt.date(int(match[1]), int(month), int(day))
    except ValueError:
        return np.datetime64("NaT", "D")
    return np.datetime64(found if FIRST_YEAR <= found.year <= LAST_YEAR else "NaT", "D")


def check_days_once(table: Table, column: str, days: Dates) -> None:
    """DataError if a day stands in two rows."""
    order = np.argsort(days, kind="stable")
    again = np.flatnonzero(days[order][1:] == days[order][:-1])
    if len(again):
        first, second = int(order[again[0]]), int(order[again[0] + 1])
        refuse(
            table,
            order[again[:1] + 1],
            column,
            lambda row: f"{days[second]} stands at {table.place(first)} too; keep one of the rows",
        )


def codes(table: Table, column: str) -> tuple[npt.NDArray[np.intp], list[str]]:
    """A column of A-share codes: position of each row in the ascending list of six-digit codes, and that list.

    600000, sh600000, sh.600000, 600000.SH and 600000.XSHG are one code; 1 is 000001, whose leading zeros a spreadsheet
    has eaten. DataError for anything else, for B shares, and for an exchange that does not go with the number
    (000001.SH is an index).
    """
    position, printed = pd.factorize(table.frame[column].astype("string").fillna(""))
    cleaned = [six_digits(str(text)) for text in printed]
    bad = np.flatnonzero(np.array([not code for code in cleaned], dtype=bool)[position])
    if len(bad):
        refuse(
            table,
            bad,
            column,
            lambda row: (
                f"found {_printed(table, column, row)}, must be the code of an A share like 600000, sh600000 or "
                "600000.SH; leave out indices, funds, B shares and footers"
            ),
        )
    order = sorted(set(cleaned))
    place = {code: j for j, code in enumerate(order)}
    return np.array([place[code] for code in cleaned], dtype=np.intp)[position], order


def six_digits(text: str) -> str:
    """The six-digit code that a text names; '' if it names no A share."""
    match = _CODE.fullmatch(plain(text))
    if not match:
        return ""
    code, exchange = match[2].zfill(6), match[1] or match[3]
    known = bool(board_of(code))
    fits = exchange is None or code.startswith(_FIRST_DIGITS[_EXCHANGE.get(exchange, exchange)])
    return code if known and fits else ""


def day(value: np.datetime64) -> dt.date:
    """A day as Python's date."""
    found: dt.date = value.astype(object)
    return found


def flags(table: Table, column: str) -> Bools:
    """A column of 1 and 0 (or true and false); DataError for anything else."""
    text = table.frame[column].astype("string").fillna("").str.lower()
    yes = text.isin(["1", "1.0", "true"]).to_numpy(dtype=bool)
    no = text.isin(["0", "0.0", "false"]).to_numpy(dtype=bool)
    bad = np.flatnonzero(~yes & ~no)
    if len(bad):
        refuse(
            table, bad, column, lambda row: f"found {_printed(table, column, row)}, must be 1 or 0; correct the cell"
        )
    return yes
