"""Series of the market and sectors of stocks, by the columns of each export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingcang.errors import DataError
from pingcang.leverage.variables import BY_NAME
from pingcang.loaders import read_market_series, read_sectors
from pingcang.loaders.market_series import FIELDS


def written(folder: Path, text: str, name: str = "series.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_is_one_that_the_monitor_reads() -> None:
    assert all(BY_NAME[field].dims == ("date",) for field in FIELDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date,open,high,low,close,amount_yi,pe\n2015-06-12,1,1,1,7256.9,18620,28\n", [1.862e12, 7256.9]),
        ("date,open,close,high,low,volume,amount\n2015-06-12,1,7256.9,1,1,1,1862000000000\n", [1.862e12, 7256.9]),
        ("ts_code,trade_date,close,vol,amount\n000985.CSI,20150612,7256.9,1,1862000000\n", [1.862e12, 7256.9]),
        ("日期,开盘,收盘,最高,最低,成交量,成交额\n2015-06-12,1,7256.9,1,1,1,1862000000000\n", [1.862e12, 7256.9]),
        ("date,turnover_yi,index\n2015-06-12,18620,7256.9\n", [1.862e12, 7256.9]),
        ("date,turnover_wan,index\n2015-06-12,186200000,7256.9\n", [1.862e12, 7256.9]),
        ("date,index,turnover\n2015-06-12,7256.9,1.862万亿\n", [1.862e12, 7256.9]),
    ],
)
def test_index_and_turnover_are_the_same_from_every_export(text: str, expected: list[float], tmp_path: Path) -> None:
    found = read_market_series(written(tmp_path, text))
    assert list(found.columns) == ["turnover", "index"] and list(found.index) == [pd.Timestamp("2015-06-12")]
    assert found.iloc[0].tolist() == pytest.approx(expected)


def test_counts_of_stocks_are_read_from_the_file_of_breadth(tmp_path: Path) -> None:
    text = "date,n_up,n_down,n_limitdown_close,n_limitup_close,n_listed\n2015-06-26,71,2200,1822,12,2500\n"
    found = read_market_series(written(tmp_path, text))
    assert found.iloc[0].to_dict() == {"advancing": 71, "declining": 2200, "limit_up": 12, "limit_down": 1822}


def test_caps_and_money_supply_are_in_yuan(tmp_path: Path) -> None:
    """M1 of 2015-06, 35.6tn, and of 2025, 111tn (facts.md); a month is its last day, though it be a Sunday."""
    caps = "ts_code,trade_date,total_mv,float_mv,pe\n000001.SH,20150612,5e13,3e13,1\n"
    found = read_market_series(written(tmp_path, caps))
    assert found.iloc[0].to_dict() == {"float_cap": 3e13, "total_cap": 5e13}
    found = read_market_series(
        written(tmp_path, "月份,货币(M1)-数量(亿元)\n2015年05月份,343085.86\n2015年06月份,356082.86\n", "m1.csv")
    )
    assert found["m1"].tolist() == pytest.approx([3.4308586e13, 3.5608286e13])
    assert list(found.index) == [pd.Timestamp("2015-05-31"), pd.Timestamp("2015-06-30")]


def test_investors_are_persons_and_institutions(tmp_path: Path) -> None:
    """7.5852m persons and 49,994 institutions on 2025-08-22 (facts.md)."""
    text = "日期,融资余额,个人投资者数量,机构投资者数量\n2025-08-22,21400,758.52,49994\n"
    assert read_market_series(written(tmp_path, text))["margin_investors"].tolist() == pytest.approx([7_635_194])


def test_files_of_different_series_become_one_table(tmp_path: Path) -> None:
    one = written(tmp_path, "date,index\n2015-06-11,5121\n2015-06-12,5166\n", "index.csv")
    other = written(tmp_path, "date,float_cap_yi\n2015-06-12,528000\n2015-06-15,510000\n", "caps.csv")
    found = read_market_series([one, other])
    assert list(found.index) == list(pd.to_datetime(["2015-06-11", "2015-06-12", "2015-06-15"]))
    np.testing.assert_array_equal(found["float_cap"], [np.nan, 5.28e13, 5.1e13])
    assert found.attrs["columns"] == {"index": "index.csv: index", "float_cap": "caps.csv: float_cap_yi"}


def test_files_of_different_years_become_one_table(tmp_path: Path) -> None:
    one = written(tmp_path, "date,close\n2015-06-11,5121\n", "2015.csv")
    other = written(tmp_path, "date,close\n2014-06-12,2051\n", "2014.csv")
    assert read_market_series([one, other])["index"].tolist() == [2051, 5121]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "date,turnover\n2015-06-12,18620\n",
            "2: turnover: found 18,620, must be between 1e+09 and 1e+13 CNY; it looks "
            "like 亿 (1.862e+12 CNY); rename the column turnover_yi, or multiply it by 1e+08",
        ),
        (
            "date,float_cap_yi\n2015-06-12,5.28e13\n",
            "2: float_cap_yi: found 5.28e+13, must be between 1,000 and "
            "5e+06 亿; it looks like CNY (5.28e+13 CNY); rename the column float_cap_cny, or divide it by 1e+08",
        ),
        (
            "date,turnover_yi\n2015-06-12,18620\n2015-06-15,1.862e8\n",
            "3: turnover_yi: found 1.862e+08, must be between "
            "10 and 100,000 亿; it looks like 万 (1.862e+12 CNY), in these rows alone: the file changes its unit; "
            "divide it by 10000 there",
        ),
        ("date,m1\n2015-06-12,356083\n", "2: m1: found 356,083, must be between 1e+12 and 1e+15 CNY; it looks like 亿"),
        ("date,index\n2015-06-12,0\n", "2: index: found 0, must be between 0.001 and 1e+06 points"),
        ("date,limit_down\n2015-06-12,-1\n", "2: limit_down: found -1, must be between 0 and 20,000 stocks"),
        ("date,margin_investors\n2025-08-22,758.52\n", "2: margin_investors: found 758.52, must be between 10,000 and"),
        ("date,index\n2015-06-12,1\n2015-06-12,2\n", "3: date: 2015-06-12 stands at "),
        ("date,other\n2015-06-12,1\n", "1: columns: found date, other; needed is at least one of turnover, float_cap"),
        ("month,m1_yi\n2015-13,356083\n", "2: month: found '2015-13', must be a month like 2025-08; correct the cell"),
    ],
)
def test_what_cannot_be_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataError) as refusal:
        read_market_series(path)
    assert f"{path}:{told}" in str(refusal.value)


def test_a_series_in_files_of_two_kinds_is_refused(tmp_path: Path) -> None:
    files = [
        written(tmp_path, "date,close\n2015-06-12,1\n", "a.csv"),
        written(tmp_path, "date,index\n2015-06-12,1\n", "b.csv"),
    ]
    with pytest.raises(DataError, match="index: stands in files of two kinds; give each series once"):
        read_market_series(files)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turnover=st.floats(1e11, 4e12),
    cap=st.floats(1e13, 1e14),
    units=st.tuples(*[st.sampled_from([("", 1.0), ("_cny", 1.0), ("_wan", 1e4), ("_yi", 1e8)])] * 2),
)
def test_any_unit_that_is_named_is_read(
    turnover: float, cap: float, units: tuple[tuple[str, float], tuple[str, float]], tmp_path: Path
) -> None:
    (one, first), (other, second) = units
    text = f"date,turnover{one},float_cap{other}\n2015-06-12,{turnover / first!r},{cap / second!r}\n"
    found = read_market_series(written(tmp_path, text)).iloc[0]
    assert found.tolist() == pytest.approx([turnover, cap])


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("ts_code,symbol,name,industry,market\n600000.SH,600000,浦发银行,银行,主板\n000001.SZ,000001,平安银行,银行,主板\n",
         ["sector", "name", "board"]),
        ("代码,名称,行业\n600000,浦发银行,银行\n1,平安银行,银行\n", ["sector", "name"]),
        ("code,sector\nsh600000,银行\nsz000001,银行\n", ["sector"]),
    ],
)  # fmt: skip
def test_sectors_are_read_by_code(text: str, columns: list[str], tmp_path: Path) -> None:
    found = read_sectors(written(tmp_path, text))
    assert found.index.tolist() == ["000001", "600000"] and found.index.name == "code"
    assert list(found.columns) == columns and found["sector"].tolist() == ["银行", "银行"]
    if "name" in columns:
        assert found.loc["000001", "name"] == "平安银行"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,sector\n600000,bank\nsh600000,steel\n", "3: code: 600000 stands at "),
        ("code,sector\n600000,\n", "2: sector: is empty; fill the cell, or leave out the stock"),
        ("code,sector\n510050,fund\n", "2: code: found '510050', must be the code of an A share"),
        ("code,name\n600000,x\n", "1: columns: found code, name; needed are ts_code, industry (Tushare stock_basic)"),
    ],
)
def test_sectors_that_cannot_be_are_refused(text: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataError) as refusal:
        read_sectors(path)
    assert f"{path}:{told}" in str(refusal.value)
