"""Whether an answer is right, near or not yet right; the right one is never told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

from pingcang.course.exercises import Exercise, exercise

UNITS = (100.0, 0.01, 10_000.0, 0.0001, 1_000.0, 0.001, -1.0)
"""Factors between units that are often mixed up: yuan, fen, shares, lots, per cent, basis points, thousands; sign."""


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer."""

    key: str
    outcome: Literal["right", "near", "not yet", "open"]
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


def check(key: str, answer: object) -> None:
    """Print whether an answer is right, near, or not yet right, with a hint; `...` is an exercise left open."""
    print(verdict(key, answer))


def verdict(key: str, answer: object) -> Verdict:
    """What is said of the answer to an exercise. Raises ScenarioError for an exercise that does not exist."""
    asked = exercise(key)
    if answer is ...:
        return Verdict(key, "open", "open. Put your answer in place of the three dots.")
    return _of_word(asked, answer) if asked.step is None else _of_number(asked, asked.step, answer)


def _of_word(asked: Exercise, answer: object) -> Verdict:
    if isinstance(answer, str) and asked.holds(" ".join(answer.split()).casefold()):
        return Verdict(asked.key, "right", "right.")
    wanted = "" if isinstance(answer, str) else f" The answer is a word in quotes; found {answer!r}."
    return Verdict(asked.key, "not yet", f"not yet.{wanted} Hint: {asked.hint}")


def _of_number(asked: Exercise, step: float, answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, Real) or not math.isfinite(answer):
        return Verdict(asked.key, "not yet", f"not yet. The answer is one number; found {answer!r}. Hint: {asked.hint}")
    value = float(answer)
    if _within(asked, step, value, asked.slack):
        return Verdict(asked.key, "right", "right.")
    if _within(asked, step, value, asked.near):
        return Verdict(
            asked.key, "near", f"near, but not yet right. Look at rounding and at counting. Hint: {asked.hint}"
        )
    if any(_within(asked, step, value * factor, asked.slack) for factor in UNITS):
        return Verdict(asked.key, "near", "near: the digits are right, the unit or the sign is not.")
    return Verdict(asked.key, "not yet", f"not yet. Hint: {asked.hint}")


def _within(asked: Exercise, step: float, value: float, steps: int) -> bool:
    """Whether the hidden answer lies within some steps of a value rounded to the grid."""
    centre = round_to(step, value)
    return any(asked.holds(str(centre + k)) for k in range(-steps, steps + 1))


def round_to(step: float, value: float) -> int:
    """A number in whole steps, halves upward: ⌊value/step + ½⌋; a billionth of slack for what decimals cannot hold."""
    return math.floor(value / step + 0.5 + 1e-9)
