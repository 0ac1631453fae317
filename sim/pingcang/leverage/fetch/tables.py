"""The tables that are fetched: AkShare's functions, what each gives, and what its site really sends.

AkShare 1.19 names the columns of the exchanges' answers by their position. So the keys that a site sends, in their
order, are part of what is known: in another order AkShare would give the figures each other's names.

*Sources*: AkShare 1.19.5, `stock_feature/stock_margin_sse.py`, `stock_margin_szse.py`, `stock_margin_em.py`. Order of
the keys in the exchanges' JSON: answers of 2026-08-05 that others have published.
"""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import NamedTuple

START = dt.date(2010, 3, 31)
"""The first day of margin trading in Shanghai and Shenzhen."""


class Span(Enum):
    """What one request gives."""

    DAY = "a day"
    YEAR = "the days from one to another"
    SERIES = "all days there are"


class Table(NamedTuple):
    """`name` is AkShare's function and the folder's; `site` who answers; `keys` what it sends, in this order."""

    name: str
    site: str
    span: Span
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def detail(self) -> bool:
        """Whether it has a row for each security."""
        return "detail" in self.name


SSE_KEYS = (
    *("ROWNUM_", "opDate", "rqchl", "rqmcl", "rqyl", "rqylje", "rw", "rzche", "rzmre", "rzrqjyzl", "rzye"),
    *("securityAbbr", "stockCode"),
)
SSE_DATE = "信用交易日期"
SZSE_COLUMNS = ("融资买入额", "融资余额", "融券卖出量", "融券余量", "融券余额", "融资融券余额")

TABLES = (
    Table(
        "stock_margin_account_info",
        "Eastmoney",
        Span.SERIES,
        (
            *("日期", "融资余额", "融券余额", "融资买入额", "融券卖出额", "证券公司数量", "营业部数量"),
            *("个人投资者数量", "机构投资者数量", "参与交易的投资者数量", "有融资融券负债的投资者数量"),
            *("担保物总价值", "平均维持担保比例"),
        ),
        (),  # AkShare names these by key
    ),
    Table(
        "stock_margin_sse",
        "SSE",
        Span.YEAR,
        (SSE_DATE, "融资余额", "融资买入额", "融券余量", "融券余量金额", "融券卖出量", "融资融券余额"),
        SSE_KEYS,
    ),
    Table(
        "stock_margin_szse",
        "SZSE",
        Span.DAY,
        SZSE_COLUMNS,
        ("jrrzmr", "jrrzye", "jrrjmc", "jrrjyl", "jrrjye", "jrrzrjye"),
    ),
    Table(
        "stock_margin_detail_sse",
        "SSE",
        Span.DAY,
        (
            *(SSE_DATE, "标的证券代码", "标的证券简称", "融资余额", "融资买入额", "融资偿还额", "融券余量"),
            *("融券卖出量", "融券偿还量"),
        ),
        SSE_KEYS,
    ),
    Table(
        "stock_margin_detail_szse",
        "SZSE",
        Span.DAY,
        ("证券代码", "证券简称", *SZSE_COLUMNS),
        ("证券代码", "证券简称", *SZSE_COLUMNS),
    ),
)
EXCHANGES = ("SSE", "SZSE")
TOTALS = ("stock_margin_sse", "stock_margin_szse")


def tables_of(exchange: str | None, *, detail: bool) -> list[Table]:
    """The tables of one exchange, or of both with the series of the whole market; securities only if wanted."""
    return [table for table in TABLES if exchange in {None, table.site} and (detail or not table.detail)]
