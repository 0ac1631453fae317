"""Which days are scored, and what is said of a dataset that does not hold them."""

import numpy as np
import pytest
import xarray as xr

from pingcang.errors import ScenarioError
from pingcang.results.storage import open_results, save
from pingcang.validate.measures import measure
from pingcang.validate.runs import calm_days, crash_days, crash_runs
from unit.validate.made import crash, path


def test_days_are_found_by_date_not_by_position():
    made = crash(index=path(d0=1, d17=0.65, d45=0.8))
    earlier = made.isel(day=slice(0, 3)).assign_coords(
        date=("day", np.array(["2015-06-09", "2015-06-10", "2015-06-11"], "datetime64[ns]"))
    )
    later = made.isel(day=[45]).assign_coords(date=("day", np.array(["2015-08-18"], "datetime64[ns]")))
    later["index"][:] = 0.01
    longer = xr.concat([earlier, made, later], "day", data_vars="minimal").assign_coords(day=np.arange(50))
    assert crash_days(longer) == slice(3, 49)
    found = measure(longer)
    assert found["index_fall"] == pytest.approx([-0.35])
    assert found["trough_day"] == [17]


def test_an_index_of_another_base_is_1_on_12_june():
    assert next(crash_runs(crash(index=path(d0=4, d45=2)))).index[[0, -1]].tolist() == [1.0, 0.5]


def test_a_dataset_that_ends_too_early_is_refused_with_its_days():
    with pytest.raises(
        ScenarioError, match=r"made: 2015-06-12 to 2015-07-08 lacks 28 of the 46 closes .* first 2015-07-09; .* 45"
    ):
        measure(crash().isel(day=slice(0, 18)))


def test_a_hole_in_the_days_is_refused():
    with pytest.raises(ScenarioError, match="lacks 1 of the 46 closes that are scored, first 2015-06-26"):
        measure(crash().isel(day=[d for d in range(46) if d != 9]))


def test_a_day_that_was_a_holiday_is_refused():
    made = crash()
    dates = made["date"].values.copy()
    holiday = made.isel(day=[5]).assign_coords(date=("day", np.array(["2015-06-22"], "datetime64[ns]")))
    parts = [made.isel(day=slice(0, 6)), holiday, made.isel(day=slice(6, None))]
    longer = xr.concat(parts, "day", data_vars="minimal").assign_coords(day=np.arange(47))
    assert str(dates[5])[:10] == "2015-06-19"
    with pytest.raises(ScenarioError, match=r"2015-06-22 was no trading day in 2015; add it to calendar\.holidays"):
        measure(longer)


def test_a_calm_dataset_needs_20_days_whatever_its_dates():
    short = crash().isel(day=slice(0, 20))
    with pytest.raises(ScenarioError, match="19 trading days after the start; a calm dataset needs at least 20"):
        measure(crash(), short)
    other = crash().isel(day=slice(0, 21))
    other["date"] = other["date"] + np.timedelta64(3650, "D")
    assert calm_days(other) == slice(0, 21)
    assert measure(crash(), other)["calm_growth"] == pytest.approx([0.0])


@pytest.mark.parametrize("name", ["index", "date", "turnover", "cohort"])
def test_what_is_no_result_dataset_is_refused_with_what_lacks(name):
    with pytest.raises(ScenarioError, match=rf"no variable {name}\b.*score datasets that pingcang run has written"):
        measure(crash().drop_vars(name))


def test_a_dataset_without_runs_is_refused():
    with pytest.raises(ScenarioError, match="it holds no run that succeeded"):
        measure(crash(runs=2).isel(run=slice(0, 0)))


def test_a_dataset_that_does_not_say_who_lends_counts_every_cohort():
    made = crash()
    del made.attrs["official_cohorts"]
    assert next(crash_runs(made)).balance[0] == 4e12
    assert next(crash_runs(crash())).balance[0] == 2e12


def plain_netcdf(dataset, file):
    dataset.to_netcdf(file, engine="netcdf4")


@pytest.mark.parametrize(("name", "write"), [("x.zarr", save), ("x.nc", save), ("plain.nc", plain_netcdf)])
def test_runs_are_read_from_a_store_in_its_own_blocks(tmp_path, name, write, monkeypatch):
    """Five runs in one chunk of a store are read at once, those of a netCDF file without chunks one by one."""
    index = np.stack([path(d0=1, d17=level, d45=1) for level in (0.5, 0.6, 0.7, 0.8, 0.9)])
    write(crash(runs=5, stocks=3, index=index), tmp_path / name)
    with open_results(tmp_path / name) as stored:
        sizes = []
        isel = xr.Dataset.isel
        monkeypatch.setattr(xr.Dataset, "isel", lambda self, **at: sizes.append(at.get("run")) or isel(self, **at))
        found = measure(stored)["index_fall"]
    assert found == pytest.approx([-0.5, -0.4, -0.3, -0.2, -0.1])
    blocks = [at for at in sizes if at is not None]
    assert blocks == ([slice(i, i + 1) for i in range(5)] if write is plain_netcdf else [slice(0, 5)])
