import numpy as np
import pytest

from pingcang.errors import ScenarioError
from pingcang.study.statistic import parse_condition, parse_statistic

VALUES = np.array([[0.1, 0.2, 0.3, 0.8], [0.3, 0.3, 0.3, 0.3]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("median(drawdown)", [0.25, 0.3]),
        ("mean( drawdown )", [0.35, 0.3]),
        ("P(drawdown > 0.25)", [0.5, 1.0]),
        ("p(drawdown<.3)", [0.5, 0.0]),
        ("p(drawdown<=3e-1)", [0.75, 1.0]),
    ],
)
def test_a_statistic_reduces_the_runs_on_the_last_axis(text, expected):
    assert parse_statistic(text).of(VALUES) == pytest.approx(expected)


def test_a_statistic_is_written_as_it_is_read():
    for text in ("median(drawdown)", "mean(forced_sales)", "p(drawdown>0.25)"):
        assert str(parse_statistic(text)) == text
    assert str(parse_condition("p(drawdown > 0.25) <= 0.1", ("<=",))) == "p(drawdown>0.25)<=0.1"


def test_only_metrics_of_a_second_simulation_ask_for_it():
    assert parse_statistic("mean(amplification)").amplification
    assert not parse_statistic("mean(drawdown)").amplification


@pytest.mark.parametrize("text", ["drawdown", "max(drawdown)", "p(drawdown)", "p(0.25<drawdown)", "median(drawdown)x"])
def test_what_is_no_statistic_is_refused_with_an_example(text):
    with pytest.raises(ScenarioError, match="is no statistic; write median"):
        parse_statistic(text)


def test_an_unknown_metric_is_refused_with_the_nearest_one():
    with pytest.raises(ScenarioError, match="'drawdwn' is no metric; did you mean drawdown"):
        parse_statistic("median(drawdwn)")


def test_a_condition_wants_its_own_signs():
    with pytest.raises(ScenarioError, match=r"as median\(drawdown\)=0.36"):
        parse_condition("median(drawdown)<0.3", ("=",))
    with pytest.raises(ScenarioError, match=r"as p\(drawdown>0.25\)<0.1"):
        parse_condition("p(drawdown>0.25)", ("<", "<=", ">", ">="))


def test_a_tie_holds_for_the_signs_with_an_equals():
    held = {sign: parse_condition(f"mean(drawdown){sign}0.3", (sign,)).holds(0.3) for sign in ("<", "<=", ">", ">=")}
    assert held == {"<": False, "<=": True, ">": False, ">=": True}
