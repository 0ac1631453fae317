"""Runs that failed are in no statistic, and every place that shows one says which they are."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import pingcang.montecarlo.runner
import pingcang.scenario
from fakes import FakeMarket, loaded
from pingcang.cli import app
from pingcang.montecarlo.runner import run_many
from pingcang.results import metrics
from pingcang.results.plot import plot_runs
from pingcang.results.storage import open_results

RUNS, FAILED = 8, (2, 5)
GOOD = [run for run in range(RUNS) if run not in FAILED]


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Eight runs of which two failed, and the eight of which none did."""
    folder = tmp_path_factory.mktemp("failed")
    made = []
    for name, fail in (("some", FAILED), ("none", ())):
        run_many(loaded(), runs=RUNS, out=folder / f"{name}.zarr", simulate=FakeMarket(fail=fail), amplification=True)
        made.append(folder / f"{name}.zarr")
    return made


def test_every_statistic_is_that_of_the_good_runs_alone(stores):
    some, none = map(open_results, stores)
    good = none.sel(run=GOOD)
    assert some["run"].values.tolist() == GOOD
    assert metrics.summarise(some) == metrics.summarise(good) == some.pingcang.summary()
    assert metrics.summarise(some) != metrics.summarise(none)
    for name in ("index", "official_balance", "drawdown"):
        assert some.pingcang.intervals(name).identical(good.pingcang.intervals(name))
    assert some.pingcang.median_interval("drawdown") == good.pingcang.median_interval("drawdown")
    assert some.pingcang.failed_runs == list(FAILED)


def test_the_picture_draws_the_good_runs_and_names_the_others(stores):
    some, none = map(open_results, stores)
    drawn = plot_runs(some).axes[0].lines[0].get_ydata()
    assert np.array_equal(drawn, np.median(none["index"].sel(run=GOOD).values, axis=0))
    assert "\n2 failed and are left out: 2, 5" in plot_runs(some).get_suptitle()
    assert "failed" not in plot_runs(none).get_suptitle()


@pytest.mark.parametrize("reused", [False, True])
def test_the_command_line_names_them_in_the_table_in_json_and_on_standard_error(tmp_path, monkeypatch, reused):
    monkeypatch.chdir(tmp_path)
    real = run_many

    def some_fail(given, **request):
        return real(given, **{**request, "simulate": FakeMarket(fail=FAILED)})

    monkeypatch.setattr(pingcang.scenario, "load_scenario", lambda name, settings=(): loaded(name))
    monkeypatch.setattr(pingcang.montecarlo.runner, "run_many", some_fail)
    words = ["run", "made_up", "--runs", str(RUNS), "--out", "x.zarr"]
    if reused:
        CliRunner().invoke(app, words)
    table, as_json = CliRunner().invoke(app, words), CliRunner().invoke(app, [*words, "--json"])
    assert table.exit_code == as_json.exit_code == 1
    assert "6 runs, scale 1; 2 failed and are left out: 2, 5" in table.stdout
    found = json.loads(as_json.stdout)
    assert found["failed_runs"] == list(FAILED)
    assert found["metrics"] == open_results("x.zarr").pingcang.summary()
    for told in (table, as_json):
        assert "2 of 8 runs failed and are in no statistic: 2, 5" in told.stderr
