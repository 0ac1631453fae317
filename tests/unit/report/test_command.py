"""`pingcang report`: what it prints, and how it tells what is wrong."""

import importlib.util
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.results.storage import save
from unit.report.made import dataset


@pytest.fixture
def command(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    save(dataset(2), tmp_path / "made.zarr")
    return lambda *arguments: CliRunner().invoke(app, ["report", *arguments])


def refused(told, *words):
    assert told.exit_code == 2, told.output
    assert told.stderr.startswith("pingcang: ") and "Traceback" not in told.output
    for word in words:
        assert word in told.stderr


def test_a_page_is_written_and_told(command, tmp_path):
    told = command("made.zarr", "-o", "page.html")
    assert (told.exit_code, told.stdout) == (0, "page: page.html\n"), told.output
    assert (tmp_path / "page.html").stat().st_size > 100_000


def test_the_page_stands_beside_the_dataset_by_default(command, tmp_path):
    assert command("made.zarr", "--quiet").stdout == ""
    assert (tmp_path / "made.html").exists()


def test_a_page_that_is_there_is_replaced_only_if_asked(command, tmp_path):
    (tmp_path / "page.html").write_text("mine")
    refused(command("made.zarr", "-o", "page.html"), "page.html: something is there already", "--overwrite")
    assert (tmp_path / "page.html").read_text() == "mine"
    assert command("made.zarr", "-o", "page.html", "--overwrite").exit_code == 0


@pytest.mark.usefixtures("chinese_font")
def test_a_page_is_in_chinese_if_asked(command, tmp_path):
    told = command("made.zarr", "-o", "page.html", "--lang", "zh")
    assert told.exit_code == 0, told.output
    assert "压力测试" in (tmp_path / "page.html").read_text(encoding="utf-8")
    refused(command("made.zarr", "-o", "no.html", "--lang", "fr"), "--lang: found 'fr', must be one of en, zh")
    assert not (tmp_path / "no.html").exists()


def test_wrong_places_are_refused(command, tmp_path):
    (tmp_path / "folder.html").mkdir()
    refused(command("made.zarr", "-o", "page.pdf"), "page.pdf: the suffix '.pdf' is no page; use .html")
    refused(command("made.zarr", "-o", "none/page.html"), "there is no folder none; make it")
    refused(command("made.zarr", "-o", "folder.html", "--overwrite"), "folder.html: is a folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.html", "made.zarr"]


def test_results_that_cannot_be_read_are_refused(command, tmp_path):
    (tmp_path / "empty.zarr").mkdir()
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "reverse.json").write_text(json.dumps({"root": 1}))
    page = ("-o", "page.html")
    refused(command("none.zarr", *page), "none.zarr: there is no dataset")
    refused(command("empty.zarr", *page), "empty.zarr: ")
    refused(command("x.csv", *page), "x.csv: the suffix '.csv' names neither a dataset", ".json")
    refused(command("none.json", *page), "none.json: cannot be read", "pingcang compare --out")
    refused(command("bad.json", *page), "bad.json: is no JSON")
    refused(command("list.json", *page), "list.json: holds list")
    refused(command("reverse.json", *page), "reverse.json: is no comparison", "--reverse")
    refused(
        command("made.zarr", *page, "--reverse", "reverse.json"), "condition, interval, points, runs, lever missing"
    )
    refused(command("made.zarr", *page, "--broker-capital", "nan"), "--broker-capital nan: must be a number above 0")
    refused(command("made.zarr", *page, "--against", "none.zarr"), "none.zarr: there is no dataset")
    assert not (tmp_path / "page.html").exists()


def test_a_dataset_of_something_else_is_refused(command, tmp_path):
    save(dataset(2).drop_vars(["index", "turnover"]).assign_attrs(seed=0), tmp_path / "other.zarr")
    refused(command("other.zarr", "-o", "page.html"), "other.zarr: lacks index, which every dataset")


def test_a_reverse_stress_test_of_an_unknown_condition_is_refused(command, tmp_path):
    point = {"x": 1.0, "value": 0.5}
    told = {"condition": "ruin", "root": 1.0, "interval": [0.5, None], "points": [point], "runs": 2, "lever": "news"}
    (tmp_path / "odd.json").write_text(json.dumps(told))
    refused(command("made.zarr", "-o", "page.html", "--reverse", "odd.json"), "odd.json: condition: 'ruin'")


def test_a_damaged_dataset_is_refused(command, tmp_path):
    (tmp_path / "made.zarr" / "index" / "0.0").write_bytes(b"damage")
    refused(command("made.zarr", "-o", "page.html"), "made.zarr: is damaged (", "simulate it again")


def test_a_machine_without_jinja2_is_told_what_to_install(command, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jinja2" else find(name))
    refused(command("made.zarr", "-o", "page.html"), "pip install 'pingcang[report]'")


def test_the_help_of_report_imports_no_heavy_library():
    heavy = {"mesa", "xarray", "matplotlib", "zarr", "pandas", "jinja2", "numpy"}
    code = (
        "import sys\nfrom pingcang.cli import main\nsys.argv = ['pingcang', 'report', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('heavy:', sorted({heavy} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.endswith("heavy: []\n")
