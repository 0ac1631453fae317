import csv
import functools
import json
import sys

import pytest
from typer.testing import CliRunner

import pingcang.calibrate
from fake_fit import SPEC, FakeMeasures, FakeModel, write_spec
from pingcang.cli import app
from pingcang.scenario import load_scenario

TINY = """\
kind: calibration
name: tiny
scenarios:
  crash: {scenario: china_2015, set: {scale: 0.0005, calendar.days: 3}, runs: 2}
paths:
  balance: {scenario: crash, variable: financing_balance, table: china_2015, column: financing_balance,
            start: 2015-06-15, end: 2015-06-17, band: 0.05}
parameters:
  depth: {low: 0.05, high: 0.3, scale: log, paths: [impact.depth]}
  shock: {low: -0.1, high: 0.05, news: true, paths: [events.0.news.value]}
sampler: {kind: random}
trials: 4
news_numbers: 1
"""


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Calls the command line in a folder with fit.yaml, on the made-up market."""
    monkeypatch.chdir(tmp_path)
    write_spec(tmp_path)
    names = {name: getattr(pingcang.calibrate, name) for name in ("load_spec", "run_calibration", "profile")}

    def call(*arguments, model=FakeModel()):  # noqa: B008  it is frozen
        extra = {
            "load_spec": {"measures": FakeMeasures()},
            "run_calibration": {"simulate": model},
            "profile": {"simulate": model},
        }
        for name, function in names.items():
            monkeypatch.setattr(pingcang.calibrate, name, functools.partial(function, **extra[name]))
        return CliRunner().invoke(app, list(arguments))

    return call


def test_a_real_calibration_runs_resumes_and_writes_a_scenario_that_loads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY)
    words = ["calibrate", "tiny.yaml", "--threads", "1", "--out", "fitted.yaml", "--json"]
    first = CliRunner().invoke(app, [*words, "--trials", "3"])
    assert first.exit_code == 0, first.output
    told = json.loads(CliRunner().invoke(app, words).stdout)
    assert (told["trials"], told["failed"], told["news_numbers"]["fitted"]) == (4, 0, 1)
    fitted = load_scenario("fitted.yaml")
    assert fitted.hash == told["fitted"][0]["hash"]
    best = {name: each["fitted"] for name, each in told["best"]["parameters"].items()}
    assert fitted.scenario.impact.depth == best["depth"]
    assert fitted.scenario.events[0].news.value == best["shock"]
    assert fitted.scenario.calendar.days == 45
    assert (tmp_path / "results" / "tiny.journal").exists()
    profiled = CliRunner().invoke(
        app, ["profile", "tiny.yaml", "--at", "fitted.yaml", "--points", "3", "--runs", "1", "--threads", "1", "--json"]
    )
    assert profiled.exit_code == 0, profiled.output
    assert json.loads(profiled.stdout)["loss"] >= 0


def test_the_tables_name_parameters_parts_and_places(command):
    told = command("calibrate", "fit.yaml", "--out", "fitted.yaml")
    assert told.exit_code == 0
    for words in (
        "made_up: best of 40 trials is 11, loss 0.2942, 2 of 2 rows in their bands",
        "news numbers: 0 fitted, 1 given in the scenarios",
        "Score the fitted scenario on other seeds",
        "trials: results/made_up.journal",
        "fitted scenario (crash): fitted.yaml, SHA-256 ",
    ):
        assert words in told.stdout
    assert [line.split() for line in told.stdout.splitlines() if line.startswith("  depth")] == [
        ["depth", "0.13", "0.3353", "0.05", "0.8"]
    ]
    assert "pingcang: made_up, 40 trials …" in told.stderr
    assert "pingcang: 40 of 40 trials, best loss 0.2942, 2 rows in band" in told.stderr


def test_a_parameter_at_its_bound_is_marked(command, tmp_path):
    write_spec(tmp_path, SPEC.replace("low: 0.05", "low: 0.13"))
    told = command("calibrate", "fit.yaml", "--trials", "1")
    assert "at its low bound" in told.stdout


def test_quiet_prints_nothing(command):
    told = command("calibrate", "fit.yaml", "--trials", "2", "--quiet")
    assert (told.stdout, told.stderr, told.exit_code) == ("", "", 0)


def test_failed_trials_are_told_and_have_exit_code_1(command):
    told = command("calibrate", "fit.yaml", "--trials", "20", "--quiet", model=FakeModel(fail_above=0.2))
    assert told.exit_code == 1
    assert "RuntimeError: depth" in told.stderr and "of 20 trials failed and count as worse" in told.stderr


@pytest.mark.parametrize("words", [["calibrate", "none.yaml"], ["calibrate", "fit.yaml", "--out", "x.txt"]])
def test_wrong_input_has_exit_code_2_and_leaves_nothing(command, tmp_path, words):
    told = command(*words)
    assert told.exit_code == 2 and told.stderr.startswith("pingcang: ")
    assert not (tmp_path / "results").exists()


def test_without_optuna_the_way_out_is_told(command, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "optuna", None)
    told = command("calibrate", "fit.yaml", "--quiet")
    assert told.exit_code == 2
    assert told.stderr == "pingcang: a calibration needs optuna, which is missing; pip install 'pingcang[calibrate]'\n"
    assert not (tmp_path / "results").exists()


def test_a_profile_is_shown_and_saved(command, tmp_path):
    command("calibrate", "fit.yaml", "--quiet", "--out", "fitted.yaml")
    told = command("profile", "fit.yaml", "--out", "p.json")
    assert told.exit_code == 0, told.stderr
    assert "pinned down" in told.stdout and "combinations of parameters are identified" in told.stdout
    saved = json.loads((tmp_path / "p.json").read_text())
    with (tmp_path / "p.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(each["points"]) for each in saved["parameters"].values()) == 10
    assert {"parameter", "value", "loss", "rise", "error", "z_depth", "z_trend"} <= rows[0].keys()
    same = command("profile", "fit.yaml", "--at", "fitted.yaml", "--json")
    assert json.loads(same.stdout)["parameters"] == saved["parameters"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--store", "none.journal"], "none.journal: no such store; calibrate first"),
        (["--at", "a.yaml", "--store", "b"], "--at and --store both name an optimum"),
        (["--out", "p.csv"], "--out p.csv: must end in .json"),
        (["--at", "none.yaml"], "none.yaml: no such file"),
    ],
)
def test_a_profile_of_nothing_is_refused(command, words, message):
    told = command("profile", "fit.yaml", *words)
    assert told.exit_code == 2 and message in told.stderr


def test_help_imports_no_optuna():
    from subprocess import run

    code = (
        "import sys\nfrom pingcang.cli import main\nsys.argv = ['pingcang', 'calibrate', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('heavy:', sorted({'optuna', 'cmaes', 'xarray', 'numpy', 'joblib'} & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.endswith("heavy: []\n")
