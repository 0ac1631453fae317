"""Which columns of which export mean what, and in which unit: one table for each kind of file.

*Sources* of names and units: tushare.pro, documents 27 (daily), 32 (daily_basic), 58 (margin); documentation of
AkShare, stock_zh_a_hist, stock_zh_a_spot_em, stock_margin_sse, stock_margin_szse, stock_margin_account_info.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pingcang.errors import DataError
from pingcang.loaders.table import Table

LOT = 100.0
"""Shares of a lot (手)."""
WAN, YI = 1e4, 1e8
"""万 and 亿."""
PERCENT = 0.01


class Column(NamedTuple):
    """A column of a file: its field here, its name there, and what one of its units is in ours (CNY, shares, 1)."""

    field: str
    name: str
    unit: float = 1.0


@dataclass(frozen=True)
class Dialect:
    """The columns of one export. `ignored` are known and not needed."""

    source: str
    columns: tuple[Column, ...]
    ignored: frozenset[str] = field(default_factory=frozenset)


PRICE_FILES = (
    Dialect(
        "Tushare daily",
        (
            Column("code", "ts_code"),
            Column("date", "trade_date"),
            Column("open", "open"),
            Column("high", "high"),
            Column("low", "low"),
            Column("close", "close"),
            Column("previous_close", "pre_close"),
            Column("change", "pct_chg", PERCENT),
            Column("volume", "vol", LOT),
            Column("amount", "amount", 1000.0),
        ),
        frozenset({"change", "ah_vol", "ah_amount"}),
    ),
    Dialect(
        "AkShare stock_zh_a_hist",
        (
            Column("code", "股票代码"),
            Column("code", "证券代码"),
            Column("code", "代码"),
            Column("date", "日期"),
            Column("date", "交易日期"),
            *(
                Column(one, chinese + ending)
                for one, chinese in (("open", "开盘"), ("high", "最高"), ("low", "最低"), ("close", "收盘"))
                for ending in ("", "价", "价(元)")
            ),
            Column("previous_close", "昨收"),
            Column("previous_close", "昨收价"),
            Column("previous_close", "前收盘"),
            Column("previous_close", "前收盘价"),
            Column("change", "涨跌幅", PERCENT),
            Column("change", "涨跌幅(%)", PERCENT),
            Column("volume", "成交量", LOT),
            Column("volume", "成交量(手)", LOT),
            Column("volume", "成交量(股)"),
            Column("amount", "成交额"),
            Column("amount", "成交额(元)"),
        ),
        frozenset({"序号", "名称", "股票名称", "证券简称", "振幅", "涨跌额", "换手率"}),
    ),
    Dialect(
        "plain",
        (
            Column("code", "code"),
            Column("date", "date"),
            Column("open", "open"),
            Column("high", "high"),
            Column("low", "low"),
            Column("close", "close"),
            Column("previous_close", "pre_close"),
            Column("change", "change"),
            Column("change", "pct_chg", PERCENT),
            Column("volume", "volume"),
            Column("volume", "volume_lots", LOT),
            Column("amount", "amount"),
        ),
        frozenset({"turnover_pct"}),
    ),
)
"""Daily prices of stocks: prices in CNY, volume in shares, change as a share."""

MARGIN_FILES = (
    Dialect(
        "margin_market_daily.csv",
        (
            Column("date", "date"),
            Column("financing_balance", "fin_balance_yi", YI),
            Column("short_balance", "sec_lending_balance_yi", YI),
            Column("margin_purchases", "fin_buy_yi", YI),
            Column("maintenance_ratio", "avg_maintenance_ratio_pct", PERCENT),
        ),
    ),
    Dialect(
        "AkShare stock_margin_sse",
        (
            Column("date", "信用交易日期"),
            Column("financing_balance", "融资余额"),
            Column("short_balance", "融券余量金额"),
            Column("margin_purchases", "融资买入额"),
        ),
        frozenset({"融券余量", "融券卖出量", "融资融券余额"}),
    ),
    Dialect(
        "AkShare stock_margin_account_info, or stock_margin_szse with a column 日期",
        (
            Column("date", "日期"),
            Column("financing_balance", "融资余额", YI),
            Column("short_balance", "融券余额", YI),
            Column("margin_purchases", "融资买入额", YI),
            Column("maintenance_ratio", "平均维持担保比例", PERCENT),
        ),
        frozenset(
            {
                "融券卖出额",
                "融券卖出量",
                "融券余量",
                "融资融券余额",
                "证券公司数量",
                "营业部数量",
                "个人投资者数量",
                "机构投资者数量",
                "参与交易的投资者数量",
                "有融资融券负债的投资者数量",
                "担保物总价值",
            }
        ),
    ),
    Dialect(
        "Tushare margin",
        (
            Column("date", "trade_date"),
            Column("exchange", "exchange_id"),
            Column("financing_balance", "rzye"),
            Column("short_balance", "rqye"),
            Column("margin_purchases", "rzmre"),
        ),
        frozenset({"rzche", "rqmcl", "rzrqye", "rqyl"}),
    ),
    Dialect(
        "plain",
        (
            Column("date", "date"),
            Column("financing_balance", "financing_balance"),
            Column("short_balance", "short_balance"),
            Column("margin_purchases", "margin_purchases"),
            Column("maintenance_ratio", "maintenance_ratio"),
        ),
    ),
)
"""Daily margin balances of a market: CNY, and the maintenance ratio as a number like 2.57."""

FLOAT_CAP_FILES = (
    Dialect(
        "ashare_float_cap_20150612.csv",
        (
            Column("code", "code"),
            Column("board", "board"),
            Column("float_cap", "float_cap_yi_est", YI),
            Column("traded", "traded_on_day"),
        ),
    ),
    Dialect("Tushare daily_basic", (Column("code", "ts_code"), Column("float_cap", "circ_mv", WAN))),
    Dialect("AkShare stock_zh_a_spot_em", (Column("code", "代码"), Column("float_cap", "流通市值"))),
    Dialect(
        "plain",
        (
            Column("code", "code"),
            Column("board", "board"),
            Column("float_cap", "float_cap"),
            Column("traded", "traded"),
        ),
    ),
)
"""Float market caps of stocks on one day, CNY."""


def code_names(dialects: Iterable[Dialect]) -> list[str]:
    """Names under which codes stand: these columns are kept as text."""
    return [column.name for dialect in dialects for column in dialect.columns if column.field == "code"]


def match(table: Table, dialects: Sequence[Dialect], needed: Sequence[str]) -> tuple[Dialect, Mapping[str, Column]]:
    """The dialect of a table, and its columns by field: the one that knows most of them and has all that is needed.

    DataError names the columns that were found and those that each dialect needs.
    """
    names = set(table.frame.columns)
    found = [(dialect, _fields(dialect, names)) for dialect in dialects]
    fitting = [(dialect, columns) for dialect, columns in found if all(one in columns for one in needed)]
    if not fitting:
        ways = "; ".join(f"{', '.join(_wanted(dialect, needed))} ({dialect.source})" for dialect in dialects)
        raise DataError(
            f"{table.header}: columns: found {', '.join(table.frame.columns)}; needed are {ways}; rename the columns"
        )
    return max(fitting, key=lambda pair: len(pair[1]))


def unread(table: Table, dialect: Dialect, columns: Mapping[str, Column]) -> list[str]:
    """Columns of a table that nobody reads and nobody knows."""
    known = {column.name for column in columns.values()} | dialect.ignored
    return [str(name) for name in table.frame.columns if name not in known]


def _fields(dialect: Dialect, names: set[str]) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in dialect.columns:
        if column.name in names:
            found.setdefault(column.field, column)
    return found


def _wanted(dialect: Dialect, needed: Sequence[str]) -> list[str]:
    first: dict[str, str] = {}
    for column in dialect.columns:
        first.setdefault(column.field, column.name)
    return [first.get(one, one) for one in needed]
