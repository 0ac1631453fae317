import pytest

from fakes import FakeMarket, loaded
from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.execute import InProcess
from pingcang.montecarlo.ledger import status
from pingcang.montecarlo.runner import run_many
from pingcang.montecarlo.shard import Shard
from pingcang.results.compare import differences
from pingcang.results.storage import open_results


def run(path, runs=7, market=None, **request):
    return run_many(loaded(), runs=runs, out=path, simulate=market or FakeMarket(), **request)


@pytest.mark.parametrize(("runs", "shards"), [(1, 1), (7, 3), (4, 8), (1000, 8), (1003, 7), (5000, 2)])
def test_every_run_is_in_exactly_one_shard_and_shards_are_even_up_to_a_chunk(runs, shards):
    shares = [Shard(number, shards).runs(runs) for number in range(1, shards + 1)]
    assert sorted(run for share in shares for run in share) == list(range(runs))
    assert max(map(len, shares)) - min(map(len, shares)) <= 8
    assert all(share == sorted(share) for share in shares)


@pytest.mark.parametrize("text", ["0/8", "9/8", "x", "3", "3/", "-1/8", "1/0", "1.5/8", "3/8/1", " 3/8", ""])
def test_what_is_no_shard_is_refused_with_an_example(tmp_path, text):
    with pytest.raises(ScenarioError, match=r"must be K/N with K from 1 to N; write --shard 3/8") as told:
        run(tmp_path / "x.nc", shard=text)
    assert repr(text) in str(told.value) and list(tmp_path.iterdir()) == []


def test_shards_in_any_order_and_one_merge_give_the_dataset_of_one_command(tmp_path):
    everything = {"record": ["stocks", "audit"], "amplification": True}
    for number in (3, 1, 2):
        outcome = run(tmp_path / "x.zarr", shard=f"{number}/3", **everything)
        assert not outcome.merged and not (tmp_path / "x.zarr").exists()
    assert run(tmp_path / "x.zarr", **everything).computed == 0
    run(tmp_path / "y.zarr", **everything)
    assert differences(open_results(tmp_path / "x.zarr"), open_results(tmp_path / "y.zarr")) == []
    assert not (tmp_path / "x.zarr.parts").exists()


def test_the_command_without_shard_computes_what_the_shards_have_not(tmp_path):
    run(tmp_path / "x.nc", shard="2/3")
    run(tmp_path / "x.nc", market=FakeMarket(log=tmp_path / "log"))
    assert sorted(map(int, (tmp_path / "log").read_text().split())) == [0, 2, 3, 5, 6]


def test_a_shard_given_again_computes_only_what_it_has_not(tmp_path):
    run(tmp_path / "x.nc", shard="1/3", market=FakeMarket(fail=(3,)))
    again = run(tmp_path / "x.nc", shard="1/3", market=FakeMarket(log=tmp_path / "log"))
    assert (again.runs, again.computed, (tmp_path / "log").read_text()) == (3, 1, "3\n")


def test_a_shard_that_fails_says_so_and_takes_no_other_along(tmp_path):
    outcome = run(tmp_path / "x.nc", shard="1/3", market=FakeMarket(fail=(0, 3, 6)))
    assert outcome.failed_runs == [0, 3, 6] and outcome.computed == 0
    assert run(tmp_path / "x.nc", shard="2/3").computed == 2


def test_a_shard_leaves_damaged_parts_of_the_others_alone_and_repairs_its_own(tmp_path):
    for number in (1, 2):
        run(tmp_path / "x.nc", shard=f"{number}/2", runs=4)
    parts = tmp_path / "x.nc.parts"
    for file in parts.glob("0*.npz"):
        file.write_bytes(file.read_bytes()[:-1])
    before = {file.name for file in parts.glob("0*.json")}
    again = run(tmp_path / "x.nc", shard="1/2", runs=4)
    assert again.computed == 2 and len(again.damaged) == 2
    assert {file.name for file in parts.glob("0*.json")} == before
    assert status(tmp_path / "x.nc").done == (0, 2)


def test_shards_of_another_division_are_refused(tmp_path):
    run(tmp_path / "x.nc", shard="1/3")
    with pytest.raises(ScenarioError, match=r"--shard: got K/4, but the runs there are divided into 3 shards; use K/3"):
        run(tmp_path / "x.nc", shard="2/4")
    with pytest.raises(ScenarioError, match=r"--runs: got 6, but 7 runs are divided into shards there; use --runs 7"):
        run(tmp_path / "x.nc", runs=6, shard="2/3")
    with pytest.raises(ScenarioError, match=r"unfinished parts of other runs are there \(seed 0 instead of 1\)"):
        run(tmp_path / "x.nc", seed=1, shard="2/3")


def test_a_shard_that_would_discard_the_others_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"--shard: cannot be used together with --overwrite"):
        run(tmp_path / "x.nc", shard="1/2", overwrite=True)


def test_a_shard_without_runs_and_one_of_a_finished_store_have_nothing_to_do(tmp_path):
    assert run(tmp_path / "x.nc", runs=2, shard="3/3").runs == 0
    assert status(tmp_path / "x.nc").pending == (0, 1)
    run(tmp_path / "x.nc", runs=2)
    assert run(tmp_path / "x.nc", runs=2, shard="1/3").computed == 0
    assert [file.name for file in tmp_path.iterdir()] == ["x.nc"]


def test_shards_extend_a_finished_store(tmp_path):
    run(tmp_path / "x.nc", runs=2)
    for number in (1, 2):
        run(tmp_path / "x.nc", runs=6, shard=f"{number}/2")
    assert run(tmp_path / "x.nc", runs=6).computed == 0
    run(tmp_path / "y.nc", runs=6)
    assert differences(open_results(tmp_path / "x.nc"), open_results(tmp_path / "y.nc")) == []


def test_a_shard_that_is_overtaken_by_the_merge_says_so(tmp_path):
    class Overtaken(InProcess):
        def map(self, task, chunks, on_progress):
            run(tmp_path / "x.nc")  # the command without --shard, too early
            yield from super().map(task, chunks, on_progress)

    with pytest.raises(
        StorageError, match=r"x\.nc\.parts is gone: another command has merged or removed what was there"
    ):
        run(tmp_path / "x.nc", shard="1/2", workers=Overtaken())
    assert open_results(tmp_path / "x.nc").sizes["run"] == 7
