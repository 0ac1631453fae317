"""What a site really sent, before AkShare gives it columns: the keys, how many rows, of which day."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pingcang.leverage.fetch.faults import ChangedError, UnreachableError

if TYPE_CHECKING:
    import requests

    from pingcang.leverage.fetch.tables import Table

NOTHING_FOUND = "没有"
"""How the exchange of Shenzhen begins to say that there is nothing."""


class Sent(NamedTuple):
    """An answer: its keys in their order, its rows, how many rows the site says there are, and of which day."""

    keys: tuple[str, ...]
    rows: int
    announced: int
    day: str = ""


def sent(table: Table, response: requests.Response) -> Sent:
    """Read an answer; one that is not of its kind at all (a page that blocks robots) is no answer."""
    try:
        return READERS[table.name](response)
    except _OTHER_SHAPE as reason:
        raise ChangedError(f"sent another structure than the known one ({type(reason).__name__}: {reason})") from reason
    except Exception as reason:  # whatever a parser says of bytes that are no JSON and no workbook
        start = " ".join(response.text[:60].split())
        raise UnreachableError(f"sent something that cannot be read, beginning {start!r}") from reason


def check_sent(table: Table, found: Sent, asked: str) -> None:
    """Refuse an answer that AkShare would misname, that is cut off, or that is of another day."""
    if table.keys and found.keys != table.keys:
        raise ChangedError(
            f"sent the columns {', '.join(found.keys)}; known are {', '.join(table.keys)}, in this order, by which "
            "AkShare names them"
        )
    if found.announced > found.rows:
        raise ChangedError(f"sent {found.rows} of {found.announced} rows")
    if found.day not in {"", asked}:
        raise ChangedError(f"sent the figures of {found.day} when asked for {asked}")


_OTHER_SHAPE = (KeyError, IndexError, TypeError, AttributeError)


def _sse(response: requests.Response) -> Sent:
    body = response.json()
    rows = body["result"] or []
    return Sent(tuple(rows[0]) if rows else (), len(rows), int(body["pageHelp"]["total"] or 0))


def _szse_totals(response: requests.Response) -> Sent:
    part = response.json()[0]
    rows = part["data"]
    return Sent(tuple(rows[0]) if rows else (), len(rows), len(rows), part["metadata"]["subname"] if rows else "")


def _szse_workbook(response: requests.Response) -> Sent:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exchange's workbooks have no default style
        book = load_workbook(io.BytesIO(response.content), read_only=True)
        rows = [row for row in book.worksheets[0].iter_rows(values_only=True) if any(cell is not None for cell in row)]
    if len(rows) < 2 or str(rows[1][0]).startswith(NOTHING_FOUND):
        return Sent((), 0, 0)
    names = tuple(re.sub(r"<[^>]*>|[((].*|\s", "", str(cell)) for cell in rows[0])
    return Sent(names, len(rows) - 1, len(rows) - 1)


def _eastmoney(response: requests.Response) -> Sent:
    rows: list[dict[str, Any]] = response.json()["result"]["data"]
    return Sent(tuple(rows[0]), len(rows), len(rows))


READERS: dict[str, Callable[[requests.Response], Sent]] = {
    "stock_margin_account_info": _eastmoney,
    "stock_margin_sse": _sse,
    "stock_margin_detail_sse": _sse,
    "stock_margin_szse": _szse_totals,
    "stock_margin_detail_szse": _szse_workbook,
}
