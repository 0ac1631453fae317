"""The files of 2013 to 2016 that calibration uses; they have no licence and stay outside the project.

Source of numbers: what the files' own notes and the press say, named at each.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pingcang.loaders import (
    PriceHistory,
    read_float_caps,
    read_margin_balances,
    read_market_series,
    read_prices,
    read_returns_matrix,
)
from pingcang.market.securities_table import read_stocks
from pingcang.scenario import load_scenario

FOLDER = Path(os.environ.get("PINGCANG_DATA", ""))
PREPARE = Path(__file__).parents[3] / "experiments" / "china_2015" / "prepare.py"
pytestmark = pytest.mark.skipif(
    "PINGCANG_DATA" not in os.environ, reason="PINGCANG_DATA names no folder with the files of docs/data.md"
)


@pytest.fixture(scope="module")
def daily() -> PriceHistory:
    return read_prices(FOLDER / "ashare_stock_daily_20150302_20150817.csv.gz")


def test_270_000_rows_are_read_in_seconds() -> None:
    """0.5 s alone; the tolerance is for a busy machine."""
    began = time.perf_counter()
    read_prices(FOLDER / "ashare_stock_daily_20150302_20150817.csv.gz")
    assert time.perf_counter() - began < 5


def test_the_daily_file_holds_what_its_notes_say(daily: PriceHistory) -> None:
    assert (daily.dates[0], daily.dates[-1]) == (dt.date(2015, 3, 2), dt.date(2015, 8, 17))
    assert daily.close.shape == (118, 2760)
    assert int(daily.traded.sum()) == 269_485
    haier = daily.select(["600690"]).between(dt.date(2015, 7, 16), dt.date(2015, 7, 16))
    assert haier.change[0, 0] == pytest.approx(-0.0211)


def test_limit_downs_of_26_june(daily: PriceHistory) -> None:
    """1,822 in the file of counts; "nearly 2,000 of 2,800" (SCMP), "more than 2,000" with ST stocks (Xinhua)."""
    prepare = run_path(str(PREPARE))
    t = daily.dates.index(dt.date(2015, 6, 26))
    found = prepare["limit_downs"](daily.previous_close[t], daily.close[t])
    assert found == 1993
    assert found == pytest.approx(1822, rel=0.10)


def test_the_matrix_agrees_with_the_daily_file(daily: PriceHistory) -> None:
    matrix = read_returns_matrix(FOLDER / "ashare_stock_returns_bp_2013_2016.csv.gz")
    matrix = matrix.select(daily.codes).between(daily.dates[0], daily.dates[-1])
    assert matrix.dates == daily.dates
    both = matrix.traded & daily.traded
    assert both.sum() > 0.999 * daily.traded.sum()
    np.testing.assert_allclose(matrix.change[both], daily.change[both], atol=1e-9)


def test_margin_balances_are_those_of_the_press() -> None:
    """Reuters 2015-07-08: 20444.8 on 30 June, 16201.8 on 7 July (亿)."""
    found = read_margin_balances(FOLDER / "margin_market_daily.csv")
    assert found["financing_balance"]["2015-06-30"] == pytest.approx(2.04448e12, rel=1e-5)
    assert found["financing_balance"]["2015-07-07"] == pytest.approx(1.62018e12, rel=1e-5)
    assert np.isnan(found["maintenance_ratio"]["2015-06-12"])
    assert found["maintenance_ratio"]["2015-08-17"] == pytest.approx(2.74, abs=0.01)


def test_margin_balances_and_the_short_are_those_of_the_articles() -> None:
    """22,728 亿 on 2015-06-18 and 24,054 亿 on 2025-09-17, loans and securities lent (issue 6); Reuters 2015-07-08."""
    found = read_margin_balances(FOLDER / "margin_market_daily.csv")
    both = (found["financing_balance"] + found["short_balance"]) / 1e8
    assert round(both["2015-06-18"]) == 22728
    assert round(both["2025-09-17"]) == 24054
    week = found["financing_balance"]["2015-06-30":"2015-07-07"] / 1e8  # type: ignore[misc]
    assert (week.iloc[0], week.iloc[-1]) == pytest.approx((20444.8, 16201.8))
    assert (week.diff().dropna() < 0).all()


def test_the_gaps_of_the_margin_file_are_told_with_and_without_a_calendar() -> None:
    """Windows are cut out of the files (SOURCES.md); no holiday of thirteen years is taken for one."""
    path = FOLDER / "margin_market_daily.csv"
    alone = read_margin_balances(path).attrs["gaps"]
    calendar = read_market_series(FOLDER / "ashare_breadth_2013_2016.csv").index
    assert len(alone) == 6
    assert {after - before for before, after in alone} > {pd.Timedelta(days=10)}
    beside = read_margin_balances(path, calendar=pd.DatetimeIndex(calendar)).attrs["gaps"]
    assert set(beside) >= {gap for gap in alone if (gap[1] - gap[0]).days > 12}


@pytest.mark.parametrize(
    ("name", "columns", "days"),
    [
        ("index_csi_all_share_daily.csv", ["turnover", "index"], 2365),
        ("index_csi300_daily.csv", ["turnover", "index"], 2848),
        ("index_sse_composite_daily.csv", ["turnover", "index"], 2848),
        ("ashare_breadth_2013_2016.csv", ["turnover", "advancing", "declining", "limit_up", "limit_down"], 704),
        ("mainboard_breadth_2018.csv", ["limit_up", "limit_down"], 183),
    ],
)
def test_series_of_the_market_are_read(name: str, columns: list[str], days: int) -> None:
    found = read_market_series(FOLDER / name)
    assert list(found.columns) == columns and len(found) == days


def test_the_crash_in_the_series_is_that_of_the_notes() -> None:
    """SOURCES.md: CSI All-Share turnover of 2015-06-12 18,620 亿; 1,822 limit-downs on 2015-06-26."""
    index = read_market_series(FOLDER / "index_csi_all_share_daily.csv")
    assert round(index["turnover"]["2015-06-12"] / 1e8) == 18620
    breadth = read_market_series(FOLDER / "ashare_breadth_2013_2016.csv")
    assert breadth["limit_down"]["2015-06-26"] == 1822


def test_margin_debt_of_finra_is_that_of_its_notes() -> None:
    """facts.md §0: $722bn in November and $778bn in December 2020; a window before is cut out."""
    found = read_margin_balances(FOLDER / "finra_margin_debt_monthly.csv")
    assert found["financing_balance"].loc["2020-11":"2020-12"].tolist() == pytest.approx([7.22e11, 7.78e11], rel=1e-3)
    assert found.attrs["currency"] == "USD"
    assert (pd.Timestamp("2020-01-31"), pd.Timestamp("2020-07-31")) in found.attrs["gaps"]


def test_float_caps_add_up() -> None:
    """52.8tn traded on the day, 56.8tn in all."""
    caps = read_float_caps(FOLDER / "ashare_float_cap_20150612.csv")
    assert len(caps) == 2696
    assert caps["float_cap"].sum() == pytest.approx(56.82e12, rel=1e-3)
    assert caps.loc[caps["traded"], "float_cap"].sum() == pytest.approx(52.80e12, rel=1e-3)


SCENARIO = """\
name: window
calendar: {start: 2015-06-12, days: 2}
securities: {csv: stocks_WINDOW.csv}
cohorts: {retail: {kind: retail, behaviour: {activity: 0}, explicit: [{cash: 10}]}}
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    out = tmp_path_factory.mktemp("work")
    return out, run_path(str(PREPARE))["prepare"](FOLDER, out)


@pytest.mark.parametrize(("window", "stocks", "days"), [("calm", 2323, 121), ("bubble", 2574, 73), ("crash", 2696, 46)])
def test_every_window_is_ready_for_replay(window: str, stocks: int, days: int, work: tuple[Path, list[str]]) -> None:
    out, _ = work
    (out / "window.yaml").write_text(SCENARIO.replace("WINDOW", window), encoding="utf-8")
    listed = read_stocks(load_scenario(out / "window.yaml"), f"stocks_{window}.csv")
    history = read_prices(out / f"prices_{window}.parquet")
    assert [stock.code for stock in listed] == history.codes
    assert history.close.shape == (days, stocks)
    assert sum(stock.marginable for stock in listed) == 900
    at_start = {stock.code: stock for stock in listed}
    for code, traded, close in zip(history.codes, history.traded[0], history.close[0], strict=True):
        assert at_start[code].suspended == (not traded)
        assert not traded or at_start[code].price == pytest.approx(close)


def test_the_crash_window_has_the_float_and_the_fall(work: tuple[Path, list[str]]) -> None:
    """52.8tn traded on 12 June; index −34.9 % on 8 July (by other weights of suspended stocks)."""
    out, said = work
    stocks = pd.read_csv(out / "stocks_crash.csv")
    cap = stocks["price"] * stocks["float_shares"]
    assert cap[~stocks["suspended"]].sum() == pytest.approx(52.80e12, rel=1e-3)
    told: Any = " ".join(said)
    assert "lowest 0.661 on 2015-07-08" in told
    assert "1993 from the exchange's previous closes" in told
