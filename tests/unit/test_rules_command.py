"""pingcang rules: what is printed, and how it fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pingcang.cli import app
from pingcang.scenario import ready_made


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def call(*arguments: str, code: int = 0) -> Result:
    found = CliRunner().invoke(app, ["rules", *arguments])
    assert found.exit_code == code, found.output
    return found


def test_list_names_every_rule_set_with_its_standing() -> None:
    printed = call("list").stdout
    assert [name for name in ready_made("rules") if f" {name} " not in printed] == []
    rows = {line.split()[0]: line for line in printed.splitlines() if line.strip()}
    assert "in force from" in rows["cn_2016"] and "2016-12-12" in rows["cn_2016"]
    assert "alias of cn_2026_07" in rows["cn_2026"]
    assert "variant of cn_2019" in rows["cn_2019_article"]
    assert "as on" in rows["cn_2015"] and "2015-06-12" in rows["cn_2015"]


def test_list_of_one_market_as_json() -> None:
    found = json.loads(call("list", "--market", "HK", "--json").stdout)["rule_sets"]
    assert [each["name"] for each in found] == ["hk_sfc", "hk_article"]
    assert found[0]["date"] == "2019-10-04"


def test_show_tells_values_and_sources() -> None:
    printed = call("show", "cn_2019").stdout
    assert "in force from 2019-08-19, builds on cn_2016" in printed
    row = next(line for line in printed.splitlines() if line.strip().startswith("close_out_line"))
    assert "practice" in row and "remembered:" in row
    values = json.loads(call("show", "cn_2019", "--json").stdout)["values"]
    assert values["marginable_boards"]["value"] == ["star"]
    assert values["initial_margin.value"]["confidence"] == "source"


def test_show_on_a_date_is_the_set_in_force() -> None:
    assert call("show", "--on", "2018-05-01").stdout.startswith("cn_2016: ")
    assert call("show", "--on", "2020-01-01", "--market", "HK").stdout.startswith("hk_sfc: ")


def test_a_file_of_ones_own_is_shown_and_compared(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("kind: rules\nextends: cn_2016\nclose_out_line: 1.4\n", encoding="utf-8")
    assert "its file does not say" in call("show", "mine.yaml").stdout
    found = json.loads(call("diff", "cn_2016", "mine.yaml", "--json").stdout)
    assert [(each["key"], each["base"], each["other"]) for each in found["differences"]] == [
        ("close_out_line", 1.3, 1.4)
    ]


def test_diff_tells_what_became_practice() -> None:
    row = next(line for line in call("diff", "cn_2016", "cn_2019").stdout.splitlines() if "close_out_line" in line)
    assert "1.3 (rule)" in row and "1.3 (practice)" in row
    assert call("diff", "cn_2026", "cn_2026_07").stdout == "cn_2026 and cn_2026_07 do not differ\n"


def test_timeline_of_a_key() -> None:
    lines = [line.split() for line in call("timeline", "--key", "initial_margin.value").stdout.splitlines()]
    changes = [line for line in lines if "→" in line]
    assert [(line[0], line[3:6]) for line in changes] == [
        ("2015-11-23", ["0.5", "→", "1"]),
        ("2023-09-08", ["1", "→", "0.8"]),
        ("2026-01-19", ["0.8", "→", "1"]),
    ]


def test_timeline_as_json_and_as_csv_say_the_same() -> None:
    told = json.loads(call("timeline", "--key", "short_margin", "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(call("timeline", "--key", "short_margin", "--csv").stdout)))
    assert told["market"] == "CN"
    assert [(row["date"], float(row["after"]), row["source"]) for row in rows] == [
        (each["date"], each["after"], each["source"]) for each in told["changes"]
    ]
    assert rows[0]["before"] == ""


def test_timeline_of_a_scenario() -> None:
    printed = call("timeline", "china_2015", "--key", "call_window").stdout
    assert printed.startswith("china_2015: rules cn_2015 from 2015-06-12\n")
    assert "2 → 4" in printed and "short_cover" not in printed
    assert "no event changes" in call("timeline", "one_account").stdout
    told = json.loads(call("timeline", "china_2015", "--json").stdout)
    assert (told["scenario"], told["rules"]) == ("china_2015", "cn_2015")
    assert call("timeline", "one_account", "--csv").stdout == "date,section,key,before,after,note\n"


def test_timeline_is_drawn(tmp_path: Path) -> None:
    assert call("timeline", "--plot", "rules.svg").stdout.endswith("plot: rules.svg\n")
    assert (tmp_path / "rules.svg").read_text(encoding="utf-8").count("<path") > 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--market", "TW"), "--market: found 'TW', of which there are no rule sets; known: CN, HK"),
        (("show", "cn_2017"), "'cn_2017' is no ready-made rule set"),
        (("show",), "rules show: give a name or --on DATE"),
        (("show", "--on", "May"), "--on: found 'May', must be a date; write it as 2015-11-23"),
        (("show", "cn_2016", "--market", "CN"), "--market: goes with --on DATE"),
        (("show", "--on", "2009-01-01"), "2009-01-01: is before 2010-03-31"),
        (("diff", "cn_2016", "nowhere.yaml"), "nowhere.yaml: no such file"),
        (
            ("timeline", "--key", "initial_margn"),
            "--key initial_margn: rules have no key 'initial_margn'; did you",
        ),
        (("timeline", "--market", "TW"), "market: found 'TW'"),
        (("timeline", "--csv", "--json"), "--csv: cannot go with --json"),
        (("timeline", "--plot", "rules.docx"), "rules.docx: '.docx' is no picture format"),
        (("timeline", "china_2015", "--market", "CN"), "--market, --plot: are of the history"),
    ],
)
def test_wrong_input_is_told_in_one_line_and_nothing_is_written(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    found = call(*arguments, code=2)
    assert found.stdout == ""
    assert found.stderr.startswith(f"pingcang: {message}")
    assert list(tmp_path.iterdir()) == []
