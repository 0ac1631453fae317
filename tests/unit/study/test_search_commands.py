import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import pingcang.study.points
from pingcang.cli import app
from pingcang.montecarlo.simulate import simulate_run

TINY = ("--set", "scale=0.0005", "--base-set", "calendar.days=3", "--threads", "1")
SEARCH = ("reverse", "china_2015", *TINY, "--lever", "news", "--low", "0", "--high", "3", "--tolerance", "1.5")
SPEC = """kind: sensitivity
name: tiny
scenario: china_2015
set: {scale: 0.0005, calendar.days: 3}
parameters:
  depth: {low: 0.05, high: 0.5, scale: log, paths: [impact.depth]}
  news: {low: -0.1, high: 0.05, paths: [events.0.news.value]}
outputs: [mean(drawdown)]
runs: 2
morris: {trajectories: 2}
sobol: {samples: 4}
"""


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(SPEC, encoding="utf-8")

    def call(*words):
        return CliRunner().invoke(app, [str(word) for word in words])

    return call


def test_reverse_prints_its_path_and_answer_and_writes_what_it_found(command):
    given = ("--target", "median(drawdown)=0.04", "--runs", "3", "--out", "found", "--plot", "path.png")
    done = command(*SEARCH, *given)
    assert done.exit_code == 0, done.output
    assert "median(drawdown)=0.04 at size of all news, ×" in done.stdout
    told = json.loads(Path("found/reverse.json").read_text())
    assert [each["x"] for each in told["points"]] == [0.0, 3.0, 1.5]
    table = pd.read_csv("found/reverse_points.csv")
    assert list(table.columns) == ["x", "run", "drawdown"] and len(table) == 9
    assert table.groupby("x")["drawdown"].median().to_dict() == pytest.approx(
        {each["x"]: each["value"] for each in told["points"]}
    )
    assert Path("path.png").stat().st_size > 10_000
    again = command(*SEARCH, *given, "--json")
    assert json.loads(again.stdout) == told


def test_reverse_keeps_a_condition(command):
    done = command(*SEARCH, "--keep", "p(drawdown>0.04)<0.5", "--runs", "3", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["holds_up_to"] in (0.0, 1.5) and told["holds_from"] is None
    assert told["bracket"][0] == told["holds_up_to"] <= told["root"] <= told["bracket"][1]


def test_reverse_without_an_answer_in_the_bracket_tells_both_ends(command):
    done = command(*SEARCH, "--target", "median(drawdown)=0.9", "--runs", "2")
    assert done.exit_code == 2
    assert "the bracket does not hold the answer" in done.stderr and "are both below 0.9" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give one of --keep"),
        (("--keep", "p(drawdown>0.1)<0.1", "--target", "median(drawdown)=0.1"), "give one of --keep"),
        (("--target", "median(drawdown)=0.1", "--plot", "a.txt"), "is no picture format"),
        (("--target", "median(drawdown)=0.1", "--lever", "impact.dept"), "impact.dept"),
        (("--target", "median(drawdown)=0.1", "--high", "-1"), "is not below high"),
        (("--target", "median(drawdown)=0.1", "--tolerance", "0"), "must be above 0"),
    ],
)
def test_a_wrong_question_is_refused_before_anything_is_written(command, words, message):
    done = command(*SEARCH, *words)
    assert done.exit_code == 2
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not Path("results").exists()


def test_sensitivity_screens_then_shares_out_the_variance(command):
    done = command("sensitivity", "tiny.yaml", "--top", "1", "--threads", "1", "--out", "found", "--plot", "both.png")
    assert done.exit_code == 0, done.output
    assert "mean(drawdown): Morris, 6 points" in done.stdout
    assert "Sobol was given the parameters of the largest mu*: news" in done.stdout
    told = json.loads(Path("found/tiny.json").read_text())
    assert told["morris"]["points"] == 6 and told["sobol"]["points"] == 12
    assert told["sobol"]["left_out"] == ["depth"]
    assert len(pd.read_csv("found/morris_points.csv")) == 6
    assert list(pd.read_csv("found/sobol.csv")["parameter"]) == ["news"]
    assert Path("both.png").stat().st_size > 10_000
    again = command("sensitivity", "tiny.yaml", "--top", "1", "--threads", "1", "--out", "found", "--json")
    assert json.loads(again.stdout) == told


def test_sensitivity_of_a_design_with_failed_runs_gives_no_index(command, monkeypatch):
    def fails(loaded, *, run, **options):
        if run == 1 and loaded.scenario.impact.depth > 0.1:
            raise RuntimeError("told to fail")
        return simulate_run(loaded, run=run, **options)

    real = pingcang.study.points.Points
    monkeypatch.setattr("pingcang.study.sensitivity.Points", lambda *given: real(*given, simulate=fails))
    done = command("sensitivity", "tiny.yaml", "--method", "morris", "--threads", "1", "--out", "found")
    assert done.exit_code == 1
    assert "points are incomplete, so no indices are given" in done.stderr
    assert "run 1 of it failed (RuntimeError: told to fail)" in done.stderr
    assert done.stdout == "" and not list(Path("found").glob("*.json"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tiny.yaml", "--method", "fast"), "must be morris, sobol or both"),
        (("tiny.yaml", "--method", "sobol", "--top", "1"), "goes with method both"),
        (("tiny.yaml", "--top", "5"), "lies between 1 and 2"),
        (("none.yaml",), "no such file"),
    ],
)
def test_a_wrong_analysis_is_refused_before_anything_is_written(command, words, message):
    done = command("sensitivity", *words)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not Path("results").exists()


def test_without_salib_the_way_to_get_it_is_told(command, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "SALib.sample.morris", None)
    done = command("sensitivity", "tiny.yaml")
    assert done.exit_code == 2
    assert "pip install 'pingcang[study]'" in done.stderr
