import json

import pyarrow.parquet as pq
import pytest

from fakes import FakeMarket, loaded
from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.execute import InProcess
from pingcang.montecarlo.runner import RunsFailedError, run_many
from pingcang.results.compare import differences, same
from pingcang.results.storage import open_results


def run(path, runs=5, market=None, **request):
    return run_many(loaded(), runs=runs, out=path, simulate=market or FakeMarket(), **request)


class StopsAfter(InProcess):
    """An executor that is interrupted, or fails, after some chunks."""

    def __init__(self, count, error):
        self.count, self.error = count, error

    def map(self, task, chunks, on_progress):
        for number, entry in enumerate(super().map(task, chunks, on_progress)):
            yield entry
            if number + 1 == self.count:
                raise self.error


def test_the_dataset_is_the_same_whatever_the_jobs_and_threads(tmp_path):
    everything = {"record": ["stocks", "audit"], "amplification": True}
    run(tmp_path / "a.zarr", **everything, jobs=1, threads=1, command="one")
    run(tmp_path / "b.zarr", **everything, jobs=2, threads=2, command="two")
    assert differences(open_results(tmp_path / "a.zarr"), open_results(tmp_path / "b.zarr")) == []
    for name in ("audit", "causes"):
        assert pq.read_table(tmp_path / f"a.{name}.parquet").equals(pq.read_table(tmp_path / f"b.{name}.parquet"))


def test_a_failing_run_is_recorded_with_its_traceback_and_takes_no_other_along(tmp_path):
    outcome = run(tmp_path / "x.nc", market=FakeMarket(fail=(1, 3)))
    made = open_results(tmp_path / "x.nc")
    assert outcome.failed_runs == made.pingcang.failed_runs == [1, 3]
    assert made["run"].values.tolist() == [0, 2, 4]
    assert "RuntimeError: run 3 was told to fail" in json.loads(made.attrs["failures"])["3"]


def test_the_same_command_computes_failed_runs_again_and_nothing_else(tmp_path):
    run(tmp_path / "x.nc", market=FakeMarket(fail=(1, 3)))
    again = run(tmp_path / "x.nc", market=FakeMarket(log=tmp_path / "log"))
    assert (tmp_path / "log").read_text().split() == ["1", "3"]
    assert again.computed == 2 and again.failures == {}
    run(tmp_path / "y.nc")
    assert same(open_results(tmp_path / "x.nc"), open_results(tmp_path / "y.nc"))


def test_without_one_good_run_there_is_no_dataset_and_the_tracebacks_are_kept(tmp_path):
    with pytest.raises(RunsFailedError, match=r"all 2 runs failed.*run 0: RuntimeError: run 0 was told to fail"):
        run(tmp_path / "x.nc", runs=2, market=FakeMarket(fail=(0, 1)))
    assert [file.name for file in tmp_path.iterdir()] == ["x.nc.parts"]


def test_a_run_that_kills_its_worker_is_found_and_the_others_are_computed(tmp_path):
    outcome = run(tmp_path / "x.nc", runs=4, jobs=2, market=FakeMarket(kill=(2,)))
    assert outcome.failed_runs == [2]
    assert "worker process died" in outcome.failures[2]
    assert open_results(tmp_path / "x.nc")["run"].values.tolist() == [0, 1, 3]


def test_what_is_finished_is_reused(tmp_path):
    run(tmp_path / "x.nc")
    assert run(tmp_path / "x.nc", market=FakeMarket(log=tmp_path / "log")).computed == 0
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
def test_more_runs_extend_a_store_to_what_they_would_have_been_at_once(tmp_path, suffix):
    record = {"record": ["audit", "stocks"]}
    run(tmp_path / f"x{suffix}", runs=2, **record)
    assert run(tmp_path / f"x{suffix}", runs=6, **record).computed == 4
    run(tmp_path / f"y{suffix}", runs=6, **record)
    assert differences(open_results(tmp_path / f"x{suffix}"), open_results(tmp_path / f"y{suffix}")) == []
    for name in ("audit", "causes"):
        assert pq.read_table(tmp_path / f"x.{name}.parquet").equals(pq.read_table(tmp_path / f"y.{name}.parquet"))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        [f"x{suffix}", f"y{suffix}", *(f"{x}.{name}.parquet" for x in "xy" for name in ("audit", "causes"))]
    )


def test_extending_when_all_new_runs_fail_says_so_in_the_dataset(tmp_path):
    run(tmp_path / "x.nc", runs=2)
    run(tmp_path / "x.nc", runs=3, market=FakeMarket(fail=(2,)))
    made = open_results(tmp_path / "x.nc")
    assert (made.attrs["runs"], made.pingcang.failed_runs, made.sizes["run"]) == (3, [2], 2)


def test_an_interrupted_request_says_what_is_kept_and_is_continued(tmp_path):
    with pytest.raises(KeyboardInterrupt, match=r"interrupted: 2 of 5 runs are finished and kept in .*x\.nc\.parts"):
        run(tmp_path / "x.nc", workers=StopsAfter(2, KeyboardInterrupt()))
    assert not (tmp_path / "x.nc").exists()
    assert run(tmp_path / "x.nc").computed == 3
    run(tmp_path / "y.nc")
    assert same(open_results(tmp_path / "x.nc"), open_results(tmp_path / "y.nc"))
    assert not (tmp_path / "x.nc.parts").exists()


def test_a_store_that_is_being_extended_stays_as_it_was_when_interrupted(tmp_path):
    run(tmp_path / "x.zarr", runs=2)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "x.zarr", runs=6, workers=StopsAfter(2, KeyboardInterrupt()))
    assert open_results(tmp_path / "x.zarr").sizes["run"] == 2
    assert run(tmp_path / "x.zarr", runs=6).computed == 2


def test_a_damaged_part_is_noticed_and_computed_again(tmp_path):
    with pytest.raises(StorageError, match=r"4 of 5 runs are finished"):
        run(tmp_path / "x.nc", record=["audit"], workers=StopsAfter(4, StorageError("disk")))
    parts = tmp_path / "x.nc.parts"
    broken, cut, missing = sorted(file.stem for file in parts.glob("*.npz"))[:3]
    content = bytearray((parts / f"{broken}.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (parts / f"{broken}.npz").write_bytes(content)
    (parts / f"{cut}.json").write_text("{")
    (parts / f"{missing}.causes.parquet").unlink()
    outcome = run(tmp_path / "x.nc", record=["audit"])
    assert outcome.computed == 4 and set(outcome.damaged) == {broken, cut, missing}
    run(tmp_path / "y.nc", record=["audit"])
    assert same(open_results(tmp_path / "x.nc"), open_results(tmp_path / "y.nc"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 1}, "seed 0 instead of 1"),
        ({"record": ["stocks"]}, "record nothing instead of stocks"),
        ({"amplification": True}, "amplification off instead of on"),
    ],
)
def test_another_dataset_at_the_path_is_refused_unless_overwritten(tmp_path, change, told):
    run(tmp_path / "x.nc", runs=2)
    with pytest.raises(ScenarioError, match=rf"another dataset is there \({told}\).*--overwrite"):
        run(tmp_path / "x.nc", runs=2, **change)
    run(tmp_path / "x.nc", runs=2, overwrite=True, **change)
    run(tmp_path / "y.nc", runs=2, **change)
    assert same(open_results(tmp_path / "x.nc"), open_results(tmp_path / "y.nc"))


def test_unfinished_parts_of_other_runs_are_refused_unless_overwritten(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "x.nc", seed=1, workers=StopsAfter(1, KeyboardInterrupt()))
    with pytest.raises(ScenarioError, match=r"unfinished parts of other runs are there \(seed 1 instead of 0\)"):
        run(tmp_path / "x.nc")
    assert run(tmp_path / "x.nc", overwrite=True).computed == 5


def test_fewer_runs_than_there_are_is_refused(tmp_path):
    run(tmp_path / "x.nc")
    with pytest.raises(ScenarioError, match="it holds 5 runs and 3 are asked for; ask for --runs 5 to use it"):
        run(tmp_path / "x.nc", runs=3)


def test_what_is_no_dataset_is_left_alone_even_with_overwrite(tmp_path):
    (tmp_path / "x.zarr").mkdir()
    (tmp_path / "x.zarr" / "thesis.txt").write_text("mine")
    (tmp_path / "y.zarr.parts").mkdir()
    (tmp_path / "y.zarr.parts" / "thesis.txt").write_text("mine")
    for name in ("x", "y"):
        with pytest.raises(ScenarioError, match=r"left alone|no folder of parts"):
            run(tmp_path / f"{name}.zarr", overwrite=True)
    assert len(list(tmp_path.rglob("thesis.txt"))) == 2


def test_the_audit_table_of_a_store_with_another_suffix_is_not_replaced(tmp_path):
    run(tmp_path / "x.zarr", runs=1, record=["audit"])
    with pytest.raises(ScenarioError, match=r"x\.audit\.parquet: an audit table of another dataset is there"):
        run(tmp_path / "x.nc", runs=1, record=["audit"])


def test_a_store_that_is_overwritten_without_audit_leaves_no_audit_table(tmp_path):
    run(tmp_path / "x.nc", runs=1, record=["audit"])
    run(tmp_path / "x.nc", runs=1, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["x.nc"]


def test_a_store_that_had_stepped_aside_when_its_process_was_killed_is_put_back(tmp_path):
    run(tmp_path / "x.zarr", runs=2)
    (tmp_path / "x.zarr.parts").mkdir()
    (tmp_path / "x.zarr").rename(tmp_path / "x.zarr.parts" / ".x.0123456789ab.old.zarr")
    run(tmp_path / "z.zarr", runs=1)
    (tmp_path / "x.zarr.parts" / "plan.json").write_text("{}")
    assert run(tmp_path / "x.zarr", runs=2).computed == 0


def test_progress_adds_up_to_the_runs_asked_for(tmp_path):
    for jobs, runs in ((1, 3), (2, 5)):
        told = []
        run(tmp_path / "x.nc", runs=runs, jobs=jobs, on_progress=told.append)
        assert sum(told) == pytest.approx(runs)


def test_the_audit_table_has_a_run_column_and_the_rows_of_every_run_in_order(tmp_path):
    run(tmp_path / "x.nc", record=["audit"])
    table = pq.read_table(tmp_path / "x.audit.parquet")
    assert table.column_names == ["run", "day", "account", "ratio", "reason"]
    assert table["run"].to_pylist() == [number for number in range(5) for _ in range(number * 7 % 5)]


def test_nonsense_is_refused_before_anything_is_written(tmp_path):
    for request in ({"runs": 0}, {"jobs": 0}, {"threads": 0}, {"record": ["x"]}, {"seed": -1}):
        with pytest.raises(ScenarioError):
            run(tmp_path / "x.nc", **request)
    assert list(tmp_path.iterdir()) == []
