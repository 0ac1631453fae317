import numpy as np
import pytest

from pingcang.errors import ScenarioError
from pingcang.montecarlo.runner import run_many
from pingcang.scenario import load_scenario
from pingcang.study import arms
from pingcang.study.arms import Bench
from pingcang.study.bisection import NotBracketedError
from pingcang.study.levers import news_size, path
from pingcang.study.reverse import UnfinishedPointError, grid_of, reverse
from pingcang.study.statistic import parse_condition

SMALL = {"scale": 0.0005, "calendar.days": 4}


@pytest.fixture(scope="module")
def crash():
    return load_scenario("china_2015", overrides=SMALL)


def asked(loaded, bench, text, sign, **options):
    condition = parse_condition(text, (sign,))
    given = {"runs": 4, "low": 0.0, "high": 3.0, "tolerance": 0.4, "resamples": 200}
    return reverse(loaded, news_size(loaded.scenario), condition, bench, **{**given, **options})


def test_the_size_of_news_at_which_the_drawdown_is_that_of_the_scenario_is_its_own(crash, tmp_path):
    bench = Bench(tmp_path, seed=2, threads=1)
    own = run_many(crash, runs=4, seed=2, threads=1, out=tmp_path / "own.zarr")
    with arms.open_results(own.store) as dataset:
        level = float(np.median(dataset.pingcang.drawdown.values))
    found = asked(crash, bench, f"median(drawdown)={level:.12g}", "=", tolerance=0.2)
    assert found.root.x == pytest.approx(1.0, abs=0.1)
    assert found.root.rising
    assert found.holds_up_to is None and found.holds_from is None


def test_a_condition_holds_up_to_a_value_that_was_tried_and_fails_at_the_next(crash, tmp_path):
    found = asked(crash, Bench(tmp_path, seed=2, threads=1), "p(drawdown>0.06)<0.5", "<")
    below, above = found.root.sides
    assert below.number < 0.5 <= above.number
    assert found.holds_up_to == below.x and found.holds_from is None
    assert above.x - below.x <= 0.4


def test_an_interrupted_search_goes_on_where_it_was(crash, tmp_path, monkeypatch):
    bench = Bench(tmp_path, seed=2, threads=1)
    first = asked(crash, bench, "median(drawdown)=0.06", "=")
    monkeypatch.setattr(arms, "run_many", lambda *_, **__: pytest.fail("a finished point was simulated again"))
    again = asked(crash, bench, "median(drawdown)=0.06", "=")
    assert (again.root.x, again.root.interval) == (first.root.x, first.root.interval)


def test_a_bracket_without_the_answer_simulates_its_two_ends_only(crash, tmp_path):
    with pytest.raises(NotBracketedError, match=r"are both below 0\.99"):
        asked(crash, Bench(tmp_path, threads=1), "median(drawdown)=0.99", "=")
    assert len(list(tmp_path.glob("*.zarr"))) == 2


def test_a_value_that_the_scenario_refuses_is_told_before_anything_is_simulated(crash, tmp_path):
    with pytest.raises(ScenarioError, match="news: got the factor 30"):
        asked(crash, Bench(tmp_path / "runs"), "median(drawdown)=0.06", "=", high=30.0)
    with pytest.raises(ScenarioError, match="low 3 is not below high 3"):
        asked(crash, Bench(tmp_path / "runs"), "median(drawdown)=0.06", "=", low=3.0)
    assert not (tmp_path / "runs").exists()


def test_a_failed_run_stops_the_search_and_is_named(crash, tmp_path, monkeypatch):
    def fails(loaded, *, seed, run, **options):
        if run == 2:
            raise RuntimeError("told to fail")
        from pingcang.montecarlo.simulate import simulate_run

        return simulate_run(loaded, seed=seed, run=run, threads=1)

    monkeypatch.setattr(arms, "run_many", lambda *given, **named: run_many(*given, **named, simulate=fails))
    with pytest.raises(UnfinishedPointError, match="at 0: runs 2 failed"):
        asked(crash, Bench(tmp_path), "median(drawdown)=0.06", "=")


def test_a_metric_that_a_run_does_not_have_stops_the_search(crash, tmp_path):
    with pytest.raises(UnfinishedPointError, match="have no amplification"):
        asked(crash, Bench(tmp_path, threads=1), "median(amplification)=1.1", "=", runs=2)


@pytest.mark.parametrize(
    ("name", "low", "high", "expected"),
    [
        ("impact.depth", 0.05, 0.2, None),
        ("rules.close_out_line", 1.15, 1.35, 0.0001),
        ("cohorts.retail.accounts", 5000, 90000, 1.0),
    ],
)
def test_a_path_is_searched_in_the_steps_that_the_scenario_takes(crash, name, low, high, expected):
    assert grid_of(crash, path(name), low, high) == expected


def test_a_path_that_no_scenario_has_is_refused(crash):
    with pytest.raises(ScenarioError, match=r"impact\.dept"):
        grid_of(crash, path("impact.dept"), 0.1, 0.2)
