"""`pingcang fork`: the table, the JSON, states on the disk, and errors in one line with exit code 2 or 3."""

import json

import pytest
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario

CASE = ("one_account", "--at", "2015-01-08", "--threads", "1")
ARMS = ("--arm", "as_is:", "--arm", "stricter: rules.restore_line=1.6; rules.call_window=1")


@pytest.fixture
def fork(monkeypatch, tmp_path):
    """Calls the command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["fork", *words])


def test_the_table_has_a_column_an_arm_and_the_stores_are_named(fork, tmp_path):
    outcome = fork(*CASE, *ARMS, "--runs", "2")
    assert outcome.exit_code == 0, outcome.output
    lines = outcome.stdout.splitlines()
    assert lines[0] == "one_account, arms from 2015-01-08, seed 0, 2 runs each, scale 1; medians"
    assert next(line.split() for line in lines if "as_is" in line) == ["as_is", "stricter", "unit"]
    sales = next(line.split() for line in lines if "Forced sales" in line)
    # By hand, as in scenarios/one_account.yaml: (1.5 · 620,000 − 800,000)/0.5 and (1.6 · 620,000 − 800,000)/0.6
    assert sales[2:] == ["260.00", "320.00", "thousand", "CNY"]
    assert lines[-2:] == [
        "as_is: results/one_account-0-fork-2015-01-08/as_is.zarr",
        "stricter: results/one_account-0-fork-2015-01-08/stricter.zarr",
    ]
    assert (tmp_path / "results" / "one_account-0-fork-2015-01-08" / "stricter.zarr").is_dir()


def test_json_is_what_run_says_of_each_arm(fork, tmp_path):
    outcome = fork(*CASE, *ARMS, "--seed", "3", "--out", "x", "--json")
    told = json.loads(outcome.stdout)
    assert (told["scenario"], told["seed"], told["runs"], told["at"]) == ("one_account", 3, 1, "2015-01-08")
    run = CliRunner().invoke(app, ["run", "one_account", "--seed", "3", "--threads", "1", "--json"])
    own = json.loads(run.stdout)
    arm = told["arms"]["as_is"]
    assert arm.pop("scenario_hash") == load_scenario("one_account").hash
    assert arm == own | {"store": "x/as_is.zarr"}
    assert told["arms"]["stricter"]["metrics"] != own["metrics"]


def test_settings_and_scale_hold_under_every_arm(fork, tmp_path):
    small = ("--scale", "0.001", "--set", "calendar.days=3")
    words = ("china_2015", *small, "--at", "2015-06-16", "--threads", "1", "--quiet")
    outcome = fork(*words, "--out", "x", "--record", "stocks", "--amplification", "--arm", "a:")
    assert (outcome.exit_code, outcome.output) == (0, "")
    loaded = load_scenario("china_2015", settings=["calendar.days=3", "scale=0.001"])
    run_many(loaded, threads=1, record=("stocks",), amplification=True, out=tmp_path / "own.zarr")
    assert differences(open_results(tmp_path / "x" / "a.zarr"), open_results(tmp_path / "own.zarr")) == []
    table = fork(*words[:-1], "--out", "x", "--record", "stocks", "--amplification", "--arm", "a:")
    assert "Amplification by margin orders" in table.stdout


def test_a_state_is_saved_and_taken_up(fork, tmp_path):
    saved = fork(*CASE, "--save", "eve.npz")
    assert saved.stdout == "state: eve.npz; one_account, seed 0, run 0, close of 2015-01-07\n"
    told = fork(*CASE, "--save", "again.npz", "--json", "--seed", "4").stdout
    assert json.loads(told) == {
        "scenario": "one_account",
        "seed": 4,
        "run": 0,
        "date": "2015-01-07",
        "state": "again.npz",
    }
    assert fork(*CASE, *ARMS, "--from", "eve.npz", "--out", "x", "--quiet").exit_code == 0
    assert fork(*CASE, *ARMS, "--out", "y", "--quiet").exit_code == 0
    for label in ("as_is", "stricter"):
        stores = [open_results(tmp_path / folder / f"{label}.zarr") for folder in "xy"]
        assert differences(*stores) == []
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((*CASE,), "give --arm once or more to continue"),
        ((*CASE, "--arm", "a:", "--save", "x.npz"), "give --arm once or more to continue"),
        ((*CASE, "--from", "x.npz", "--save", "y.npz"), "give --arm once or more to continue"),
        (("one_account", "--at", "8 January", "--arm", "a:"), "--at 8 January: is not a date; write it as 2015-07-02"),
        (("one_account", "--at", "2015-01-10", "--arm", "a:"), "take the next one, 2015-01-12"),
        ((*CASE, "--arm", "a"), "write LABEL: KEY=VALUE; KEY=VALUE"),
        ((*CASE, "--arm", "a: scale=0.1"), "arm a: scale: cannot change from a date on"),
        ((*CASE, "--arm", "a: rules.x=1"), "arm a: rules.x: unknown key"),
        ((*CASE, "--arm", "a:", "--from", "x.npz"), "x.npz: cannot be read (No such file or directory)"),
        ((*CASE, "--arm", "a:", "--record", "x", "--quiet"), "record: got x"),
        ((*CASE, "--save", "x.zarr"), "x.zarr: a state is written to a file that ends in .npz"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_exit_code_2_and_nothing_is_written(fork, tmp_path, words, message):
    outcome = fork(*words)
    assert outcome.exit_code == 2 and outcome.stdout == ""
    lines = outcome.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("pingcang: ") and message in lines[0]
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_exit_code_3(fork, tmp_path):
    (tmp_path / "file").write_text("")
    for words in ((*ARMS, "--out", "file/x"), ("--save", "file/eve.npz")):
        outcome = fork(*CASE, *words, "--quiet")
        assert outcome.exit_code == 3 and "cannot be written" in outcome.stderr and "Traceback" not in outcome.stderr


def test_failed_runs_are_named_by_arm_with_exit_code_1(fork, monkeypatch):
    import pingcang.montecarlo.fork.branches as branches

    finished = branches.Branches._finished

    def broken(self, arm, states, shares):
        if arm.scenario.events[-1].rules and states[0].run == 1:
            raise RuntimeError("told to fail")
        return finished(self, arm, states, shares)

    monkeypatch.setattr(branches.Branches, "_finished", broken)
    outcome = fork(*CASE, *ARMS, "--runs", "3", "--quiet", "--jobs", "1")
    assert outcome.exit_code == 1
    lines = outcome.stderr.splitlines()
    assert lines[0] == "pingcang: arm stricter:"
    assert lines[1] == "pingcang: run 1 failed: RuntimeError: told to fail"
    assert lines[2].startswith("pingcang: 1 of 3 runs failed and are in no statistic: 1;")
