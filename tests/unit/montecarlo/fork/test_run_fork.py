"""Many runs of many arms: each store is the one that run_many gives, whatever was interrupted or there before."""

import datetime as dt
import functools
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

import pingcang.montecarlo.fork.run as fork_run
from fakes import FakeMarket
from forks import RECORD, FakeBranches, eve_on, with_days
from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.fork import forked, run_fork
from pingcang.montecarlo.outcome import RunsFailedError
from pingcang.montecarlo.parts import PartWriter
from pingcang.montecarlo.runner import run_many
from pingcang.montecarlo.work import WORKER_DIED
from pingcang.results.audit import TABLES, table_path
from pingcang.results.compare import differences
from pingcang.results.storage import open_results
from twins.written import busy, loaded

BUSY = loaded(busy())
AT = dt.date(2015, 1, 9)
ARMS = forked(BUSY, AT, {"as_is": {}, "line_145": {"rules.close_out_line": 1.45}, "news": {"news.value": -0.2}})
ONE = {"jobs": 1, "threads": 1}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Every arm run from its start by run_many: three runs, with everything recorded."""
    folder = tmp_path_factory.mktemp("own")
    for label, arm in ARMS.items():
        run_many(arm, runs=3, seed=5, record=RECORD, amplification=True, out=folder / f"{label}.zarr", **ONE)
    return folder


def fork(out, **kwargs):
    return run_fork(
        kwargs.pop("arms", ARMS),
        AT,
        out=out,
        **{"runs": 3, "seed": 5, "record": RECORD, "amplification": True, **ONE, **kwargs},
    )


def fake(out, runs=8, arms=ARMS, jobs=1, **faults):
    """The same with made-up arms."""
    branches = functools.partial(FakeBranches, **faults)
    return run_fork(arms, AT, out=out, runs=runs, jobs=jobs, threads=1, branches=branches)


def assert_same_stores(folder, others, labels=ARMS):
    for label in labels:
        assert differences(open_results(folder / f"{label}.zarr"), open_results(others / f"{label}.zarr")) == []
        for name in TABLES:
            tables = [table_path(place / f"{label}.zarr", name) for place in (folder, others)]
            if tables[0].exists() or tables[1].exists():
                one, other = (pq.read_table(table).to_pandas() for table in tables)
                assert one.equals(other)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_arm_gives_the_dataset_of_its_own_runs_bit_for_bit(tmp_path, own, jobs):
    outcomes = fork(tmp_path, jobs=jobs)
    assert {label: outcome.computed for label, outcome in outcomes.items()} == dict.fromkeys(ARMS, 3)
    assert_same_stores(tmp_path, own)
    assert not list(tmp_path.glob("*.parts"))


def test_arms_are_bit_identical_until_the_date_and_differ_from_it_on(own):
    """The datasets of three ordinary scenarios that differ in a dated rule or in news."""
    base = open_results(own / "as_is.zarr")
    day = int((base["date"].values < np.datetime64(AT)).sum())
    assert day == 4
    for label in ("line_145", "news"):
        other = open_results(own / f"{label}.zarr")
        daily = [name for name, variable in base.data_vars.items() if "day" in variable.dims]
        assert len(daily) > 20
        for name in daily:
            assert _bits(base, name, slice(0, day)) == _bits(other, name, slice(0, day)), name
        assert any(_bits(base, name, slice(day, None)) != _bits(other, name, slice(day, None)) for name in daily)


def _bits(dataset, name, days):
    return dataset[name].isel(day=days).values.tobytes()


def test_the_same_command_computes_nothing_again_and_more_runs_extend(tmp_path, own):
    fork(tmp_path, runs=2)
    assert {o.computed for o in fork(tmp_path, runs=2).values()} == {0}
    assert {o.computed for o in fork(tmp_path, runs=3).values()} == {1}
    assert_same_stores(tmp_path, own)


def test_a_store_of_run_many_is_one_of_a_fork_and_the_other_way_round(tmp_path, own):
    shutil.copytree(own / "as_is.zarr", tmp_path / "as_is.zarr")
    for name in TABLES:
        shutil.copy(table_path(own / "as_is.zarr", name), tmp_path)
    assert {label: outcome.computed for label, outcome in fork(tmp_path).items()} == {
        "as_is": 0,
        "line_145": 3,
        "news": 3,
    }
    assert_same_stores(tmp_path, own)
    store = tmp_path / "news.zarr"
    again = run_many(ARMS["news"], runs=3, seed=5, record=RECORD, amplification=True, out=store, **ONE)
    assert again.computed == 0


def test_a_later_arm_joins_those_that_are_there(tmp_path, own):
    fork(tmp_path, arms={"as_is": ARMS["as_is"]})
    outcomes = fork(tmp_path)
    assert [outcome.computed for outcome in outcomes.values()] == [0, 3, 3]
    assert_same_stores(tmp_path, own)


def test_the_common_days_are_simulated_once_a_run(tmp_path, monkeypatch):
    import pingcang.montecarlo.fork.branches as branches

    asked = []
    first = branches.eve
    monkeypatch.setattr(branches, "eve", lambda *a, **k: (asked.append(k["run"]), first(*a, **k))[1])
    fork(tmp_path, amplification=False)
    assert asked == [0, 1, 2]


def test_an_arm_with_another_calendar_ends_when_it_ends(tmp_path):
    arms = {"short": with_days(BUSY, 5), "whole": BUSY}
    outcomes = fork(tmp_path / "fork", arms=arms, runs=1)
    for label, arm in arms.items():
        store = tmp_path / f"{label}.zarr"
        run_many(arm, seed=5, record=RECORD, amplification=True, out=store, **ONE)
        assert differences(open_results(outcomes[label].store), open_results(store)) == []


def test_progress_adds_up_to_the_runs(tmp_path):
    told = []
    fork(tmp_path, runs=2, on_progress=told.append)
    assert sum(told) == pytest.approx(2) and len(told) > 20
    again = []
    fork(tmp_path, runs=3, on_progress=again.append)
    assert again[0] == 2.0 and sum(again) == pytest.approx(3)


# ---- what goes wrong ------------------------------------------------------------------------------------------------


def test_an_arm_that_fails_takes_no_other_along(tmp_path):
    outcomes = fake(tmp_path / "x", fail=(("news", 2), ("news", 5)))
    assert {label: outcome.failed_runs for label, outcome in outcomes.items()} == {
        "as_is": [],
        "line_145": [],
        "news": [2, 5],
    }
    assert open_results(outcomes["news"].store)["run"].values.tolist() == [0, 1, 3, 4, 6, 7]
    assert [o.computed for o in fake(tmp_path / "x").values()] == [0, 0, 2]
    fake(tmp_path / "y")
    assert_same_stores(tmp_path / "x", tmp_path / "y")


def test_what_fails_before_the_eve_fails_every_arm_with_its_traceback(tmp_path, monkeypatch):
    step = fork_run.Branches._eves

    def eves(self, loaded, run, shares):
        if run == 1:
            raise RuntimeError("run 1 was told to fail")
        return step(self, loaded, run, shares)

    monkeypatch.setattr(fork_run.Branches, "_eves", eves)
    outcomes = fork(tmp_path)
    assert {tuple(o.failed_runs) for o in outcomes.values()} == {(1,)}
    assert all("RuntimeError: run 1 was told to fail" in o.failures[1] for o in outcomes.values())


def test_an_arm_of_which_no_run_succeeds_is_told_when_the_others_are_written(tmp_path):
    with pytest.raises(RunsFailedError, match="all 2 runs failed"):
        fake(tmp_path, runs=2, fail=(("line_145", 0), ("line_145", 1)))
    assert sorted(path.name for path in tmp_path.glob("*.zarr")) == ["as_is.zarr", "news.zarr"]


def test_a_run_that_kills_its_process_fails_under_every_arm_and_takes_no_other_run_along(tmp_path):
    outcomes = fake(tmp_path / "x", runs=3, jobs=2, kill=(1,))
    assert {tuple(o.failed_runs) for o in outcomes.values()} == {(1,)}
    assert {o.failures[1] for o in outcomes.values()} == {WORKER_DIED}
    fake(tmp_path / "x", runs=3)
    fake(tmp_path / "y", runs=3)
    assert_same_stores(tmp_path / "x", tmp_path / "y")


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("at", range(1, 7))
def test_killed_between_the_parts_of_two_arms_the_same_command_gives_the_undisturbed_datasets(
    tmp_path, monkeypatch, at
):
    finish, count = PartWriter.finish, 0

    def killed(self):
        nonlocal count
        count += 1
        if count == at:
            raise Killed
        return finish(self)

    monkeypatch.setattr(PartWriter, "finish", killed)
    with pytest.raises(Killed):
        fake(tmp_path / "x", runs=2)
    monkeypatch.undo()
    computed = [outcome.computed for outcome in fake(tmp_path / "x", runs=2).values()]
    assert sum(computed) == 6 - (at - 1)
    fake(tmp_path / "y", runs=2)
    assert_same_stores(tmp_path / "x", tmp_path / "y")


def test_killed_between_two_merges_the_same_command_finishes(tmp_path, monkeypatch):
    conclude, count = fork_run.Site.conclude, 0

    def killed(self, *arguments):
        nonlocal count
        count += 1
        if count == 2:
            raise Killed
        return conclude(self, *arguments)

    monkeypatch.setattr(fork_run.Site, "conclude", killed)
    with pytest.raises(Killed):
        fake(tmp_path / "x")
    assert (tmp_path / "x" / "as_is.zarr").exists() and not (tmp_path / "x" / "news.zarr").exists()
    monkeypatch.undo()
    assert [outcome.computed for outcome in fake(tmp_path / "x").values()] == [0, 0, 0]
    fake(tmp_path / "y")
    assert_same_stores(tmp_path / "x", tmp_path / "y")


def test_a_part_of_one_arm_is_not_overwritten_when_another_arm_lacks_more(tmp_path, monkeypatch):
    """Parts are named by their runs: an arm that lacks one run of a chunk must not take the name of the whole one."""
    monkeypatch.setattr(fork_run.Site, "conclude", lambda *_: None)
    fake(tmp_path / "x", runs=50, fail=(("news", 1),))  # chunks of two runs
    for entry in (tmp_path / "x" / "as_is.zarr.parts").glob("0*.json"):
        entry.unlink()
    monkeypatch.undo()
    assert [outcome.computed for outcome in fake(tmp_path / "x", runs=50).values()] == [50, 0, 1]
    fake(tmp_path / "y", runs=50)
    assert_same_stores(tmp_path / "x", tmp_path / "y")


def test_a_damaged_part_of_an_arm_is_computed_again_and_said(tmp_path, monkeypatch):
    def interrupted(self, *arguments):
        raise Killed

    monkeypatch.setattr(fork_run.Site, "conclude", interrupted)
    with pytest.raises(Killed):
        fake(tmp_path / "x", runs=2)
    monkeypatch.undo()
    part = sorted((tmp_path / "x" / "news.zarr.parts").glob("*.npz"))[0]
    part.write_bytes(part.read_bytes()[:-9])
    outcomes = fake(tmp_path / "x", runs=2)
    assert [o.computed for o in outcomes.values()] == [0, 0, 1]
    assert outcomes["news"].damaged == (part.stem,)
    fake(tmp_path / "y", runs=2)
    assert_same_stores(tmp_path / "x", tmp_path / "y")


def test_ctrl_c_and_a_full_disk_say_what_is_kept(tmp_path, monkeypatch):
    for reason in (KeyboardInterrupt(), StorageError("x: cannot be written (full)")):

        def interrupted(self, reason=reason):
            raise reason

        monkeypatch.setattr(PartWriter, "finish", interrupted)
        with pytest.raises(type(reason), match=r"finished runs are kept in .*/\*.parts; the same command continues"):
            fake(tmp_path)


# ---- what is refused ------------------------------------------------------------------------------------------------


def test_another_dataset_at_an_arm_s_place_is_refused_before_anything_is_computed(tmp_path):
    run_many(BUSY, out=tmp_path / "news.zarr", simulate=FakeMarket(), **ONE)
    log = tmp_path / "log"
    with pytest.raises(ScenarioError, match=r"news.zarr: another dataset is there \(scenario_hash"):
        fake(tmp_path, log=log)
    assert not log.exists() and not list(tmp_path.glob("*.parts"))
    run_fork(ARMS, AT, out=tmp_path, runs=8, overwrite=True, branches=FakeBranches, **ONE)
    assert len(list(tmp_path.glob("*.zarr"))) == 3


def test_arms_that_differ_before_the_date_are_refused_with_label_and_key(tmp_path):
    other = loaded(busy(rules={"close_out_line": 1.2}))
    with pytest.raises(ScenarioError, match=r"arm other: rules.close_out_line: differs before or on 2015-01-08"):
        run_fork({"as_is": BUSY, "other": other}, AT, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_arms_that_record_otherwise_are_refused(tmp_path):
    arms = {"as_is": BUSY, "other": loaded(busy(record=["stocks"]))}
    with pytest.raises(ScenarioError, match="arm other: record: differs"):
        run_fork(arms, AT, out=tmp_path)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"arms": {}}, "a fork needs at least one arm"),
        ({"runs": 0}, "runs 0, jobs 1, threads 1: each must be at least 1"),
        ({"jobs": 0}, "jobs 0"),
        ({"seed": -1}, "seed: got -1"),
        ({"record": ["x"]}, "record: got x"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, kwargs, message):
    with pytest.raises(ScenarioError, match=message):
        fork(tmp_path, **kwargs)


def test_a_state_takes_the_place_of_the_common_days(tmp_path, own):
    state = eve_on(BUSY, 3, 5)
    outcomes = fork(tmp_path / "x", runs=1, amplification=False, state=state)
    for label, arm in ARMS.items():
        store = tmp_path / f"{label}.zarr"
        run_many(arm, seed=5, record=RECORD, out=store, **ONE)
        assert differences(open_results(outcomes[label].store), open_results(store)) == []


@pytest.mark.parametrize(
    ("day", "kwargs", "message"),
    [
        (2, {}, "date 2015-01-07 instead of 2015-01-08"),
        (3, {"seed": 6}, "seed 5 instead of 6"),
        (3, {"record": ["stocks"]}, "record audit,stocks instead of stocks"),
        (3, {"runs": 2}, "it is that of one market, run 0 with feedback; ask for one run"),
        (3, {"amplification": True}, "it is that of one market, run 0 with feedback; ask for one run"),
    ],
)
def test_a_state_of_something_else_is_refused(tmp_path, day, kwargs, message):
    with pytest.raises(ScenarioError, match=message):
        fork(tmp_path, **{"runs": 1, "amplification": False, "state": eve_on(BUSY, day, 5), **kwargs})
