"""The border to AkShare: one table in, a pandas table in AkShare's own columns out, or a fault of two kinds."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from contextlib import ExitStack, redirect_stderr
from typing import TYPE_CHECKING, Any, Protocol

from pingcang.errors import ScenarioError
from pingcang.leverage.fetch.answers import check_sent, sent
from pingcang.leverage.fetch.faults import ChangedError
from pingcang.leverage.fetch.tables import Span, Table
from pingcang.leverage.fetch.wire import unreachable, watched

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.leverage.fetch.pace import Pace

INSTALL = "pip install 'pingcang[data]'"
CODES = {"stock_margin_detail_sse": "标的证券代码", "stock_margin_detail_szse": "证券代码"}
BALANCE = "融资余额"


class Source(Protocol):
    """Whoever can be asked."""

    version: str

    def ask(self, table: Table, first: dt.date, last: dt.date) -> pd.DataFrame | None:
        """The figures from `first` to `last`, or None if there are none."""


class AkShare:
    """The installed AkShare, paced."""

    def __init__(self, pace: Pace) -> None:
        try:
            import akshare
        except ImportError as reason:
            raise ScenarioError(f"fetch: AkShare cannot be imported ({reason}); {INSTALL}") from reason
        self.version = str(akshare.__version__)
        self._akshare = akshare
        self._pace = pace

    def ask(self, table: Table, first: dt.date, last: dt.date) -> pd.DataFrame | None:
        """Ask one table; `UnreachableError` where asking again may help, `ChangedError` where it does not."""
        from requests import RequestException
        from requests.exceptions import InvalidJSONError

        function = self._function(table)
        frame: pd.DataFrame | None = None
        stumbled: Exception | None = None
        with ExitStack() as around:
            answers = around.enter_context(watched(self._pace))
            around.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # AkShare's own are nothing that a user of pingcang can act on
            if table.span is Span.SERIES:
                around.enter_context(redirect_stderr(io.StringIO()))  # it draws a bar of its own
            try:
                frame = function(**_arguments(table, first, last))
            except InvalidJSONError as reason:
                stumbled = reason
            except RequestException as reason:
                raise unreachable(reason) from reason
            except Exception as reason:  # whatever AkShare stumbles over
                stumbled = reason
        return self._checked(table, frame, stumbled, answers, str(first))

    def _function(self, table: Table) -> Any:
        try:
            return getattr(self._akshare, table.name)
        except AttributeError:
            raise ScenarioError(
                f"fetch: AkShare {self.version} has no {table.name}; pip install --upgrade 'pingcang[data]'"
            ) from None

    def _checked(
        self, table: Table, frame: pd.DataFrame | None, stumbled: Exception | None, answers: list[Any], asked: str
    ) -> pd.DataFrame | None:
        """None for an empty answer, whatever AkShare makes of it; else the table, if it is what is known."""
        if not answers:
            what = stumbled or "no request"
            raise ChangedError(f"AkShare {self.version} asked in a way that cannot be paced ({what})")
        found = sent(table, answers[-1])
        if not found.rows:
            return None
        check_sent(table, found, asked)
        if stumbled is not None or frame is None:
            what = f"{type(stumbled).__name__}: {stumbled}"
            raise ChangedError(f"AkShare {self.version} cannot read what was sent ({what})") from stumbled
        check_table(table, frame)
        return frame


def check_table(table: Table, frame: pd.DataFrame) -> None:
    """Refuse a table with other columns than those known, or with balances that are no numbers."""
    if tuple(frame.columns) != table.columns:
        raise ChangedError(
            f"AkShare gives the columns {', '.join(map(str, frame.columns))}; known are {', '.join(table.columns)}"
        )
    if table.span is not Span.SERIES and frame[BALANCE].isna().any():
        raise ChangedError(f"column {BALANCE} has cells that AkShare reads as no number")
    if table.name in CODES and not frame[CODES[table.name]].astype(str).str.fullmatch(r"\d{6}").all():
        raise ChangedError(f"column {CODES[table.name]} has cells that are no six-digit codes")


def _arguments(table: Table, first: dt.date, last: dt.date) -> dict[str, str]:
    match table.span:
        case Span.SERIES:
            return {}
        case Span.DAY:
            return {"date": f"{first:%Y%m%d}"}
        case Span.YEAR:
            return {"start_date": f"{first:%Y%m%d}", "end_date": f"{last:%Y%m%d}"}
