import numpy as np
import pytest

from pingcang.scenario import load_scenario
from pingcang.study import equal_risk as module
from pingcang.study.arms import Arm, Bench, changed
from pingcang.study.equal_risk import balance_and_shadow, equal_risk
from pingcang.study.levers import financing
from pingcang.study.statistic import parse_statistic

SMALL = {"scale": 0.0005, "calendar.days": 3}
NOISE = np.random.default_rng(1).normal(scale=0.02, size=80)


@pytest.fixture(scope="module")
def today():
    return load_scenario("china_2025", overrides=SMALL)


@pytest.fixture
def made_up(monkeypatch):
    """Drawdown of 2015 is 0.36 and of today 0.2 + 0.04 a trillion, with the same noise in both."""

    def simulated(bench, arm, statistic, on_point=None):
        noise = NOISE[: arm.runs]
        if arm.label == "2015":
            return 0.36 + noise
        return 0.2 + 0.04 * financing(arm.loaded.scenario) / 1e12 + noise

    monkeypatch.setattr(module, "simulated", simulated)


def asked(today, text="median(drawdown)", low=1e12, high=9e12, runs=80, **options):
    crash = Arm("2015", today, runs)
    return equal_risk(crash, today, parse_statistic(text), Bench(None), shadow=5e10, low=low, high=high, **options)


def test_the_balance_is_where_the_two_crashes_are_equal(today, made_up):
    found = asked(today)
    assert found.root.x == pytest.approx(4e12, rel=1e-6)
    # the noise is the same in both markets: run by run the difference has none
    assert found.root.interval == pytest.approx((4e12, 4e12), rel=1e-6)
    assert found.told() == "4.00tn (4.00tn to 4.00tn)"
    assert found.row()["balance"] == found.root.x


def test_the_error_of_the_target_is_in_the_interval(today, made_up, monkeypatch):
    unpaired = module.simulated

    def independent(bench, arm, statistic, on_point=None):
        return unpaired(bench, arm, statistic) if arm.label != "2015" else 0.36 + NOISE[::-1]

    monkeypatch.setattr(module, "simulated", independent)
    found = asked(today, "mean(drawdown)")
    width = found.root.interval[1] - found.root.interval[0]
    # two independent means of 80 runs, and 0.04 of drawdown a trillion
    assert width == pytest.approx(2 * 1.96 * NOISE.std() * np.sqrt(2 / 80) / 0.04 * 1e12, rel=0.15)


def test_a_crash_that_is_not_reached_is_an_answer(today, made_up):
    assert asked(today, high=3e12).told() == "not reached up to 3tn"
    assert asked(today, low=5e12).told() == "already exceeded at 5tn"
    assert asked(today, "p(drawdown>0.01)").told() == "not told apart, 1 at both ends"
    row = asked(today, high=3e12).row()
    assert row["balance"] is None and row["at_high"] < row["target_2015"]


def test_a_share_of_all_runs_is_called_saturated(today, made_up):
    assert asked(today, "p(drawdown>0.25)").saturated
    assert not asked(today, "p(drawdown>0.36)").saturated
    assert not asked(today).saturated


def test_the_lever_sets_brokers_and_shadow_lenders_apart(today):
    lever = balance_and_shadow(today.scenario, 1.12e12)
    market = changed(today, lever(3.9e12)).scenario
    assert financing(market) == pytest.approx(3.9e12)
    assert market.cohorts["shadow"].debt == 1.12e12
    own = today.scenario.cohorts
    for name in ("retail", "institution", "shadow"):
        assert market.cohorts[name].debt / market.cohorts[name].accounts == pytest.approx(
            own[name].debt / own[name].accounts, rel=1e-3
        )


def test_two_statistics_share_their_runs(today, tmp_path):
    bench = Bench(tmp_path, seed=3, threads=1)
    crash = Arm("2015", load_scenario("china_2015", overrides=SMALL), 2, amplification=True)
    given = {"shadow": 5e10, "low": 1e12, "high": 3e12, "tolerance": 1e12, "resamples": 50}
    for text in ("median(drawdown)", "mean(amplification_points)"):
        found = equal_risk(crash, today, parse_statistic(text), bench, **given)
        assert found.at_low != found.at_high
    assert len(list(tmp_path.glob("china_2015-*.zarr"))) == 1
    assert len(list(tmp_path.glob("china_2025-*.zarr"))) <= 3
