"""The columns of files with daily or monthly series of the market, and of tables of sectors.

*Sources* of names and units. Read in the code of AkShare 1.19.5: stock_zh_index_daily, stock_zh_index_daily_em,
macro_china_money_supply, stock_margin_account_info. Read in the documentation of tushare.pro: document 128
(index_dailybasic). From memory: Tushare index_daily and stock_basic; AkShare index_zh_a_hist and its names of sectors;
the units of numbers of investors (individuals in 万, institutions in ones).
"""

from __future__ import annotations

from pingcang.loaders.columns import WAN, YI, Column, Dialect, money, money_with_unit

_PRICES = frozenset({"open", "high", "low", "volume", "volume_lots", "volume_shares", "pe", "vol", "pct_chg", "change"})

SERIES_FILES = (
    Dialect(
        "index",
        (
            Column("date", "date"),
            Column("index", "close"),
            *money("turnover", "amount"),
        ),
        _PRICES,
    ),
    Dialect(
        "ashare_breadth_2013_2016.csv",
        (
            Column("date", "date"),
            Column("advancing", "n_up"),
            Column("declining", "n_down"),
            Column("limit_up", "n_limitup_close"),
            Column("limit_down", "n_limitdown_close"),
            *money_with_unit("turnover", "approx_turnover"),
        ),
    ),
    Dialect(
        "Tushare index_daily",
        (
            Column("date", "trade_date"),
            Column("index", "close"),
            *money("turnover", "amount", 1000.0),
        ),
        _PRICES | {"ts_code", "pre_close"},
    ),
    Dialect(
        "Tushare index_dailybasic",
        (
            Column("date", "trade_date"),
            *money("total_cap", "total_mv"),
            *money("float_cap", "float_mv"),
        ),
        frozenset({"ts_code", "total_share", "float_share", "free_share", "turnover_rate", "turnover_rate_f", "pe"}),
    ),
    Dialect(
        "AkShare index_zh_a_hist",
        (
            Column("date", "日期"),
            Column("index", "收盘"),
            *money("turnover", "成交额"),
        ),
        frozenset({"开盘", "最高", "最低", "成交量", "振幅", "涨跌幅", "涨跌额", "换手率"}),
    ),
    Dialect(
        "AkShare stock_margin_account_info",
        (
            Column("date", "日期"),
            Column("margin_investors", "个人投资者数量", WAN),
            Column("institutions", "机构投资者数量"),
        ),
    ),
    Dialect("AkShare macro_china_money_supply", (Column("date", "月份"), Column("m1", "货币(m1)-数量(亿元)", YI))),
    Dialect(
        "plain",
        (
            Column("date", "date"),
            Column("date", "month"),
            *(
                column
                for name in ("turnover", "float_cap", "total_cap", "free_float_cap", "m1")
                for column in money(name, name)
            ),
            *(
                Column(name, name)
                for name in ("index", "advancing", "declining", "limit_up", "limit_down", "marginable")
            ),
            Column("margin_investors", "margin_investors"),
            Column("margin_investors", "margin_investors_wan", WAN),
        ),
    ),
)
"""Series of the market by day or month."""

SECTOR_FILES = (
    Dialect(
        "Tushare stock_basic",
        (
            Column("code", "ts_code"),
            Column("name", "name"),
            Column("sector", "industry"),
            Column("board", "market"),
        ),
    ),
    Dialect(
        "AkShare",
        (
            *(Column("code", name) for name in ("代码", "证券代码", "股票代码", "a股代码")),
            *(Column("name", name) for name in ("名称", "证券简称", "股票简称", "股票名称", "a股简称")),
            *(Column("sector", name) for name in ("行业", "所属行业", "所处行业", "行业名称", "板块名称")),
            *(Column("board", name) for name in ("板块", "市场", "上市板块")),
        ),
    ),
    Dialect(
        "plain",
        (
            Column("code", "code"),
            Column("sector", "sector"),
            Column("sector", "industry"),
            Column("name", "name"),
            Column("board", "board"),
        ),
    ),
)
"""Sectors of stocks."""
