"""Which columns of which export mean what, and in which unit: what a dialect is, and those of prices and float caps.

*Sources* of names and units: tushare.pro, documents 27 (daily), 32 (daily_basic); documentation of AkShare,
stock_zh_a_hist, stock_zh_a_spot_em.
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
    """A column of a file: its field here, its name there, and what one of its units is in ours (CNY, shares, 1).

    named_unit: its name may also end in another unit (`money`).
    """

    field: str
    name: str
    unit: float = 1.0
    named_unit: bool = False


@dataclass(frozen=True)
class Dialect:
    """The columns of one export. `ignored` are known and not needed.

    exchange: whose rows the export holds: "SSE", "SZSE", "all" for the whole market, "" where the export does not say.
    """

    source: str
    columns: tuple[Column, ...]
    ignored: frozenset[str] = field(default_factory=frozenset)
    exchange: str = ""
    currency: str = "CNY"


_ENDINGS = (("_yi", YI), ("_wan", WAN), ("_cny", 1.0))
_CHINESE_ENDINGS = (("(元)", 1.0), ("(万元)", WAN), ("(万)", WAN), ("(亿元)", YI), ("(亿)", YI))


def money(one: str, name: str, unit: float = 1.0) -> tuple[Column, ...]:
    """A column of money under its own name, in the export's unit, and under its name with a unit at the end.

    `rzye_yi`, `融资余额(亿元)`: what a user who has converted or exported by hand writes.
    """
    return (Column(one, name, unit, named_unit=True), *money_with_unit(one, name))


def money_with_unit(one: str, name: str) -> tuple[Column, ...]:
    """A column of money under its name with a unit at the end, and never without."""
    return tuple(Column(one, name + ending, worth, named_unit=True) for ending, worth in endings(name))


def endings(name: str) -> tuple[tuple[str, float], ...]:
    """The units that the name of a column of money may end in."""
    return _ENDINGS if name.isascii() else _CHINESE_ENDINGS


def with_unit(name: str, unit: float) -> str:
    """The name of a column of money with another unit at its end."""
    bare = next((name.removesuffix(ending) for ending, _ in endings(name) if name.endswith(ending)), name)
    return bare + next(ending for ending, worth in endings(bare) if worth == unit)


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
    return max(fitting, key=lambda pair: (len(pair[1]), len(names & pair[0].ignored)))


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
