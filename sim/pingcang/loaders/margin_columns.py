"""The columns of exports of margin balances: totals of an exchange or the market, and balances of single stocks.

*Sources* of names and units. Read in the code of AkShare 1.19.5: stock_margin_sse, stock_margin_szse,
stock_margin_detail_sse, stock_margin_detail_szse, stock_margin_account_info (which also names the raw fields of
Eastmoney's RPTA_WEB_MARGIN_DAILYTRADE). Read in the documentation of tushare.pro: documents 58 (margin) and 59
(margin_detail). Seen in published programs that ask Eastmoney for RPTA_RZRQ_LSHJ and RPTA_WEB_RZRQ_GGMX: DIM_DATE,
DATE, SCODE, RZYE, RQYE, RZMRE, RZCHE, RZJME, RQMCL, RQCHL, RZRQYE, RZRQYECZ, RZYEZB; money in CNY. From memory: the
other raw fields of Eastmoney, the headings of its web tables, and 亿 as the unit of stock_margin_szse, whose code does
not say it (a wrong unit is found by its magnitude).
"""

from __future__ import annotations

from pingcang.loaders.columns import PERCENT, YI, Column, Dialect, money, money_with_unit

_EASTMONEY_KNOWN = frozenset(
    {"rzjme", "rqyl", "rqmcl", "rqchl", "rqjmg", "rzrqye", "rzrqyecz", "rzyezb", "spj", "zdf", "new", "ltsz"}
)
_WEB_KNOWN = frozenset(
    {
        "序号",
        "收盘价",
        "收盘价(元)",
        "涨跌幅",
        "涨跌幅(%)",
        "余额占流通市值比",
        "融资净买入",
        "融资净买入(元)",
        "融券余量",
        "融券余量(股)",
        "融券卖出量",
        "融券卖出量(股)",
        "融券偿还量",
        "融券偿还量(股)",
        "融券净卖出",
        "融券净卖出(股)",
        "融资融券余额",
        "融资融券余额(元)",
    }
)
_ACCOUNTS_KNOWN = frozenset(
    {
        "融券卖出额",
        "证券公司数量",
        "营业部数量",
        "个人投资者数量",
        "机构投资者数量",
        "参与交易的投资者数量",
        "有融资融券负债的投资者数量",
        "担保物总价值",
    }
)
_ACCOUNTS_KNOWN_RAW = frozenset(
    {
        "loan_sell_amt",
        "security_org_num",
        "operatedept_num",
        "personal_investor_num",
        "org_investor_num",
        "investor_num",
        "marginliab_investor_num",
        "total_guarantee",
    }
)

MARGIN_FILES = (
    Dialect(
        "margin_market_daily.csv",
        (
            Column("date", "date"),
            *money_with_unit("financing_balance", "fin_balance"),
            *money_with_unit("short_balance", "sec_lending_balance"),
            *money_with_unit("margin_purchases", "fin_buy"),
            Column("maintenance_ratio", "avg_maintenance_ratio_pct", PERCENT),
        ),
        exchange="all",
    ),
    Dialect(
        "AkShare stock_margin_sse",
        (
            Column("date", "信用交易日期"),
            *money("financing_balance", "融资余额"),
            *money("short_balance", "融券余量金额"),
            *money("margin_purchases", "融资买入额"),
        ),
        frozenset({"融券余量", "融券卖出量", "融资融券余额"}),
        exchange="SSE",
    ),
    Dialect(
        "AkShare stock_margin_account_info",
        (
            Column("date", "日期"),
            *money("financing_balance", "融资余额", YI),
            *money("short_balance", "融券余额", YI),
            *money("margin_purchases", "融资买入额", YI),
            Column("maintenance_ratio", "平均维持担保比例", PERCENT),
        ),
        _ACCOUNTS_KNOWN,
        exchange="all",
    ),
    Dialect(
        "AkShare stock_margin_szse",
        (
            Column("date", "日期"),
            *money("financing_balance", "融资余额", YI),
            *money("short_balance", "融券余额", YI),
            *money("margin_purchases", "融资买入额", YI),
        ),
        frozenset({"融券卖出量", "融券余量", "融资融券余额"}),
        exchange="SZSE",
    ),
    Dialect(
        "Tushare margin",
        (
            Column("date", "trade_date"),
            Column("exchange", "exchange_id"),
            *money("financing_balance", "rzye"),
            *money("short_balance", "rqye"),
            *money("margin_purchases", "rzmre"),
            *money("margin_repayments", "rzche"),
        ),
        frozenset({"rqmcl", "rzrqye", "rqyl"}),
    ),
    Dialect(
        "Eastmoney RPTA_RZRQ_LSHJ",
        (
            Column("date", "dim_date"),
            *money("financing_balance", "rzye"),
            *money("short_balance", "rqye"),
            *money("margin_purchases", "rzmre"),
            *money("margin_repayments", "rzche"),
        ),
        _EASTMONEY_KNOWN,
        exchange="all",
    ),
    Dialect(
        "Eastmoney RPTA_WEB_MARGIN_DAILYTRADE",
        (
            Column("date", "statistics_date"),
            *money("financing_balance", "fin_balance", YI),
            *money("short_balance", "loan_balance", YI),
            *money("margin_purchases", "fin_buy_amt", YI),
            Column("maintenance_ratio", "avg_guarantee_ratio", PERCENT),
        ),
        _ACCOUNTS_KNOWN_RAW,
        exchange="all",
    ),
    Dialect(
        "Eastmoney, web table",
        (
            Column("date", "交易日期"),
            *money("financing_balance", "融资余额"),
            *money("short_balance", "融券余额"),
            *money("margin_purchases", "融资买入额"),
            *money("margin_repayments", "融资偿还额"),
        ),
        _WEB_KNOWN,
        exchange="all",
    ),
    Dialect(
        "FINRA, monthly",
        (Column("date", "month"), Column("financing_balance", "margin_debt_musd", 1e6)),
        exchange="all",
        currency="USD",
    ),
    Dialect(
        "plain",
        (
            Column("date", "date"),
            Column("exchange", "exchange"),
            *money("financing_balance", "financing_balance"),
            *money("short_balance", "short_balance"),
            *money("margin_purchases", "margin_purchases"),
            *money("margin_repayments", "margin_repayments"),
            Column("maintenance_ratio", "maintenance_ratio"),
            Column("maintenance_ratio", "maintenance_ratio_pct", PERCENT),
        ),
    ),
)
"""Daily margin balances of an exchange or the market: CNY, and the maintenance ratio as a number like 2.57."""

DETAIL_FILES = (
    Dialect(
        "AkShare stock_margin_detail_sse",
        (
            Column("date", "信用交易日期"),
            Column("code", "标的证券代码"),
            Column("name", "标的证券简称"),
            *money("stock_financing_balance", "融资余额"),
            *money("stock_margin_purchases", "融资买入额"),
            *money("stock_margin_repayments", "融资偿还额"),
        ),
        frozenset({"融券余量", "融券卖出量", "融券偿还量"}),
        exchange="SSE",
    ),
    Dialect(
        "AkShare stock_margin_detail_szse",
        (
            Column("date", "日期"),
            Column("code", "证券代码"),
            Column("name", "证券简称"),
            *money("stock_financing_balance", "融资余额"),
            *money("stock_short_balance", "融券余额"),
            *money("stock_margin_purchases", "融资买入额"),
        ),
        frozenset({"融券卖出量", "融券余量", "融资融券余额"}),
        exchange="SZSE",
    ),
    Dialect(
        "Tushare margin_detail",
        (
            Column("date", "trade_date"),
            Column("code", "ts_code"),
            Column("name", "name"),
            *money("stock_financing_balance", "rzye"),
            *money("stock_short_balance", "rqye"),
            *money("stock_margin_purchases", "rzmre"),
            *money("stock_margin_repayments", "rzche"),
        ),
        frozenset({"rqyl", "rqchl", "rqmcl", "rzrqye"}),
    ),
    Dialect(
        "Eastmoney RPTA_WEB_RZRQ_GGMX",
        (
            Column("date", "date"),
            Column("code", "scode"),
            Column("name", "secname"),
            *money("stock_financing_balance", "rzye"),
            *money("stock_short_balance", "rqye"),
            *money("stock_margin_purchases", "rzmre"),
            *money("stock_margin_repayments", "rzche"),
        ),
        _EASTMONEY_KNOWN,
    ),
    Dialect(
        "Eastmoney, web table",
        (
            Column("date", "交易日期"),
            Column("code", "股票代码"),
            Column("code", "代码"),
            Column("name", "股票名称"),
            Column("name", "股票简称"),
            Column("name", "名称"),
            *money("stock_financing_balance", "融资余额"),
            *money("stock_short_balance", "融券余额"),
            *money("stock_margin_purchases", "融资买入额"),
            *money("stock_margin_repayments", "融资偿还额"),
        ),
        _WEB_KNOWN,
    ),
    Dialect(
        "plain",
        (
            Column("date", "date"),
            Column("code", "code"),
            Column("name", "name"),
            *money("stock_financing_balance", "financing_balance"),
            *money("stock_short_balance", "short_balance"),
            *money("stock_margin_purchases", "margin_purchases"),
            *money("stock_margin_repayments", "margin_repayments"),
        ),
    ),
)
"""Daily margin balances of single stocks, CNY."""
