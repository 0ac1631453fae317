"""Reading one run out of many, and what may be asked of it."""

import datetime as dt

import numpy as np
import pyarrow.parquet as pq
import pytest

from pingcang.errors import ScenarioError
from pingcang.montecarlo.runner import run_many
from pingcang.trace import Trail, trace_account, trace_day, trace_stock
from twins.written import busy, loaded


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = tmp_path_factory.mktemp("busy") / "busy.zarr"
    run_many(loaded(busy()), runs=3, seed=1, record=["audit"], out=place, threads=1, jobs=1)
    return place


def test_a_trail_holds_the_market_of_its_run(store):
    one, other = Trail.open(store), Trail.open(store, 2)
    assert one.codes == ("S0", "S1", "S2", "S3", "S4", "S5")
    assert one.cohorts == ("retail", "shadow", "short_seller")
    assert len(one.dates) == 8 == len(one.close)
    assert not np.array_equal(one.close, other.close)
    assert set(other.audit(columns=["run"])["run"]) == {2}


def test_other_runs_are_not_read(store, tmp_path):
    """Their bytes are wiped out, and nobody notices."""
    for name in ("audit", "causes"):
        table = store.with_name(f"busy.{name}.parquet")
        content = bytearray(table.read_bytes())
        with pq.ParquetFile(table) as file:
            groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        for group in groups:
            if group.column(0).statistics.min != 1:
                columns = [group.column(k) for k in range(group.num_columns)]
                start = min(c.dictionary_page_offset or c.data_page_offset for c in columns)
                content[start : start + sum(c.total_compressed_size for c in columns)] = b"\xff" * sum(
                    c.total_compressed_size for c in columns
                )
        (tmp_path / f"busy.{name}.parquet").write_bytes(content)
    (tmp_path / "busy.zarr").symlink_to(store)
    assert (
        trace_account(tmp_path / "busy.zarr", "shadow:3", run=1).to_dict()
        == trace_account(store, "shadow:3", run=1).to_dict()
    )
    with pytest.raises(ScenarioError, match=r"busy\.audit\.parquet: cannot be read"):
        trace_account(tmp_path / "busy.zarr", "shadow:3", run=0)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (
            lambda s: trace_account(s, "12"),
            "got 12, and there are cohorts retail, shadow, short_seller; say which, as retail:12",
        ),
        (lambda s: trace_account(s, "retial:1"), "got cohort 'retial'; must be one of retail, shadow, short_seller"),
        (lambda s: trace_account(s, "retail:x"), "got 'retail:x'; must be a number, or COHORT:NUMBER"),
        (lambda s: trace_account(s, "retail:999"), "retail has accounts 0 to 119 .*, the nearest is retail:119"),
        (lambda s: trace_account(s, "retail:1", cohort="shadow"), "give the cohort once"),
        (lambda s: trace_stock(s, "S9"), "got 'S9'; must be one of S0, S1"),
        (lambda s: trace_day(s, 8), "got 8; must be 1 to 7, or a date; the nearest is 7"),
        (lambda s: trace_day(s, 0), "got 0; .* the nearest is 1"),
        (lambda s: trace_day(s, "2015-01-10"), "got 2015-01-10; must be a trading day .*; the nearest is 2015-01-09"),
        (lambda s: trace_day(s, "Monday"), "got 'Monday'; must be 1 to 7, or a date as 2015-01-06"),
        (lambda s: trace_day(s, 1, run=5), "got 5; .* has runs 0 to 2, the nearest is 2"),
        (lambda s: trace_day(s.with_name("none.zarr"), 1), r"none\.zarr: there is no dataset"),
        (lambda s: trace_day(s.with_name("x.csv"), 1), "suffix"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest_that_is(store, ask, told):
    with pytest.raises(ScenarioError, match=told):
        ask(store)


def test_a_dataset_without_audit_says_how_to_get_one(tmp_path):
    run_many(loaded(busy(calendar={"days": 3})), record=["stocks"], out=tmp_path / "x.zarr", threads=1)
    with pytest.raises(ScenarioError, match=r"without the audit; run the same command with --record audit"):
        trace_day(tmp_path / "x.zarr", 1)


def test_a_table_that_is_gone_is_named(tmp_path):
    run_many(loaded(busy(calendar={"days": 3})), record=["audit"], out=tmp_path / "x.zarr", threads=1)
    (tmp_path / "x.causes.parquet").unlink()
    with pytest.raises(ScenarioError, match=r"x\.causes\.parquet must stand beside it"):
        trace_day(tmp_path / "x.zarr", 1)


def test_many_stocks_are_not_listed_but_the_nearest_are(store):
    from dataclasses import replace

    trail = replace(Trail.open(store), codes=tuple(f"{600000 + k}" for k in range(50)))
    with pytest.raises(ScenarioError, match=r"a code of the 50 stocks; the nearest are 600012"):
        trail.stock("60012")


def test_a_day_is_a_number_or_a_date(store):
    trail = Trail.open(store)
    assert trail.day("2") == trail.day(2) == trail.day("2015-01-07") == trail.day(dt.date(2015, 1, 7)) == 2


def test_netcdf_is_traced_as_zarr_is(store, tmp_path):
    run_many(loaded(busy()), seed=1, record=["audit"], out=tmp_path / "x.nc", threads=1)
    one, other = (trace_day(place, 3).to_dict() for place in (store, tmp_path / "x.nc"))
    assert one == other
