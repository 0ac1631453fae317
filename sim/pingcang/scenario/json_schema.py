"""A JSON Schema of scenario files, for completion and checks while they are written in an editor."""

from __future__ import annotations

import copy
from typing import Any

from pingcang.scenario.own_book import SHARED
from pingcang.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CHANGE = "Change"
Schema = dict[str, Any]


def json_schema() -> Schema:
    """The schema of a scenario file.

    A file that `extends` another may leave any key out, and put null for a key of its parent's. Every file
    may name a rule set instead of writing rules; an event's partial sections know the keys of the whole ones.
    """
    whole = Scenario.model_json_schema()
    definitions = whole.pop("$defs")
    definitions["Scenario"] = whole
    _name_the_events_sections(definitions["Event"])
    _name_the_tables_of_all(whole["properties"]["cohorts"], definitions["Cohort"]["properties"])
    changes = {name + _CHANGE: _change(section) for name, section in definitions.items()}
    definitions["Scenario"]["properties"]["rules"] = _rules("Rules")
    changes["Scenario" + _CHANGE]["properties"]["rules"] = _rules("Rules" + _CHANGE)
    changes["Scenario" + _CHANGE]["properties"]["extends"] = {
        "type": "string",
        "title": "Extends",
        "description": "Path or ready-made name of a scenario that this one changes: mappings merge "
        "key by key, null takes a key out, everything else replaces.",
    }
    return {
        "$schema": DIALECT,
        "title": "Pingcang scenario",
        "description": whole["description"],
        "type": "object",
        "if": {"required": ["extends"]},
        "then": _reference("Scenario" + _CHANGE),
        "else": _reference("Scenario"),
        "$defs": {**definitions, **changes},
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _rules(own: str) -> Schema:
    return {
        "title": "Rules",
        "description": "Name or path of a rule set, or rules written out, `extends: NAME` among them.",
        "anyOf": [{"type": "string"}, _reference(own)],
    }


def _name_the_events_sections(event: Schema) -> None:
    """Point an event's partial sections, open mappings to pydantic, to the sections that they change."""
    properties = event["properties"]
    for key in ("rules", "impact", "exchange", "macro"):
        properties[key]["anyOf"] = [_reference(key.capitalize() + _CHANGE), {"type": "null"}]
    by_cohort = {"type": "object", "additionalProperties": _reference("Contract" + _CHANGE)}
    properties["contract"]["anyOf"] = [by_cohort, {"type": "null"}]


def _name_the_tables_of_all(cohorts: Schema, keys: Schema) -> None:
    """Beside names of cohorts `cohorts` has keys that speak of all of them."""
    (pattern, cohort), *_ = cohorts["patternProperties"].items()
    others = pattern.replace("^", f"^(?!(?:{'|'.join(SHARED)})$)", 1)
    cohorts["patternProperties"] = {others: cohort}
    cohorts["properties"] = {key: keys[key] for key in SHARED if key != "positions"}
    cohorts["properties"]["positions"] = {"type": ["string", "null"], "description": keys["positions"]["description"]}


def _change(section: Schema) -> Schema:
    """A section of which any key may be left out or null; items of lists replace, so they stay whole."""
    change = copy.deepcopy(section)
    change.pop("required", None)
    change["properties"] = {key: _mergeable(inner) for key, inner in change.get("properties", {}).items()}
    if section.get("title") == "Rules":
        change["properties"]["extends"] = {"type": "string", "description": "Path or name of a rule set."}
    return change


def _mergeable(schema: Schema) -> Schema:
    """The schema of one key in a change: sections inside become changes too, and null is allowed."""
    title: Schema = {key: schema[key] for key in ("title", "description") if key in schema}
    return {**title, "anyOf": [_pointed(schema), {"type": "null"}]}


def _pointed(schema: Schema) -> Schema:
    pointed = {key: inner for key, inner in schema.items() if key not in {"title", "description"}}
    if "$ref" in pointed and not pointed["$ref"].endswith(_CHANGE):
        pointed["$ref"] += _CHANGE
    if isinstance(pointed.get("additionalProperties"), dict):
        pointed["additionalProperties"] = _mergeable(pointed["additionalProperties"])
    if "patternProperties" in pointed:
        named = pointed["patternProperties"].items()
        pointed["patternProperties"] = {pattern: _mergeable(inner) for pattern, inner in named}
    if "anyOf" in pointed:
        pointed["anyOf"] = [_pointed(member) for member in pointed["anyOf"]]
    return pointed
