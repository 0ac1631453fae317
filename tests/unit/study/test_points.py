import errno
import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from fakes import FakeMarket
from pingcang.errors import ScenarioError, StorageError
from pingcang.results.metrics import per_run
from pingcang.scenario import load_scenario
from pingcang.study import points as module
from pingcang.study.arms import Arm, Bench, changed
from pingcang.study.points import FailedPointsError, Points

DEPTHS = [{"impact.depth": depth} for depth in (0.1, 0.3, 0.2)]


class Market(FakeMarket):
    """A made-up market whose drawdown tells depth and run; `bad` points fail in run 1."""

    bad = (0.3,)

    def __call__(self, loaded, *, run, **options):
        depth = loaded.scenario.impact.depth
        if self.fail == (-1,) and depth in self.bad and run == 1:
            raise RuntimeError("told to fail")
        result = FakeMarket(log=self.log, kill=self.kill if depth in self.bad else ())(loaded, run=run, **options)
        days = np.linspace(0, 1, result.variables["index"].size)
        return type(result)(run, {**result.variables, "index": 1 - days * (depth + run / 100)}, result.coordinates)


@pytest.fixture(scope="module")
def market():
    return load_scenario("one_account")


def points(market, folder, runs=3, jobs=1, **options):
    return Points(Bench(folder, seed=4, jobs=jobs, threads=1), market, runs, simulate=Market(**options))


def drawdowns(asked, overrides=DEPTHS, **named):
    return asked.measure(overrides, ["drawdown"], **named)["drawdown"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_points_come_in_the_order_of_the_design_however_they_are_computed(market, tmp_path, jobs):
    found = drawdowns(points(market, tmp_path, jobs=jobs))
    assert found == pytest.approx(np.array([[0.1, 0.11, 0.12], [0.3, 0.31, 0.32], [0.2, 0.21, 0.22]]))


def test_what_was_computed_is_not_computed_again_and_more_runs_add_to_it(market, tmp_path):
    log = tmp_path / "log"
    first = drawdowns(points(market, tmp_path, log=log))
    assert len(log.read_text().splitlines()) == 9
    assert np.array_equal(drawdowns(points(market, tmp_path, log=log)), first)
    more = drawdowns(points(market, tmp_path, runs=4, log=log), DEPTHS[::-1])
    assert log.read_text().splitlines()[9:] == ["3", "3", "3"]
    assert np.array_equal(more[::-1, :3], first)


def test_a_resumed_design_is_the_undisturbed_one(market, tmp_path):
    whole = drawdowns(points(market, tmp_path / "whole"))

    def interrupt(_):
        if len(list((tmp_path / "cut" / "points").glob("*.json"))) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"2 of 3 points are finished and kept in .*; the same command"):
        drawdowns(points(market, tmp_path / "cut"), on_finished=interrupt)
    resumed = drawdowns(points(market, tmp_path / "cut"))
    assert np.array_equal(resumed, whole)
    names = [sorted(path.name for path in (tmp_path / each / "points").iterdir()) for each in ("whole", "cut")]
    assert names[0] == names[1]


def test_a_damaged_point_is_computed_again(market, tmp_path):
    first = drawdowns(points(market, tmp_path))
    file = sorted((tmp_path / "points").iterdir())[0]
    file.write_bytes(file.read_bytes()[:40])
    assert np.array_equal(drawdowns(points(market, tmp_path)), first)


def test_a_point_that_stands_twice_in_a_design_is_computed_once(market, tmp_path):
    log = tmp_path / "log"
    found = drawdowns(points(market, tmp_path, log=log), [*DEPTHS, *DEPTHS])
    assert len(log.read_text().splitlines()) == 9
    assert np.array_equal(found[:3], found[3:])


def test_failed_runs_leave_a_design_without_values_and_are_named(market, tmp_path):
    with pytest.raises(FailedPointsError) as caught:
        drawdowns(points(market, tmp_path, fail=(-1,)))
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("1 of 3 points are incomplete, so no indices are given; narrow the ranges, or remove")
    assert lines[1] == "point 1: run 1 of it failed (RuntimeError: told to fail)"
    assert caught.value.exit_code == 1
    assert "Traceback" in caught.value.points[1][1]
    with pytest.raises(FailedPointsError):  # it was tried, and is not tried again
        drawdowns(points(market, tmp_path))


def test_a_worker_that_dies_takes_its_own_point_and_no_other(market, tmp_path):
    with pytest.raises(FailedPointsError) as caught:
        drawdowns(points(market, tmp_path, jobs=2, kill=(1,)))
    assert list(caught.value.points) == [1]
    assert "worker process died" in caught.value.points[1][0]


def test_a_metric_that_no_run_has_is_refused(market, tmp_path):
    with pytest.raises(FailedPointsError, match=r"point 0: runs 0, 1, 2 of it failed \(it has no amplification\)"):
        points(market, tmp_path).measure(DEPTHS, ["drawdown", "amplification"])


def test_a_point_that_the_scenario_refuses_is_told_before_anything_is_simulated(market, tmp_path):
    with pytest.raises(ScenarioError, match=r"impact\.depth"):
        drawdowns(points(market, tmp_path), [*DEPTHS, {"impact.depth": -1.0}])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_a_storage_error(market, tmp_path):
    (tmp_path / "points").write_text("in the way")
    with pytest.raises(StorageError, match="points: cannot be written"):
        drawdowns(points(market, tmp_path))


def test_a_full_disk_loses_no_finished_point(market, tmp_path, monkeypatch):
    real = module.written_whole

    @contextmanager
    def full(path):
        if len(list(path.parent.glob("*.json"))) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        with real(path) as temporary:
            yield temporary

    monkeypatch.setattr(module, "written_whole", full)
    with pytest.raises(StorageError, match=r"No space left on device.* 2 of 3 points are finished and kept") as caught:
        drawdowns(points(market, tmp_path))
    assert caught.value.exit_code == 3
    monkeypatch.undo()
    log = tmp_path / "log"
    drawdowns(points(market, tmp_path, log=log))
    assert len(log.read_text().splitlines()) == 3


def test_metrics_of_a_point_are_those_of_the_same_runs_in_a_dataset(market, tmp_path):
    overrides = {"impact.depth": 0.2}
    bench = Bench(tmp_path, seed=4, threads=1)
    names = ["drawdown", "forced_sales", "amplification_points"]
    found = Points(bench, market, 2, amplification=True).measure([overrides], names)
    arm = Arm("0.2", changed(market, overrides), 2, amplification=True)
    bench.simulate(arm)
    with bench.open(arm) as dataset:
        expected = per_run(dataset)
    for name in names:
        assert np.array_equal(found[name][0], expected[name].values)


def test_changed_metrics_are_not_taken_from_old_points(market, tmp_path, monkeypatch):
    log = tmp_path / "log"
    drawdowns(points(market, tmp_path, log=log))
    monkeypatch.setattr("pingcang.study.points.measuring", lambda: "other")
    drawdowns(points(market, tmp_path, log=log))
    assert len(log.read_text().splitlines()) == 18


def test_a_ledger_is_plain_json(market, tmp_path):
    drawdowns(points(market, tmp_path), DEPTHS[:1])
    (file,) = Path(tmp_path / "points").iterdir()
    told = json.loads(file.read_text())
    assert sorted(told) == ["failures", "metrics"]
    assert told["metrics"]["2"]["drawdown"] == pytest.approx(0.12)
