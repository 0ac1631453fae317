"""`pingcang score` from a real, tiny run to the table."""

import json

import pytest
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.results.storage import save
from unit.validate.made import crash


def pingcang(*words):
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "120"})


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """One run in a thousandth of the market, three sessions a day."""
    store = tmp_path_factory.mktemp("score") / "crash.zarr"
    small = ("--scale", "0.001", "--set", "calendar.sessions=3", "--threads", "1", "--quiet")
    made = pingcang("run", "china_2015", *small, "--record", "stocks", "--out", store)
    assert made.exit_code == 0, made.output
    return store


def test_a_run_is_scored_row_by_row(simulated):
    told = pingcang("score", simulated, "--calm", simulated)
    assert told.exit_code == 0, told.output
    assert "crash: china_2015, 1 run" in told.stdout and "calm: china_2015, 1 run" in told.stdout
    assert "of 18 rows in their bands" in told.stdout
    assert "needs --" not in told.stdout
    assert "said in 2015" in told.stdout and "30.1 bn on one" in told.stdout
    assert "-34.9%" in told.stdout and "±5.0 pp" in told.stdout


def test_every_row_of_a_run_with_stocks_and_calm_is_a_number(simulated):
    told = json.loads(pingcang("score", simulated, "--calm", simulated, "--json").stdout)
    parts = [part for row in told["rows"] for part in row["parts"]]
    assert [part["name"] for part in parts if part["median"] is None] == []
    assert told["rows_in_band"] == sum(row["in_band"] for row in told["rows"])
    assert told["rows"][9]["parts"][0]["in_band"]  # purchases and turnover of 12 June are inputs


def test_without_calm_its_rows_are_named_and_not_dropped(simulated, tmp_path):
    told = pingcang("score", simulated, "--markdown", tmp_path / "score.md")
    assert told.exit_code == 0
    assert "not computed: needs --calm" in " ".join(told.stdout.split())
    text = (tmp_path / "score.md").read_text(encoding="utf-8")
    assert "| 17 | Growth of the balance a day, calm, first 20 days (*not computed: needs --calm*)" in text


def test_a_netcdf_file_is_scored_too(tmp_path):
    save(crash(runs=2), tmp_path / "x.nc")
    told = pingcang("score", tmp_path / "x.nc")
    assert told.exit_code == 0, told.output
    assert "crash: made, 2 runs" in told.stdout


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("nowhere.zarr", "there is no dataset"),
        ("notes.txt", "names no format"),
        ("broken.zarr", "cannot be read as a result dataset"),
        ("broken.nc", "cannot be read as a result dataset"),
        ("short.zarr", "lacks 36 of the 46 closes that are scored, first 2015-06-29"),
        ("other.zarr", "no variable"),
    ],
)
def test_a_wrong_file_is_told_in_a_line_with_exit_code_2(tmp_path, name, what):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.zarr").mkdir()
    (tmp_path / "broken.nc").write_bytes(b"x")
    save(crash().isel(day=slice(0, 10)), tmp_path / "short.zarr")
    save(crash()[["index"]], tmp_path / "other.zarr")
    told = pingcang("score", tmp_path / name, "--markdown", tmp_path / "score.md")
    assert told.exit_code == 2
    assert what in told.stderr and str(tmp_path / name) in told.stderr
    assert "Traceback" not in told.output and told.stdout == ""
    assert not (tmp_path / "score.md").exists()


def test_a_calm_dataset_that_is_too_short_is_named(tmp_path):
    save(crash(), tmp_path / "crash.zarr")
    save(crash().isel(day=slice(0, 5)), tmp_path / "calm.zarr")
    told = pingcang("score", tmp_path / "crash.zarr", "--calm", tmp_path / "calm.zarr")
    assert told.exit_code == 2
    assert "calm.zarr: 4 trading days after the start" in told.stderr


def test_markdown_that_cannot_be_written_is_told_with_exit_code_3(tmp_path):
    save(crash(), tmp_path / "crash.zarr")
    told = pingcang("score", tmp_path / "crash.zarr", "--markdown", tmp_path / "no" / "folder" / "x.md")
    assert told.exit_code == 3
    assert "cannot be written" in told.stderr


def test_failed_runs_are_told(tmp_path):
    made = crash(runs=2)
    made.attrs["failed_runs"] = "[5]"
    save(made, tmp_path / "x.zarr")
    assert "crash: made, 2 runs, 1 more failed and count nowhere" in pingcang("score", tmp_path / "x.zarr").stdout
