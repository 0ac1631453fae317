"""The scorecard as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from balances import dataset, days
from pingcang.errors import DataError, ScenarioError
from pingcang.leverage.monitor.quality import gauges as quality_gauges
from pingcang.leverage.monitor.quantity import gauges as quantity_gauges
from pingcang.leverage.monitor.scorecard import monitor
from pingcang.leverage.monitor.source import read_source
from pingcang.leverage.monitor.words import amount, number_text
from pingcang.leverage.thresholds import load_thresholds
from pingcang.leverage.variables import BY_NAME

GAUGES = (*quantity_gauges(20, "CNY", None, ""), *quality_gauges(20))


def test_every_gauge_reads_variables_of_the_common_table_and_states_a_formula() -> None:
    for gauge in GAUGES:
        assert {*gauge.inputs, *gauge.optional} <= BY_NAME.keys(), gauge.key
        assert gauge.formula and gauge.label, gauge.key
        assert bool(gauge.judge) == bool(gauge.line), gauge.key
    assert len({gauge.key for gauge in GAUGES}) == len(GAUGES)


def test_every_reading_is_explained() -> None:
    text = (Path(__file__).parents[4] / "docs" / "monitor.md").read_text(encoding="utf-8")
    assert [gauge.key for gauge in GAUGES if f"`{gauge.key}`" not in text] == []


def test_a_balance_alone_gives_every_reading_or_what_it_lacks() -> None:
    found = monitor(dataset(financing_balance=np.linspace(1e12, 2e12, 30)))
    assert {reading.key for reading in found.readings} == {gauge.key for gauge in GAUGES}
    for reading in found.readings:
        assert (reading.value is None) == bool(reading.missing) == (reading.date is None), reading.key
    assert found["balance_to_float"].missing == "--series FILE with float_cap"
    assert found["hhi_stock"].missing == "--detail PATH with the balance of every stock"


def test_what_a_simulation_lacks_is_told_otherwise() -> None:
    data = dataset(financing_balance=[1e12]).assign_attrs(origin="simulation")
    assert monitor(data)["hhi_stock"].missing == "--record stocks in pingcang run"
    assert monitor(data)["balance_to_m1"].missing == "what a simulation does not record: m1"


def test_several_runs_give_the_median_and_the_interval() -> None:
    runs = np.array([[1e12, 1e12 * (1 + step / 100)] for step in range(21)])
    found = monitor(dataset(runs=21, financing_balance=runs))["growth_1"]
    assert found.value == pytest.approx(0.10)
    assert found.interval == pytest.approx((0.01, 0.19))


def test_one_run_reads_as_a_file_does() -> None:
    values = np.linspace(1e12, 2e12, 30)
    alone, run = monitor(dataset(financing_balance=values)), monitor(dataset(runs=1, financing_balance=[values]))
    assert [(r.value, r.interval) for r in run.readings] == [(r.value, r.interval) for r in alone.readings]


def test_each_run_of_many_reads_as_it_does_alone() -> None:
    """Every derived series of every run, for all readings that there are inputs for."""
    random = np.random.default_rng(5)
    stocks = [f"60000{n}" for n in range(4)]
    per_run = [everything(random, stocks) for _ in range(3)]
    together = monitor(
        dataset(runs=3, **{name: [each[name] for each in per_run] for name in per_run[0]}, stocks=stocks)
    )
    for run, values in enumerate(per_run):
        alone = monitor(dataset(**values, stocks=stocks))
        for name in alone.series:
            mine = together.series[name].isel(run=run).values
            assert np.allclose(mine, alone.series[name].values, rtol=1e-12, equal_nan=True), name


def everything(random: np.random.Generator, stocks: list[str], count: int = 45) -> dict[str, Any]:
    """Every variable of the market and of stocks, at random."""
    found = {}
    for name, variable in BY_NAME.items():
        if variable.dims == ("date",):
            found[name] = random.uniform(1.5, 2.5, count) * (1.0 if name == "maintenance_ratio" else 1e12)
        elif variable.dims == ("date", "stock"):
            found[name] = random.uniform(-1, 1, (count, len(stocks))) + (0 if name == "stock_change" else 2)
    return found


def test_the_light_of_the_balance_is_that_of_the_thresholds() -> None:
    thresholds = load_thresholds("china_2025")
    for balance, light in ((2.1e12, "green"), (2.4e12, "amber"), (2.99e12, "orange"), (4e12, "red")):
        found = monitor(dataset(financing_balance=[balance]), thresholds=thresholds)
        assert found["financing_balance"].light == light
        assert "2.212 tn CNY, amber to 2.724, orange to 3.900" in found["financing_balance"].line
        assert found.lights("quantity")[light] == 1  # type: ignore[index]


def test_thresholds_of_china_judge_no_other_balance() -> None:
    thresholds = load_thresholds("china_2025")
    with pytest.raises(ScenarioError, match="thresholds: china_2025 is for a balance in CNY; this one is in USD"):
        monitor(dataset(financing_balance=[9e11], currency="USD"), thresholds=thresholds)
    with pytest.raises(ScenarioError, match="of both exchanges; this one is of SSE alone"):
        monitor(dataset(financing_balance=[1e12], exchange="SSE"), thresholds=thresholds)


def test_lines_of_china_judge_no_other_market() -> None:
    given: dict[str, Any] = {"financing_balance": [2e12], "margin_purchases": [2e11], "turnover": [1e12]}
    assert monitor(dataset(**given))["margin_share"].light == "amber"
    abroad = monitor(dataset(**given, currency="USD"))
    assert abroad["margin_share"].light is None
    assert abroad["margin_share"].value == pytest.approx(0.2)
    assert abroad["to_record_2015"].missing == "a balance in CNY; this one is in USD"
    alone = monitor(dataset(**given, exchange="SZSE"))
    assert alone["to_record_2015"].missing == "the balance of both exchanges; this one is of SZSE alone"


def test_a_day_within_the_data_is_read_without_what_came_later() -> None:
    data = dataset(financing_balance=[1e12, 3e12, 2e12])
    found = monitor(data, on="2025-03-03")
    assert found["record"].value == 1e12
    assert found.series.sizes["date"] == 1


def test_a_day_that_is_not_in_the_data_is_refused_with_their_range() -> None:
    data = dataset(financing_balance=[1e12] * 6)
    with pytest.raises(
        ScenarioError, match="found 2025-03-08, must be a day of the data, 2025-03-03 to 2025-03-10; the"
    ):
        monitor(data, on="2025-03-08")
    with pytest.raises(
        ScenarioError, match="found 2026-01-01, must be a day of the data, 2025-03-03 to 2025-03-10; name"
    ):
        monitor(data, on="2026-01-01")
    with pytest.raises(ScenarioError, match="found 'today', must be a date; write it as 2015-06-18"):
        monitor(data, on="today")


def test_a_window_of_one_day_is_refused() -> None:
    with pytest.raises(ScenarioError, match="window: found 1, must be at least 2"):
        monitor(dataset(financing_balance=[1e12]), window=1)


def test_the_object_is_json_without_nan() -> None:
    data = dataset(
        financing_balance=np.linspace(1e12, 2e12, 30),
        stock_financing_balance=[[1e11, np.nan, 0.0]] * 30,
        stocks=["000001", "300001", "600000"],
        stock_board=["SZSE", "ChiNext", "SSE"],
    )
    found = json.loads(json.dumps(monitor(data).to_dict(), allow_nan=False))
    assert found["on"] == "2025-04-11"
    assert found["readings"][0]["value"] == 2e12
    assert found["by_board"][0] == {"board": "SZSE", "financing_balance": 1e11, "share": 1.0, "change": 0.0}
    assert found["phases"][0]["first"] == "2025-03-03"
    assert found["lights"]["quantity"] == {"green": 0, "amber": 0, "orange": 0, "red": 0}


def test_the_paragraph_tells_the_light_the_growth_and_what_lacks() -> None:
    found = monitor(
        dataset(financing_balance=np.linspace(2e12, 2.5e12, 30)), thresholds=load_thresholds("china_2025")
    ).told()
    assert "On 2025-04-11 the financing balance was 2.50 tn CNY, amber by the thresholds china_2025." in found
    assert "Change: +16.0% over 20 trading days, it is at its highest in the data." in found
    assert "No reading with a line is green: financing balance (amber)." in found
    assert "readings lack their inputs" in found


def test_an_interruption_is_told() -> None:
    dates = np.concatenate([days(3), days(3, "2025-06-02")])
    found = monitor(dataset(financing_balance=[1e12] * 6, dates=dates))
    assert [(str(a), str(b)) for a, b in found.gaps] == [("2025-03-05", "2025-06-02")]
    assert "The data are interrupted 1 time; no change by trading days, mean or phase spans one." in found.told()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            dataset(financing_balance=[1e12]).drop_vars("financing_balance"),
            "financing_balance: is absent, and required",
        ),
        (
            dataset(financing_balance=[1e12] * 2, dates=days(2)[::-1]),
            "date: 2025-03-03 stands after 2025-03-04; sort the days",
        ),
        (
            dataset(financing_balance=[1e12]).assign_attrs(origin="x"),
            "origin: found 'x', must be one of files, simulation",
        ),
        (
            dataset(financing_balance=[1e12]).assign_coords(date=[1]),
            r"date: must be a coordinate of dates \(datetime64\)",
        ),
        (dataset(financing_balance=[]), "date: there is no day"),
        (dataset(financing_balance=[1e12]).assign(margin=("date", [1.0])), "margin: is none of financing_balance, "),
        (
            dataset(financing_balance=[1e12]).assign(turnover=("date", [1.0])),
            "turnover: found units None, must be 'CNY'",
        ),
        (
            dataset(financing_balance=[1e12]).assign(turnover=(("date", "x"), [[1.0]], {"units": "CNY"})),
            r"turnover: found dimensions \('date', 'x'\), must be \('date',\), and run",
        ),
    ],
)
def test_what_is_no_dataset_of_the_monitor_is_refused(data: Any, message: str) -> None:
    with pytest.raises(DataError, match=f"monitor: {message}"):
        monitor(data)


def test_every_problem_of_a_dataset_is_told() -> None:
    data = dataset(financing_balance=[1e12]).assign(margin=("date", [1.0]), turnover=("date", [1.0]))
    with pytest.raises(DataError) as refused:
        monitor(data)
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (2.394e12, "2.39 tn CNY"),
        (9.9949e11, "999 bn CNY"),
        (9.997e11, "1,000 bn CNY"),
        (1.2345e15, "1,234 tn CNY"),
        (1.5e11, "150 bn CNY"),
        (0.0, "0 CNY"),
    ],
)
def test_amounts_have_three_digits_and_no_exponent(value: float, wanted: str) -> None:
    assert amount(value, "CNY") == wanted


def test_a_thousand_effective_stocks_are_written_out() -> None:
    found = monitor(dataset(financing_balance=[1e12]))["effective_stock"]
    assert number_text(found, 1234.5) == "1,234 stocks"
    assert number_text(found, 349.7) == "350 stocks"


def test_a_reading_that_is_none_is_refused_with_those_that_there_are() -> None:
    found = monitor(dataset(financing_balance=[1e12]))
    with pytest.raises(KeyError, match=r"'balance' is no reading; there are financing_balance, "):
        found["balance"]


def test_no_source_is_refused() -> None:
    with pytest.raises(ScenarioError, match="found no source; give a dataset, files of balances, or a folder"):
        read_source([])
