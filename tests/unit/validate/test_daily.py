"""The table of the real crash: spot values of the published facts, and the raw files where they are at hand."""

import os
from pathlib import Path
from runpy import run_path

import numpy as np
import pandas as pd
import pytest

from pingcang.validate.daily import crash_series, daily_2015, real_dataset, trading_days

ROOT = Path(__file__).parents[3]
TABLES = ROOT / "experiments" / "targets_2015" / "tables.py"
COMMITTED = ROOT / "sim" / "pingcang" / "validate" / "data" / "china_2015_daily.csv"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (
            "2015-06-12",  # SSE 5166.35 and CSI 300 07-08 3663.04: press
            {"sse_composite": 5166.35, "financing_balance": 22205e8, "margin_purchases": 2188e8, "turnover": 18620e8},
        ),
        ("2015-06-18", {"financing_balance": 22664e8, "short_balance": 64e8, "limit_down": 125}),
        ("2015-06-26", {"limit_down": 1822, "chinext": 2920.70, "equal_weight_return": -0.092}),
        ("2015-07-07", {"financing_balance": 16202e8, "limit_down_one_price": 165, "traded": 2015}),
        ("2015-07-08", {"csi300": 3663.04, "suspended": 1318, "limit_up": 15, "csi500": 6602.37}),
        ("2015-07-09", {"suspended": 1444, "limit_down": 0, "limit_up": 1257}),
        ("2015-08-17", {"maintenance_ratio": 2.74, "financing_balance": 13891e8, "margin_purchases": 1455e8}),
    ],
)
def test_the_table_holds_the_published_numbers(date, expected):
    row = daily_2015().loc[date]
    assert {name: row[name] for name in expected} == expected


def test_the_table_has_every_trading_day_and_the_ratio_only_when_it_was_published():
    table = daily_2015()
    assert (len(table), len(trading_days())) == (55, 46)
    assert table.index.is_monotonic_increasing and table.index.is_unique
    assert str(table["maintenance_ratio"].first_valid_index())[:10] == "2015-08-04"
    assert table.drop(columns="maintenance_ratio").notna().all(axis=None)
    assert (table.index.day_of_week < 5).all()


def test_the_index_falls_as_published():
    """−34.9% to 8 July, −21.6% to 23 July, −23.7% to 17 August; equal weight −52%."""
    index = daily_2015()["index"]
    falls = {date: round(100 * (index[date] - 1), 1) for date in ("2015-07-08", "2015-07-23", "2015-08-17")}
    assert falls == {"2015-07-08": -34.9, "2015-07-23": -21.6, "2015-08-17": -23.7}
    assert round(100 * (daily_2015().loc["2015-07-08", "index_equal_weight"] - 1)) == -52


def test_the_equal_weight_index_is_the_compounded_return():
    table = daily_2015()
    steps = table["index_equal_weight"].pct_change().iloc[1:]
    assert np.abs(steps - table["equal_weight_return"].iloc[1:]).max() < 0.0005 + 1e-4  # three and four decimals


def test_a_caller_cannot_change_the_table():
    mine = daily_2015()
    mine.loc[:, "index"] = 0
    assert crash_series("index")[0] == 1


def test_the_real_dataset_looks_like_a_result():
    made = real_dataset()
    assert made["financing_balance"].dims == ("run", "day", "cohort")
    assert made["date"].dtype.kind == "M"
    assert float(made["suspended"].sel(run=0).isel(day=17).sum()) == 1318


def test_the_table_is_what_the_script_makes_of_the_raw_files(data):
    made = run_path(str(TABLES))["daily_table"](data)
    pd.testing.assert_frame_equal(made, daily_2015(), check_dtype=False, check_names=False)


def test_the_script_prints_the_committed_file(data):
    script = run_path(str(TABLES))
    text = script["HEAD"] + script["daily_table"](data).to_csv(lineterminator="\n")
    assert COMMITTED.read_text(encoding="utf-8") == text


@pytest.fixture
def data():
    folder = os.environ.get("PINGCANG_DATA")
    if not folder:
        pytest.skip("PINGCANG_DATA names no folder with the raw market files")
    return Path(folder)
