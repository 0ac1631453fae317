import json

import pytest

from fakes import FakeMarket, loaded
from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.execute import InProcess
from pingcang.montecarlo.ledger import status
from pingcang.montecarlo.parts import Parts
from pingcang.montecarlo.runner import run_many
from pingcang.results.ranges import ranges, told_ranges


class StopsAfter(InProcess):
    """Is interrupted after so many chunks."""

    def __init__(self, count):
        self.count = count

    def map(self, task, chunks, on_progress):
        yield from super().map(task, chunks[: self.count], on_progress)
        raise KeyboardInterrupt


def run(path, runs=5, market=None, **request):
    return run_many(loaded(), runs=runs, out=path, simulate=market or FakeMarket(), **request)


def interrupted(path, after=3, **request):
    with pytest.raises(KeyboardInterrupt):
        run(path, workers=StopsAfter(after), **request)


def test_a_finished_store_tells_what_is_done_and_what_failed_with_its_traceback(tmp_path):
    run(tmp_path / "x.nc", market=FakeMarket(fail=(1,)))
    found = status(tmp_path / "x.nc")
    assert (found.runs, found.done, found.pending, found.merged) == (5, (0, 2, 3, 4), (), True)
    assert "RuntimeError: run 1 was told to fail" in found.failures[1]


def test_a_half_finished_one_tells_what_is_pending_too_and_nothing_is_changed_by_asking(tmp_path):
    interrupted(tmp_path / "x.zarr", market=FakeMarket(fail=(1,)))
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.*") if file.is_file()}
    found = status(tmp_path / "x.zarr")
    assert (found.runs, found.done, tuple(found.failures), found.pending) == (5, (0, 2), (1,), (3, 4))
    assert not found.merged and found == status(tmp_path / "x.zarr.parts")
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.*") if file.is_file()} == before


def test_a_store_that_is_being_extended_counts_with_its_parts(tmp_path):
    run(tmp_path / "x.zarr", runs=2, market=FakeMarket(fail=(1,)))
    interrupted(tmp_path / "x.zarr", after=1)
    found = status(tmp_path / "x.zarr")
    assert (found.done, found.failures, found.pending, found.merged) == ((0, 1), {}, (2, 3, 4), False)


def test_a_store_that_is_being_replaced_does_not_count(tmp_path):
    run(tmp_path / "x.zarr", seed=3)
    interrupted(tmp_path / "x.zarr", seed=3, overwrite=True)
    assert (status(tmp_path / "x.zarr").done, status(tmp_path / "x.zarr").merged) == ((0, 1, 2), False)


@pytest.mark.parametrize("harm", ["flip", "cut", "ledger", "ledger's runs", "missing"])
def test_damaged_parts_are_named_and_their_runs_pending(tmp_path, harm):
    interrupted(tmp_path / "x.zarr")
    entry = sorted((tmp_path / "x.zarr.parts").glob("0*.json"))[1]
    part = entry.with_suffix(".npz")
    content = bytearray(part.read_bytes())
    if harm == "flip":
        content[len(content) // 3] ^= 4
        part.write_bytes(content)
    elif harm == "cut":
        part.write_bytes(content[:-7])
    elif harm == "ledger":
        entry.write_text(entry.read_text()[:-1])
    elif harm == "ledger's runs":
        entry.write_text(entry.read_text().replace('"done": [1]', '"done": [4]'))
    else:
        part.unlink()
    found = status(tmp_path / "x.zarr")
    assert (found.damaged, found.done, found.pending) == ((entry.stem,), (0, 2), (1, 3, 4))
    again = run(tmp_path / "x.zarr")
    assert (again.damaged, again.computed) == ((entry.stem,), 3)


def test_a_part_of_another_request_that_finished_late_is_not_taken_for_one_of_ours(tmp_path):
    interrupted(tmp_path / "x.zarr", seed=1)
    late = {file.name: file.read_bytes() for file in (tmp_path / "x.zarr.parts").glob("0*")}
    interrupted(tmp_path / "x.zarr", seed=2, overwrite=True)
    for name, content in late.items():
        assert not (tmp_path / "x.zarr.parts" / name).exists()
        (tmp_path / "x.zarr.parts" / name).write_bytes(content)
    found = status(tmp_path / "x.zarr")
    assert found.done == (0, 1, 2) and len(found.damaged) == 3


def test_an_interrupted_replacement_continues(tmp_path):
    run(tmp_path / "x.zarr", runs=2, seed=1)
    interrupted(tmp_path / "x.zarr", seed=2, overwrite=True)
    assert run(tmp_path / "x.zarr", seed=2, overwrite=True).computed == 2
    assert run(tmp_path / "x.zarr", seed=2, overwrite=True).computed == 5


def test_a_chunk_that_is_computed_twice_leaves_the_same_bytes(tmp_path):
    contents = []
    for _ in range(2):
        interrupted(tmp_path / "x.zarr", record=["audit"], overwrite=bool(contents))
        contents.append({file.name: file.read_bytes() for file in (tmp_path / "x.zarr.parts").glob("0*")})
        Parts(tmp_path / "x.zarr").remove()
    assert contents[0] == contents[1] and len(contents[0]) == 12


def test_parts_whose_removal_was_interrupted_do_no_harm(tmp_path):
    interrupted(tmp_path / "x.zarr")
    (tmp_path / "x.zarr.parts" / "plan.json").unlink()
    with pytest.raises(StorageError, match=r"plan\.json: is missing or damaged; the same pingcang run repairs it"):
        status(tmp_path / "x.zarr")
    assert run(tmp_path / "x.zarr").computed == 2


def test_a_damaged_plan_loses_no_finished_run(tmp_path):
    interrupted(tmp_path / "x.zarr")
    (tmp_path / "x.zarr.parts" / "plan.json").write_text("{")
    assert run(tmp_path / "x.zarr").computed == 2


def test_where_nothing_is_there_is_a_hint(tmp_path):
    with pytest.raises(
        ScenarioError, match=r"x\.zarr: there is neither a dataset nor an unfinished one; check the path"
    ):
        status(tmp_path / "x.zarr")


def test_a_dataset_of_another_kind_is_refused(tmp_path):
    import xarray as xr

    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "x.nc")
    with pytest.raises(ScenarioError, match=r"x\.nc: what is there is no dataset of pingcang run"):
        status(tmp_path / "x.nc")


def test_runs_are_told_as_ranges():
    assert told_ranges([*range(42), 43, 45, 46]) == "0-41, 43, 45-46"
    assert ranges([]) == [] and told_ranges([]) == ""
    assert json.loads(json.dumps(ranges([3, 4]))) == [[3, 4]]
