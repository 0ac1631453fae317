"""Calibrations of a made-up market whose optimum is known."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fake_fit import BEST, SPEC, FakeMeasures, FakeModel, write_spec
from pingcang.calibrate import evaluate, kept_trials, load_spec, run_calibration, summary
from pingcang.calibrate.engine import NoTrialError
from pingcang.errors import ScenarioError, StorageError

FAKE_CLI = Path(__file__).parents[2] / "fake_fit.py"


def load(folder, text=SPEC, **replaced):
    return load_spec(write_spec(folder, text, **replaced), measures=FakeMeasures())


def points(calibration):
    return {trial: (each.state, each.params, each.loss) for trial, each in calibration.evaluations.items()}


def points_in(store):
    """Trial -> its parameters and loss, from the journal itself."""
    found = {}
    for line in store.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if told["op_code"] == 4:  # a trial was created
            kept = next(iter(told["user_attrs"].values()))
            found[kept["trial"]] = (told["params"], told["value"])
    return found


@pytest.mark.parametrize("kind", ["cmaes, population: 6", "tpe"])
def test_a_calibration_finds_the_optimum(tmp_path, kind):
    loaded = load(tmp_path, **{"cmaes, seed: 1, population: 6": kind})
    best = run_calibration(loaded, tmp_path / "x.journal", trials=90, simulate=FakeModel(noise=0)).best
    assert best.loss < 0.05
    assert best.params == pytest.approx(BEST, abs=0.02)


def test_trial_0_is_the_start(tmp_path):
    found = run_calibration(load(tmp_path), tmp_path / "x.journal", trials=1, simulate=FakeModel())
    assert found.evaluations[0].params == {"depth": 0.13, "trend": 0.5}
    assert found.evaluations[0].values["depth"].shape == (2, 1)


def test_processes_change_nothing(tmp_path):
    alone = run_calibration(load(tmp_path), tmp_path / "1.journal", trials=16, simulate=FakeModel())
    together = run_calibration(load(tmp_path), tmp_path / "2.journal", trials=16, jobs=2, simulate=FakeModel())
    assert points(alone) == points(together)


def test_more_trials_continue_a_store_as_if_it_had_never_stopped(tmp_path):
    whole = run_calibration(load(tmp_path), tmp_path / "1.journal", trials=30, simulate=FakeModel())
    first = run_calibration(load(tmp_path), tmp_path / "2.journal", trials=10, simulate=FakeModel())
    then = run_calibration(load(tmp_path), tmp_path / "2.journal", trials=30, simulate=FakeModel())
    assert (first.computed, then.computed) == (10, 20)
    assert points(then) == points(whole)
    again = run_calibration(load(tmp_path), tmp_path / "2.journal", trials=10, simulate=FakeModel())
    assert (again.computed, points(again)) == (0, points(first))


class Interrupted(FakeModel):
    """Is interrupted in its ninth run."""

    def __call__(self, *arguments, **named):
        object.__setattr__(self, "_count", getattr(self, "_count", 0) + 1)
        if self._count == 9:
            raise KeyboardInterrupt
        return super().__call__(*arguments, **named)


def test_an_interruption_says_what_is_kept_and_is_continued(tmp_path):
    store = tmp_path / "x.journal"
    with pytest.raises(KeyboardInterrupt, match=r"4 of 12 trials are finished and kept in .*x\.journal; the same"):
        run_calibration(load(tmp_path), store, trials=12, simulate=Interrupted())
    assert len(kept_trials(load(tmp_path), store).evaluations) == 4
    whole = run_calibration(load(tmp_path), tmp_path / "y.journal", trials=12, simulate=FakeModel())
    assert points(run_calibration(load(tmp_path), store, trials=12, simulate=FakeModel())) == points(whole)


def start(folder, log, *arguments, sleep):
    environment = {**os.environ, "FAKE_SLEEP": str(sleep), "FAKE_LOG": str(log)}
    words = [sys.executable, str(FAKE_CLI), "calibrate", "fit.yaml", "--quiet", *arguments]
    return subprocess.Popen(
        words, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for(log, lines):
    until = time.monotonic() + 300
    while not log.exists() or log.read_text().count("\n") < lines:
        assert time.monotonic() < until, "the calibration does not get on"
        time.sleep(0.01)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_calibration_that_was_killed_goes_on_with_the_same_trials(tmp_path, jobs):
    write_spec(tmp_path, **{"trials: 40": "trials: 20"})
    log = tmp_path / "log"
    killed = start(tmp_path, log, "--jobs", jobs, sleep=0.05)
    wait_for(log, 17)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    store = tmp_path / "results" / "made_up.journal"
    kept = points_in(store)
    assert 4 <= len(kept) < 20
    resumed = start(tmp_path, tmp_path / "log2", "--jobs", jobs, sleep=0)
    assert (resumed.wait(), resumed.communicate()[1]) == (0, "")
    assert (tmp_path / "log2").read_text().count("\n") == 2 * (20 - len(kept))
    run_calibration(load_spec(tmp_path / "fit.yaml", FakeMeasures()), tmp_path / "y.journal", simulate=FakeModel())
    assert points_in(store) == points_in(tmp_path / "y.journal")


def test_ctrl_c_has_exit_code_130_and_says_how_to_go_on(tmp_path):
    write_spec(tmp_path)
    log = tmp_path / "log"
    process = start(tmp_path, log, "--jobs", "2", sleep=0.05)
    wait_for(log, 9)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert errors.startswith("pingcang: interrupted: ") and errors.count("\n") == 1
    assert "the same command continues" in errors


def test_a_store_in_use_is_refused(tmp_path):
    from pingcang.calibrate.identity import identity_of
    from pingcang.calibrate.store import open_store

    loaded, store = load(tmp_path), tmp_path / "x.journal"
    with (
        open_store(store, "made_up", identity_of(loaded), loaded.space),
        pytest.raises(StorageError, match="another process is using it"),
    ):
        run_calibration(loaded, store, simulate=FakeModel())


def test_a_torn_last_line_and_a_lock_left_behind_are_mended(tmp_path):
    store = tmp_path / "x.journal"
    whole = run_calibration(load(tmp_path), store, trials=8, simulate=FakeModel())
    content = store.read_bytes()
    store.write_bytes(content[:-20])
    (tmp_path / "x.journal.lock").touch()
    again = run_calibration(load(tmp_path), store, trials=8, simulate=FakeModel())
    assert again.computed == 1
    assert points(again) == points(whole)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("high: 0.6", "high: 0.55", "spec.parameters.trend.high 0.6 instead of 0.55"),
        ("calendar.days: 5", "calendar.days: 4", "scenarios.crash.set.calendar.days 5 instead of 4"),
        ("sampler: {kind: cmaes, seed: 1", "sampler: {kind: cmaes, seed: 2", "spec.sampler.seed 1 instead of 2"),
    ],
)
def test_a_store_of_another_calibration_is_refused_unless_overwritten(tmp_path, old, new, told):
    store = tmp_path / "x.journal"
    run_calibration(load(tmp_path), store, trials=2, simulate=FakeModel())
    other = load(tmp_path, **{old: new})
    with pytest.raises(ScenarioError, match=told):
        run_calibration(other, store, trials=2, simulate=FakeModel())
    assert run_calibration(other, store, trials=2, overwrite=True, simulate=FakeModel()).computed == 2


def test_other_targets_are_another_calibration(tmp_path):
    store = tmp_path / "x.journal"
    run_calibration(load(tmp_path), store, trials=1, simulate=FakeModel())
    other = load_spec(tmp_path / "fit.yaml", FakeMeasures(best={"depth": 0.4, "trend": 0.2}))
    with pytest.raises(ScenarioError, match=r"parts\.0\.real 1\.3 instead of 1\.4"):
        run_calibration(other, store, trials=1, simulate=FakeModel())


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '{"a": 1}', "one line"])
def test_what_is_no_store_is_left_alone(tmp_path, content):
    store = tmp_path / "mine.csv"
    store.write_text(content)
    with pytest.raises(ScenarioError, match="is no store of a calibration, so it is left alone"):
        run_calibration(load(tmp_path), store, overwrite=True, simulate=FakeModel())
    assert store.read_text() == content


def test_a_damaged_store_is_told(tmp_path):
    store = tmp_path / "x.journal"
    run_calibration(load(tmp_path), store, trials=3, simulate=FakeModel())
    lines = store.read_text().splitlines(keepends=True)
    store.write_text("".join([*lines[:2], "rubbish\n", *lines[2:]]))
    with pytest.raises(StorageError, match="is damaged"):
        run_calibration(load(tmp_path), store, trials=3, simulate=FakeModel())


def test_failed_trials_are_counted_with_their_reason_and_never_best(tmp_path):
    model = FakeModel(fail_above=0.2)
    found = run_calibration(load(tmp_path), tmp_path / "x.journal", trials=30, simulate=model)
    assert found.failed and found.best.params["depth"] <= 0.2
    assert {each.reason for each in found.failed} == {
        f"RuntimeError: depth {each.params['depth']} was told to fail" for each in found.failed
    }
    assert summary(found)["failed"] == len(found.failed)
    again = run_calibration(load(tmp_path), tmp_path / "x.journal", trials=30, simulate=model)
    assert (again.computed, len(again.failed)) == (0, len(found.failed))


def test_if_every_trial_fails_there_is_no_fit(tmp_path):
    found = run_calibration(load(tmp_path), tmp_path / "x.journal", trials=3, simulate=FakeModel(fail_above=0))
    with pytest.raises(NoTrialError, match=r"none of 3 trials came out.*trial 0: RuntimeError: depth 0\.13"):
        _ = found.best


def test_a_trial_that_violates_a_constraint_is_not_simulated(tmp_path):
    log = tmp_path / "log"
    loaded = load(tmp_path, SPEC + "constraints: [depth + trend > 0.6]\n")
    found = run_calibration(loaded, tmp_path / "x.journal", trials=40, simulate=FakeModel(log=log))
    assert found.infeasible
    assert log.read_text().count("\n") == 2 * (40 - len(found.infeasible))
    for each in found.infeasible:
        assert each.violation == pytest.approx(0.6 - each.params["depth"] - each.params["trend"])
    best = found.best.params
    assert best["depth"] + best["trend"] > 0.6


def test_a_grid_ends_when_every_point_was_tried(tmp_path):
    loaded = load(tmp_path, **{"kind: cmaes, seed: 1, population: 6": "kind: grid, points: 2"})
    assert len(run_calibration(loaded, tmp_path / "x.journal", simulate=FakeModel()).evaluations) == 5


def test_progress_is_told_run_by_run_and_ends_at_all(tmp_path):
    heard = []
    run_calibration(load(tmp_path), tmp_path / "x.journal", trials=4, simulate=FakeModel(), on_progress=heard.append)
    finished = [each.finished for each in heard]
    assert finished == sorted(finished) and finished[0] == 0 and finished[-1] == 4
    assert 0.5 in finished
    assert heard[0].best is None and heard[-1].best.loss == min(each.best.loss for each in heard if each.best)


def test_a_point_can_be_evaluated_by_itself(tmp_path):
    found = evaluate(load(tmp_path), BEST, simulate=FakeModel(noise=0))
    assert found.loss == pytest.approx(0) and found.rows_in_band == 2
    assert evaluate(load(tmp_path), {}, simulate=FakeModel(noise=0)).params == {"depth": 0.13, "trend": 0.5}
    with pytest.raises(KeyError, match="no parameter dpeth"):
        evaluate(load(tmp_path), {"dpeth": 1.0})


class Deadly(FakeModel):
    """Kills its process everywhere but at the start."""

    def __call__(self, loaded, **named):
        if loaded.scenario.impact.depth != 0.13:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(loaded, **named)


def test_a_worker_that_dies_fails_its_trial_alone(tmp_path):
    loaded = load(tmp_path, **{"runs: 2": "runs: 1"})
    found = run_calibration(loaded, tmp_path / "x.journal", trials=2, jobs=2, simulate=Deadly())
    assert found.best.trial == 0
    (failed,) = found.failed
    assert "the worker process died" in failed.reason
