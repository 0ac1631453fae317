"""The documents say what is true: their code runs, their tables are the code's, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from runpy import run_path

import pytest
import yaml
from typer.testing import CliRunner

import pingcang
from pingcang.cli import app
from pingcang.results import causes
from pingcang.results.accessor import PingcangAccessor
from pingcang.results.account_audit import COLUMNS
from pingcang.results.labels import LABELS
from pingcang.scenario import ready_made

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))
COURSE = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
"""Its list of tutorials is a page as others are; the tutorials themselves are run by tests/tutorials."""
PAGES = [README, ROOT / "README.zh-CN.md", *DOCS, *(page for page in COURSE if page.name == "README.md")]
GENERATED = run_path(str(ROOT / "docs" / "schema_tables.py"))["PAGES"]
SMALL = ("--scale", "0.001", "--set", "calendar.days=2")
SMALL_ARMS = ("--scale", "0.001", "--base-set", "calendar.days=2", "--runs", "2")
ALONE = ("--jobs", "1", "--threads", "1")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def marked_command(marker: str) -> str:
    """The one line of the sh block directly after `<!-- marker -->` in the README."""
    found = re.findall(rf"^<!-- {marker} -->\n```sh\n(.*)\n```$", README.read_text(encoding="utf-8"), re.M)
    assert len(found) == 1, f"README.md must have one command marked {marker}"
    return str(found[0])


def pingcang_lines(page: Path) -> list[str]:
    """Every `pingcang …` line of the sh blocks of a page."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("pingcang ")]


def run_line(line: str) -> str:
    """Run a line of a document; a whole market is run small and short, and nothing in parallel."""
    words = shlex.split(line)[1:]
    if words[0] == "run":
        words += [*(SMALL if words[1].startswith(("china_", "us_")) else ()), *ALONE]
    if words[0] in {"compare", "sweep"}:
        words += [*(SMALL_ARMS if words[1].startswith(("china_", "us_")) else ()), *ALONE]
    outcome = CliRunner().invoke(app, words)
    assert outcome.exit_code == 0, f"{line}: exit code {outcome.exit_code}\n{outcome.output}"
    return outcome.stdout


def write_scenarios(page: Path, folder: Path) -> None:
    """Put the YAML blocks of a page that begin with `# NAME.yaml` into files of that name."""
    for block in blocks(page, "yaml"):
        name = re.match(r"# (\S+\.yaml)\n", block)
        if name:
            (folder / name[1]).write_text(block, encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_python_of_a_page_run_from_top_to_bottom(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # threads of a small market would wait for each other
    write_scenarios(page, tmp_path)
    for line in pingcang_lines(page):
        run_line(line)
    names: dict[str, object] = {}
    for number, block in enumerate(blocks(page, "python"), start=1):
        exec(compile(block, f"{page.name}, Python block {number}", "exec"), names)


def test_first_command_sets_up_and_runs_2015(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steps = marked_command("run").split(" && ")
    assert steps[:2] == ["python3 -m venv .venv", ".venv/bin/pip install ."]
    assert steps[2].startswith(".venv/bin/pingcang run china_2015")
    run_line(steps[2].removeprefix(".venv/bin/"))
    assert Path("china_2015.png").stat().st_size > 10_000


def test_second_command_sets_up_and_runs_the_tests() -> None:
    assert marked_command("test").split(" && ") == [
        "python3 -m venv .venv",
        ".venv/bin/pip install -e '.[test]'",
        ".venv/bin/python -m pytest",
    ]


def test_continuous_integration_calls_the_readme_s_own_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    reader = re.search(r"^command_below\(\).*?^}$", script, re.M | re.S)
    assert reader is not None, ".ci/run must read its commands from README.md by command_below"
    for marker in ("run", "test"):
        call = ["bash", "-c", f"{reader[0]}\ncommand_below {marker}"]
        read = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert read.strip() == marked_command(marker)
        assert f"$(command_below {marker})" in script


def test_readme_shows_the_table_that_the_command_prints() -> None:
    text = README.read_text(encoding="utf-8")
    shown = re.search(r"^<!-- table -->\n```text\n(.*?)^```", text, re.M | re.S)
    assert shown is not None
    for label in LABELS.values():
        assert re.search(rf"^ +{re.escape(label.strip())} +[-+\d]", shown[1], re.M), label
    assert "4 runs, scale 0.01" in shown[1]


def test_readme_names_every_ready_made_scenario() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in ready_made() if f"`{name}`" not in text] == []


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_generated_pages_are_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == GENERATED[name](), f"docs/{name}: run python docs/schema_tables.py"


def test_every_accessor_name_is_explained() -> None:
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    names = [name for name in vars(PingcangAccessor) if not name.startswith("_")]
    assert [name for name in names if not re.search(rf"`{name}[`(]", text)] == []


def test_every_audit_column_is_explained() -> None:
    for page, columns in (("results.md", COLUMNS), ("audit_trail.md", causes.COLUMNS)):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert [name for name in columns if f"`{name}`" not in text] == []


def test_every_cause_is_explained() -> None:
    text = (ROOT / "docs" / "audit_trail.md").read_text(encoding="utf-8")
    table = text[text.index("| cause | what |") :]
    assert [name for name in (*causes.MARKET_CAUSES, *causes.ORDER_CAUSES) if name not in table] == []


def test_the_audit_trail_shows_the_screen_that_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "audit_trail.md"
    shown = re.search(r"^<!-- screen -->\n```text\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    told = [run_line(line) for line in pingcang_lines(page)[:2]]
    assert shown is not None and shown[1] == told[1]


@pytest.mark.parametrize("page", sorted({*PAGES, *COURSE}), ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS if page.name != "index.md" and f"({page.name})" not in index] == []
    assert "(tutorials/README.md)" in index
    course = (ROOT / "docs" / "tutorials" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in COURSE if page.name != "README.md" and f"({page.name})" not in course] == []


def test_picture_is_small() -> None:
    assert (ROOT / "docs" / "images" / "china_2015.png").stat().st_size < 300_000


def test_versions_agree() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    first = re.search(r"^## (\S+) - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert first is not None
    assert (citation["version"], str(citation["date-released"])) == (first[1], first[2])
    assert pingcang.__version__ in {citation["version"], "0+not.installed"}
