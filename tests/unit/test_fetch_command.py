"""pingcang fetch: what is printed, and how it fails."""

import builtins
import datetime as dt
import functools
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pingcang.leverage.fetch as package
from exchanges.site import HOLIDAY, MONDAY, FakeClock
from pingcang.cli import app
from pingcang.leverage.fetch.faults import UnreachableError
from pingcang.leverage.fetch.report import Fetched
from unit.leverage.test_fetch_run import Made

PAGE = Path(__file__).parents[2] / "docs" / "fetching.md"


@pytest.fixture(autouse=True)
def wide(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def source(monkeypatch):
    """A made-up source in place of AkShare, on the morning of 2025-09-26."""
    made = Made(until=dt.date(2025, 9, 24))
    monkeypatch.setattr(package, "fetch", functools.partial(package.fetch, source=made, clock=FakeClock()))
    return made


def call(*arguments, code=0):
    found = CliRunner().invoke(app, ["fetch", *map(str, arguments)])
    assert found.exit_code == code, found.output
    return found


def test_the_table_tells_new_files_files_that_were_there_and_days_without_figures(source):
    lines = call("margin", "--from", MONDAY).stdout.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.strip().startswith("stock_")}
    assert rows["stock_margin_sse"] == ["7", "0", "2025-09-24"]
    assert "no trading on 1 weekday: 2025-09-18" in lines
    assert (
        "stock_margin_szse: not published yet: 2025-09-25 (figures come on the next trading day); asked again" in lines
    )
    assert lines[-1].startswith("folder: margin (")
    again = call("margin", "--from", MONDAY).stdout.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in again if line.strip().startswith("stock_")}
    assert rows["stock_margin_sse"] == ["0", "7"]


def test_days_that_only_one_exchange_lacks_are_told(source):
    call("margin", "--from", MONDAY, "--exchange", "SZSE")
    printed = call("margin", "--from", MONDAY, "--exchange", "SZSE").stdout
    assert f"stock_margin_szse: no figures of {HOLIDAY}, nor does the other exchange confirm a holiday" in printed


def test_json_is_one_object(source):
    told = json.loads(call("margin", "--from", MONDAY, "--to", "2025-09-19", "--json", "--quiet").stdout)
    assert told["folder"] == "margin" and told["from"] == "2025-09-15" and told["to"] == "2025-09-19"
    assert told["tables"]["stock_margin_szse"]["written"] == 4
    assert told["closed_weekdays"] == ["2025-09-18"] and told["failures"] == []


def test_quiet_prints_nothing_and_without_it_progress_goes_to_standard_error(source):
    quiet = call("margin", "--from", MONDAY, "--quiet")
    assert (quiet.stdout, quiet.stderr) == ("", "")
    assert call("other", "--from", MONDAY).stderr == "pingcang: fetch other, 11 requests …\n"


def test_a_failure_is_told_after_the_table_with_exit_code_3(monkeypatch, source):
    real = source.ask

    def ask(table, first, last):
        if table.site == "SZSE":
            raise UnreachableError("no answer")
        return real(table, first, last)

    monkeypatch.setattr(source, "ask", ask)
    found = call("margin", "--from", MONDAY, "--retries", 1, code=3)
    assert found.stderr.splitlines()[1:] == [
        "pingcang: SZSE, stock_margin_szse, 2025-09-15: no answer; asked 2 times",
        "pingcang: 8 new files kept in margin; the same command goes on with what is missing",
    ]
    assert "stock_margin_sse" in found.stdout
    told = json.loads(call("other", "--from", MONDAY, "--json", "--quiet", code=3).stdout)
    assert told["failures"] == [
        {
            "table": "stock_margin_szse",
            "site": "SZSE",
            "first": "2025-09-15",
            "last": "2025-09-15",
            "what": "no answer; asked 5 times",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2025-9-15"], "--from: found '2025-9-15', must be a date; write it as 2025-09-17"),
        (["--from", "2025-09-15", "--to", "yesterday"], "--to: found 'yesterday', must be a date; write it as"),
        (["--from", "2009-01-05"], "--from: found 2009-01-05, but margin trading began on 2010-03-31"),
        (["--from", "2099-01-01"], "--from: found 2099-01-01, must not lie after today ("),
        (["--from", "2025-09-15", "--exchange", "BSE"], "--exchange: found 'BSE', must be SSE or SZSE"),
        (["--from", "2025-09-15", "--pause", "0"], "--pause: found 0, must be at least 1 s"),
    ],
)
def test_wrong_input_is_exit_code_2_and_writes_nothing(tmp_path, arguments, message):
    found = call("margin", *arguments, code=2)
    assert found.stderr.startswith(f"pingcang: {message}") and found.stderr.count("\n") == 1
    assert not (tmp_path / "margin").exists()


def test_without_akshare_the_way_to_get_it_is_told(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name == "akshare":
            raise ModuleNotFoundError("No module named 'akshare'")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    found = call("margin", "--from", MONDAY, code=2)
    assert found.stderr == (
        "pingcang: fetch: AkShare cannot be imported (No module named 'akshare'); pip install 'pingcang[data]'\n"
    )
    assert not (tmp_path / "margin").exists()


def test_the_commands_of_the_page_are_understood(monkeypatch):
    asked = []

    def fetch(folder, first, last, **options):
        asked.append((str(folder), str(first), last, options["detail"]))
        return Fetched(folder, first, first, {})

    monkeypatch.setattr(package, "fetch", fetch)
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("pingcang fetch ")]
    for line in lines:
        call(*shlex.split(line)[2:])
    assert asked == [("margin", "2025-01-02", None, detail) for detail in (False, True)]


def test_nothing_that_talks_to_the_network_is_loaded_by_the_command_line():
    program = (
        "import sys, pingcang, pingcang.cli, pingcang.cli.fetch_command, pingcang.leverage\n"
        "assert not {'akshare', 'requests', 'pingcang.leverage.fetch'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
