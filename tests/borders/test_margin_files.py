"""Margin files as users really have them: each fault is told with file, row, column and a way out (issue 6)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pingcang.errors import DataError
from pingcang.loaders import read_margin_balances, read_margin_detail

SSE_HEAD = "信用交易日期,融资余额,融资买入额,融券余量,融券余量金额,融券卖出量,融资融券余额\n"
SZSE_HEAD = "日期,融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n"
DETAIL = "trade_date,ts_code,rzye,rzmre\n20250917,600000.SH,3e9,1e8\n20250917,000001.SZ,4e9,1e8\n"


def written(folder: Path, text: str, name: str = "margin.csv") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def sse(*days: str) -> str:
    return SSE_HEAD + "".join(f"{day},1.2e12,1e11,1,1e10,1,1\n" for day in days)


def szse(*days: str) -> str:
    return SZSE_HEAD + "".join(f"{day},1000,11000,1,1,50,1\n" for day in days)


def refusal(source: object, **options: object) -> str:
    with pytest.raises(DataError) as refused:
        read_margin_balances(source, **options)  # type: ignore[arg-type]
    assert refused.value.exit_code == 2
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "margin.csv:1: the file is empty; export it again"),
        ("date,financing_balance\n", "margin.csv:1: no rows below the header; the file is empty, or its export failed"),
        ("date,financing_balance\n\n\n", "margin.csv:1: no rows below the header"),
        ("date,financing_balance_yi\n2025-09-17,\n", "margin.csv:2: financing_balance_yi: is empty; fill the cell"),
        ("date,financing_balance_yi\n2025-09-17,many\n", "found 'many', must be a number like 1234.5 or 1,234.5, or "),
        ("date,financing_balance_yi\n2025-09-17,1.2亿3\n", "found '1.2亿3', must be a number like 1234.5"),
    ],
)
def test_empty_files_and_cells_are_refused(text: str, told: str, tmp_path: Path) -> None:
    assert told in refusal(written(tmp_path, text))


def test_an_empty_folder_or_list_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path}: holds no .csv" in refusal(tmp_path)
    assert "files: none are given" in refusal([])
    assert f"{tmp_path / 'no.csv'}: there is no such file; check the path" in refusal(tmp_path / "no.csv")


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("financing_balance", "24054", "found 24,054, must be between 1e+09 and 1e+13 CNY; it looks like 亿 "
         "(2.4054e+12 CNY); rename the column financing_balance_yi, or multiply it by 1e+08"),
        ("financing_balance", "240540000", "it looks like 万 (2.4054e+12 CNY); rename the column "
         "financing_balance_wan"),
        ("financing_balance_yi", "2405400000000", "found 2.4054e+12, must be between 10 and 100,000 亿; it looks like "
         "CNY (2.4054e+12 CNY); rename the column financing_balance_cny, or divide it by 1e+08"),
        ("financing_balance_yi", "240540000", "it looks like 万 (2.4054e+12 CNY); rename the column "
         "financing_balance_wan, or divide it by 10000"),
        ("financing_balance_wan", "24054", "it looks like 亿 (2.4054e+12 CNY); rename the column financing_balance_yi"),
        ("financing_balance_wan", "2405400000000", "it looks like CNY"),
        ("financing_balance", "-5", "found -5, must be between 1e+09 and 1e+13 CNY; check the unit and the decimal"),
        ("financing_balance", "2.4亿", "found 2.4e+08, must be between 1e+09"),
    ],
)  # fmt: skip
def test_yuan_wan_and_yi_are_not_confused(column: str, cell: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"date,{column}\n2025-09-17,{cell}\n")
    assert f"{path}:2: {column}: " in refusal(path) and told in refusal(path)


def test_what_a_refusal_asks_for_helps(tmp_path: Path) -> None:
    path = written(tmp_path, szse("2025-09-17").replace("11000", "1100000000000"))
    told = refusal(path, exchange="SZSE")
    assert "it looks like CNY (1.1e+12 CNY); rename the column 融资余额(元), or divide it by 1e+08" in told
    path.write_text(path.read_text().replace("融资余额", "融资余额(元)", 1))
    assert read_margin_balances(path, exchange="SZSE")["financing_balance"].tolist() == [1.1e12]


def test_a_file_that_changes_its_unit_half_way_is_refused(tmp_path: Path) -> None:
    text = "date,financing_balance_yi\n2025-09-16,23900\n2025-09-17,23885\n2025-09-18,2400000000000\n"
    told = refusal(written(tmp_path, text))
    assert "margin.csv:4: financing_balance_yi: found 2.4e+12" in told
    assert "in these rows alone: the file changes its unit; divide it by 1e+08 there" in told


@pytest.mark.parametrize(
    ("short", "told"),
    [
        ("169.14", "short_balance: found 169.14 CNY, 7.08e-11 of financing_balance_yi as in half of the rows, must be "
         "between 0.0001 and 1 of it; it looks like 亿; rename the column short_balance_yi, or multiply it by 1e+08"),
        ("1691400", "short_balance: found 1.6914e+06 CNY"),
    ],
)  # fmt: skip
def test_a_column_in_another_unit_than_its_neighbour_is_refused(short: str, told: str, tmp_path: Path) -> None:
    assert told in refusal(written(tmp_path, f"date,financing_balance_yi,short_balance\n2025-09-17,23885,{short}\n"))


def test_a_lost_decimal_point_is_found_by_the_jump(tmp_path: Path) -> None:
    text = "date,financing_balance_yi\n2025-09-17,23885.0\n2025-09-18,2400.0\n"
    told = refusal(written(tmp_path, text))
    assert "margin.csv:3: financing_balance_yi: found 2,400 on 2025-09-18 after 23,885 on 2025-09-17" in told


def test_shanghai_alone_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = written(tmp_path, sse("20250917"))
    assert refusal(path) == (
        f"{path}: holds Shanghai alone; add the files of Shenzhen for the market, or read one exchange as such with "
        'exchange="SSE" (--exchange SSE)'
    )
    assert read_margin_balances(path, exchange="SSE").attrs["exchange"] == "SSE"


def test_shenzhen_alone_is_refused_with_the_way_out(tmp_path: Path) -> None:
    assert "holds Shenzhen alone; add the files of Shanghai" in refusal(written(tmp_path, szse("2025-09-17")))


def test_days_that_one_exchange_lacks_are_named_ten_of_them(tmp_path: Path) -> None:
    days = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2025-06-02", periods=15)]
    files = [written(tmp_path, sse(*days), "sse.csv"), written(tmp_path, szse(*days[:3]), "szse.csv")]
    told = refusal(files)
    assert f"Shenzhen (SZSE) has no rows on {', '.join(days[3:13])} and 2 more, Shanghai has" in told


def test_the_market_beside_its_parts_would_count_twice(tmp_path: Path) -> None:
    files = [written(tmp_path, sse("20250917"), "sse.csv")]
    files.append(written(tmp_path, "date,financing_balance_yi\n2025-09-17,23885\n", "all.csv"))
    told = refusal(files)
    assert "all.csv:2: financing_balance_yi: the whole market beside rows of SSE, which would count twice" in told


def test_dollars_beside_yuan_are_refused(tmp_path: Path) -> None:
    files = [written(tmp_path, "date,financing_balance_yi\n2025-09-17,23885\n", "cn.csv")]
    files.append(written(tmp_path, "month,margin_debt_musd\n2025-09,1100000\n", "us.csv"))
    assert "us.csv:1: FINRA, monthly: is in USD, but " in refusal(files)


def test_an_exchange_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "holds SSE, not SZSE; name a file of SZSE" in refusal(written(tmp_path, sse("20250917")), exchange="SZSE")
    assert "exchange: found 'NYSE', must be 'SSE', 'SZSE', or nothing" in refusal(tmp_path, exchange="NYSE")
    text = "date,exchange,financing_balance_yi\n2025-09-17,NYSE,23885\n"
    assert "exchange: found 'NYSE', must be SSE, SZSE, BSE; correct the cell" in refusal(written(tmp_path, text))


@pytest.mark.parametrize("form", [["20250917", "2025-09-17"], ["2025/9/17", "2025年9月17日"]])
def test_a_day_that_stands_twice_is_refused_with_both_places(form: list[str], tmp_path: Path) -> None:
    rows = "".join(f"{day},23885\n" for day in form)
    path = written(tmp_path, f"date,financing_balance_yi\n{rows}")
    assert refusal(path) == f"{path}:3: date: 2025-09-17 stands at {path}:2 too; keep one of the rows"


def test_a_day_in_two_files_is_refused_with_both_places(tmp_path: Path) -> None:
    one, other = (written(tmp_path, sse("20250917"), name) for name in ("a.csv", "b.csv"))
    assert f"{other}:2: 信用交易日期: 2025-09-17 of SSE stands at {one}:2 too" in refusal([one, other], exchange="SSE")


def test_formats_of_dates_may_be_mixed(tmp_path: Path) -> None:
    days = ["20250915", "2025-09-16", "2025/9/17", "2025.9.18", "2025年9月19日", "2025-09-22 00:00:00"]
    path = written(tmp_path, "date,financing_balance_yi\n" + "".join(f"{day},23885\n" for day in days))
    assert list(read_margin_balances(path).index) == list(pd.bdate_range("2025-09-15", periods=6))


@pytest.mark.parametrize("day", ["17/09/2025", "09/17/2025", "17-09-25", "25-09-17", "17.9.2025"])
def test_dates_that_can_be_read_in_two_ways_are_refused(day: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"date,financing_balance_yi\n2025-09-16,23885\n{day},23885\n")
    assert refusal(path) == (
        f"{path}:3: date: found '{day}', must be a day between 1990 and 2100 like 2015-03-02, 20150302 or 2015/3/2; "
        "which of its numbers is day, month or year is not plain: write the year first, with four digits"
    )


@pytest.mark.parametrize(("day", "told"), [("2025-13-01", "correct the cell"), ("2025-09-20", "a Saturday or Sunday")])
def test_days_that_cannot_be_are_refused(day: str, told: str, tmp_path: Path) -> None:
    assert told in refusal(written(tmp_path, f"date,financing_balance_yi\n{day},23885\n"))


def test_a_file_without_days_and_without_a_day_in_its_name_is_refused(tmp_path: Path) -> None:
    text = szse("2025-09-17").replace("日期,", "").replace("2025-09-17,", "")
    told = refusal(written(tmp_path, text), exchange="SZSE")
    assert "(AkShare stock_margin_szse), but no day, nor is one in the file's name; add a column 日期, or name" in told
    told = refusal(written(tmp_path, text, "2025-09-20.csv"), exchange="SZSE")
    assert "2025-09-20.csv: name of the file: 2025-09-20 is a Saturday or Sunday" in told
    assert len(read_margin_balances(written(tmp_path, text, "20250917.csv"), exchange="SZSE")) == 1


def detail_refusal(source: object, **options: object) -> str:
    with pytest.raises(DataError) as refused:
        read_margin_detail(source, **options)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (DETAIL.replace("20250917,000001.SZ,4e9,1e8\n", ""), "holds Shanghai alone; add the files of Shenzhen"),
        (DETAIL + "20250918,600000.SH,3e9,1e8\n", "Shenzhen (SZSE) has no rows on 2025-09-18, Shanghai has"),
        (DETAIL + "2025-09-17,sh600000,3e9,1e8\n", "4: ts_code: 600000 on 2025-09-17 stands at "),
        (DETAIL.replace("600000.SH", "900901.SH"), "2: ts_code: found '900901.SH', must be the code of an A share, a "),
        (DETAIL.replace("000001.SZ", "000001.SH"), "3: ts_code: found '000001.SH', must be the code of an A share"),
        (DETAIL + "合计,,7e9,1\n", "found '合计', must be a day between"),
        (DETAIL.replace("4e9", "-4e9"), "3: rzye: found -4e+09"),
        (DETAIL.replace("3e9", "30").replace("4e9", "40"), "it looks like 亿 (3.5e+09 CNY)"),
        (DETAIL.replace("1e8", "1"), "rzmre: found 1 CNY, 2.92e-10 of rzye as in half of the rows"),
        (DETAIL.replace("1e8", ""), ""),
    ],
)
def test_stocks_that_cannot_be_are_refused(text: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    if told:
        assert told in detail_refusal(path)
    else:
        assert np.isnan(read_margin_detail(path)["stock_margin_purchases"]).all()


def market(folder: Path, factor: float, stocks: slice, days: int = 3) -> Path:
    """A hundred stocks at each exchange, in another unit for some on the last day."""
    codes = [f"{code:06d}.SZ" for code in range(1, 101)] + [f"{code}.SH" for code in range(600000, 600100)]
    frame = pd.DataFrame({"ts_code": codes * days, "rzye": np.tile(np.linspace(1e8, 5e9, 200), days)})
    frame.insert(0, "trade_date", np.repeat(pd.bdate_range("2025-09-15", periods=days).strftime("%Y%m%d"), 200))
    frame["rzye"] = frame["rzye"].astype(float)
    last = frame.index[-200:][stocks]
    frame.loc[last, "rzye"] *= factor
    frame.dropna().to_csv(folder / "market.csv", index=False)
    return folder / "market.csv"


@pytest.mark.parametrize("factor", [1e-4, 1e-8])
@pytest.mark.parametrize("stocks", [slice(None), slice(100, None)], ids=["a day", "an exchange on a day"])
def test_a_day_or_an_exchange_in_another_unit_is_found_by_its_largest_stock(
    factor: float, stocks: slice, tmp_path: Path
) -> None:
    told = detail_refusal(market(tmp_path, factor, stocks))
    assert "as the largest of 2025-09-17, must be between 1e+07 and 2e+11 CNY; it looks like" in told
    assert "on these days or at this exchange alone: the unit changes" in told


def test_a_page_that_is_missing_is_found_by_the_sum(tmp_path: Path) -> None:
    told = detail_refusal(market(tmp_path, np.nan, slice(40, 160)))
    assert "CNY on 2025-09-17 (80 stocks) after " in told and "rows are missing" in told
