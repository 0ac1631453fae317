import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.calibrate.expressions import ExpressionError, parse_constraint, parse_formula

NUMBERS = st.floats(-1e3, 1e3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a * b", 6.0),
        ("-a + 2.5e1", 23.0),
        ("a ** b - (b - a) / 2", 7.5),
        ("min(a, b, 1) + max(a, b) + abs(-a)", 6.0),
        ("cohorts.x.table.0.1 / a", 2.0),
        ("1e5", 1e5),
        ("n0 + n1", 30.0),
    ],
)
def test_a_formula_is_arithmetic_on_names_and_paths(text, value):
    known = {"a": 2.0, "b": 3.0, "cohorts.x.table.0.1": 4.0, "n0": 10.0, "n1": 20.0}
    assert parse_formula(text)(known) == value


@pytest.mark.parametrize("text", ["1 / (a - a)", "(0 - 8) ** 0.5", "10.0 ** 400 * a"])
def test_a_formula_without_a_value_is_not_a_number(text):
    assert math.isnan(parse_formula(text)({"a": 1.0}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "__import__('os')",
        "a.b(c)",
        "open(a)",
        "[a]",
        "a if b else c",
        "min",
        "abs(a, b)",
        "max(a)",
        "'a'",
        "a < b",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ExpressionError, match=r"arithmetic|arguments"):
        parse_formula(text)


@pytest.mark.parametrize("text", ["a", "a < b < 1", "a == b", "a < 'b'", "a and b < 1"])
def test_a_constraint_is_one_comparison(text):
    with pytest.raises(ExpressionError, match=r"comparison|arithmetic"):
        parse_constraint(text)


def test_a_text_beyond_measure_is_refused():
    with pytest.raises(ExpressionError, match="longer than 500"):
        parse_formula("a+" * 300 + "a")


@given(NUMBERS, NUMBERS)
def test_a_violation_is_how_far_the_sides_are_on_the_wrong_side(a, b):
    known = {"a": a, "b": b}
    assert parse_constraint("a <= b").violation(known) == max(0.0, a - b)
    assert parse_constraint("a >= b").violation(known) == max(0.0, b - a)
    assert (parse_constraint("a < b").violation(known) == 0) == (a < b)
    assert (parse_constraint("a > b").violation(known) == 0) == (a > b)


def test_a_comparison_without_a_value_is_violated_without_end():
    assert parse_constraint("1 / (1 - a) < 0.6").violation({"a": 1.0}) == math.inf
