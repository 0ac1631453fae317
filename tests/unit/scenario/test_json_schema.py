"""The schema for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pingcang.scenario import json_schema

SCHEMA = json_schema()
DEFINITIONS = SCHEMA["$defs"]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_is_json_and_names_its_dialect() -> None:
    assert json.loads(json.dumps(SCHEMA))["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_reference_leads_somewhere() -> None:
    assert {reference.removeprefix("#/$defs/") for reference in references(SCHEMA)} <= set(DEFINITIONS)


def test_keys_are_described_by_the_docstrings() -> None:
    line = DEFINITIONS["Rules"]["properties"]["close_out_line"]
    assert line["description"].startswith("The line (平仓线)")


def test_a_whole_scenario_needs_its_sections_and_a_child_only_a_parent() -> None:
    assert DEFINITIONS["Scenario"]["required"] == ["name", "calendar", "securities"]
    assert "required" not in DEFINITIONS["ScenarioChange"]
    assert "extends" in DEFINITIONS["ScenarioChange"]["properties"]
    assert SCHEMA["if"] == {"required": ["extends"]}


def test_rules_may_be_a_name() -> None:
    for name in ("Scenario", "ScenarioChange"):
        assert {"type": "string"} in DEFINITIONS[name]["properties"]["rules"]["anyOf"]


def test_events_know_the_keys_of_the_sections_that_they_change() -> None:
    rules = DEFINITIONS["Event"]["properties"]["rules"]["anyOf"][0]
    assert rules == {"$ref": "#/$defs/RulesChange"}
    assert "close_out_line" in DEFINITIONS["RulesChange"]["properties"]


def test_no_section_takes_unknown_keys() -> None:
    open_sections = [name for name, section in DEFINITIONS.items() if section.get("additionalProperties") is not False]
    assert open_sections == []
