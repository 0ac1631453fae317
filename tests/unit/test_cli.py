import json
import subprocess
import sys
from functools import partial

import pytest
from typer.testing import CliRunner

import pingcang
import pingcang.montecarlo.runner
import pingcang.scenario
from fakes import FakeMarket, loaded
from pingcang.cli import app
from pingcang.cli.show import human
from pingcang.errors import ScenarioError
from pingcang.results.storage import open_results

METRICS = [
    "drawdown",
    "trough_day",
    "financing_change",
    "max_limit_down",
    "max_suspended",
    "margin_calls",
    "forced_sales",
    "preemptive_sales",
    "lender_loss",
    "amplification",
]


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Calls the command line in an empty folder, with the made-up market; `market` changes it."""
    monkeypatch.chdir(tmp_path)
    run_many = pingcang.montecarlo.runner.run_many

    def load(name, settings=()):
        if name == "wrong":
            raise ScenarioError("wrong.yaml: a: unknown key", "wrong.yaml: b: unknown key")
        return loaded(name, text="\n".join(["made up", *settings]))

    def call(*arguments, market=FakeMarket()):  # noqa: B008  it is frozen
        monkeypatch.setattr(pingcang.scenario, "load_scenario", load)
        monkeypatch.setattr(pingcang.montecarlo.runner, "run_many", partial(run_many, simulate=market))
        return CliRunner().invoke(app, list(arguments))

    return call


def test_the_start_of_the_command_line_imports_no_heavy_library():
    heavy = {"mesa", "xarray", "matplotlib", "zarr", "pandas", "joblib", "numpy", "pyarrow"}
    for arguments in (["--version"], ["--help"], ["run", "--help"]):
        code = (
            "import sys\nfrom pingcang.cli import main\n"
            f"sys.argv = ['pingcang', *{arguments}]\n"
            "try:\n    main()\nexcept SystemExit:\n    pass\n"
            f"print('heavy:', sorted({heavy} & set(sys.modules)))"
        )
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert told.endswith("heavy: []\n"), arguments


def test_python_m_pingcang_tells_the_version():
    told = subprocess.run([sys.executable, "-m", "pingcang", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == f"pingcang {pingcang.__version__}\n"


def test_the_package_offers_its_names_lazily():
    assert pingcang.open_results is open_results
    assert set(pingcang.__all__) <= set(dir(pingcang))
    with pytest.raises(AttributeError, match="has no attribute 'Market'"):
        _ = pingcang.Market


def test_a_run_ends_with_a_table_in_human_units_and_the_place_of_the_dataset(command):
    told = command("run", "china", "--runs", "3", "--amplification", "--seed", "5", "--record", "audit")
    store = f"results/china-5-{loaded('china', text='made up').hash[:8]}.zarr"
    assert told.exit_code == 0
    assert f"dataset: {store}\n" in told.stdout and "audit: results/china-5-" in told.stdout
    for words in (
        "Drawdown of the index",
        "bn CNY",
        "Amplification",
        "median",
        "95%",
        "seed 5, 3 runs, scale 1",
    ):
        assert words in told.stdout
    assert told.stderr == "pingcang: china, seed 5, 3 runs …\n"


def test_json_is_one_object_and_nothing_else_on_standard_output(command):
    told = command("run", "china", "--runs", "2", "--json", "--out", "x.nc", "--plot", "x.png")
    found = json.loads(told.stdout)
    assert list(found) == ["scenario", "seed", "runs", "store", "metrics"]
    assert {key: found[key] for key in ("scenario", "seed", "runs", "store")} == {
        "scenario": "china",
        "seed": 0,
        "runs": 2,
        "store": "x.nc",
    }
    assert list(found["metrics"])[:10] == METRICS
    assert all(set(spread) == {"median", "p05", "p95", "unit"} for spread in found["metrics"].values())
    assert found["metrics"]["amplification"]["median"] is None


def test_quiet_says_nothing_but_errors(command):
    told = command("run", "china", "--runs", "2", "--quiet", market=FakeMarket(fail=(1,)))
    assert (told.stdout, told.exit_code) == ("", 1)
    assert "run 1 failed: RuntimeError: run 1 was told to fail" in told.stderr


def test_failed_runs_are_named_and_the_exit_code_is_1(command):
    told = command("run", "china", "--runs", "4", "--json", market=FakeMarket(fail=(0, 2)))
    assert told.exit_code == 1
    assert "2 of 4 runs failed and are in no statistic: 0, 2" in told.stderr
    assert json.loads(told.stdout)["failed_runs"] == [0, 2]


def test_when_all_runs_fail_there_is_one_message_and_exit_code_1(command):
    told = command("run", "china", market=FakeMarket(fail=(0,)))
    assert told.exit_code == 1
    assert told.stderr.splitlines()[-1].startswith("pingcang: all 1 runs failed")


def test_settings_and_scale_reach_the_scenario_and_the_command_is_remembered(command, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["pingcang", "run", "a b"])
    command("run", "china", "--set", "a.b=1", "--set", "c=x y", "--scale", "0.01", "--out", "x.zarr")
    told = open_results(tmp_path / "x.zarr").attrs
    assert told["scenario_text"] == "made up\na.b=1\nc=x y\nscale=0.01"
    assert told["command"] == "pingcang run 'a b'"


def test_a_wrong_scenario_is_told_in_one_line_a_problem_with_exit_code_2_and_nothing_is_written(command, tmp_path):
    for arguments in (["run", "wrong"], ["validate", "wrong"]):
        told = command(*arguments)
        assert (told.exit_code, told.stdout) == (2, "")
        assert told.stderr == "pingcang: wrong.yaml: a: unknown key\npingcang: wrong.yaml: b: unknown key\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--runs", "0"],
        ["--jobs", "0"],
        ["--threads", "0"],
        ["--seed", "-1"],
        ["--seed", str(2**64)],
        ["--out", "x.csv"],
        ["--plot", "x.docx"],
        ["--record", "trades"],
        ["--frob"],
    ],
)
def test_wrong_options_have_exit_code_2_and_write_nothing(command, tmp_path, arguments):
    told = command("run", "china", *arguments)
    assert told.exit_code == 2 and told.stderr and "Traceback" not in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_dataset_at_the_path_is_refused_unless_overwritten(command):
    assert command("run", "china", "--out", "x.zarr").exit_code == 0
    told = command("run", "china", "--out", "x.zarr", "--seed", "1")
    assert told.exit_code == 2 and "--overwrite" in told.stderr
    assert command("run", "china", "--out", "x.zarr", "--seed", "1", "--overwrite").exit_code == 0


def test_an_interruption_has_exit_code_130_and_no_traceback(command, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt("interrupted: 3 of 9 runs are kept")

    monkeypatch.setattr(FakeMarket, "__call__", interrupted)
    told = command("run", "china")
    assert told.exit_code == 130
    assert "pingcang: interrupted: 0 of 1 runs are finished and kept in" in told.stderr


def test_an_unwritable_plot_is_told_after_the_results_with_exit_code_3(command, tmp_path):
    (tmp_path / "file").write_text("")
    told = command("run", "china", "--plot", "file/x.png")
    assert told.exit_code == 3
    assert "dataset: results/" in told.stdout and "file/x.png: cannot be written" in told.stderr


def test_validate_tells_what_was_read(command):
    assert command("validate", "china").stdout == "china: valid; china, 6 trading days from 2015-06-12\n"


def test_schema_is_json(command):
    assert json.loads(command("schema").stdout)["$schema"].startswith("https://json-schema.org")


def test_scenarios_lists_the_ready_made_with_their_descriptions(command, monkeypatch):
    monkeypatch.setattr(pingcang.scenario, "ready_made", lambda: ["one", "two"])
    assert [line.strip() for line in command("scenarios").stdout.splitlines()] == ["one", "two"]


def test_numbers_are_shown_in_human_units():
    spread = {"median": 1.234e12, "p05": 9.5e11, "p95": None, "unit": "CNY"}
    assert human("forced_sales", spread, ("median", "p05", "p95")) == ["1.23", "0.95", "–", "tn CNY"]
    assert human("drawdown", {"median": 0.4321, "unit": "1"}, ("median",)) == ["43.2", "%"]
    assert human("financing_change", {"median": 0.1, "unit": "1"}, ("median",)) == ["+10.0", "%"]
    assert human("margin_calls", {"median": 1234567.0, "unit": "1"}, ("median",)) == ["1,234,567", "calls"]
    assert human("lender_loss", {"median": 0.0, "unit": "CNY"}, ("median",)) == ["0.00", "CNY"]
