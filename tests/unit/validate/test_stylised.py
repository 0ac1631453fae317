"""Stylised facts on made returns, and the real numbers from the raw files where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pingcang.results.variables import AT_LIMIT_DOWN, TRADED
from pingcang.validate import statistics as of
from pingcang.validate.daily import crash_series
from pingcang.validate.quantities import evaluate, not_computed
from pingcang.validate.stylised import FACTS, LONG_RUN
from unit.validate.made import DAYS, crash

QUANTITIES = [fact.quantity for fact in FACTS]
REAL = {fact.quantity.name: fact.real for fact in FACTS}
BAND = {fact.quantity.name: fact.band for fact in FACTS}


def walk(stocks=5):
    random = np.random.default_rng(7)
    moves = random.standard_normal((DAYS, stocks)) * 0.02
    return 10 * np.cumprod(1 + moves, axis=0), np.cumprod(1 + random.standard_normal(DAYS) * 0.02)


def test_facts_of_stocks_are_those_of_15_june_to_8_july_and_calm_ones_of_all_days():
    close, index = walk()
    made = crash(stocks=5, close=close, index=index)
    found = evaluate(QUANTITIES, made, made)
    R = close[1:] / close[:-1] - 1
    assert found["crash_stock_volatility"] == pytest.approx([of.median_volatility(R[:17])])
    assert found["calm_stock_volatility"] == pytest.approx([of.median_volatility(R)])
    assert found["crash_eigenvalue"] == pytest.approx([of.first_eigenvalue_share(R[:17])])
    assert found["calm_cross_section"] == pytest.approx([of.cross_section_sd(R)])
    r = np.diff(np.log(index))
    assert found["crash_volatility"] == found["calm_volatility"] == pytest.approx([of.volatility(r)])
    assert found["crash_memory_5"] == pytest.approx([of.autocorrelation(np.abs(r), 5)])


def test_limit_down_is_a_share_of_the_stock_days_with_trade():
    status = np.full((DAYS, 10), TRADED, np.int8)
    status[1:18, 0] = AT_LIMIT_DOWN
    found = evaluate(QUANTITIES, crash(stocks=10, stock_status=status), None)
    assert (found["crash_limit_down"], found["crash_limit_up"]) == ([0.1], [0])


def test_what_45_days_cannot_tell_is_said():
    made = crash(stocks=3)
    told = not_computed(QUANTITIES, made, made)
    assert told["crash_tail"] == told["calm_memory_1"] == "series too short: 45 days, needs 400"
    assert told["calm_kurtosis"] == "series too short: 45 days, needs 200"
    assert "calm_volatility" not in told


def test_every_fact_has_source_reason_and_band():
    assert all(fact.source and fact.reason and fact.band > 0 for fact in FACTS)
    assert len({fact.quantity.name for fact in FACTS}) == len(FACTS)


def test_the_index_of_the_committed_table_has_the_real_facts_of_the_crash():
    r = np.diff(np.log(crash_series("index").astype(float)))
    found = {
        "crash_volatility": of.volatility(r),
        "crash_kurtosis": of.excess_kurtosis(r),
        "crash_return_memory": of.autocorrelation(r, 1),
        **{f"crash_memory_{lag}": of.autocorrelation(np.abs(r), lag) for lag in (1, 2, 5, 10)},
    }
    assert {name: abs(value - REAL[name]) / BAND[name] < 0.02 for name, value in found.items()} == dict.fromkeys(
        found, True
    )


@pytest.mark.parametrize(
    ("dataset", "first", "last"), [("crash", "2015-06-15", "2015-07-08"), ("calm", "2013-10", "2014-10")]
)
def test_the_real_stocks_have_the_real_facts(data, dataset, first, last):
    """The raw files' own facts within 2% of a band; their correlation within the rounding of row 15."""
    returns = pd.read_csv(data / "ashare_stock_returns_bp_2013_2016.csv.gz", index_col="date", parse_dates=True)
    R = returns.loc[first:last].to_numpy() / 1e4
    counts = (
        pd.read_csv(data / "ashare_breadth_2013_2016.csv", index_col="date", parse_dates=True).loc[first:last].sum()
    )
    found = {
        "eigenvalue": of.first_eigenvalue_share(R),
        "stock_volatility": of.median_volatility(R),
        "stock_kurtosis": of.median_excess_kurtosis(R),
        "cross_section": of.cross_section_sd(R),
        "limit_down": counts["n_limitdown_close"] / counts["n_traded"],
        "limit_up": counts["n_limitup_close"] / counts["n_traded"],
    }
    off = {name: abs(value - REAL[f"{dataset}_{name}"]) / BAND[f"{dataset}_{name}"] for name, value in found.items()}
    assert {name: z for name, z in off.items() if z > 0.03} == {}
    assert of.mean_correlation(R) == pytest.approx({"crash": 0.60, "calm": 0.28}[dataset], abs=0.015)


def test_the_real_calm_index_has_its_real_facts(data):
    index = pd.read_csv(data / "index_sse_composite_daily.csv", index_col="date", parse_dates=True)["close"]
    r = np.diff(np.log(index.loc["2013-01":"2014-10"].to_numpy()))
    assert of.volatility(r) == pytest.approx(REAL["calm_volatility"], abs=1e-4)
    assert of.excess_kurtosis(r) == pytest.approx(REAL["calm_kurtosis"], abs=0.05)


def test_facts_of_the_long_run_name_their_source():
    assert {fact.quantity.name for fact in FACTS if fact.source == LONG_RUN} >= {"calm_tail", "calm_memory_1"}


@pytest.fixture
def data():
    folder = os.environ.get("PINGCANG_DATA")
    if not folder:
        pytest.skip("PINGCANG_DATA names no folder with the raw market files")
    return Path(folder)
