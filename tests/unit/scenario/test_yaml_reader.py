"""YAML 1.2 core schema, https://yaml.org/spec/1.2.2/#103-core-schema, and dates beside it."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario.tree import nearest, plain
from pingcang.scenario.yaml_reader import read_yaml, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e9", 1e9),
        ("1.3e9", 1.3e9),
        ("2.2e12", 2.2e12),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("+3", 3),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("2015-06-12", dt.date(2015, 6, 12)),
        ("2015-02-30", "2015-02-30"),
        ("2015-06-12 10:00:00", "2015-06-12 10:00:00"),
        ("-.inf", -math.inf),
        ("5 %", "5 %"),
        ("٣", "٣"),
    ],
)
def test_a_plain_scalar_means_what_the_core_schema_says(text: str, value: object) -> None:
    assert repr(scalar(text)) == repr(value)


def test_quoted_scalars_stay_text() -> None:
    assert plain(read_yaml("a: '1'\nb: \"true\"\nc: |\n  2\n", "x")) == {"a": "1", "b": "true", "c": "2\n"}


def test_keys_are_text_whatever_they_look_like() -> None:
    assert plain(read_yaml("600000: 1\ntrue: 2\n", "x")) == {"600000": 1, "true": 2}


def test_every_value_knows_its_line() -> None:
    tree = read_yaml("a:\n  b: 1\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n", "x")
    lines = {keys: nearest(tree, keys).place.line for keys in [("a",), ("a", "b"), ("a", "c", 1), ("a", "c", 1, "e")]}
    assert lines == {("a",): 1, ("a", "b"): 2, ("a", "c", 1): 5, ("a", "c", 1, "e"): 6}


def test_an_alias_repeats_its_anchor() -> None:
    assert plain(read_yaml("a: &a [1, 2]\nb: *a\n", "x")) == {"a": [1, 2], "b": [1, 2]}


def test_an_alias_does_not_lead_deeper_than_the_cap() -> None:
    deep = "[" * 40 + "]" * 40
    with pytest.raises(ScenarioError, match=r"^x:2: b(\.0)*: alias \*a nests deeper than 64 levels"):
        read_yaml(f"a: &a {deep}\nb: {'[' * 30}*a{']' * 30}\n", "x")


def test_all_duplicates_are_told_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        read_yaml("a: 1\nb: {c: 1, c: 2}\na: 2\n", "x")
    assert caught.value.problems == (
        "x:2: b.c: given twice, on lines 2 and 2; keep one of them",
        "x:3: a: given twice, on lines 1 and 3; keep one of them",
    )


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"not YAML|half a character"):
        read_yaml('a: "\\ud800"\n', "x")
