"""A simulated market reads like a real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fakes
from pingcang.errors import ScenarioError
from pingcang.leverage.monitor.inputs import check
from pingcang.leverage.monitor.scorecard import Monitor, monitor
from pingcang.leverage.monitor.simulated import from_results
from pingcang.leverage.monitor.source import read_source
from pingcang.montecarlo.runner import run_many
from pingcang.results.dataset import assemble, provenance
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario

WINDOW = 3
ONLY_SIMULATED = {"shadow_balance", "largest_sector", "hhi_sector", "effective_sector"}
"""What no exchange publishes; and sectors of stocks, which are drawn run by run and not recorded."""
ONLY_FILES = {"marginable", "with_balance"}
"""A list of marginable stocks; and the stocks in it, where a simulation has all stocks."""


def fake(runs: int = 2, record: tuple[str, ...] = ("stocks",), **attributes: object) -> xr.Dataset:
    loaded = fakes.loaded(record=record)
    coordinates = fakes.COORDINATES | {
        "stock": ["600000", "600001", "300001", "000001"],
        "stock_board": ["main", "main", "chinext", "sme"],
    }
    coordinates = coordinates if "stocks" in record else fakes.COORDINATES
    results = [fakes.RunResult(run, fakes.fake_variables(1, run, record=record), coordinates) for run in range(runs)]
    told = provenance(loaded, seed=1, record=record, amplification=False)
    return assemble(results, told | attributes)


def test_official_figures_are_those_of_brokers_and_shadow_finance_stands_apart() -> None:
    results = fake()
    found = from_results(results)
    check(found)
    assert json.loads(results.attrs["official_cohorts"]) == ["retail"]
    retail = results["financing_balance"].sel(cohort="retail")
    assert np.array_equal(found["financing_balance"].values, retail.values)
    shadow = results["financing_balance"].sel(cohort="shadow")
    assert np.allclose(found["shadow_balance"].values, shadow.values, rtol=1e-12)
    assert found.sizes["run"] == 2


def test_the_maintenance_ratio_of_all_brokers_is_assets_over_debts() -> None:
    """Debts 100 and 300 at ratios 2 and 3: 1,100 over 400."""
    results = fake(official_cohorts=json.dumps(["retail", "shadow"]))
    results["maintenance_ratio"][:] = np.broadcast_to([2.0, 3.0], results["maintenance_ratio"].shape)
    results["investor_equity"][:] = np.broadcast_to([100.0, 600.0], results["investor_equity"].shape)
    assert np.allclose(from_results(results)["maintenance_ratio"].values, 1100 / 400)


def test_a_cohort_without_debt_does_not_count_in_the_ratio() -> None:
    results = fake(official_cohorts=json.dumps(["retail", "shadow"]))
    results["maintenance_ratio"][:] = np.broadcast_to([2.0, np.nan], results["maintenance_ratio"].shape)
    results["investor_equity"][:] = np.broadcast_to([100.0, 600.0], results["investor_equity"].shape)
    assert np.allclose(from_results(results)["maintenance_ratio"].values, 2)


def test_the_float_cap_moves_with_the_index() -> None:
    results = fake()
    found = from_results(results)["float_cap"]
    assert np.allclose(found.values, results["index"].values * results["float_cap_start"].values[:, None])


def test_stocks_are_there_where_they_were_recorded() -> None:
    results = fake()
    results["volume"][:, 3, 1] = 0
    found = from_results(results)
    close, volume = results["close"].values, results["volume"].values
    wanted = np.where(volume[:, 1:] > 0, close[:, 1:] / close[:, :-1] - 1, np.nan)
    assert np.allclose(found["stock_change"].values[:, 1:], wanted, equal_nan=True)
    assert np.array_equal(found["stock_turnover"].values[:, 1:], (close * results["volume"].values)[:, 1:])
    assert found["stock_board"].values.tolist() == ["main", "main", "chinext", "sme"]
    assert not [name for name in from_results(fake(record=())).data_vars if str(name).startswith("stock_")]


def test_runs_that_failed_are_noted() -> None:
    found = from_results(fake(failed_runs=json.dumps([2, 5])))
    assert found.attrs["notes"] == ("2 failed and are left out: 2, 5",)


def test_a_dataset_that_is_none_of_a_run_is_refused() -> None:
    with pytest.raises(ScenarioError, match="monitor: the dataset lacks turnover; give a dataset of pingcang run"):
        from_results(fake().drop_vars("turnover"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the crash of 2015, small and short, with its stocks."""
    loaded = load_scenario("china_2015", settings=["scale=0.001", "calendar.days=6"])
    store = tmp_path_factory.mktemp("run") / "run.zarr"
    run_many(loaded, runs=1, seed=1, threads=1, out=store, record=["stocks"])
    return store


def write_files(simulated: xr.Dataset, results: xr.Dataset, folder: Path) -> dict[str, Path]:
    """The files that an exchange and a vendor of prices would have of the simulated market."""
    one, market = simulated.isel(run=0), ["financing_balance", "short_balance", "margin_purchases", "maintenance_ratio"]
    rest = ["turnover", "float_cap", "index", "limit_up", "limit_down"]
    for name, columns in (("balances.csv", market), ("series.csv", rest)):
        one[columns].drop_vars("run").to_dataframe()[columns].to_csv(folder / name)
    codes = {stock: code_of(stock, place) for place, stock in enumerate(one["stock"].values.tolist())}
    rows = one["stock_financing_balance"].drop_vars("run").to_dataframe().reset_index()
    rows = rows.assign(code=rows["stock"].map(codes)).rename(columns={"stock_financing_balance": "financing_balance"})
    rows[["date", "code", "financing_balance"]].to_csv(folder / "detail.csv", index=False)
    traded = results.isel(run=0)[["close", "volume"]].drop_vars(["run", "stock_board"])
    traded = traded.assign(change=(("day", "stock"), one["stock_change"].values))
    traded = traded.isel(day=slice(1, None)).to_dataframe().reset_index().dropna()
    traded.assign(code=traded["stock"].map(codes))[["code", "date", "close", "volume", "change"]].to_csv(
        folder / "prices.csv", index=False
    )
    return {name: folder / f"{name}.csv" for name in ("balances", "series", "detail", "prices")}


def code_of(stock: str, place: int) -> str:
    """A six-digit code on the stock's board."""
    begin = {"sse_main": 600000, "szse_main": 0, "sme": 2000, "chinext": 300000}
    board = next(name for name in begin if stock.startswith(name))
    return f"{begin[board] + int(stock.rpartition('_')[2]):06d}"


def readings(found: Monitor) -> dict[str, float | None]:
    return {reading.key: reading.value for reading in found.readings}


def test_files_of_a_simulated_market_give_the_readings_of_the_simulation(run: Path, tmp_path: Path) -> None:
    """The strong test of `identically`: written as files, read by the loaders, and every reading is the same."""
    simulated = read_source([run])
    with open_results(run) as results:
        paths = write_files(simulated, results.load(), tmp_path)
    files = read_source([paths["balances"]], series=[paths["series"]], detail=[paths["detail"]], prices=paths["prices"])
    here, there = monitor(simulated, window=WINDOW), monitor(files, window=WINDOW)
    expected, actual = readings(here), readings(there)
    known = {key for key, value in expected.items() if value is not None}
    assert len(known) >= 30
    assert known - ONLY_SIMULATED == {key for key, value in actual.items() if value is not None} - {"marginable"}
    for key in known - ONLY_SIMULATED - ONLY_FILES:
        assert actual[key] == pytest.approx(expected[key], rel=1e-9, abs=1e-12), key
    assert here.by_board["share"].to_list() == pytest.approx(there.by_board["share"].to_list())
    pd.testing.assert_frame_equal(here.phases, there.phases)


def test_a_dataset_stands_alone(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"--detail: belongs to files of balances, .* is a dataset; leave it out"):
        read_source([run], detail=[tmp_path])
    with pytest.raises(ScenarioError, match="monitor: found 2 sources, one of them a dataset"):
        read_source([run, run])


def test_a_market_of_one_sector_has_no_concentration_over_sectors() -> None:
    results = fake().isel(sector=[0])
    found = monitor(from_results(results), window=WINDOW)
    assert found["hhi_sector"].missing.startswith("two sectors or more in the scenario")
    assert "in the sector" not in found.told()
    assert monitor(from_results(fake()), window=WINDOW)["hhi_sector"].value is not None
