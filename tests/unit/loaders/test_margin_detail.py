"""Balances of single stocks: the same dataset from every export, funds kept apart, nothing dropped in silence."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingcang.errors import DataError
from pingcang.leverage.variables import BY_NAME
from pingcang.loaders import read_margin_detail
from pingcang.loaders.columns import Dialect
from pingcang.loaders.margin_columns import DETAIL_FILES

SSE = """信用交易日期,标的证券代码,标的证券简称,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量
20250917,510050,50ETF,900000000,50000000,50000000,1,1,1
20250917,600000,浦发银行,3000000000,100000000,90000000,1,1,1
20250917,688981,中芯国际,9000000000,900000000,800000000,1,1,1
"""
SZSE = """证券代码,证券简称,融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额
000001,平安银行,78800436,4430811000,1,921500,8238210,1
300750,宁德时代,900000000,"18,000,000,000",1,1,30772020,1
159915,创业板ETF,1,100000000,1,1,1,1
"""
TUSHARE = """trade_date,ts_code,name,rzye,rqye,rzmre,rqyl,rzche,rqchl,rqmcl,rzrqye
20250917,600000.SH,浦发银行,3e9,,1e8,1,9e7,1,1,1
20250917,688981.SH,中芯国际,9e9,,9e8,1,8e8,1,1,1
20250917,000001.SZ,平安银行,4430811000,8238210,78800436,1,,1,1,1
20250917,300750.SZ,宁德时代,18e9,30772020,9e8,1,,1,1,1
20250917,510050.SH,50ETF,9e8,,5e7,1,5e7,1,1,1
20250917,159915.SZ,创业板ETF,1e8,1,1,1,,1,1,1
"""
EASTMONEY = """DATE,SCODE,SECNAME,RZYE,RQYE,RZMRE,RQYL,RZCHE,RZYEZB,SPJ,ZDF
2025-09-17 00:00:00,600000,浦发银行,3000000000,,100000000,1,90000000,1,1,1
2025-09-17 00:00:00,688981,中芯国际,9000000000,,900000000,1,800000000,1,1,1
2025-09-17 00:00:00,000001,平安银行,4430811000,8238210,78800436,1,,1,1,1
2025-09-17 00:00:00,300750,宁德时代,18000000000,30772020,900000000,1,,1,1,1
2025-09-17 00:00:00,510050,50ETF,1000000000,,1,1,,1,1,1
"""
WEB = """交易日期,股票代码,股票名称,收盘价(元),融资余额(元),融资买入额(元),融资偿还额(元),融券余额(元)
2025-09-17,600000,浦发银行,13.1,30亿,1亿,9000万,-
2025-09-17,688981,中芯国际,110.2,90亿,9亿,8亿,-
2025-09-17,1,平安银行,11.8,44.30811亿,7880.0436万,-,823.8210万
2025-09-17,300750,宁德时代,350,180亿,9亿,-,3077.2020万
2025-09-17,510050,50ETF,3.1,10亿,1,-,-
"""
PLAIN = """date,code,name,financing_balance_yi,short_balance,margin_purchases_wan,margin_repayments
2025-09-17,sh600000,浦发银行,30,,10000,9e7
2025-09-17,sh688981,中芯国际,90,,90000,8e8
2025-09-17,sz000001,平安银行,44.30811,8238210,7880.0436,
2025-09-17,sz300750,宁德时代,180,30772020,90000,
2025-09-17,sh510050,50ETF,10,,1,
"""


def written(folder: Path, text: str, name: str = "detail.csv") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def check(found: xr.Dataset) -> None:
    assert found["stock"].values.tolist() == ["000001", "300750", "600000", "688981"]
    assert found["stock_name"].values.tolist() == ["平安银行", "宁德时代", "浦发银行", "中芯国际"]
    assert found["stock_board"].values.tolist() == ["SZSE", "ChiNext", "SSE", "STAR"]
    assert found["date"].values.tolist() == [pd.Timestamp("2025-09-17").value]
    expected = {
        "stock_financing_balance": [4.430811e9, 1.8e10, 3e9, 9e9],
        "stock_short_balance": [8238210, 30772020, np.nan, np.nan],
        "stock_margin_purchases": [78800436, 9e8, 1e8, 9e8],
        "stock_margin_repayments": [np.nan, np.nan, 9e7, 8e8],
    }
    for name, values in expected.items():
        assert found[name].dims == BY_NAME[name].dims and found[name].attrs["units"] == BY_NAME[name].units
        np.testing.assert_allclose(found[name].values[0], values)
    assert found.attrs["funds_financing_balance"] == pytest.approx([1e9])


@pytest.mark.parametrize("text", [TUSHARE, EASTMONEY, WEB, PLAIN], ids=["tushare", "eastmoney", "web", "plain"])
def test_every_export_gives_the_same_stocks(text: str, tmp_path: Path) -> None:
    check(read_margin_detail(written(tmp_path, text)))


def test_files_of_the_exchanges_are_put_together(tmp_path: Path) -> None:
    """Shenzhen's file has no date: it is the file's name."""
    written(tmp_path, SSE, "stock_margin_detail_sse/2025-09-17.csv")
    written(tmp_path, SZSE, "stock_margin_detail_szse/2025-09-17.csv")
    found = read_margin_detail(tmp_path)
    check(found)
    assert found.attrs["funds"] == 2 and found.attrs["exchange"] == "all"


def test_one_exchange_is_read_as_such(tmp_path: Path) -> None:
    for source in (written(tmp_path, SSE), written(tmp_path, TUSHARE, "tushare.csv")):
        found = read_margin_detail(source, exchange="SSE")
        assert found["stock"].values.tolist() == ["600000", "688981"]
        assert found.attrs["funds_financing_balance"] == [9e8] and found.attrs["exchange"] == "SSE"


def test_a_stock_that_is_not_listed_on_a_day_has_no_number_and_its_last_name(tmp_path: Path) -> None:
    later = TUSHARE.replace("20250917", "20250918").replace("浦发银行", "ST浦发").splitlines()
    text = TUSHARE + "\n".join(line for line in later[1:] if "300750" not in line)
    found = read_margin_detail(written(tmp_path, text))
    np.testing.assert_array_equal(found["stock_financing_balance"].sel(stock="300750"), [1.8e10, np.nan])
    assert found["stock_name"].sel(stock="600000").item() == "ST浦发"


def test_days_that_are_missing_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, TUSHARE + "\n".join(TUSHARE.replace("20250917", "20251120").splitlines()[1:]))
    with caplog.at_level(logging.WARNING):
        assert read_margin_detail(path).attrs["gaps"] == ["2025-09-17 to 2025-11-20"]
    assert "days are missing between 2025-09-17 and 2025-11-20" in caplog.text
    with pytest.raises(DataError, match="days are missing between 2025-09-17 and 2025-11-20; add them"):
        read_margin_detail(path, strict_days=True)


CODES = ["000001", "002594", "300750", "600000", "688981"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dialect=st.sampled_from([one for one in DETAIL_FILES if not one.exchange]),
    balances=st.lists(st.floats(1e8, 5e10), min_size=10, max_size=10),
    data=st.data(),
)
def test_what_is_written_in_any_dialect_and_unit_is_read(
    dialect: Dialect, balances: list[float], data: st.DataObject, tmp_path: Path
) -> None:
    truth = np.array(balances).reshape(2, 5)
    frame: dict[str, object] = dict.fromkeys(sorted(dialect.ignored), 1)
    days, codes = np.repeat(["20150611", "2015-06-12"], 5), np.array(CODES * 2)
    for field in ("date", "code", "stock_financing_balance", "stock_margin_purchases"):
        column = data.draw(st.sampled_from([one for one in dialect.columns if one.field == field]))
        share = 0.1 if field == "stock_margin_purchases" else 1.0
        cells = {"date": days, "code": codes}.get(field, (truth * share / column.unit).ravel())
        frame[column.name] = cells
    path = tmp_path / "any.csv"
    pd.DataFrame(frame).sample(frac=1, random_state=1).to_csv(path, index=False)
    found = read_margin_detail(path)
    np.testing.assert_allclose(found["stock_financing_balance"], truth, rtol=1e-9)
    np.testing.assert_allclose(found["stock_margin_purchases"], 0.1 * truth, rtol=1e-9)


def test_four_thousand_stocks_on_twenty_days_are_read_in_seconds(tmp_path: Path) -> None:
    """80,000 rows in 0.1 s alone; the tolerance is for a busy machine."""
    import time

    codes = [f"{code:06d}" for code in (*range(1, 2001), *range(600000, 602000))]
    days = pd.bdate_range("2025-06-02", periods=20).strftime("%Y%m%d")
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"date": np.repeat(days, 4000), "code": codes * 20})
    frame["financing_balance"] = rng.lognormal(18, 1, 4000 * 20).clip(1e6, 1e11)
    frame.to_csv(tmp_path / "detail.csv", index=False)
    began = time.process_time()
    found = read_margin_detail(tmp_path / "detail.csv")
    assert time.process_time() - began < 5
    assert found["stock_financing_balance"].shape == (20, 4000)


def test_the_last_name_counts_in_whichever_file_it_stands(tmp_path: Path) -> None:
    earlier = TUSHARE.replace("20250917", "20250916").replace("浦发银行", "ST浦发")
    for first, second in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        folder = tmp_path / first[0]
        written(folder, EASTMONEY, first)
        written(folder, earlier, second)
        assert read_margin_detail(folder).sel(stock="600000")["stock_name"].item() == "浦发银行"


def test_a_stock_in_files_of_two_kinds_on_one_day_is_refused(tmp_path: Path) -> None:
    one, two = written(tmp_path, TUSHARE, "a.csv"), written(tmp_path, EASTMONEY, "b.csv")
    with pytest.raises(DataError) as refusal:
        read_margin_detail([one, two])
    assert f"{two}:2: scode: 600000 on 2025-09-17 stands at {one}:2 too; keep one of the rows" in str(refusal.value)
