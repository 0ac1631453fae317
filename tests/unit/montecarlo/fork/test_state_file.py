"""A state on the disk: what comes back is what was saved, and anything else is refused before it is used."""

import io
import json
import zipfile

import numpy as np
import pytest

import pingcang.montecarlo.fork.state_file as state_file
from forks import assert_same_market, continued, eve_on, finished
from pingcang.errors import ScenarioError, StorageError
from pingcang.montecarlo.fork import load_state, save_state
from twins.written import busy, loaded, merged

BUSY = loaded(busy())


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "eve.npz"
    save_state(eve_on(BUSY, 3, 5), path)
    return path


def rewritten(path, change):
    """Pass header and arrays of a file to `change`, and write what it makes of them."""
    with np.load(path) as archive:
        entries = {name: archive[name] for name in archive.files}
    header = json.loads(str(entries.pop("header")))
    change(header, entries)
    np.savez(path, header=np.array(json.dumps(header)), **entries)


def test_a_saved_state_continues_like_a_market_that_was_never_interrupted(saved):
    assert_same_market(continued(BUSY, load_state(saved, BUSY)), finished(BUSY, 5))


def test_every_value_and_type_comes_back(saved):
    was, is_ = eve_on(BUSY, 3, 5), load_state(saved, BUSY)
    assert was.arrays.keys() == is_.arrays.keys()
    for path, array in was.arrays.items():
        assert (array.dtype, array.shape, array.tobytes()) == (
            is_.arrays[path].dtype,
            is_.arrays[path].shape,
            is_.arrays[path].tobytes(),
        )
    assert {path: (type(v), v) for path, v in was.numbers.items()} == {
        path: (type(v), v) for path, v in is_.numbers.items()
    }
    for name in ("seed", "run", "record", "feedback", "date", "day", "keys"):
        assert getattr(was, name) == getattr(is_, name)
    assert is_.loaded.hash == was.loaded.hash


def test_numbers_beyond_64_bits_come_back(tmp_path):
    state = eve_on(BUSY, 3, 5)
    state.numbers["purses.outside"] = -(3**60)
    save_state(state, tmp_path / "x.npz")
    assert load_state(tmp_path / "x.npz", BUSY).numbers["purses.outside"] == -(3**60)


def test_the_same_state_is_the_same_file(saved, tmp_path):
    save_state(eve_on(BUSY, 3, 5), tmp_path / "again.npz")
    with np.load(saved) as one, np.load(tmp_path / "again.npz") as other:
        assert str(one["header"]) == str(other["header"])


def test_an_arm_continues_from_the_file(saved):
    base = busy()
    event = {"date": "2015-01-09", "rules": {"close_out_line": 1.45}}
    arm = loaded(merged(base, {"events": sorted([*base["events"], event], key=lambda each: str(each["date"]))}))
    assert_same_market(continued(arm, load_state(saved, arm)), finished(arm, 5))


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_refused(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ScenarioError, match="is no state of pingcang fork, or damaged; make it again"):
        load_state(saved, BUSY)


@pytest.mark.parametrize("seed", range(20))
def test_a_flipped_bit_is_refused_or_harmless(saved, seed):
    """Harmless: in bytes of the archive that say nothing, as the time of an entry."""
    content = bytearray(saved.read_bytes())
    random = np.random.default_rng(seed)
    content[random.integers(len(content))] ^= 1 << int(random.integers(8))
    saved.write_bytes(content)
    try:
        state = load_state(saved, BUSY)
    except ScenarioError as reason:
        assert "damaged" in str(reason)
    else:
        assert_same_market(continued(BUSY, state), finished(BUSY, 5))


def _richer(header, entries):
    entries["array:book:retail.cash"] = entries["array:book:retail.cash"] + 1


def _other_seed(header, entries):
    header["seed"] = 6


def _other_number(header, entries):
    header["numbers"]["rest.trend"] = 0.5


def _without_an_array(header, entries):
    del entries["array:stocks.heat"]


def _another_array(header, entries):
    entries["array:stocks.more"] = np.zeros(2)


def _another_type(header, entries):
    entries["array:stocks.heat"] = entries["array:stocks.heat"].astype(np.float32)


def _without_sum(header, entries):
    del header["sha256"]


@pytest.mark.parametrize(
    "change",
    [_richer, _other_seed, _other_number, _without_an_array, _another_array, _another_type, _without_sum],
    ids=lambda change: change.__name__,
)
def test_a_file_that_somebody_changed_is_refused(saved, change):
    rewritten(saved, change)
    with pytest.raises(ScenarioError, match="is no state of pingcang fork, or damaged"):
        load_state(saved, BUSY)


def test_a_file_that_was_only_written_again_is_good(saved):
    rewritten(saved, lambda header, entries: None)
    assert load_state(saved, BUSY).day == 3


def test_nothing_is_ever_unpickled(saved, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    buffer = io.BytesIO()
    np.savez(buffer, header=np.array([Bomb()], dtype=object), allow_pickle=True)
    saved.write_bytes(buffer.getvalue())
    with pytest.raises(ScenarioError, match="is no state of pingcang fork"):
        load_state(saved, BUSY)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY\x01\x00", b"PK\x03\x04"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(ScenarioError, match="is no state of pingcang fork"):
        load_state(tmp_path / "x.npz", BUSY)


def test_another_archive_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with zipfile.ZipFile(tmp_path / "y.npz", "w") as archive:
        archive.writestr("header.npy", "text")
    for name in ("x.npz", "y.npz"):
        with pytest.raises(ScenarioError, match="is no state of pingcang fork"):
            load_state(tmp_path / name, BUSY)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ScenarioError, match=r"x.npz: cannot be read \(No such file or directory\); check the path"):
        load_state(tmp_path / "x.npz", BUSY)


def test_a_state_of_other_code_is_refused(saved, monkeypatch):
    monkeypatch.setattr(state_file, "code_version", lambda: "9.9+abc")
    with pytest.raises(ScenarioError, match=r"was made by version .*, this is 9\.9\+abc, whose numbers may differ"):
        load_state(saved, BUSY)


def test_a_state_of_other_data_is_refused(saved, monkeypatch):
    monkeypatch.setattr(state_file, "data_hash", lambda loaded: "other")
    with pytest.raises(ScenarioError, match="this state is of other data files"):
        load_state(saved, BUSY)


def test_a_state_of_another_scenario_is_refused_with_the_key(saved):
    other = loaded(merged(busy(), {"cohorts": {"retail": {"debt": 2e7}}}))
    with pytest.raises(ScenarioError, match=r"eve.npz: cohorts.retail.debt: differs before or on 2015-01-08"):
        load_state(saved, other)


def test_another_suffix_or_a_taken_path_is_refused_and_left_alone(saved, tmp_path):
    state, content = eve_on(BUSY, 2, 5), saved.read_bytes()
    with pytest.raises(ScenarioError, match=r"x.pkl: a state is written to a file that ends in .npz"):
        save_state(state, tmp_path / "x.pkl")
    with pytest.raises(ScenarioError, match="something is there already"):
        save_state(state, saved)
    assert saved.read_bytes() == content
    save_state(state, saved, overwrite=True)
    assert load_state(saved, BUSY).day == 2


def test_a_folder_is_never_replaced(tmp_path):
    (tmp_path / "x.npz").mkdir()
    with pytest.raises(ScenarioError, match="something is there already"):
        save_state(eve_on(BUSY, 2, 5), tmp_path / "x.npz", overwrite=True)


def test_a_disk_that_refuses_leaves_the_old_file_whole(saved, monkeypatch):
    def full(path, content):
        raise OSError(28, "No space left on device")

    content = saved.read_bytes()
    monkeypatch.setattr(state_file, "write_bytes", full)
    with pytest.raises(StorageError, match=r"eve.npz: cannot be written \(No space left on device\)"):
        save_state(eve_on(BUSY, 2, 5), saved, overwrite=True)
    assert saved.read_bytes() == content
