"""Verdicts on findings written by hand; a tiny real measurement, its pictures and tables from end to end."""

import datetime as dt
from pathlib import Path
from runpy import run_path

import numpy as np
import pandas as pd
import pytest

from pingcang.errors import ScenarioError
from pingcang.validate.micro.figures import plot_exposure, plot_selling, plot_spillover
from pingcang.validate.micro.measure import AS_IS, LIMITS, NO_LIMITS, Design, RunFindings, measure_run
from pingcang.validate.micro.regression import Estimate
from pingcang.validate.micro.selling import BIN_NAMES, BINS, Selling, adjusted_selling
from pingcang.validate.micro.spillover import SHARES
from pingcang.validate.micro.verdict import judge

EXPERIMENT = run_path(str(Path(__file__).parents[4] / "experiments" / "china_2015" / "micro.py"))
TINY = Design(
    scale=0.001,
    seed=1,
    days=12,
    horizon=4,
    window=(dt.date(2015, 6, 19), dt.date(2015, 6, 24)),
    settings=("calendar.days=8",),
)
WORDS = ("--scale", "0.001", "--seed", "1", "--days", "12", "--horizon", "4", "--last", "2015-06-24", "--jobs", "1")
WORDS = (*WORDS, "--set", "calendar.days=8")


def estimate(names, values):
    return Estimate(tuple(names), np.array(values, float), np.full(len(values), 0.01), 1000, 10)


def selling(level, near):
    bins = estimate(BIN_NAMES[:BINS], level)
    rows = np.full(BINS + 1, 1000)
    return Selling(bins, estimate(["near"], [near]), rows, adjusted_selling(bins, rows, 0.1))


def findings(run, level=(0.25, 0.20, 0.12, 0.06, 0.02, *[0.01] * 5, 0.0), up=0.05, bound=0.2, free=0.0, bottom=-0.05):
    """Selling as in the paper; a fall to day 10 and a reversal by day 40; a spill-over under limits only."""
    noise = 0.001 * run
    path = np.interp(np.arange(41), [0, 10, 40], [0, bottom, bottom / 5]) + 0.0001 * run * np.arange(41) / 40
    spread = {LIMITS: bound, NO_LIMITS: free}
    return RunFindings(
        run,
        {
            (lender, market): selling(np.array(level) * size, near + noise)
            for lender, size in (("broker", 1.0), ("shadow", 1.2))
            for market, near in (("all", 0.1 * size), ("down", 0.1 * size), ("up", up))
        },
        {},
        {(AS_IS, benchmark): path for benchmark in ("matched", "equal")},
        {
            (lender, regime): estimate(SHARES, [value + noise, 0, 0, 0])
            for lender in ("broker", "shadow")
            for regime, value in spread.items()
        },
    )


def failed(**changes):
    return [one.fact for one in judge([findings(run, **changes) for run in range(5)]) if not one.passed]


def test_the_papers_own_pattern_passes_everything():
    verdicts = judge([findings(run) for run in range(5)])
    assert [one.fact for one in verdicts if not one.passed] == []
    assert len(verdicts) == 2 * 4 + 1 + 3 + 2 * 3
    by_fact = {one.fact: one for one in verdicts}
    size = by_fact["broker accounts: selling at distance 0-1 above that at 10 and more, share of the holding a day"]
    assert (size.value, size.confidence) == (pytest.approx(0.20), "remembered, low")
    assert by_fact["its lowest day, trading days from the sort"].value == 10
    assert by_fact["share of it made good by day 40"].value == pytest.approx(0.8, abs=0.01)


def test_each_pattern_that_is_missing_is_named():
    rising = failed(level=(0.25, 0.20, 0.12, 0.06, 0.02, 0.01, 0.01, 0.05, 0.05, 0.05, 0.0))
    assert len(rising) == 2
    assert all("largest rise" in fact for fact in rising)
    straight = failed(level=np.linspace(0.2, 0, BINS))
    assert len(straight) == 2
    assert all("lies below 3" in fact for fact in straight)
    assert len(failed(up=0.2)) == 2
    assert [fact[:10] for fact in failed(bottom=0.05)] == ["top less b", "its lowest", "share of i"]
    spread = failed(free=0.2)
    assert len(spread) == 4
    assert all("near the line" in fact for fact in spread)


def test_what_cannot_be_measured_does_not_pass():
    empty = findings(0)
    nothing = {key: estimate(SHARES, [np.nan] * 4) for key in empty.spillover}
    holes = RunFindings(0, empty.selling, {}, {key: np.full(41, np.nan) for key in empty.paths}, nothing)
    unmeasured = [one for one in judge([holes]) if not np.isfinite(one.value)]
    assert len(unmeasured) == 2 + 6
    assert not any(one.passed for one in unmeasured)
    assert {EXPERIMENT["mark"](one) for one in unmeasured} == {"–"}


def test_no_runs_cannot_be_judged():
    with pytest.raises(ValueError, match="no runs to judge"):
        judge([])


@pytest.fixture(scope="module")
def tiny():
    return measure_run(TINY, 0)


def test_a_real_run_is_measured_in_every_regime(tiny):
    assert {len(path) for path in tiny.paths.values()} == {5}
    assert len(tiny.paths) == 3 * 2
    assert np.isfinite(tiny.paths[AS_IS, "matched"]).all()
    assert not np.array_equal(tiny.paths[AS_IS, "equal"], tiny.paths["no impact decays", "equal"])
    assert not np.array_equal(tiny.paths[AS_IS, "equal"], tiny.paths["half of it, half-life 10 days", "equal"])
    assert len(tiny.spillover) == 2 * 3
    assert tiny.selling["broker", "all"].bins.clusters == 8
    assert np.isfinite(tiny.spillover["broker", LIMITS][SHARES[1]])


def test_a_calendar_that_is_too_short_is_refused_before_the_run():
    with pytest.raises(ScenarioError, match=r"calendar.days: found 60, but 60 days from 2015-07-08 need 76"):
        Design(horizon=60).load_long()


@pytest.mark.parametrize("plot", [plot_selling, plot_exposure, plot_spillover])
def test_pictures_name_their_axes_and_units(tiny, plot, tmp_path):
    figure = plot([tiny])
    labels = [axes.get_xlabel() + axes.get_ylabel() for axes in figure.axes]
    assert any("%" in label or "points" in label for label in labels)
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_the_command_writes_figures_and_tables(tmp_path, capsys):
    assert EXPERIMENT["main"]([*WORDS, "--runs", "1", "--out", str(tmp_path), "--account-effects"]) == 0
    names = {"selling.png", "exposure.png", "spillover.png", "verdicts.csv", "estimates.csv", "paths.csv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    verdicts = pd.read_csv(tmp_path / "verdicts.csv")
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(shown) == 1 + len(verdicts) + 1 + 6
    estimates = pd.read_csv(tmp_path / "estimates.csv")
    assert {"selling", "selling near the line", "spill-over"} == set(estimates["kind"])
    assert "all, account effects" in set(estimates["case"])


def test_wrong_input_is_told_and_nothing_is_written(tmp_path, capsys):
    target = tmp_path / "out"
    for words, told in (
        (["--scenario", "china_2051"], "china_2051"),
        (["--scale", "0.3"], "scale"),
        (["--days", "12"], "calendar.days: found 45, but 40 days from 2015-07-08 need 56"),
        (["--first", "2016-01-01", "--last", "2016-02-01"], "no trading day in it"),
    ):
        assert EXPERIMENT["main"]([*words, "--out", str(target)]) == 2
        assert told in capsys.readouterr().err
    assert not target.exists()


def test_publishing_renews_the_page_between_its_marks(tmp_path):
    (tmp_path / "images").mkdir()
    page = tmp_path / "micro_validation.md"
    page.write_text("before\n<!-- verdicts -->\nstale table\n<!-- end of verdicts -->\nafter\n", encoding="utf-8")
    runs = [findings(run) for run in range(2)]
    runs = [RunFindings(one.run, one.selling, {}, all_paths(one), one.spillover) for one in runs]
    EXPERIMENT["publish"](runs, judge(runs), Design(), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- verdicts -->\n`china_2015`, 2 runs, seed 0, scale 0.01.\n\n| fact |")
    assert text.endswith("<!-- end of verdicts -->\nafter\n")
    assert "stale" not in text
    assert len(list((tmp_path / "images").glob("micro_*.png"))) == 3


def all_paths(one):
    names = (AS_IS, "no impact decays", "half of it, half-life 10 days")
    return {(name, benchmark): one.paths[AS_IS, benchmark] for name in names for benchmark in ("matched", "equal")}
