import importlib.util

import numpy as np
import pytest
import xarray as xr

from fakes import FakeMarket, loaded
from pingcang.errors import ScenarioError, StorageError
from pingcang.results.compare import differences, same
from pingcang.results.dataset import assemble, provenance, run_attributes
from pingcang.results.files import written_whole
from pingcang.results.plot import check_picture
from pingcang.results.storage import open_results, save, write_blocks


def dataset(runs=range(4), record=("stocks",), command=""):
    made = [FakeMarket()(loaded(), seed=0, run=run, threads=1, amplification=False, record=record) for run in runs]
    told = provenance(loaded(text="名: 融资\n"), seed=2**64 - 1 if command else 0, record=record, amplification=False)
    return assemble(made, {**told, **run_attributes(4, {7: "Traceback …"}), "command": command})


def difficult():
    """Bits that a careless store changes: -0.0, NaN, infinities, the smallest and largest numbers."""
    made = dataset()
    made["index"].values[:] = np.nan
    made["index_equal_weight"].values[:] = -0.0
    made["turnover"].values[0, 0] = (np.inf, 5e-324, -1.7976931348623157e308)
    made["margin_calls"].values[:] = 0
    made["limit_up"].values[0, 0] = (2**63 - 1, -(2**63), -1)
    return made


@pytest.mark.parametrize("suffix", [".zarr", ".nc", ".nc4"])
def test_a_store_gives_back_every_bit_and_label(tmp_path, suffix):
    made = difficult()
    save(made, tmp_path / f"x{suffix}")
    with open_results(tmp_path / f"x{suffix}") as back:
        assert differences(made, back) == []
        assert {name: made[name].dtype for name in made.data_vars} == {
            name: back[name].dtype for name in back.data_vars
        }


def test_a_zarr_store_is_read_by_plain_xarray_with_text_coordinates(tmp_path):
    save(dataset(), tmp_path / "x.zarr")
    for back in (xr.open_zarr(tmp_path / "x.zarr"), xr.open_dataset(tmp_path / "x.zarr", engine="zarr")):
        assert back["cohort"].values.tolist() == ["retail", "shadow"]
        assert back["index"].sel(run=2).attrs["units"] == "1"
        assert back["date"].dtype == "datetime64[ns]"
        assert back["financing_balance"].sel(cohort="shadow").dims == ("run", "day")


def test_a_netcdf_file_is_read_by_plain_xarray_with_text_coordinates(tmp_path):
    save(dataset(), tmp_path / "x.nc")
    with xr.open_dataset(tmp_path / "x.nc") as back:
        assert back["ratio_bin"].values.tolist()[0] == "< 1.0"
        assert back.attrs["scenario_text"] == "名: 融资\n"


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
def test_blocks_appended_along_run_make_the_same_dataset(tmp_path, suffix):
    blocks = [dataset((0, 1)), dataset((2, 3)), dataset((4,))]
    write_blocks(blocks, tmp_path / f"x{suffix}")
    assert differences(open_results(tmp_path / f"x{suffix}"), dataset(range(5))) == []


def test_the_command_may_differ_but_not_one_bit_nor_a_label():
    made, other = dataset(), dataset()
    other.attrs["command"] = "pingcang run --jobs 2"
    assert same(made, other)
    other["index"].values[1, 1] = np.nextafter(other["index"].values[1, 1], 2)
    assert differences(made, other) == ["index: 1 of 28 entries"]
    assert differences(made, made.assign_attrs(seed=9)) == ["attribute seed: 0 and 9"]
    assert differences(made, made.drop_vars("index")) == ["variable index: only in the first"]
    assert differences(made, made.assign_coords(cohort=["retail", "shade"])) != []
    assert differences(made, made.assign(index=made["index"].astype("f4"))) != []


def test_zero_and_minus_zero_are_not_the_same_and_nan_equals_itself():
    made, other = difficult(), difficult()
    assert same(made, other)
    other["index_equal_weight"].values[0, 0] = 0.0
    assert not same(made, other)


def test_an_unknown_suffix_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"'\.csv' names no format; use \.zarr"):
        save(dataset(), tmp_path / "x.csv")


def test_netcdf_without_its_library_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ScenarioError, match=r"pip install 'pingcang\[netcdf\]'"):
        save(dataset(), tmp_path / "x.nc")


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
def test_what_is_there_is_replaced_only_on_request(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    save(dataset((0,)), path)
    with pytest.raises(ScenarioError, match="something is there already"):
        save(dataset(), path)
    save(dataset(), path, overwrite=True)
    assert open_results(path).sizes["run"] == 4
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_failure_while_writing_leaves_the_old_file_and_no_scratch(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), written_whole(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x.txt"]


def test_a_file_does_not_replace_a_folder_with_what_is_in_it(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "work.txt").write_text("years")
    with pytest.raises(IsADirectoryError), written_whole(folder) as temporary:
        temporary.write_text("a table")
    assert (folder / "work.txt").read_text() == "years"
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_folder_is_refused_as_a_picture_before_anything_is_drawn(tmp_path):
    with pytest.raises(ScenarioError, match=r"is a folder; name a file in it, as .*plot\.png"):
        check_picture(tmp_path)


def test_what_is_no_dataset_is_said_to_be_none(tmp_path):
    (tmp_path / "x.zarr").mkdir()
    (tmp_path / "x.nc").write_bytes(b"not netCDF")
    for name in ("x.zarr", "x.nc"):
        with pytest.raises(StorageError, match=rf"{name}: cannot be read as a result dataset"):
            open_results(tmp_path / name)
    with pytest.raises(StorageError, match="there is no dataset"):
        open_results(tmp_path / "y.zarr")
