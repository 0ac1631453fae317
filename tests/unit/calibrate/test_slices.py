"""Slices of a bowl whose shape is known: with bands of 0.05 and two rows, ΔL = ((x − x*)/0.05)²/2 inside the cap."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from fake_fit import BEST, SPEC, FakeMeasures, FakeModel, write_spec
from pingcang.calibrate import from_trials, load_spec, profile, profile_summary, run_calibration
from pingcang.calibrate.measures import Part
from pingcang.errors import PingcangError, ScenarioError

LINEAR = SPEC.replace("scale: log, ", "")


def load(folder, text=LINEAR, measures=None):
    return load_spec(write_spec(folder, text), measures=measures or FakeMeasures())


def profiled(folder, loaded, optimum=BEST, simulate=None, **options):
    return profile(loaded, optimum, folder / "p.journal", simulate=simulate or FakeModel(noise=0), **options)


@dataclass(frozen=True)
class SumOnly(FakeMeasures):
    """One row: only depth + trend is measured."""

    @property
    def parts(self):
        return (Part("sum", "row_sum", 2 + sum(self.best.values()), 0.05, "crash"),)

    def __call__(self, label, dataset):
        index = dataset["index"].values[0]
        return {"sum": [index[1] + index[2]]}


def test_a_bowl_is_pinned_down_where_the_loss_rises_by_the_criterion(tmp_path):
    found = profiled(tmp_path, load(tmp_path), points=9)
    for each in found.slices:
        assert each.criterion == 0.5
        assert each.pinned == "yes" and each.better is None
        best = BEST[each.axis.name]
        assert each.interval == pytest.approx((best - 0.05, best + 0.05), abs=0.003)
        assert each.curvature_interval == pytest.approx((best - 0.05, best + 0.05), abs=0.003)


def test_points_lie_on_both_sides_out_to_the_bounds_nearer_ones_closer(tmp_path):
    depth = profiled(tmp_path, load(tmp_path), points=5).slices[0]
    assert [depth.value_of(point) for point in depth.points] == pytest.approx([0.05, 0.2375, 0.3, 0.425, 0.8])


def test_an_optimum_at_its_bound_is_bounded_on_one_side(tmp_path):
    measures = FakeMeasures(best={"depth": 0.3, "trend": 0.6})
    trend = profiled(tmp_path, load(tmp_path, measures=measures), {"depth": 0.3, "trend": 0.6}).slices[1]
    assert trend.pinned == "one side"
    assert trend.interval[1] is None and trend.interval[0] == pytest.approx(0.55, abs=0.01)


def test_a_parameter_that_no_target_feels_is_not_pinned_down(tmp_path):
    text = LINEAR.replace("[impact.trend]", "[impact.noise_bids]").replace("start: 0.5", "start: 0.2")
    found = profiled(tmp_path, load(tmp_path, text), {"depth": 0.3, "trend": 0.2})
    assert [each.pinned for each in found.slices] == ["yes", "no"]
    assert found.slices[1].interval == (None, None)
    assert found.slices[1].curvature_interval is None
    assert found.identification.identified == 1


def test_a_rise_within_its_error_pins_nothing_down(tmp_path):
    """The same slices; but runs that differ by far more than the rise."""
    noisy = FakeModel(noise=3.0)
    loaded = load(tmp_path, LINEAR.replace("runs: 2", "runs: 6").replace("trials: 40", "loss: {centre: mean}"))
    trend = profiled(tmp_path, loaded, simulate=noisy).slices[1]
    assert max(trend.error) > 0.5
    assert trend.pinned != "yes"


def test_a_better_point_than_the_optimum_is_told(tmp_path):
    found = profiled(tmp_path, load(tmp_path), {"depth": 0.425, "trend": 0.2}, points=3, simulate=FakeModel(noise=1e-6))
    assert found.slices[0].better is None
    text = LINEAR.replace("low: 0.05", "low: 0.3")
    other = profile(
        load(tmp_path, text.replace("start: 0.13", "start: 0.5")),
        {"depth": 0.425, "trend": 0.2},
        tmp_path / "q.journal",
        points=3,
        simulate=FakeModel(noise=1e-6),
    )
    assert other.slices[0].value_of(other.slices[0].better) == 0.3


def test_a_profile_is_continued_and_another_one_refused(tmp_path):
    log = tmp_path / "log"
    loaded = load(tmp_path)
    first = profiled(tmp_path, loaded, simulate=FakeModel(noise=0, log=log))
    assert log.read_text().count("\n") == 2 * 9
    again = profiled(tmp_path, loaded, simulate=FakeModel(noise=0, log=log))
    assert log.read_text().count("\n") == 2 * 9
    assert profile_summary(again) == profile_summary(first)
    with pytest.raises(ScenarioError, match=r"optimum\.depth 0\.3 instead of 0\.2"):
        profiled(tmp_path, loaded, {"depth": 0.2, "trend": 0.2})


def test_runs_can_be_more_than_those_of_the_fit(tmp_path):
    found = profiled(tmp_path, load(tmp_path), runs=3)
    assert found.optimum.values["depth"].shape == (3, 1)


def test_the_summary_is_json(tmp_path):
    told = json.loads(json.dumps(profile_summary(profiled(tmp_path, load(tmp_path), runs=1)), allow_nan=False))
    assert told["parameters"]["depth"]["points"][0]["error"] is None
    assert told["identification"]["source"] == "slices"


def test_a_bad_request_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="points: got 4; it must be odd"):
        profiled(tmp_path, load(tmp_path), points=4)
    with pytest.raises(PingcangError, match="the optimum itself does not come out"):
        profiled(tmp_path, load(tmp_path), simulate=FakeModel(fail_above=0))


def test_what_trades_off_is_told_from_slices(tmp_path):
    found = profiled(tmp_path, load(tmp_path, measures=SumOnly()), points=9).identification
    assert found.identified == 1
    width, stiff = found.directions[0]
    # coordinates: depth = 0.05 + 0.75 u, trend = 0.6 v; z = (0.75 u + 0.6 v) / 0.05
    assert stiff / stiff[0] == pytest.approx([1, 0.6 / 0.75], rel=0.01)
    assert width == pytest.approx(0.05 / np.hypot(0.75, 0.6), rel=0.01)
    (pair,) = found.pairs()
    assert pair[2] < -0.9
    assert found.told(stiff) == "0.8 depth + 0.6 trend"


def test_what_trades_off_is_told_from_trials(tmp_path):
    loaded = load(tmp_path, LINEAR.replace("kind: cmaes, seed: 1, population: 6", "kind: random"), SumOnly())
    done = run_calibration(loaded, tmp_path / "x.journal", simulate=FakeModel(noise=0))
    found = from_trials(loaded, done.evaluations)
    assert found.explained == pytest.approx(1)
    assert found.directions[0][1] / found.directions[0][1][0] == pytest.approx([1, 0.8])
    assert from_trials(loaded, dict(list(done.evaluations.items())[:8])) is None
