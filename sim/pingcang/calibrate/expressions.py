"""Arithmetic that a calibration may write: `shadow_ratio * hazard_0`, `impact.trend / (1 - impact.herding_down) < 0.6`.

A name is a parameter or the path of a value in a scenario. Nothing is executed but + - * / **, parentheses,
numbers, min, max and abs; a constraint is one comparison with <, <=, > or >=.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.\w+)*")
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_UPWARD = {ast.Lt: True, ast.LtE: True, ast.Gt: False, ast.GtE: False}
"""Comparison -> whether its left side must be the smaller one."""
_STRICT = (ast.Lt, ast.Gt)
WAY_OUT = "allowed are numbers, names, + - * / **, parentheses, min, max, abs"
LARGEST_TEXT = 500


class ExpressionError(ValueError):
    """The text is no arithmetic that is allowed; says why."""


@dataclass(frozen=True)
class Formula:
    """Arithmetic on names."""

    text: str
    names: tuple[str, ...]
    """The names in it, each once, in their order."""
    code: str
    """The text with `n0`, `n1`, … for the names."""

    def __call__(self, values: Mapping[str, float]) -> float:
        """Its value; NaN where it has none (division by zero, overflow)."""
        tree = ast.parse(self.code, mode="eval").body
        return _number(tree, [values[name] for name in self.names])


@dataclass(frozen=True)
class Constraint(Formula):
    """A comparison; a point that violates it is not simulated."""

    def violation(self, values: Mapping[str, float]) -> float:
        """By how much the wrong side is the larger one, 0 if the constraint holds; infinite if it has no value."""
        comparison = ast.parse(self.code, mode="eval").body
        assert isinstance(comparison, ast.Compare)
        numbers = [values[name] for name in self.names]
        left, right = _number(comparison.left, numbers), _number(comparison.comparators[0], numbers)
        kind = type(comparison.ops[0])
        excess = left - right if _UPWARD[kind] else right - left
        if math.isnan(excess):
            return math.inf
        if excess == 0 and kind in _STRICT:
            return math.ulp(left)
        return max(0.0, excess)


def parse_formula(text: str) -> Formula:
    """The formula in a text; `ExpressionError` if it is none."""
    names, code, tree = _parsed(text)
    _check(tree, text)
    return Formula(text, names, code)


def parse_constraint(text: str) -> Constraint:
    """The comparison in a text; `ExpressionError` if it is none."""
    names, code, tree = _parsed(text)
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or type(tree.ops[0]) not in _UPWARD:
        raise ExpressionError(f"{text!r} is not one comparison with <, <=, > or >=")
    _check(tree.left, text)
    _check(tree.comparators[0], text)
    return Constraint(text, names, code)


def _parsed(text: str) -> tuple[tuple[str, ...], str, ast.expr]:
    if len(text) > LARGEST_TEXT:
        raise ExpressionError(f"is longer than {LARGEST_TEXT} characters; make it shorter")
    names = tuple(dict.fromkeys(name for name in _NAME.findall(text) if name not in _FUNCTIONS))
    places = {name: f"n{index}" for index, name in enumerate(names)}
    code = _NAME.sub(lambda found: places.get(found[0], found[0]), text).strip()
    try:
        return names, code, ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{text!r} is no arithmetic; {WAY_OUT}") from None


def _check(node: ast.AST, text: str) -> None:
    """Raise unless every part is allowed."""
    match node:
        case ast.BinOp(left, symbol, right) if type(symbol) in _OPERATORS:
            _check(left, text)
            _check(right, text)
        case ast.UnaryOp(symbol, operand) if type(symbol) in _OPERATORS:
            _check(operand, text)
        case ast.Call(ast.Name(name), [_, *_] as arguments, []) if name in _FUNCTIONS:
            if len(arguments) != 1 if name == "abs" else len(arguments) < 2:
                raise ExpressionError(f"{text!r}: {name} has another number of arguments")
            for argument in arguments:
                _check(argument, text)
        case ast.Name(name) if name not in _FUNCTIONS:
            pass
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            pass
        case _:
            raise ExpressionError(f"{text!r} holds what is no arithmetic; {WAY_OUT}")


def _number(node: Any, numbers: list[float]) -> float:
    try:
        return float(_value(node, numbers))
    except (ZeroDivisionError, OverflowError, ValueError):
        return math.nan


def _value(node: Any, numbers: list[float]) -> float:
    match node:
        case ast.Constant(int() | float() as value):
            return float(value)
        case ast.Name():
            return numbers[int(node.id.removeprefix("n"))]
        case ast.UnaryOp():
            return _OPERATORS[type(node.op)](_value(node.operand, numbers))
        case ast.BinOp():
            return _OPERATORS[type(node.op)](_value(node.left, numbers), _value(node.right, numbers))
        case _:
            return _FUNCTIONS[node.func.id](*(_value(argument, numbers) for argument in node.args))
