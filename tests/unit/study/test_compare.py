import functools
import json
import math
from dataclasses import replace

import numpy as np
import pytest

import pingcang.study.arms
from pingcang.montecarlo.runner import RunsFailedError, run_many
from pingcang.results.metrics import UNITS
from pingcang.scenario import load_scenario
from pingcang.study.arms import Arm, Bench, changed, distinct, simulate_all
from pingcang.study.compare import compare
from pingcang.study.measures import measured, metric_names
from unit.study.made import MovedMarket, arm


@pytest.fixture
def bench(monkeypatch, tmp_path):
    """A bench on the made-up market; `bench(market)` for another one."""

    def made(market=MovedMarket()):  # noqa: B008  it is frozen
        monkeypatch.setattr(pingcang.study.arms, "run_many", functools.partial(run_many, simulate=market))
        return Bench(tmp_path / "arms", seed=3, threads=1)

    return made


def test_a_shift_in_every_run_is_found_exactly_and_told_in_the_contract_s_words(bench):
    found = compare(arm(), arm(0.125), bench()).to_dict()
    drawdown = found["metrics"]["drawdown"]
    assert drawdown["difference"] == pytest.approx(0.125)
    assert drawdown["other"] - drawdown["base"] == pytest.approx(0.125)
    assert (drawdown["ci_low"], drawdown["ci_high"]) == pytest.approx((0.125, 0.125))
    assert {"base", "other", "difference", "ci_low", "ci_high", "unit"} <= drawdown.keys()
    assert (found["first_day_apart"], found["date_apart"], found["runs"]) == (3, "2015-06-15", 8)
    assert set(UNITS) | {"time_to_recover", "p_drawdown_over_25", "p_recovered"} == set(found["metrics"])
    json.dumps(found, allow_nan=False)


def test_identical_arms_differ_by_exactly_nothing_on_no_day(bench):
    found = compare(arm(0.0), arm(-0.0), bench())
    assert found.base.store != found.other.store
    assert (found.first_day_apart, found.date_apart) == (None, None)
    known = found.table[found.table["runs"] > 0]
    assert (known["difference"] == 0.0).all()
    means = known[~known.index.str.startswith("p_")]
    assert (means["ci_low"] == 0.0).all() and (means["ci_high"] == 0.0).all()


def test_an_arm_compared_with_itself_is_simulated_once(bench, tmp_path):
    found = compare(arm(), arm(), bench())
    assert found.first_day_apart is None and len(list((tmp_path / "arms").glob("*.zarr"))) == 1


def test_runs_that_failed_in_one_arm_are_left_out_of_both_and_named(bench):
    market = MovedMarket(fail=(("0.1", 2), ("0.0", 5)))
    found = compare(arm(), arm(0.1), bench(market))
    assert found.runs.tolist() == [0, 1, 3, 4, 6, 7]
    assert (found.base.failed_runs, found.other.failed_runs) == ((5,), (2,))
    assert found.to_dict()["failed_runs"] == {"base": [5], "other": [2]}
    assert found.metrics["drawdown"].difference.value == pytest.approx(0.1)
    assert found.metrics["drawdown"].base.n == 6


def test_an_arm_without_one_good_run_says_so(bench):
    market = MovedMarket(fail=tuple(("0.1", run) for run in range(2)))
    with pytest.raises(RunsFailedError, match="all 2 runs failed"):
        compare(arm(runs=2), arm(0.1, runs=2), bench(market))


def test_more_runs_extend_the_arms_and_fewer_use_the_first_ones(bench):
    eight = compare(arm(runs=8), arm(0.1, runs=8), bench())
    twelve = compare(arm(runs=12), arm(0.1, runs=12), bench())
    again = compare(arm(runs=8), arm(0.1, runs=8), bench(MovedMarket(fail=(("0.0", 0),))))
    assert (eight.runs.size, twelve.runs.size) == (8, 12)
    assert again.to_dict() == eight.to_dict()


def test_a_probability_is_a_metric_with_a_threshold_of_its_own(bench):
    found = compare(arm(), arm(0.3), bench(), threshold=0.55)
    assert "p_drawdown_over_55" in found.metrics and "p_drawdown_over_25" not in found.metrics
    at = found.metrics["p_drawdown_over_55"]
    assert (at.base.value, at.other.value, at.difference.value) == (0.0, 1.0, 1.0)
    assert at.base.high == pytest.approx(1 - 1 / (1 + 1.959964**2 / 8))


def test_the_median_can_be_compared_instead_of_the_mean(bench):
    market = MovedMarket(noise=0.05)
    mean = compare(arm(), arm(0.1), bench(market)).metrics["drawdown"]
    median = compare(arm(), arm(0.1), bench(market), statistic="median").metrics["drawdown"]
    with bench(market).open(arm()) as a, bench(market).open(arm(0.1)) as b:
        apart = b.pingcang.drawdown.values - a.pingcang.drawdown.values
    assert mean.difference.value == pytest.approx(apart.mean())
    assert median.difference.value == pytest.approx(np.median(apart))


def test_amplification_is_compared_only_if_it_was_simulated(bench):
    without = compare(arm(), arm(0.1), bench()).metrics["amplification"]
    assert math.isnan(without.difference.value) and without.difference.n == 0
    given = compare(arm(amplification=True), arm(0.1, amplification=True), bench()).metrics["amplification"]
    assert given.difference.n == 8 and given.difference.value > 0


def test_the_arms_keep_apart_by_everything_that_makes_them_differ(bench):
    place = bench()
    arms = [arm(), arm(0.1), arm(amplification=True), Arm("x", arm().loaded, 8, record=("stocks",))]
    assert len(distinct(place, [*arms, arm(runs=3)])) == 4
    assert next(a.runs for a in distinct(place, [arm(runs=3), arm(runs=8)])) == 8
    assert place.missing(arm()) == 8
    outcomes = simulate_all(place, [arm()])
    assert [outcome.computed for outcome in outcomes] == [8]
    assert place.missing(arm()) == 0 and place.missing(arm(runs=9)) == 1
    assert simulate_all(place, [arm()]) == []


def test_progress_is_told_of_every_arm(bench):
    heard = {}

    def hear(which, runs):
        heard[which.label] = heard.get(which.label, 0.0) + runs

    compare(arm(), arm(0.1), bench(), on_progress=hear)
    assert heard == pytest.approx({"shift 0.0": 8.0, "shift 0.1": 8.0})


def test_a_part_that_was_damaged_is_computed_again_and_told(bench):
    place = replace(bench(), tell=(heard := []).append)
    with pytest.raises(KeyboardInterrupt):
        compare(arm(), arm(0.1), place, on_progress=_interrupt_after(3.0))
    part = next(path for path in place.folder.glob("*.parts/*") if path.suffix not in {".json", ".jsonl"})
    part.write_bytes(part.read_bytes()[:-9])
    found = compare(arm(), arm(0.1), place)
    assert found.metrics["drawdown"].difference.value == pytest.approx(0.1)
    assert len(heard) == 1 and heard[0].startswith("shift 0.0: part ") and "was damaged" in heard[0]


def _interrupt_after(runs):
    """Someone who hears of the progress and presses Ctrl-C."""
    done = [0.0]

    def hear(_, advanced):
        done[0] += advanced
        if done[0] > runs + 0.1:
            raise KeyboardInterrupt

    return hear


def test_every_metric_is_measured_under_its_name(bench):
    simulate_all(bench(), [arm()])
    assert sorted(measured(bench(), arm()).values) == sorted(metric_names())


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """China 2015, small: the close-out line of 1.30 against 1.35, 8 runs of 8 days."""
    base = load_scenario("china_2015", overrides={"scale": 0.001, "calendar.days": 8})
    other = changed(base, {"rules.close_out_line": 1.35})
    bench = Bench(tmp_path_factory.mktemp("arms"), seed=1, threads=1)
    arms = [Arm("1.30", base, 8), Arm("1.35", other, 8)]
    return bench, arms, compare(*arms, bench)


def test_two_real_arms_are_bit_identical_until_the_day_on_which_they_differ(real):
    bench, arms, found = real
    day = found.first_day_apart
    assert day is not None and 1 <= day < 8  # nobody is below 1.35 and above 1.30 before a price has fallen
    run = int(np.argmax(found.days_apart == day))
    with bench.open(arms[0]) as a, bench.open(arms[1]) as b:
        for name in ("index", "financing_balance", "forced_sales", "turnover", "debt_by_ratio"):
            before = slice(0, int(found.days_apart[run]))
            np.testing.assert_array_equal(a[name][run, before].values, b[name][run, before].values)
        there = [name for name in a if "day" in a[name].dims and (a[name][run, day] != b[name][run, day]).any()]
    assert there


def test_pairing_pays_for_a_small_change_of_a_rule(real):
    _, _, found = real
    assert found.metrics["drawdown"].variance_reduction >= 5
    assert found.metrics["drawdown"].difference.se > 0


def test_a_change_that_is_no_change_is_the_same_scenario():
    base = load_scenario("one_account")
    assert changed(base, {}) is base
    assert changed(base, {"rules.close_out_line": base.scenario.rules.close_out_line}).hash == base.hash
