"""Merging, looking up and reporting in a tree of placed values."""

from __future__ import annotations

from typing import Any

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario.rules import InitialMargin
from pingcang.scenario.tree import (
    Place,
    Problem,
    from_python,
    merged,
    merged_values,
    nearest,
    one_line,
    plain,
    raise_problems,
)

HERE, THERE = Place("here", 1), Place("there", 2)


@pytest.mark.parametrize(
    ("parent", "child", "result"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": 1}, {"b": None}, {"a": 1, "b": None}),
    ],
)
def test_mappings_merge_null_removes_everything_else_replaces(parent: Any, child: Any, result: Any) -> None:
    assert plain(merged(from_python(parent, HERE), from_python(child, THERE))) == result


def test_merged_values_keep_the_place_they_come_from() -> None:
    tree = merged(from_python({"a": {"b": 1, "c": 2}}, HERE), from_python({"a": {"c": 3}}, THERE))
    assert nearest(tree, ("a", "b")).place == HERE
    assert nearest(tree, ("a", "c")).place == THERE


def test_the_nearest_value_stands_in_for_one_that_is_missing() -> None:
    tree = from_python({"a": [1]}, HERE)
    assert nearest(tree, ("a", 5, "x")) is tree.value["a"]


def test_an_event_can_set_a_value_to_null() -> None:
    assert merged_values({"a": {"b": 1}, "c": 2}, {"a": {"b": None}}) == {"a": {"b": None}, "c": 2}


def test_models_and_tuples_are_taken_apart() -> None:
    tree = from_python({"a": InitialMargin(), "b": (1, 2)}, HERE)
    assert plain(tree) == {"a": {"value": 0.5, "of": "loan"}, "b": [1, 2]}


def test_values_that_contain_themselves_are_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ScenarioError, match=r"^here:1: nested deeper than 64 levels"):
        from_python(circle, HERE)


def test_line_ends_and_terminal_codes_are_escaped() -> None:
    assert one_line("平仓\n\x1b[31m\u2028") == "平仓\\n\\x1b[31m\\u2028"


def test_problems_come_in_the_order_of_the_file_and_once_each() -> None:
    late, early = Problem(Place("f", 9), ("b",), "late"), Problem(Place("f", 1), ("a", 0), "early")
    with pytest.raises(ScenarioError) as caught:
        raise_problems([late, early, late])
    assert caught.value.problems == ("f:1: a.0: early", "f:9: b: late")


def test_no_problem_no_error() -> None:
    raise_problems([])
