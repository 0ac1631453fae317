"""Depth against credit: levels, paired differences, and who dominates whom."""

import functools
import json

import numpy as np
import pytest

import pingcang.study.arms
from pingcang.montecarlo.runner import run_many
from pingcang.scenario import load_scenario
from pingcang.study.arms import Bench, changed
from pingcang.study.calm import without_news
from pingcang.study.frontier import CalmPoints, dominated
from pingcang.study.frontier_plot import plot_frontier
from pingcang.study.sweep import Axis, points_of, sweep
from unit.study.made import MovedMarket, arm

RUNS = 12
LUCK = np.linspace(-0.05, 0.05, RUNS)
"""Common to all points: larger than any difference between them."""


def runs(*levels, noise=0.0):
    wobble = noise * np.tile([-1.0, 1.0], RUNS // 2)
    return [level + LUCK + wobble * k for k, level in enumerate(levels)]


def test_a_point_that_is_shallower_and_has_more_credit_dominates_despite_common_luck():
    assert dominated(runs(0.36, 0.35), runs(2.0, 2.1)) == [1, None]


def test_a_trade_off_dominates_nobody():
    assert dominated(runs(0.36, 0.35), runs(2.1, 2.0)) == [None, None]


def test_points_that_chance_could_explain_do_not_dominate():
    """Point 1 is better by a hair in both, but not by more than its own noise."""
    assert dominated(runs(0.36, 0.3599, noise=0.02), runs(2.0, 2.0001, noise=0.02)) == [None, None]


def test_equal_points_do_not_dominate_each_other():
    assert dominated(runs(0.36, 0.36), runs(2.0, 2.0)) == [None, None]


def test_the_shallowest_of_those_that_dominate_is_named():
    assert dominated(runs(0.36, 0.35, 0.34), runs(2.0, 2.1, 2.05)) == [2, None, None]


@pytest.fixture
def made_up(monkeypatch, tmp_path):
    """A sweep on the made-up market: shifts 0.1 and 0.2, reference 0, and calm arms whose credit is all the same."""
    monkeypatch.setattr(pingcang.study.arms, "run_many", functools.partial(run_many, simulate=MovedMarket()))
    points = [((0.1,), arm(0.1)), ((0.2,), arm(0.2))]
    calm = CalmPoints("same", arm(), (arm(0.1), arm(0.2)))
    return sweep([Axis("shift", (0.1, 0.2))], points, arm(), Bench(tmp_path, threads=1), calm=calm).frontier


def test_a_frontier_holds_every_point_and_the_reference(made_up):
    labels = [(point.label, point.is_reference, point.dominated_by) for point in made_up.points]
    assert labels == [("reference", True, None), ("0.1", False, "reference"), ("0.2", False, "reference")]
    assert [point.depth_apart.value for point in made_up.points] == pytest.approx([0, 0.1, 0.2])
    assert [point.credit_apart.value for point in made_up.points] == [0, 0, 0]
    assert made_up.points[0].credit.value > 1e12


def test_tables_and_json_of_a_frontier_hold_the_same_numbers(made_up):
    told, table = made_up.to_dict(), made_up.table
    json.dumps(told, allow_nan=False)
    assert [point["set"] for point in told["points"]] == [None, {"shift": 0.1}, {"shift": 0.2}]
    assert table["depth"].tolist() == [point["depth"]["value"] for point in told["points"]]
    assert table["dominated_by"].tolist() == ["", "reference", "reference"]


def test_the_picture_shows_every_label_and_draws_dominated_points_hollow(made_up):
    panel = plot_frontier(made_up).axes[0]
    assert {text.get_text() for text in panel.texts} == {"reference", "0.1", "0.2"}
    points = [line for line in panel.lines if line.get_marker() in {"o", "s"} and len(line.get_xdata())]
    assert [line.get_markerfacecolor() for line in points] == ["#000000", "white", "white"]
    assert panel.yaxis_inverted()


def test_a_point_that_is_the_reference_stands_for_it(tmp_path):
    base = load_scenario("two_accounts_one_stock")
    axis = Axis("rules.close_out_line", (1.2, 1.3))
    points, quiet = points_of(base, [axis], 2), without_news(base)
    calm = CalmPoints(
        "same",
        pingcang.study.arms.Arm("calm", quiet, 2),
        tuple(each for _, each in points_of(quiet, [axis], 2)),
    )
    reference = pingcang.study.arms.Arm("as it stands", changed(base, {}), 2)
    found = sweep([axis], points, reference, Bench(tmp_path, threads=1), calm=calm).frontier
    assert [(point.label, point.is_reference) for point in found.points] == [("1.2", False), ("1.3 (reference)", True)]
    assert found.points[1].dominated_by == "1.2"
