"""What no market can have produced is refused: file, row and column, what was found, what is allowed, the way out."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pingcang.errors import DataError, ScenarioError
from pingcang.loaders import read_prices

HEADER = "code,date,open,high,low,close,volume,pct_chg"
GOOD = [
    "000001,2015-03-02,14.03,14.09,13.87,14.03,1018700,0.29",
    "000001,2015-03-03,13.98,13.98,13.59,13.60,1059400,-3.06",
    "600000,2015-03-03,15.00,15.80,14.90,15.75,200000,5.00",
]


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as told:
        read_prices(path)
    assert told.value.exit_code == 2
    assert isinstance(told.value, ScenarioError)
    return str(told.value)


def prices(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "prices.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("14.09", "", "4: high: open, high and low of 000001 on 2015-03-02 are given in part"),
        ("13.87", "abc", "4: low: found 'abc', must be a number like 1234.5 or 1,234.5; correct the cell"),
        ("13.87", "inf", "4: low: found inf, must be a finite number"),
        ("13.87", '"1,3.87"', "4: low: found '1,3.87', must be a number"),
        ("13.87", "13.87%", "4: low: found '13.87%', must be a number"),
        ("0.29", "0.29元", "4: pct_chg: found '0.29元', must be a number like 1234.5 or 1,234.5, or a share like 1.5%"),
        (
            "14.03,14.09,13.87,14.03",
            "0,14.09,13.87,14.03",
            "4: open: found 0 for 000001 on 2015-03-02, must be above 0",
        ),
        ("13.87,14.03", "13.87,-1", "4: close: found -1 for 000001 on 2015-03-02, must be above 0"),
        ("13.87,14.03", "13.87,", "4: close: is empty for 000001 on 2015-03-02, though something traded"),
        ("14.09,13.87", "13.87,14.09", "4: high: found 13.87 for 000001 on 2015-03-02, below the low of 14.09"),
        (
            "13.87,14.03",
            "13.87,14.10",
            "4: close: found 14.1 for 000001 on 2015-03-02, must lie between low 13.87 and high",
        ),
        (
            "14.03,14.09",
            "13.80,14.09",
            "4: open: found 13.8 for 000001 on 2015-03-02, must lie between low 13.87 and high",
        ),
        (
            "14.03,14.09",
            "14.0317,14.09",
            "4: open: found 14.0317 for 000001 on 2015-03-02, must be a whole number of ticks",
        ),
        ("1018700", "-5", "4: volume: found -5 for 000001 on 2015-03-02, must be 0 or more"),
        ("0.29", "-100", "4: pct_chg: found a change of -100.00% for 000001 on 2015-03-02, must be above -100%"),
        ("2015-03-02", "2015-02-30", "4: date: found '2015-02-30', must be a day between 1990 and 2100"),
        ("2015-03-02", "02/03/2015", "4: date: found '02/03/2015', must be a day"),
        ("2015-03-02", "", "4: date: found nothing, must be a day"),
        ("2015-03-02", "2015-03-01", "4: date: found '2015-03-01', a Saturday or Sunday"),
        ("000001", "000001.SH", "4: code: found '000001.SH', must be the code of an A share"),
        ("000001", "900901", "4: code: found '900901', must be the code of an A share"),
        ("000001", "平安银行", "4: code: found '平安银行', must be the code of an A share"),
        ("000001", "1234567", "4: code: found '1234567', must be the code of an A share"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(old: str, new: str, told: str, tmp_path: Path) -> None:
    path = prices(tmp_path, GOOD[2], GOOD[1], GOOD[0].replace(old, new, 1))
    assert f"{path}:{told}" in refusal(path)


def test_many_bad_cells_are_told_in_part_and_counted(tmp_path: Path) -> None:
    rows = [f"600000,2015-03-0{2 + j % 5},x,15.80,14.90,15.75,200000,5.00" for j in range(15)]
    lines = refusal(prices(tmp_path, *rows)).splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("open: 5 rows more have the same fault")


def test_two_rows_of_a_day_that_differ_are_both_named(tmp_path: Path) -> None:
    path = prices(tmp_path, *GOOD, GOOD[0].replace("13.87,14.03", "13.87,14.04"))
    assert (
        f"{path}:5: close: found 14.04 for 000001 on 2015-03-02, but {path}:2 says 14.03 for the same day; keep one of "
        "the two rows"
    ) in refusal(path)


def test_an_empty_change_is_refused_but_on_the_first_day(tmp_path: Path) -> None:
    path = prices(tmp_path, GOOD[0].replace("0.29", ""), GOOD[1])
    assert np.isnan(read_prices(path).change[0, 0])
    path = prices(tmp_path, GOOD[0], GOOD[1].replace("-3.06", ""))
    assert f"{path}:3: pct_chg: is empty for 000001 on 2015-03-03, though the stock traded" in refusal(path)


def test_an_ex_rights_jump_in_closes_alone_is_refused(tmp_path: Path) -> None:
    path = prices(tmp_path, "600690,2015-07-15,25.00", "600690,2015-07-16,12.62", header="code,date,close")
    assert (
        f"{path}:3: close: found 12.62 for 600690 on 2015-07-16 after 25, a change of -49.5% beyond the band of 10%; "
        "an ex-rights day, a first day or a missing one? Add a column pre_close or pct_chg"
    ) in refusal(path)


@pytest.mark.parametrize(
    ("code", "day", "refused"),
    [
        ("300059", "2020-08-21", True),
        ("300059", "2020-08-24", False),
        ("688981", "2020-08-21", False),
        ("600000", "2023-08-24", True),
    ],
)
def test_the_band_depends_on_board_and_day(code: str, day: str, refused: bool, tmp_path: Path) -> None:
    path = prices(tmp_path, f"{code},2020-08-20,10.00", f"{code},{day},12.00", header="code,date,close")
    if refused:
        assert "a change of 20.0% beyond the band of 10%" in refusal(path)
    else:
        assert read_prices(path).change[1, 0] == pytest.approx(0.20)


def test_a_change_that_close_and_previous_close_do_not_give_is_refused(tmp_path: Path) -> None:
    header = "ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount"
    row = "000001.SZ,20150303,13.98,13.98,13.59,13.60,14.03,-0.43,-3.10,1059476,1454000.0"
    path = prices(tmp_path, row, header=header)
    assert (
        f"{path}:2: pct_chg: found a change of -3.10% for 000001 on 2015-03-03, but close and previous close give "
        "-3.06%"
    ) in refusal(path)


def walk(stocks: int, days: int, distort: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame) -> pd.DataFrame:
    """Closes that follow from changes of about 3 % a day, in percent."""
    rng = np.random.default_rng(20150612)
    dates = pd.bdate_range("2015-03-02", periods=days).strftime("%Y-%m-%d")
    frames = []
    for j in range(stocks):
        close = np.rint(2000 * np.cumprod(1 + rng.normal(0, 0.03, days).clip(-0.09, 0.09))) / 100
        change = np.diff(close, prepend=close[0]) / np.concatenate([close[:1], close[:-1]])
        frame = pd.DataFrame({"code": f"{600000 + j}", "date": dates, "close": close, "pct_chg": change * 100})
        frames.append(distort(frame))
    return pd.concat(frames)


def test_adjusted_prices_beside_unadjusted_changes_are_refused(tmp_path: Path) -> None:
    """Prices less all later dividends (前复权) are too low by an amount, so the changes do not fit."""
    path = tmp_path / "prices.csv"
    walk(3, 40, lambda frame: frame.assign(close=(frame["close"] - 8).round(2))).to_csv(path, index=False)
    told = refusal(path)
    assert f"{path}:" in told
    assert "days like it (3 stocks in all); adjusted prices (复权) beside unadjusted changes" in told


def test_changes_in_another_unit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    walk(3, 40, lambda frame: frame.assign(pct_chg=frame["pct_chg"] / 100)).to_csv(path, index=False)
    assert "or changes in another unit? Export both unadjusted, pct_chg in percent" in refusal(path)


def test_a_day_that_is_missing_for_all_stocks_is_found(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    whole = walk(40, 12)
    whole.to_csv(path, index=False)
    read_prices(path)
    whole[~whole["date"].isin(["2015-03-09", "2015-03-10"])].to_csv(path, index=False)
    told = refusal(path)
    assert "date: on 2015-03-11 the previous closes of" in told
    assert "of 40 stocks are not their closes of 2015-03-06; trading days between are missing" in told


def test_volume_in_another_unit_is_found_by_the_amount(tmp_path: Path) -> None:
    header = "日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,涨跌幅"
    path = prices(tmp_path, "2015-03-02,000001,14.03,14.03,14.09,13.87,101879700,1424000000,0.29", header=header)
    assert f"{path}:1: 成交量: amount over volume is 0.00996 times the close, must be near 1" in refusal(path)


def test_columns_that_are_not_there_are_named_with_what_is_needed(tmp_path: Path) -> None:
    told = refusal(prices(tmp_path, "000001,2015-03-02,1", header="code,day,price"))
    assert (
        "prices.csv:1: columns: found code, day, price; needed are ts_code, trade_date, close (Tushare daily); " in told
    )
    assert "股票代码, 日期, 收盘 (AkShare stock_zh_a_hist); code, date, close (plain); rename the columns" in told
    assert "prices.csv:1: columns: found date, close, but no code of a stock, nor is one in the file's name" in refusal(
        prices(tmp_path, "2015-03-02,14.03", header="date,close")
    )


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    assert "prices.csv:1: columns: 'close' stands there twice" in refusal(
        prices(tmp_path, header="code,date,close,Close")
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ":1: the file is empty; export it again"),
        (b"\n\n", ":1: the file is empty; export it again"),
        (HEADER.encode(), ":1: no rows below the header; the file is empty, or its export failed"),
        (b"PK\x03\x04rest", ": is a spreadsheet or an archive, not a CSV; save it as CSV"),
        (b"\xff\xfe\x00\xd8\x00", ": is no text in UTF-8, UTF-16 or GB18030 (GBK); save it as CSV in UTF-8"),
        (b"\x80\x81\xff\xff", ": is no text in UTF-8, UTF-16 or GB18030 (GBK); save it as CSV in UTF-8"),
        (b"code,date\0,close\n", ": is no text in UTF-8"),
        (
            b"code,date,close\n000001,2015-03-02,1,234.5\n",
            ":2: found more cells, the header has 3; a number with thousands",
        ),
        (b"code,date,close\n000001,2015-03-02,1\n000001,2015-03-03,1,0\n", ":3: found 4 cells, the header has 3"),
        (
            "日行情\ncode,date,close\n000001,2015-03-02,1\n".encode(),
            ":2: found more cells, the line above has 1, and sho",
        ),
        (b'code,date,close\n"000001,2015-03-02,1\n', ": cannot be read as CSV (Error tokenizing data"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes(content)
    assert f"{path}{told}" in refusal(path)


def test_a_line_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("\n".join([HEADER, GOOD[0], GOOD[1][:36]]), encoding="utf-8")
    assert f"{path}:3: volume: is empty for 000001 on 2015-03-03, but not throughout" in refusal(path)


def test_broken_archives_missing_files_and_unknown_kinds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv.gz"
    path.write_bytes(gzip.compress(b"code,date,close\n" * 100)[:-9])
    assert f"{path}: cannot be read (" in refusal(path)
    path.write_bytes(b"code,date,close\n")
    assert f"{path}: cannot be read (Not a gzipped file" in refusal(path)
    assert refusal(tmp_path / "none.csv") == f"{tmp_path / 'none.csv'}: there is no such file; check the path"
    (tmp_path / "prices.xlsx").touch()
    assert ".xlsx: is of no kind that can be read; allowed are .csv, .csv.gz" in refusal(tmp_path / "prices.xlsx")
    (tmp_path / "a.parquet").write_bytes(b"PAR1nothing")
    assert "a.parquet: cannot be read as Parquet" in refusal(tmp_path / "a.parquet")


def test_a_bad_cell_in_parquet_is_named_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pd.DataFrame({"code": ["000001"] * 2, "date": ["20150302", "20150303"], "close": [10.0, -1.0]}).to_parquet(path)
    assert f"{path}: row 2: close: found -1 for 000001 on 2015-03-03, must be above 0" in refusal(path)


def test_folders_are_refused_by_the_file_that_is_wrong(tmp_path: Path) -> None:
    assert f"{tmp_path}: holds no .csv" in refusal(tmp_path)
    (tmp_path / "600000.csv").write_text("date,close\n2015-03-02,10.00\n", encoding="utf-8")
    (tmp_path / "600001.csv").write_text("date,close\n2015-03-02,10.00\n2015-03-03,x\n", encoding="utf-8")
    assert f"{tmp_path / '600001.csv'}:3: close: found 'x', must be a number" in refusal(tmp_path)
    (tmp_path / "600001.csv").write_text("date,close,volume\n2015-03-02,10.00,1\n", encoding="utf-8")
    assert "600001.csv:1: columns: found date, close, volume, code, but 600000.csv has date, close, code" in refusal(
        tmp_path
    )


def test_a_market_that_never_trades_is_refused(tmp_path: Path) -> None:
    path = prices(tmp_path, "000001,2015-03-02,0,0,0,14.03,0,0")
    assert f"{path}: no stock trades on any day" in refusal(path)
