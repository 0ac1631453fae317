"""The register of assumptions says what the scenarios say, and quotes what the studies found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pingcang.scenario import load_scenario, ready_made

ROOT = Path(__file__).resolve().parents[1]
REGISTER: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (ROOT / "docs" / "assumptions.yaml").read_text(encoding="utf-8")
)
ENTRIES = [(name, entry) for name, entries in REGISTER.items() for entry in entries]
EACH = pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=[entry["id"] for _, entry in ENTRIES])
FIELDS = {"id", "what", "keys", "status", "confidence", "source", "sensitivity", "change"}


def value_at(scenario: Any, path: str) -> Any:
    """The value of a dotted key; a whole number stands for a place in a list."""
    value = scenario
    for name in path.split("."):
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list | tuple):
            value = value[int(name)]
        else:
            value = getattr(value, name)
    return value


def plain(value: Any) -> Any:
    """Rows as lists, a section by its own `value`, if it has one."""
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value


@EACH
def test_every_value_is_the_scenario_s_own(name: str, entry: dict[str, Any]) -> None:
    scenario = load_scenario(name).scenario
    told = {key: plain(value_at(scenario, key)) for key in entry["keys"]}
    assert told == {key: plain(value) for key, value in entry["keys"].items()}


@EACH
def test_every_quoted_figure_stands_on_the_page_that_measured_it(name: str, entry: dict[str, Any]) -> None:
    if "page" not in entry:
        assert entry["sensitivity"] == "not measured"
        return
    page = (ROOT / "docs" / entry["page"].partition("#")[0]).read_text(encoding="utf-8")
    assert entry["figures"]
    assert [figure for figure in entry["figures"] if figure not in page] == []


@EACH
def test_every_assumption_has_status_confidence_source_and_what_would_change_it(
    name: str, entry: dict[str, Any]
) -> None:
    assert set(entry) - {"page", "figures"} == FIELDS
    assert entry["status"] in {"source", "estimate", "assumption", "fitted"}
    assert entry["confidence"] in {"high", "medium", "low"}
    assert entry["keys"] and all(str(entry[field]) for field in FIELDS)


def test_identities_are_unique_and_scenarios_ready_made() -> None:
    names = [entry["id"] for _, entry in ENTRIES]
    assert len(names) == len(set(names))
    assert set(REGISTER) <= set(ready_made())


def test_every_key_marked_as_fitted_to_the_crash_stands_in_the_register() -> None:
    text = (ROOT / "scenarios" / "china_2015.yaml").read_text(encoding="utf-8")
    fitted = {
        word for line in text.splitlines() if "# fitted" in line for word in re.findall(r"(\w+):", line.split("#")[0])
    }
    registered = {part for entry in REGISTER["china_2015"] for key in entry["keys"] for part in key.split(".")}
    assert fitted - registered == set()
