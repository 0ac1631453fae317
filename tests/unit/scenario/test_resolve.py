"""extends and rule sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario

PARENT = """\
name: parent
calendar: {start: 2015-06-12, days: 10}
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}
cohorts:
  retail: {kind: retail, explicit: [{cash: 100}]}
  other: {kind: retail, explicit: [{cash: 100}]}
rules: cn_2015
events: [{date: 2015-06-15}, {date: 2015-06-16}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parent.yaml").write_text(PARENT, encoding="utf-8")
    return tmp_path


def write(folder: Path, text: str, name: str = "child.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_mappings_merge_and_lists_replace(folder: Path) -> None:
    child = write(folder, "extends: parent.yaml\nname: child\ncalendar: {days: 5}\nevents: [{date: 2015-06-17}]\n")
    scenario = load_scenario(child).scenario
    assert (scenario.name, scenario.calendar.days, scenario.calendar.start.day) == ("child", 5, 12)
    assert [event.date.day for event in scenario.events] == [17]


def test_null_takes_a_parents_key_out(folder: Path) -> None:
    child = write(folder, "extends: parent.yaml\ncohorts: {other: null}\n")
    assert list(load_scenario(child).scenario.cohorts) == ["retail"]


def test_single_rules_merge_over_the_parents_rule_set(folder: Path) -> None:
    rules = load_scenario(write(folder, "extends: parent.yaml\nrules: {close_out_line: 1.4}\n")).scenario.rules
    assert (rules.name, rules.close_out_line, rules.withdrawal_line) == ("cn_2015", 1.4, 3.0)


@pytest.mark.parametrize("rules", ["cn_2025", "{extends: cn_2025}"])
def test_a_named_rule_set_replaces_the_parents(folder: Path, rules: str) -> None:
    parent = write(folder, PARENT.replace("cn_2015", "{call_window: 9}"), "nine.yaml")
    assert load_scenario(parent).scenario.rules.call_window == 9
    found = load_scenario(write(folder, f"extends: nine.yaml\nrules: {rules}\n")).scenario.rules
    assert (found.name, found.initial_margin.value, found.call_window) == ("cn_2025", 0.8, 2)


def test_rules_can_start_from_a_rule_set(folder: Path) -> None:
    text = PARENT.replace("cn_2015", "{extends: cn_2015, close_out_line: 1.4, name: mine}")
    rules = load_scenario(write(folder, text)).scenario.rules
    assert (rules.name, rules.close_out_line, rules.immediate_line) == ("mine", 1.4, 1.1)


def test_a_rule_set_can_extend_another_and_is_called_like_its_file(folder: Path) -> None:
    write(folder, "kind: rules\nextends: cn_2015\ncall_window: 5\n", "sets/slow.yaml")
    write(folder, "kind: rules\nextends: slow.yaml\nshort_margin: 1\n", "sets/slower.yaml")
    rules = load_scenario(write(folder, PARENT.replace("cn_2015", "sets/slower.yaml"))).scenario.rules
    assert (rules.name, rules.call_window, rules.short_margin, rules.withdrawal_line) == (
        "slower",
        5,
        1.0,
        3.0,
    )


def test_rule_sets_in_a_circle_are_refused(folder: Path) -> None:
    write(folder, "kind: rules\nextends: b.yaml\n", "a.yaml")
    write(folder, "kind: rules\nextends: a.yaml\n", "b.yaml")
    with pytest.raises(
        ScenarioError, match=r"b\.yaml:2: extends: runs in a circle .*a\.yaml -> .*b\.yaml -> .*a\.yaml"
    ):
        load_scenario(write(folder, PARENT.replace("cn_2015", "a.yaml")))


def test_paths_of_a_parent_start_from_its_own_folder(folder: Path) -> None:
    text = PARENT.replace("explicit: [{cash: 100}]}\nrules", "from: data/a.parquet, positions: ../p.parquet}\nrules")
    write(folder, text, "elsewhere/parent.yaml")
    loaded = load_scenario(write(folder, "extends: elsewhere/parent.yaml\n"))
    here = folder / "elsewhere"
    assert loaded.scenario.cohorts["other"].tables == (str(here / "data" / "a.parquet"), str(here / "../p.parquet"))
    assert loaded.base_folder == folder


def test_tables_of_all_cohorts_start_from_the_folder_of_the_file_that_names_them(folder: Path) -> None:
    text = PARENT.replace("explicit: [{cash: 100}]}\nrules", "}\n  from: a.parquet\n  positions: p.parquet\nrules")
    write(folder, text.replace("kind: retail, }", "kind: retail}"), "elsewhere/parent.yaml")
    loaded = load_scenario(write(folder, "extends: elsewhere/parent.yaml\n"))
    assert loaded.scenario.cohorts["other"].from_ == str(folder / "elsewhere" / "a.parquet")
    assert loaded.scenario.cohorts["other"].positions == str(folder / "elsewhere" / "p.parquet")


def test_paths_of_the_scenario_itself_stay_as_written(folder: Path) -> None:
    securities = 'securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}'
    loaded = load_scenario(write(folder, PARENT.replace(securities, "securities: {csv: data/stocks.csv}")))
    assert loaded.scenario.securities.csv == "data/stocks.csv"
    assert loaded.base_folder == folder


def test_a_ready_made_scenario_can_be_extended_from_anywhere(folder: Path) -> None:
    child = write(folder, "extends: one_account\nname: mine\n")
    assert load_scenario(child).scenario.name == "mine"
