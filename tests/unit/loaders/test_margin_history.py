"""Margin balances come in three units and four exports; an implausible magnitude is refused, not guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from pingcang.errors import DataError
from pingcang.loaders import read_margin_balances

# Source: facts.md a1, 2015-06-11 and 2015-06-12; maintenance ratio of 2015-08-04.
SHARED = """date,fin_balance_yi,sec_lending_balance_yi,fin_buy_yi,avg_maintenance_ratio_pct
2015-06-12,22205,92,2188,
2015-06-11,22057,93,2086,261
"""
ACCOUNTS = """日期,融资余额,融券余额,融资买入额,融券卖出额,平均维持担保比例
2015-06-11,"22,057",93,2086,1,261%
2015-06-12,"22,205",92,2188,1,-
"""
TUSHARE = """trade_date,exchange_id,rzye,rzmre,rzche,rqye,rqmcl,rzrqye
20150611,SSE,1.4e12,1.4e11,1.3e11,6e9,1,1
20150611,SZSE,8.057e11,6.86e10,6e10,3.3e9,1,1
20150612,SZSE,8.205e11,7.88e10,7e10,3.2e9,1,1
20150612,SSE,1.4e12,1.4e11,1.3e11,6e9,1,1
"""
PLAIN = """date,financing_balance,short_balance,margin_purchases,maintenance_ratio
2015-06-11,2205700000000,9300000000,208600000000,2.61
2015-06-12,2220500000000,9200000000,218800000000,
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "margin.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [SHARED, ACCOUNTS, TUSHARE, PLAIN], ids=["shared", "akshare", "tushare", "plain"])
def test_every_export_gives_the_same_balances(text: str, tmp_path: Path) -> None:
    found = read_margin_balances(written(tmp_path, text))
    assert found.index.name == "date"
    assert list(found.index) == [pd.Timestamp("2015-06-11"), pd.Timestamp("2015-06-12")]
    np.testing.assert_allclose(found["financing_balance"], [2.2057e12, 2.2205e12])
    np.testing.assert_allclose(found["short_balance"], [9.3e9, 9.2e9])
    np.testing.assert_allclose(found["margin_purchases"], [2.086e11, 2.188e11])
    repaid = [1.9e11, 2.0e11] if text is TUSHARE else [np.nan, np.nan]
    np.testing.assert_allclose(found["margin_repayments"], repaid)
    ratio = [np.nan, np.nan] if text is TUSHARE else [2.61, np.nan]
    np.testing.assert_allclose(found["maintenance_ratio"], ratio)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            PLAIN.replace("2205700000000", "22057"),
            "2: financing_balance: found 22,057, must be between 1e+09 and 1e+13 CNY; it looks like 亿 "
            "(2.2057e+12 CNY), in these rows alone: the file changes its unit; multiply it by 1e+08 there",
        ),
        (
            SHARED.replace("22205", "2220500000000"),
            "2: fin_balance_yi: found 2.2205e+12, must be between 10 and 100,000 亿; it looks like CNY "
            "(2.2205e+12 CNY), in these rows alone: the file changes its unit; divide it by 1e+08 there",
        ),
        (
            SHARED.replace("261", "2.61"),
            "3: avg_maintenance_ratio_pct: found 2.61, must be between 100 and 1,000 percent",
        ),
        (PLAIN.replace("2.61", "261"), "2: maintenance_ratio: found 261, must be between 1 and 10 (2.57, not 257)"),
        (SHARED.replace("22205", ""), "2: fin_balance_yi: is empty; fill the cell, or leave out the row"),
        (SHARED.replace("92,", "-92,"), "2: sec_lending_balance_yi: found -92, must be between 0 and 100,000 亿"),
        (
            SHARED.replace("22205", "2220.5"),
            "2: fin_balance_yi: found 2,220.5 on 2015-06-12 after 22,057 on 2015-06-11 (",
        ),
        (SHARED.replace("06-11", "06-12"), "3: date: 2015-06-12 stands at "),
        (
            TUSHARE.replace("20150612,SSE", "20150610,SSE"),
            " Shenzhen (SZSE) has no rows on 2015-06-10, Shanghai has; the market's total needs both",
        ),
        (TUSHARE.replace("20150612,SZSE", "20150612,SSE"), "5: trade_date: 2015-06-12 of SSE stands at "),
        ("day,balance\n2015-06-12,1\n", "1: columns: found day, balance; needed are fin_balance_yi"),
    ],
)
def test_what_cannot_be_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataError) as refusal:
        read_margin_balances(path)
    assert f"{path}:{told}" in str(refusal.value)


def test_a_balance_may_move_far_over_a_gap(tmp_path: Path) -> None:
    text = SHARED.replace("2015-06-12,22205", "2015-09-30,9040")
    assert read_margin_balances(written(tmp_path, text))["financing_balance"].tolist() == [2.2057e12, 9.04e11]


@pytest.mark.parametrize(
    ("other", "exchange"),
    [
        (ACCOUNTS, None),
        (TUSHARE, "SSE"),
    ],
)
def test_a_day_is_not_added_to_itself_where_one_file_does_not_say_its_exchange(
    other: str, exchange: Literal["SSE"] | None, tmp_path: Path
) -> None:
    silent, named = tmp_path / "silent.csv", tmp_path / "named.csv"
    silent.write_text("date,financing_balance\n2015-06-12,2.2205e12\n")
    named.write_text(other, encoding="utf-8")
    with pytest.raises(DataError, match=r"2015-06-12.* stands at .*; keep one of the rows"):
        read_margin_balances([silent, named], exchange)


@pytest.mark.parametrize(("balance", "kept"), [("14900", True), ("14600", False), ("32900", True), ("33200", False)])
def test_a_balance_moves_by_less_than_half_from_one_day_to_the_next(balance: str, kept: bool, tmp_path: Path) -> None:
    """From 22,057 亿: at least 14,705 and at most 33,085."""
    path = written(tmp_path, SHARED.replace("22205", balance))
    if kept:
        assert len(read_margin_balances(path)) == 2
        return
    with pytest.raises(DataError, match=r"a factor of .*, must lie between 1/1.5 and 1.5"):
        read_margin_balances(path)


def test_ratios_of_exchanges_have_no_sum(tmp_path: Path) -> None:
    text = (
        "date,exchange,financing_balance,maintenance_ratio\n2015-06-12,SSE,1.4e12,2.6\n2015-06-12,SZSE,8.205e11,2.7\n"
    )
    found = read_margin_balances(written(tmp_path, text))
    assert found["financing_balance"].tolist() == [2.2205e12]
    assert np.isnan(found["maintenance_ratio"]).all()
    assert read_margin_balances(written(tmp_path, text), "SSE")["maintenance_ratio"].tolist() == [2.6]


def test_days_that_beijing_lacks_once_it_has_begun_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    days = ("20250915", "20250916", "20250917", "20250918")
    rows = [f"{day},{name},1.2e12,1e11,1e11,6e9,1,1\n" for day in days for name in ("SSE", "SZSE")]
    rows += [f"{day},BSE,7e9,5e8,5e8,1e6,1,1\n" for day in (days[1], days[3])]
    with caplog.at_level("WARNING"):
        found = read_margin_balances(written(tmp_path, TUSHARE.splitlines(keepends=True)[0] + "".join(rows)))
    assert found["financing_balance"].tolist() == [2.4e12, 2.407e12, 2.4e12, 2.407e12]
    (told,) = [record.message for record in caplog.records if "Beijing" in record.message]
    assert "has no rows on 2025-09-17; their totals are without it" in told
