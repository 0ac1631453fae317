"""Totals of the market are the same whoever exports them, in whatever unit a column's name or a cell says.

The samples are made by hand in the form in which each source prints; columns as in loaders/margin_columns.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingcang.errors import DataError
from pingcang.loaders import read_margin_balances
from pingcang.loaders.columns import WAN, YI, Dialect, with_unit
from pingcang.loaders.margin_columns import DETAIL_FILES, MARGIN_FILES
from pingcang.loaders.series_columns import SERIES_FILES

SSE = """信用交易日期,融资余额,融资买入额,融券余量,融券余量金额,融券卖出量,融资融券余额
20250917,1215400000000,140000000000,1,12000000000,1,1
20250918,1220000000000,150000000000,1,12100000000,1,1
"""
SZSE_DAYS = {
    "2025-09-17": '融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n1437.19,"11,730.93",0.1,1,49.14,1\n',
    "2025-09-18": "融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n1500,11800,0.1,1,50,1\n",
}
TUSHARE = """trade_date,exchange_id,rzye,rzmre,rzche,rqye,rqmcl,rzrqye,rqyl
20250917,SSE,1.2154e12,1.4e11,1.3e11,1.2e10,1,1,1
20250917,SZSE,1.173093e12,1.43719e11,1.4e11,4.914e9,1,1,1
20250917,BSE,7e9,5e8,5e8,1e6,1,1,1
"""
EASTMONEY_RAW = """DIM_DATE,RZYE,RZYEZB,RZMRE,RZCHE,RZJME,RQYE,RQYL,RZRQYE,RZRQYECZ
2025-09-17 00:00:00,2388493000000,2.4,283719000000,270000000000,1,16914000000,1,1,1
"""
EASTMONEY_TRADE = """STATISTICS_DATE,FIN_BALANCE,LOAN_BALANCE,FIN_BUY_AMT,PERSONAL_INVESTOR_NUM,AVG_GUARANTEE_RATIO
2025-09-17 00:00:00,23884.93,169.14,2837.19,760.1,287.01
"""
EASTMONEY_WEB = """交易日期,收盘价,涨跌幅(%),融资余额(元),余额占流通市值比,融资买入额(元),融资偿还额(元),融券余额(元)
2025-09-17,4551.02,0.61%,2.388493万亿,2.41%,2837.19亿,2700.00亿,169.14亿
"""
PLAIN = """date,financing_balance_yi,short_balance_wan,margin_purchases
2025-09-17,23884.93,1691400,283719000000
"""


def written(folder: Path, text: str, name: str = "margin.csv") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def szse(folder: Path) -> Path:
    for day, text in SZSE_DAYS.items():
        written(folder, text, f"stock_margin_szse/{day}.csv")
    return folder / "stock_margin_szse"


def test_shanghai_and_shenzhen_are_added_up_day_by_day(tmp_path: Path) -> None:
    """17 September 2025: 23,884.93 亿 of loans and 169.14 亿 lent short, 24,054 in all (seed of issue 6)."""
    found = read_margin_balances([written(tmp_path, SSE), szse(tmp_path)])
    assert list(found.index) == [pd.Timestamp("2025-09-17"), pd.Timestamp("2025-09-18")]
    assert found["financing_balance"].tolist() == pytest.approx([2.388493e12, 2.4e12])
    assert found["short_balance"].tolist() == pytest.approx([1.6914e10, 1.71e10])
    assert found["margin_purchases"].tolist() == pytest.approx([2.83719e11, 3.0e11])
    assert found[["margin_repayments", "maintenance_ratio"]].isna().all(axis=None)
    assert found.attrs["exchange"] == "all" and found.attrs["gaps"] == [] and found.attrs["currency"] == "CNY"


@pytest.mark.parametrize(("exchange", "balance"), [("SSE", 1.2154e12), ("SZSE", 1.173093e12)])
def test_one_exchange_is_read_as_such(exchange: str, balance: float, tmp_path: Path) -> None:
    both = [written(tmp_path, SSE), szse(tmp_path)]
    for source in (both, both[:1] if exchange == "SSE" else both[1:], written(tmp_path, TUSHARE, "tushare.csv")):
        found = read_margin_balances(source, exchange=exchange)  # type: ignore[arg-type]
        assert found["financing_balance"].iloc[0] == pytest.approx(balance)
        assert found.attrs["exchange"] == exchange


@pytest.mark.parametrize(
    ("text", "repayments", "ratio"),
    [
        (EASTMONEY_RAW, 2.7e11, np.nan),
        (EASTMONEY_TRADE, np.nan, 2.8701),
        (EASTMONEY_WEB, 2.7e11, np.nan),
        (TUSHARE.replace("20250917,BSE,7e9,5e8,5e8,1e6,1,1,1\n", ""), 2.7e11, np.nan),
        (PLAIN, np.nan, np.nan),
    ],
    ids=["eastmoney-raw", "eastmoney-trade", "eastmoney-web", "tushare", "plain"],
)
def test_every_export_gives_17_september_2025(text: str, repayments: float, ratio: float, tmp_path: Path) -> None:
    found = read_margin_balances(written(tmp_path, text)).loc["2025-09-17"]
    assert found["financing_balance"] == pytest.approx(2.388493e12)
    assert found["short_balance"] == pytest.approx(1.6914e10)
    assert found["margin_purchases"] == pytest.approx(2.83719e11)
    np.testing.assert_allclose([found["margin_repayments"], found["maintenance_ratio"]], [repayments, ratio])


def test_beijing_is_added_where_it_is_given(tmp_path: Path) -> None:
    found = read_margin_balances(written(tmp_path, TUSHARE))
    assert found["financing_balance"].tolist() == pytest.approx([2.388493e12 + 7e9])
    assert found["margin_repayments"].tolist() == pytest.approx([2.705e11])


def test_the_months_of_finra_are_dollars(tmp_path: Path) -> None:
    """FINRA, margin statistics: $722bn in November 2020, $778bn in December (facts.md §0)."""
    found = read_margin_balances(written(tmp_path, "month,margin_debt_musd\n2020-11,722000\n2020-12,778000\n"))
    assert list(found.index) == [pd.Timestamp("2020-11-30"), pd.Timestamp("2020-12-31")]
    assert found["financing_balance"].tolist() == pytest.approx([7.22e11, 7.78e11])
    assert found.attrs["currency"] == "USD" and found.attrs["gaps"] == []


def test_the_first_months_of_2010_can_be_read(tmp_path: Path) -> None:
    """Purchases of the first day are more than its balance, and the balance then grows by any factor."""
    rows = ["2010-03-31,SSE,5837000,5900000", "2010-03-31,SZSE,658000,700000"]
    rows += ["2010-04-01,SSE,15000000,9000000", "2010-04-01,SZSE,2000000,1400000"]
    text = "date,exchange,financing_balance,margin_purchases\n" + "\n".join(rows)
    found = read_margin_balances(written(tmp_path, text))
    assert found["financing_balance"].tolist() == [6.495e6, 1.7e7]


def test_a_folder_of_plain_days_is_one_table(tmp_path: Path) -> None:
    for day in ("20250917", "20250918"):
        written(tmp_path, "financing_balance_yi\n23884.93\n", f"days/{day}.csv")
    assert len(read_margin_balances(tmp_path / "days")) == 2


@pytest.mark.parametrize("dialect", (*MARGIN_FILES, *DETAIL_FILES, *SERIES_FILES), ids=lambda one: one.source)
def test_a_column_that_a_refusal_asks_for_is_known(dialect: Dialect) -> None:
    names = {column.name: column for column in dialect.columns}
    for column in dialect.columns:
        for unit in (1.0, WAN, YI):
            if column.named_unit and unit != column.unit:
                renamed = names[with_unit(column.name, unit)]
                assert (renamed.field, renamed.unit) == (column.field, unit)


PLAUSIBLE = st.tuples(st.floats(1e10, 5e12), st.floats(0.001, 0.1), st.floats(0.02, 0.3))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dialect=st.sampled_from([one for one in MARGIN_FILES if one.currency == "CNY"]),
    day=st.tuples(PLAUSIBLE, st.floats(0.95, 1.05)),
    data=st.data(),
)
def test_what_is_written_in_any_dialect_and_unit_is_read(
    dialect: Dialect, day: tuple[tuple[float, float, float], float], data: st.DataObject, tmp_path: Path
) -> None:
    (balance, short, bought), growth = day
    truth = pd.DataFrame({"financing_balance": [balance, balance * growth]})
    truth["short_balance"], truth["margin_purchases"] = truth * short, truth * bought
    frame: dict[str, object] = dict.fromkeys(sorted(dialect.ignored), 1)
    form = data.draw(st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]))
    for field in ("date", *truth):
        column = data.draw(st.sampled_from([one for one in dialect.columns if one.field == field]))
        days = [f"{one:{form}}" for one in pd.to_datetime(["2015-06-11", "2015-06-12"])]
        frame[column.name] = days if field == "date" else [f"{cell / column.unit:.12e}" for cell in truth[field]]
    table = pd.DataFrame(frame)
    if dialect.source == "Tushare margin":
        table = pd.concat([table.assign(exchange_id="SSE"), table.assign(exchange_id="SZSE")])
    path = tmp_path / "any.csv"
    table.to_csv(path, index=False)
    exchange = "SSE" if dialect.source == "Tushare margin" else dialect.exchange
    found = read_margin_balances(path, exchange=exchange if exchange in ("SSE", "SZSE") else None)  # type: ignore[arg-type]
    np.testing.assert_allclose(found[list(truth)].to_numpy(), truth.to_numpy(), rtol=1e-9)


def test_a_file_of_single_stocks_is_no_total(tmp_path: Path) -> None:
    path = written(tmp_path, "trade_date,ts_code,rzye\n20250917,600000.SH,1e10\n")
    with pytest.raises(DataError, match="holds single stocks, not totals of a day; read it with read_margin_detail"):
        read_margin_balances(path)
