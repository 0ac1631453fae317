"""Stage one: the helpers by hand numbers, the tables on made datasets, the command's refusals.

What is made of the raw files is checked where they are; they have no licence and stay outside the project.
"""

from __future__ import annotations

import datetime as dt
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from experiments.china_2015 import replay_inputs, replay_tables, stage_one
from experiments.china_2015.replay import SPEC, app, load_stage_one
from experiments.china_2015.replay_inputs import ReplayInputError, maintenance_quantiles
from typer.testing import CliRunner

from pingcang.calibrate.expressions import parse_formula
from pingcang.scenario import load_scenario, trading_days

DATA = Path(os.environ.get("PINGCANG_DATA", ""))
with_data = pytest.mark.skipif(
    "PINGCANG_DATA" not in os.environ, reason="PINGCANG_DATA names no folder with the files of docs/data.md"
)
PUBLISHED = {"bubble": 2.4957, "calm": 2.369}
"""Maintenance ratio on the first day of the window, CSF as published by Eastmoney."""


def on_days(values: list[float], first: str = "2015-06-10") -> pd.Series[float]:
    return pd.Series(values, index=pd.bdate_range(first, periods=len(values)))


# ---- inputs ----------------------------------------------------------------------------------------------------------


def test_the_lognormal_has_its_median_its_tails_and_a_floor() -> None:
    ratios = dict(maintenance_quantiles(2.35, 0.5))
    assert ratios[0.5] == pytest.approx(1.35 + math.exp(-0.125), abs=1e-5)  # 2.2325
    assert ratios[0.95] == pytest.approx(1.35 + math.exp(1.645 / 2 - 0.125), abs=1e-5)  # 3.3587
    assert ratios[0.95] == pytest.approx(3.3587, abs=1e-3)
    assert maintenance_quantiles(1.8, 0.9)[0] == [0.0, 1.45], "nobody begins below 1.45"
    assert list(ratios.values()) == sorted(ratios.values())


@pytest.mark.parametrize("spread", [0.25, 0.45, 0.65])
def test_the_lognormal_has_the_mean_that_was_asked_for(spread: float) -> None:
    levels, ratios = np.array(maintenance_quantiles(2.6, spread)).T
    assert np.interp(np.linspace(0, 1, 100_001), levels, ratios).mean() == pytest.approx(2.6, rel=0.02)


def test_returns_are_the_mean_of_both_where_both_are_known() -> None:
    all_share = on_days([100.0, 110.0], "2015-06-11")
    composite = on_days([50.0, 51.0, 50.49])
    cap_weighted = replay_inputs.cap_weighted_returns(all_share, composite)
    assert cap_weighted.tolist() == pytest.approx([0.02, 0.10]), "the all-share index where it has a return"
    both = replay_inputs.market_returns(cap_weighted, on_days([0.04], "2015-06-12"))
    assert both.tolist() == pytest.approx([0.02, 0.07])


def test_past_returns_end_with_the_start() -> None:
    returns = on_days([0.1, 0.12346, -0.2, 0.3])
    assert replay_inputs.past_returns(returns, dt.date(2015, 6, 12), 2) == [0.1235, -0.2]
    with pytest.raises(ReplayInputError, match="3 returns up to 2015-06-12, there must be its own and 4 in all"):
        replay_inputs.past_returns(returns, dt.date(2015, 6, 12), 4)
    with pytest.raises(ReplayInputError, match="up to 2015-06-16"):
        replay_inputs.past_returns(returns, dt.date(2015, 6, 16), 2)


def test_volatility_forgets_by_its_weight() -> None:
    assert replay_inputs.ewma_volatility([0.02, 0.04], 0.25) == pytest.approx(math.sqrt(0.75 * 4e-4 + 0.25 * 16e-4))
    assert replay_inputs.ewma_volatility([0.03] * 60) == pytest.approx(0.03)


def test_the_ratio_of_the_start_is_the_last_one_published() -> None:
    assert replay_inputs.last_published(on_days([2.5, 2.6, np.nan, 2.8]), dt.date(2015, 6, 12)) == 2.6


def test_holidays_are_weekdays_without_trading() -> None:
    days = [dt.date(2015, 6, 18), dt.date(2015, 6, 19), dt.date(2015, 6, 23)]
    assert replay_inputs.holidays(days) == [dt.date(2015, 6, 22)]


def test_a_scenario_shares_the_real_book_among_its_cohorts() -> None:
    days = [dt.date(2013, 10, 8), dt.date(2013, 10, 9)]
    index = pd.DatetimeIndex(days)
    columns = {"financing_balance": [2e11, 0], "margin_purchases": [1e10, 0], "maintenance_ratio": [2.4, 2.5]}
    book = pd.DataFrame(columns, index=index)
    calm = replay_inputs.scenario("calm", days, [0.01], 0.03, book)
    assert calm["cohorts"]["retail"]["debt"] == 170_000_000_000
    assert calm["cohorts"]["institution"]["margin_purchases_at_start"] == 1_500_000_000
    assert calm["cohorts"]["retail"]["maintenance_ratio"] == maintenance_quantiles(2.4, replay_inputs.SPREAD)
    assert calm["cohorts"]["shadow"] is None
    crash = replay_inputs.scenario("crash", days, [0.01], 0.03, book)
    assert "maintenance_ratio" not in crash["cohorts"]["retail"], "none was published; it is a parameter"


# ---- the calibration -------------------------------------------------------------------------------------------------


def test_the_formulas_of_the_calibration_are_the_quantiles() -> None:
    parameters = yaml.safe_load(SPEC.read_text(encoding="utf-8"))["parameters"]
    start = {name: parameter["start"] for name, parameter in parameters.items()}
    means = {"crash": start["ratio_mean"], **PUBLISHED}
    found: dict[tuple[str, str], dict[int, float]] = {}
    for name in ("ratio_mean", "ratio_spread"):
        for entry in parameters[name]["paths"]:
            (window,) = entry.get("scenarios", ["crash"])
            _, cohort, _, place, _ = entry["path"].split(".")
            found.setdefault((window, cohort), {})[int(place)] = parse_formula(entry["formula"])(start)
    assert set(found) == {(window, cohort) for window in means for cohort in replay_inputs.SHARES}
    for (window, _), values in found.items():
        wanted = [ratio for _, ratio in maintenance_quantiles(means[window], start["ratio_spread"])]
        assert [values[place] for place in range(len(wanted))] == pytest.approx(wanted, abs=2e-5)


# ---- tables ----------------------------------------------------------------------------------------------------------


def made_dataset(balance: np.ndarray, index: np.ndarray) -> xr.Dataset:
    """A dataset of one cohort; balance (run, day), index (day)."""
    runs, days = balance.shape
    dates = pd.bdate_range("2015-06-12", periods=days)
    names = {"financing_balance": balance, "margin_purchases": balance / 10, "forced_sales": balance / 100}
    names |= {"margin_calls": np.arange(days) + np.zeros((runs, 1)), "preemptive_sales": balance / 50}
    variables = {name: (("run", "day", "cohort"), values[:, :, None]) for name, values in names.items()}
    variables["index"] = (("run", "day"), np.tile(index, (runs, 1)))
    coordinates = {"cohort": ["retail"], "date": ("day", dates)}
    return xr.Dataset(variables, coordinates)


def book_of(dataset: xr.Dataset, balance: np.ndarray) -> pd.DataFrame:
    days = replay_tables.days_of(dataset)
    return pd.DataFrame({"financing_balance": balance, "margin_purchases": balance / 20}, index=days)


def responding(index: np.ndarray, terms: tuple[float, float, float]) -> np.ndarray:
    """A balance whose growth is a + b0 r + b1 r of the day before."""
    returns = index[1:] / index[:-1] - 1
    before = np.concatenate([[0.0], returns[:-1]])
    a, b0, b1 = terms
    return 1e12 * np.concatenate([[1.0], np.cumprod(1 + a + b0 * returns + b1 * before)])


@pytest.fixture
def index() -> np.ndarray:
    return np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.03, 30)))


def test_a_regression_finds_the_response_that_was_put_in(index: np.ndarray) -> None:
    replayed = [responding(index, (0.001, slope, 0.2)) for slope in (0.1, 0.3, 0.5)]
    dataset = made_dataset(np.array(replayed), index)
    book = book_of(dataset, responding(index, (-0.002, 0.25, 0.22)))
    table = replay_tables.regressions({"crash": dataset}, book)
    assert table["term"].tolist() == ["constant", "return", "return_before"]
    assert table["real"].tolist() == pytest.approx([-0.002, 0.25, 0.22])
    assert table["median"].tolist() == pytest.approx([0.001, 0.3, 0.2])
    assert table.loc[1, ["p05", "p95"]].tolist() == pytest.approx([0.12, 0.48])


def test_a_fan_is_a_table_that_the_page_reads(index: np.ndarray) -> None:
    balance = np.array([[1.0, 2, 3], [1, 4, 5], [1, 6, 7]]) * 1e12
    dataset = made_dataset(balance, index[:3])
    table = stage_one.checked(replay_tables.fan("crash", dataset, book_of(dataset, balance[1])), "made")
    rows = table[table["series"] == "margin_purchases"]
    assert rows["date"].tolist() == ["2015-06-15", "2015-06-16"], "the start is an input"
    assert rows["median"].tolist() == pytest.approx([4e11, 5e11])
    assert rows["real"].tolist() == pytest.approx([2e11, 2.5e11])


def test_the_called_are_told_by_day_and_cohort(index: np.ndarray) -> None:
    table = replay_tables.called(made_dataset(np.full((4, 3), 1e12), index[:3]))
    calls = table[table["series"] == "margin_calls"]
    assert calls["median"].tolist() == [1, 2]
    assert set(table["series"]) == {"margin_calls", "forced_sales", "preemptive_sales"}
    assert set(table["cohort"]) == {"retail"}


# ---- command ---------------------------------------------------------------------------------------------------------


def refused(*arguments: str) -> str:
    outcome = CliRunner().invoke(app, list(arguments), env={"PINGCANG_DATA": None})
    assert outcome.exit_code == 2, outcome.output
    assert "Traceback" not in outcome.output
    return " ".join(outcome.output.split())


def test_a_folder_without_the_raw_files_is_refused_and_nothing_written(tmp_path: Path) -> None:
    (tmp_path / "margin_market_daily.csv").write_text("date\n")
    said = refused("prepare", "--data", str(tmp_path), "--out", str(tmp_path / "work"))
    assert "ashare_breadth_2013_2016.csv" in said
    assert "missing; replay needs" in said
    assert not (tmp_path / "work").exists()


def test_a_folder_must_be_given() -> None:
    assert "PINGCANG_DATA" in refused("prepare")


def test_a_run_needs_what_is_prepared(tmp_path: Path) -> None:
    (tmp_path / "stage_one.yaml").write_text(SPEC.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ReplayInputError, match=r"replay_calm\.yaml.*missing; run .*replay prepare first"):
        load_stage_one(tmp_path / "stage_one.yaml")


# ---- raw files -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the calibration, and what `prepare` makes in work/."""
    folder = tmp_path_factory.mktemp("stage_one")
    outcome = CliRunner().invoke(app, ["prepare", "--data", str(DATA), "--out", str(folder / "work")])
    assert outcome.exit_code == 0, outcome.output
    (folder / "stage_one.yaml").write_text(SPEC.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@with_data
@pytest.mark.parametrize(
    ("window", "days", "last", "debt"),
    [
        ("calm", 120, "2014-04-02", 2.885e11),
        ("bubble", 72, "2015-06-12", 1.1734e12),
        ("crash", 45, "2015-08-17", 2.2205e12),
    ],
)
def test_the_scenarios_of_the_windows_load(prepared: Path, window: str, days: int, last: str, debt: float) -> None:
    text = (prepared / "work" / f"replay_{window}.yaml").read_text(encoding="utf-8")
    assert str(prepared) not in text, "no path of this machine"
    scenario = load_scenario(prepared / "work" / f"replay_{window}.yaml").scenario
    assert scenario.calendar.days == days
    assert trading_days(scenario.calendar)[-1].isoformat() == last
    assert len(scenario.calendar.past_returns) == replay_inputs.PAST_DAYS
    assert sum(cohort.debt for cohort in scenario.cohorts.values()) == pytest.approx(debt, rel=1e-3)
    assert set(scenario.cohorts) == {"retail", "institution"}
    assert scenario.events == []


@with_data
def test_the_calibration_loads_and_begins_with_the_ratios_published(prepared: Path) -> None:
    loaded = load_stage_one(prepared / "stage_one.yaml")
    assert {row for row, weight in loaded.scorer.weights.items() if weight} == {
        *(f"row_{row}" for row in (5, 6, 7, 8, 9, 16, 18)),
        *loaded.spec.paths,
    }
    book = pd.read_csv(prepared / "work" / "margin.csv", index_col="date", parse_dates=True)
    for window, mean in PUBLISHED.items():
        start = loaded.bases[window].loaded.scenario.calendar.start
        assert replay_inputs.last_published(book["maintenance_ratio"], start) == pytest.approx(mean)


@with_data
def test_a_file_that_is_no_fit_is_refused(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import experiments.china_2015.replay as command

    monkeypatch.setattr(command, "load_stage_one", lambda spec: load_stage_one(prepared / "stage_one.yaml"))
    said = refused("run", "--fitted", str(prepared / "work" / "replay_crash.yaml"), "--out", str(prepared / "out"))
    assert "does not tell the parameter activity_calm; use the file that calibrate wrote" in said
    assert not (prepared / "out").exists()
