"""Daily prices are read from every export that is documented, however its cells are written."""

from __future__ import annotations

import datetime as dt
import gzip
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.errors import DataError
from pingcang.loaders import PriceHistory, read_prices, read_returns_matrix, write_prices

SHARED = """code,date,open,high,low,close,volume_lots,pct_chg,turnover_pct
000001,2015-03-02,14.03,14.09,13.87,14.03,1018797,0.29,1.04
000001,2015-03-03,13.98,13.98,13.59,13.60,1059476,-3.06,1.08
600000,2015-03-03,15.00,15.80,14.90,15.75,2000,5.00,1.0
"""
AKSHARE = """日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,振幅,涨跌幅,涨跌额,换手率
2015-03-02,000001,14.03,14.03,14.09,13.87,1018797,1424000000.0,1.57,0.29,0.04,1.04
2015-03-03,000001,13.98,13.60,13.98,13.59,1059476,1454000000.0,2.78,-3.06,-0.43,1.08
2015-03-03,600000,15.00,15.75,15.80,14.90,2000,3100000.0,6.0,5.00,0.75,1.0
"""
TUSHARE = """ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount
000001.SZ,20150303,13.98,13.98,13.59,13.60,14.03,-0.43,-3.06,1059476,1454000.0
000001.SZ,20150302,14.03,14.09,13.87,14.03,13.99,0.04,0.29,1018797,1424000.0
600000.SH,20150303,15.00,15.80,14.90,15.75,15.00,0.75,5.00,2000,3100.0
"""
PLAIN = """code,date,open,high,low,close,volume,change
000001,2015-03-02,14.03,14.09,13.87,14.03,101879700,0.0029
000001,2015-03-03,13.98,13.98,13.59,13.60,105947600,-0.0306
600000,2015-03-03,15.00,15.80,14.90,15.75,200000,0.05
"""
MONDAY, TUESDAY = dt.date(2015, 3, 2), dt.date(2015, 3, 3)


def written(folder: Path, text: str, name: str = "prices.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def assert_is_the_sample(history: PriceHistory) -> None:
    assert history.codes == ["000001", "600000"]
    assert history.dates == [MONDAY, TUESDAY]
    np.testing.assert_allclose(history.change, [[0.0029, np.nan], [-0.0306, 0.05]], atol=6e-5)
    np.testing.assert_allclose(history.open, [[14.03, np.nan], [13.98, 15.00]])
    np.testing.assert_allclose(history.high, [[14.09, np.nan], [13.98, 15.80]])
    np.testing.assert_allclose(history.low, [[13.87, np.nan], [13.59, 14.90]])
    np.testing.assert_allclose(history.close, [[14.03, np.nan], [13.60, 15.75]])
    np.testing.assert_allclose(history.volume, [[101879700, 0], [105947600, 200000]])


@pytest.mark.parametrize("text", [SHARED, AKSHARE, TUSHARE, PLAIN], ids=["shared", "akshare", "tushare", "plain"])
def test_every_export_gives_the_same_history(text: str, tmp_path: Path) -> None:
    assert_is_the_sample(read_prices(written(tmp_path, text)))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_chinese_encoding_is_understood(encoding: str, tmp_path: Path) -> None:
    assert_is_the_sample(read_prices(written(tmp_path, AKSHARE, encoding=encoding)))


@pytest.mark.parametrize("delimiter", ["\t", ";", "，"])
def test_every_delimiter_is_understood(delimiter: str, tmp_path: Path) -> None:
    assert_is_the_sample(read_prices(written(tmp_path, SHARED.replace(",", delimiter))))


def test_gzip_windows_line_ends_and_blank_lines_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    path.write_bytes(gzip.compress(("\n" + SHARED + "\n\n").replace("\n", "\r\n").encode()))
    assert_is_the_sample(read_prices(path))


def test_parquet_is_understood_with_dates_and_with_whole_numbers(tmp_path: Path) -> None:
    frame = pd.read_csv(written(tmp_path, TUSHARE))
    frame.to_parquet(tmp_path / "a.parquet")
    frame.assign(trade_date=pd.to_datetime(frame["trade_date"].astype(str))).to_parquet(tmp_path / "b.parquet")
    for name in ("a.parquet", "b.parquet"):
        assert_is_the_sample(read_prices(tmp_path / name))


def test_rows_out_of_order_are_sorted(tmp_path: Path) -> None:
    header, *rows = SHARED.splitlines()
    assert_is_the_sample(read_prices(written(tmp_path, "\n".join([header, *reversed(rows)]))))


def test_thousands_separators_full_width_digits_percent_signs_and_mixed_dates_are_understood(tmp_path: Path) -> None:
    text = """code,date,open,high,low,close,volume_lots,pct_chg
1,2015/3/2,１４.03,14.09,13.87,14.03,"1,018,797",0.29%
'000001,20150303,13.98,13.98,13.59,13.60,"1,059,476",-3.06
sh600000,2015年3月3日 15:00:00,15.00,15.80,14.90,15.75,"2,000",＋5.00％
"""
    assert_is_the_sample(read_prices(written(tmp_path, text)))


@pytest.mark.parametrize(
    "code", ["600000", "sh600000", "SH600000", "sh.600000", "600000.SH", "600000.XSHG", '="600000"']
)
def test_every_way_to_write_a_code_is_one_stock(code: str, tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN.replace("600000", code.replace('"', '""') if '"' not in code else code))
    assert read_prices(path).codes == ["000001", "600000"]


def test_leading_zeros_that_a_spreadsheet_ate_come_back(tmp_path: Path) -> None:
    assert_is_the_sample(read_prices(written(tmp_path, PLAIN.replace("000001", "1"))))


def test_a_folder_of_one_stock_files_takes_codes_from_their_names(tmp_path: Path) -> None:
    header, *rows = AKSHARE.splitlines()
    without_code = [
        line.replace(",股票代码", "").replace(",000001", "").replace(",600000", "") for line in [header, *rows]
    ]
    folder = tmp_path / "stocks"
    folder.mkdir()
    written(folder, "\n".join(without_code[:3]), "sz000001.csv", "gbk")
    written(folder, "\n".join([without_code[0], without_code[3]]), "600000_daily.csv")
    assert_is_the_sample(read_prices(folder))


def test_a_row_without_volume_is_a_day_without_trade(tmp_path: Path) -> None:
    """Some exports give suspended stocks a row: volume 0, and the last close or zeros as prices."""
    halted = "600000,2015-03-02,0,0,0,15.00,0,0.0\n"
    assert_is_the_sample(read_prices(written(tmp_path, PLAIN + halted)))


def test_repeated_rows_are_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path, PLAIN + PLAIN.splitlines()[1] + "\n")
    with caplog.at_level(logging.WARNING):
        history = read_prices(path)
    assert_is_the_sample(history)
    told = f"{path}: 1 rows that repeat another in everything are left out"
    assert told in history.notes
    assert caplog.messages == [told]


def test_columns_that_nobody_reads_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = PLAIN.splitlines()
    path = written(tmp_path, "\n".join([lines[0] + ",p_change", *(line + ",1" for line in lines[1:])]))
    with caplog.at_level(logging.WARNING):
        read_prices(path)
    assert caplog.messages == [f"{path}: columns that are not read: p_change"]


def test_an_ex_rights_day_is_no_fall(tmp_path: Path) -> None:
    """Ten shares became twenty over night: the previous close is half the close before, the return +1 %."""
    text = "code,date,close,pct_chg\n600690,2015-07-15,25.00,1.00\n600690,2015-07-16,12.62,0.96\n"
    history = read_prices(written(tmp_path, text))
    assert history.change[1, 0] == pytest.approx(0.0096)
    assert history.previous_close[1, 0] == 12.50
    assert "1 previous closes are not the close before: ex-rights days" in history.notes


def test_closes_alone_give_returns_within_the_band(tmp_path: Path) -> None:
    text = "code,date,close\n600000,2015-03-02,10.00\n600000,2015-03-03,11.00\n300001,2015-03-03,20.00\n"
    history = read_prices(written(tmp_path, text))
    np.testing.assert_allclose(history.change, [[np.nan, np.nan], [np.nan, 0.10]])
    assert np.isnan(history.open).all()
    np.testing.assert_array_equal(history.volume, [[0, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(history.traded, [[False, True], [True, True]])


def test_a_first_day_beyond_the_band_is_kept_and_said(tmp_path: Path) -> None:
    text = "code,date,close,pct_chg\n002747,2015-03-20,9.79,43.97\n002747,2015-03-23,10.77,10.01\n"
    history = read_prices(written(tmp_path, text))
    assert history.change[0, 0] == pytest.approx(0.4397)
    assert "1 changes beyond the band: first days, and returns after long halts" in history.notes


def test_between_and_select_cut_days_and_stocks(tmp_path: Path) -> None:
    history = read_prices(written(tmp_path, PLAIN))
    tuesday = history.between(TUESDAY, dt.date(2015, 3, 9)).select(["600000"])
    assert (tuesday.codes, tuesday.dates) == (["600000"], [TUESDAY])
    assert tuesday.close.tolist() == [[15.75]]
    swapped = history.select(["600000", "000001"])
    np.testing.assert_array_equal(swapped.volume, history.volume[:, ::-1])
    with pytest.raises(DataError, match=r"no day between 2016-01-04 and 2016-01-05, they run from 2015-03-02"):
        history.between(dt.date(2016, 1, 4), dt.date(2016, 1, 5))
    with pytest.raises(DataError, match=r"no rows for 600001 \(1 of 2 stocks\)"):
        history.select(["600000", "600001"])


MATRIX = "date,000001,600000\n2015-03-03,-306,\n2015-03-02,29,500\n"


def test_a_matrix_of_returns_is_in_basis_points(tmp_path: Path) -> None:
    history = read_returns_matrix(written(tmp_path, MATRIX))
    assert history.dates == [MONDAY, TUESDAY]
    np.testing.assert_allclose(history.change, [[0.0029, 0.05], [-0.0306, np.nan]])
    np.testing.assert_array_equal(history.traded, [[True, True], [True, False]])
    assert np.isnan(history.close).all()
    assert np.isnan(history.volume).all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MATRIX.replace("-306", "-0.0306").replace("29", "0.0029").replace("500", "0.05"), "too small for stocks"),
        (MATRIX.replace("-306", "-10000"), r"matrix\.csv:2: 000001: found -10000 basis points"),
        (MATRIX.replace("-306", "x"), r"matrix\.csv:2: 000001: found 'x', must be a number"),
        (MATRIX.replace("03-03", "03-02"), r"matrix\.csv:3: date: 2015-03-02 stands at \S+matrix\.csv:2 too"),
        (MATRIX.replace("600000", "sz000001"), r"matrix\.csv:1: columns: 000001 stands there twice"),
        (MATRIX.replace("600000", "index"), r"matrix\.csv:1: index: must be the code of an A share"),
    ],
)
def test_a_matrix_that_cannot_be_is_refused(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=told):
        read_returns_matrix(written(tmp_path, text, "matrix.csv"))


def test_a_history_without_closes_is_not_written(tmp_path: Path) -> None:
    history = read_returns_matrix(written(tmp_path, MATRIX))
    with pytest.raises(DataError, match=r"close: is unknown for 000001 on 2015-03-02; rebuild the closes first"):
        write_prices(history, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@st.composite
def histories(draw: st.DrawFn) -> PriceHistory:
    """Few stocks over few days, whose closes follow from their changes; some stocks or days without trade."""
    codes = sorted(
        draw(st.sets(st.sampled_from(["000001", "002594", "300059", "600000", "601318", "688981"]), min_size=1))
    )
    days = draw(st.integers(1, 6))
    dates = [dt.date(2015, 3, 2) + dt.timedelta(days=j if j < 5 else j + 2) for j in range(days)]
    shape = (days, len(codes))
    numbers = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(numbers)
    close = np.rint(1000 * np.cumprod(rng.uniform(0.95, 1.05, shape), axis=0)) / 100
    change = np.vstack([rng.uniform(-0.05, 0.05, (1, len(codes))), close[1:] / close[:-1] - 1])
    high, low = close + 0.03, close - 0.02
    opened = np.rint(rng.uniform(low, high) * 100) / 100
    volume = rng.integers(1, 10**9, shape).astype(float)
    if draw(st.booleans()):
        opened, high, low = (np.full(shape, np.nan) for _ in range(3))
    halted = rng.random(shape) < 0.4
    halted[draw(st.integers(0, days - 1)), draw(st.integers(0, len(codes) - 1))] = False
    for values in (change, opened, high, low, close):
        values[halted] = np.nan
    volume[halted] = 0
    return PriceHistory(codes, dates, change, opened, high, low, close, volume)


@given(history=histories(), ending=st.sampled_from(["csv", "csv.gz", "parquet"]))
def test_what_is_written_is_read_back(
    history: PriceHistory, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("history") / f"prices.{ending}"
    write_prices(history, path)
    back = read_prices(path)
    assert back.codes == history.codes
    assert back.dates == history.dates
    for name in ("change", "open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(getattr(back, name), getattr(history, name), rtol=1e-12, err_msg=name)
