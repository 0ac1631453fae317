import json

import numpy as np
import pytest
import xarray as xr

from fakes import COORDINATES, FakeMarket, loaded
from pingcang.results import metrics
from pingcang.results.dataset import assemble, provenance, run_attributes
from pingcang.results.storage import open_results, save


def dataset(runs=3, amplification=True, **changes):
    made = [
        FakeMarket()(loaded(), seed=0, run=run, threads=1, amplification=amplification, record=())
        for run in range(runs)
    ]
    told = provenance(loaded(), seed=0, record=(), amplification=amplification)
    return assemble(made, {**told, **run_attributes(runs, {})}).assign(changes)


def with_index(*paths, base=None):
    """A dataset whose index takes these seven-day paths, one a run."""
    changed = {"index": (("run", "day"), np.array(paths))}
    if base is not None:
        changed["index_no_feedback"] = (("run", "day"), np.array(base))
    return dataset(len(paths), base is not None, **changed)


def test_drawdown_is_the_largest_fall_from_an_earlier_peak_and_the_trough_is_its_day():
    made = with_index([1.0, 1.25, 1.0, 1.2, 0.75, 0.8, 1.0])
    assert metrics.per_run(made)["drawdown"].item() == 1 - 0.75 / 1.25
    assert metrics.per_run(made)["trough_day"].item() == 4


def test_a_market_that_only_rises_has_no_drawdown():
    made = with_index([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6])
    assert metrics.per_run(made)["drawdown"].item() == 0.0


def test_the_financing_change_counts_brokers_only():
    made = dataset(1)
    assert json.loads(made.attrs["official_cohorts"]) == ["retail"]
    balance = made["financing_balance"].sel(run=0, cohort="retail").values
    assert metrics.per_run(made)["financing_change"].item() == (balance[-1] - balance[0]) / balance[0]


def test_the_financing_change_of_a_market_without_debt_is_missing():
    made = dataset(1)
    made["financing_balance"] = made["financing_balance"] * 0
    assert metrics.summarise(made)["financing_change"]["median"] is None


def test_the_worst_day_is_taken_over_all_boards_together():
    made = dataset(1)
    counts = np.zeros((1, 7, 3), dtype=np.int64)
    counts[0, 2] = (5, 6, 7)
    counts[0, 3] = (10, 0, 0)
    made["limit_down"] = (("run", "day", "board"), counts)
    assert metrics.per_run(made)["max_limit_down"].item() == 18


def test_amplification_is_a_ratio_and_a_difference_in_points():
    fall, half = [1.0, 1, 1, 1, 1, 1, 0.6], [1.0, 1, 1, 1, 1, 1, 0.8]
    found = metrics.per_run(with_index(fall, base=[half]))
    assert found["amplification"].item() == pytest.approx(2.0, rel=1e-15)
    assert found["amplification_points"].item() == pytest.approx(20.0, rel=1e-14)


def test_no_ratio_is_given_where_the_market_without_feedback_falls_by_less_than_5_percent():
    fall, hardly = [1.0, 1, 1, 1, 1, 1, 0.6], [1.0, 1, 1, 1, 1, 1, 0.951]
    spread = metrics.summarise(with_index(fall, base=[hardly]))
    assert spread["amplification"] == {"median": None, "p05": None, "p95": None, "unit": "1"}
    assert spread["amplification_points"]["median"] == pytest.approx(35.1, rel=1e-12)


def test_runs_without_the_metric_are_left_out_of_its_median():
    fall = [1.0, 1, 1, 1, 1, 1, 0.6]
    bases = [[1.0, 1, 1, 1, 1, 1, 0.8], [1.0, 1, 1, 1, 1, 1, 1.0], [1.0, 1, 1, 1, 1, 1, 0.9]]
    found = metrics.summarise(with_index(fall, fall, fall, base=bases))["amplification"]
    assert found["median"] == pytest.approx(3.0, rel=1e-14)  # of 2 and 4


def test_every_metric_has_median_interval_and_unit():
    spread = metrics.summarise(dataset())
    assert list(spread) == list(metrics.UNITS)
    assert all(set(entry) == {"median", "p05", "p95", "unit"} for entry in spread.values())
    assert {spread[name]["unit"] for name in ("forced_sales", "preemptive_sales", "lender_loss")} == {"CNY"}


def test_the_accessor_derives_the_official_ratios(tmp_path):
    save(dataset(), tmp_path / "x.zarr")
    with open_results(tmp_path / "x.zarr") as made:
        assert made.attrs["official_cohorts"] == '["retail"]'
        brokers = made["margin_purchases"].sel(cohort="retail", drop=True)
        share = brokers / made["turnover"].sum("board")
        xr.testing.assert_equal(made.pingcang.margin_share_of_turnover, share)
        ratio = made.pingcang.balance_to_float_cap
        assert ratio.isel(day=0).values == pytest.approx([2.2e12 / (56.8e12 + run) for run in range(3)], rel=1e-15)
        assert ratio.dims == ("run", "day")


def test_time_to_recover_counts_from_the_trough_and_is_missing_when_the_peak_is_not_seen_again():
    made = with_index([1.0, 1.2, 0.9, 0.8, 1.0, 1.2, 1.3], [1.0, 0.9, 0.8, 0.7, 0.8, 0.9, 0.99])
    days = made.pingcang.time_to_recover.values
    assert days[0] == 2 and np.isnan(days[1])


def test_intervals_are_quantiles_over_the_runs_of_any_series_or_metric():
    made = dataset(5)
    assert made.pingcang.intervals("index").shape == (3, 7)
    assert made.pingcang.intervals("official_balance", [0.5]).shape == (1, 7)
    assert made.pingcang.intervals("drawdown").sel(quantile=0.5) == np.median(made.pingcang.drawdown)
    with pytest.raises(ValueError, match="is named 'drawdon'"):
        made.pingcang.intervals("drawdon")


def test_the_bootstrap_interval_of_the_median_is_reproducible_and_holds_the_median():
    made = dataset(20)
    low, high = made.pingcang.median_interval("drawdown")
    assert low < made.pingcang.drawdown.median() < high
    assert (low, high) == made.pingcang.median_interval("drawdown")


def test_every_variable_and_coordinate_carries_a_long_name():
    made = dataset()
    assert all(variable.attrs["long_name"] for variable in made.variables.values())
    assert all("units" in made[name].attrs for name in made.data_vars)
    assert made["date"].values[0] == COORDINATES["date"][0]
