import functools
import json

import pytest

import pingcang.study.arms
from pingcang.errors import ScenarioError
from pingcang.montecarlo.runner import run_many
from pingcang.scenario import load_scenario
from pingcang.study.arms import Arm, Bench
from pingcang.study.sweep import Axis, parse_axis, points_of, sweep
from unit.study.made import MovedMarket, arm


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("rules.close_out_line=1.2,1.3,1.4", (1.2, 1.3, 1.4)),
        ("cohorts.shadow.debt=0:2e12:5", (0.0, 5e11, 1e12, 1.5e12, 2e12)),
        ("a.b=0.1:0.3:3", (0.1, 0.2, 0.3)),
        ("rules=cn_2015,cn_2025", ("cn_2015", "cn_2025")),
        ("a=[[0, 1.4], [1, 3.0]],[[0, 1.5], [1, 3.0]]", ([[0, 1.4], [1, 3.0]], [[0, 1.5], [1, 3.0]])),
        ("a=true,false", (True, False)),
    ],
)
def test_values_are_listed_or_evenly_spaced(text, values):
    assert parse_axis(text) == Axis(text.partition("=")[0], values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules.close_out_line", "not a variation; write path=1.2,1.3,1.4"),
        ("=1,2", "not a variation"),
        ("a=", "not a variation"),
        ("a=1.2", "1 values; give two or more, each once"),
        ("a=1,2,1", "3 values; give two or more, each once"),
        ("a=0:1:1", "not low:high:count, as 0:2e12:5"),
        ("a=low:high:3", "not low:high:count"),
        ("a=0:inf:3", "not low:high:count"),
        ("a=0:1:100000", "with numbers and 2 to 400 values"),
        ("a=1,[2", "--vary a=1,\\[2: "),
    ],
)
def test_what_is_no_variation_is_refused(text, message):
    with pytest.raises(ScenarioError, match=message):
        parse_axis(text)


def test_only_numbers_stand_on_a_numeric_axis():
    assert Axis("a", (1, 2.0)).numeric
    assert not Axis("a", (True, False)).numeric and not Axis("a", ("x", "y")).numeric


def test_every_combination_of_two_parameters_is_a_point():
    base = load_scenario("two_accounts_one_stock")
    axes = [Axis("rules.close_out_line", (1.2, 1.3)), Axis("impact.depth", (0.1, 0.2, 0.3))]
    points = points_of(base, axes, 2)
    assert [values for values, _ in points][:4] == [(1.2, 0.1), (1.2, 0.2), (1.2, 0.3), (1.3, 0.1)]
    last = points[-1][1]
    assert (last.loaded.scenario.rules.close_out_line, last.loaded.scenario.impact.depth) == (1.3, 0.3)
    assert last.label == "rules.close_out_line=1.3, impact.depth=0.3"


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ([], "one or two different parameters"),
        ([Axis("a", (1, 2))] * 2, "one or two different parameters"),
        ([Axis(name, (1, 2)) for name in "abc"], "one or two different parameters"),
        ([Axis("a", tuple(range(30))), Axis("b", tuple(range(30)))], "900 points, at most 400"),
        ([Axis("rules.close_out_lin", (1.2, 1.3))], "did you mean close_out_line"),
        ([Axis("rules.close_out_line", (1.2, "high"))], "close_out_line"),
    ],
)
def test_points_that_cannot_be_are_refused_before_anything_runs(axes, message):
    with pytest.raises(ScenarioError, match=message):
        points_of(load_scenario("one_account"), axes, 2)


@pytest.fixture
def swept(monkeypatch, tmp_path):
    """Shifts 0.05, 0.1 of the made-up market against none; run 2 of the second fails."""
    market = MovedMarket(noise=0.01, fail=(("0.1", 2),))
    monkeypatch.setattr(pingcang.study.arms, "run_many", functools.partial(run_many, simulate=market))
    points = [((0.05,), arm(0.05)), ((0.1,), arm(0.1))]
    return sweep([Axis("shift", (0.05, 0.1))], points, arm(0.0), Bench(tmp_path, threads=1))


def test_points_share_their_runs_with_the_reference(swept):
    first, second = (point.metrics["drawdown"] for point in swept.points)
    assert first.difference.value == pytest.approx(0.05, abs=0.01)
    assert second.difference.value == pytest.approx(0.1, abs=0.01)
    assert (first.difference.n, second.difference.n) == (8, 7)
    assert first.difference.low < 0.05 + 0.02 and first.difference.high > 0.05 - 0.02
    assert first.variance_reduction > 1


def test_table_and_object_tell_the_same(swept):
    told, table = swept.to_dict(), swept.table
    json.dumps(told, allow_nan=False)
    assert told["failed_runs"] == {"shift 0.1": [2]}
    assert told["parameters"] == {"shift": [0.05, 0.1]}
    assert [point["set"] for point in told["points"]] == [{"shift": 0.05}, {"shift": 0.1}]
    row = table[(table["shift"] == 0.1) & (table["metric"] == "drawdown")].iloc[0]
    assert row["difference"] == told["points"][1]["metrics"]["drawdown"]["difference"]
    assert set(table["metric"]) == set(told["points"][0]["metrics"])


def test_a_point_that_is_the_reference_is_simulated_once_and_differs_by_nothing(tmp_path):
    base = load_scenario("two_accounts_one_stock")
    axis = Axis("rules.close_out_line", (1.2, base.scenario.rules.close_out_line))
    found = sweep([axis], points_of(base, [axis], 2), Arm("as it stands", base, 2), Bench(tmp_path, threads=1))
    assert len(list(tmp_path.glob("*.zarr"))) == 2
    assert found.points[1].metrics["drawdown"].difference.value == 0.0
    assert found.points[0].metrics["forced_sales"].difference.value < 0
