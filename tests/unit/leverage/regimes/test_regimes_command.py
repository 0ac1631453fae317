"""pingcang regimes: what is printed, and how it fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pingcang.cli import app
from pingcang.leverage.regimes import disagreements


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PINGCANG_DATA", raising=False)


def call(*arguments: str, code: int = 0) -> Result:
    found = CliRunner().invoke(app, ["regimes", *arguments])
    assert found.exit_code == code, found.output
    return found


def test_the_table_fits_120_columns_and_has_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    lines = call().stdout.splitlines()
    grid = lines[1 : next(i for i, line in enumerate(lines) if line.startswith("r read"))]
    assert max(map(len, grid)) <= 120
    assert not any("…" in line for line in grid)
    assert any(line.split("CNY")[0].startswith(" Margin balance / float, %") and "4.31 c" in line for line in grid)
    assert "needs margin_market_daily.csv" in "\n".join(lines)


def test_disagreements_are_all_told() -> None:
    printed = " ".join(call("--disagreements").stdout.split())
    for each in disagreements():
        assert " ".join(each.about.split()) in printed
        assert " ".join(each.used.split()) in printed


def test_json_and_csv_hold_every_cell() -> None:
    found = json.loads(call("--json").stdout)
    assert len(found["regimes"]) == 8
    cells = [cell for figure in found["figures"] for cell in figure["cells"].values()]
    rows = list(csv.DictReader(io.StringIO(call("--csv").stdout)))
    assert len(rows) == len(cells)
    assert {row["missing"] for row in rows if not row["value"]} == {c["missing"] for c in cells if c["value"] is None}
    assert found["disagreements"][0]["key"] == "maintenance_floor_2019"
    peak = next(figure for figure in found["figures"] if figure["key"] == "balance_to_float")["cells"]["cn_2015_06"]
    assert peak["value"] == pytest.approx(0.0431, abs=0.00005)
    assert peak["printed"][0]["printed"] == "4.27 %"


def test_markdown_and_picture_are_written() -> None:
    out = call("--markdown", "out/regimes.md", "--plot", "out/regimes.png").stdout
    assert "markdown: out/regimes.md" in out and "plot: out/regimes.png" in out
    assert "## Where the sources disagree" in Path("out/regimes.md").read_text(encoding="utf-8")
    assert Path("out/regimes.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--json", "--csv"), "--csv: cannot go with --json"),
        (("--plot", "x.doc"), "is no picture format"),
        (("--data", "nowhere"), "nowhere: is no folder"),
        (("--data", "."), "holds none of margin_market_daily.csv"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_written(arguments: tuple[str, ...], told: str) -> None:
    found = call(*arguments, code=2)
    assert told in found.stderr
    assert list(Path().iterdir()) == []


def test_a_folder_as_page_is_refused_with_nothing_printed_and_keeps_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "mine.md").write_text("work of years")
    found = call("--markdown", str(folder), code=2)
    assert "is a folder; name a file in it" in found.stderr
    assert found.stdout == ""
    assert (folder / "mine.md").read_text() == "work of years"
