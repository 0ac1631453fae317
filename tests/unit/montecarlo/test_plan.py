from dataclasses import replace
from types import SimpleNamespace

import pytest

from fakes import loaded
from pingcang.errors import ScenarioError
from pingcang.montecarlo.plan import Chunk, Identity, chunks, data_hash, default_path


def identity(**changes):
    return replace(Identity.of(loaded(), 7, ["audit", "stocks"], True), **changes)


def test_the_default_place_names_scenario_seed_and_hash():
    path = default_path(identity())
    assert path.as_posix() == f"results/made_up-7-{loaded().hash[:8]}.zarr"


def test_chunks_hold_every_run_once_in_order_and_are_small():
    for runs, jobs in ((1, 1), (7, 2), (200, 2), (8000, 4)):
        made = chunks(range(runs), jobs)
        assert [run for chunk in made for run in chunk.runs] == list(range(runs))
        assert max(len(chunk.runs) for chunk in made) <= 8
        assert len(made) >= min(runs, jobs)


def test_two_chunks_never_share_a_name_even_when_they_share_their_ends():
    assert Chunk((0, 1, 7)).name != Chunk((0, 7)).name


def test_an_identity_survives_the_way_through_attributes():
    assert Identity.read(identity().as_dict()) == identity()


def test_differences_are_told_with_both_values():
    assert identity().differences(identity(seed=8)) == ["seed 8 instead of 7"]
    assert identity(record=()).differences(identity()) == ["record audit,stocks instead of nothing"]
    assert identity(amplification=False).differences(identity()) == ["amplification on instead of off"]


def test_the_scenario_can_record_by_itself():
    assert Identity.of(loaded(record=("stocks",)), 0, ["audit"], False).record == ("audit", "stocks")


def test_an_unknown_record_is_refused():
    with pytest.raises(ScenarioError, match="record: got trades; it may hold stocks and audit"):
        Identity.of(loaded(), 0, ["trades"], False)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_outside_64_bits_is_refused(seed):
    with pytest.raises(ScenarioError, match=f"seed: got {seed}"):
        Identity.of(loaded(), seed, [], False)


def test_changed_data_files_change_the_identity(tmp_path):
    made = loaded()
    files = ("stocks.csv", "prices.csv", "accounts.parquet", "positions.parquet")
    tables = SimpleNamespace(tables=files[2:])
    scenario = SimpleNamespace(
        securities=SimpleNamespace(table=files[0]),
        cohorts={"a": tables, "b": tables, "drawn": SimpleNamespace(tables=None)},
        replay=SimpleNamespace(prices=files[1]),
    )
    named = SimpleNamespace(scenario=scenario, base_folder=tmp_path, source="x.yaml")
    for name in files:
        with pytest.raises(ScenarioError, match=rf"x\.yaml: .*{name}: cannot be read"):
            data_hash(named)
        (tmp_path / name).write_text("code,price\n")
    hashes = [data_hash(named)]
    for name in files:
        (tmp_path / name).write_text("code,price \n")
        hashes.append(data_hash(named))
    assert len(set(hashes)) == 5
    assert data_hash(made) == ""
