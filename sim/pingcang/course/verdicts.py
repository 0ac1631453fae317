"""Whether an answer is right, near or not yet right; the right one is never told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

from pingcang.course.exercises import Exercise, exercise
from pingcang.language import ENGLISH, language, translated

UNITS = (100.0, 0.01, 10_000.0, 0.0001, 1_000.0, 0.001, -1.0)
"""Factors between units that are often mixed up: yuan, fen, shares, lots, per cent, basis points, thousands; sign."""

OPEN, RIGHT = "open. Put your answer in place of the three dots.", "right."
NEAR = "near, but not yet right. Look at rounding and at counting. Hint: {hint}"
OTHER_UNIT = "near: the digits are right, the unit or the sign is not."
NOT_YET = "not yet. Hint: {hint}"
NOT_A_WORD = "not yet. The answer is a word in quotes; found {found}. Hint: {hint}"
NOT_A_NUMBER = "not yet. The answer is one number; found {found}. Hint: {hint}"


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer."""

    key: str
    outcome: Literal["right", "near", "not yet", "open"]
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


def check(key: str, answer: object, *, lang: str = ENGLISH) -> None:
    """Print whether an answer is right, near, or not yet right, with a hint; `...` is an exercise left open.

    `lang` is the language of what is said, `en` or `zh`; the answer is the same. Raises ScenarioError for another one,
    and for an exercise that does not exist.
    """
    with language(lang):
        print(verdict(key, answer))


def verdict(key: str, answer: object) -> Verdict:
    """What is said of the answer to an exercise. Raises ScenarioError for an exercise that does not exist."""
    asked = exercise(key)
    if answer is ...:
        return Verdict(key, "open", translated(OPEN))
    return _of_word(asked, answer) if asked.step is None else _of_number(asked, asked.step, answer)


def _of_word(asked: Exercise, answer: object) -> Verdict:
    if isinstance(answer, str) and asked.holds(" ".join(answer.split()).casefold()):
        return Verdict(asked.key, "right", translated(RIGHT))
    if isinstance(answer, str):
        return _not_yet(asked, NOT_YET)
    return _not_yet(asked, NOT_A_WORD, found=repr(answer))


def _not_yet(asked: Exercise, text: str, **found: str) -> Verdict:
    return Verdict(asked.key, "not yet", translated(text).format(hint=translated(asked.hint), **found))


def _of_number(asked: Exercise, step: float, answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, Real) or not math.isfinite(answer):
        return _not_yet(asked, NOT_A_NUMBER, found=repr(answer))
    value = float(answer)
    if _within(asked, step, value, asked.slack):
        return Verdict(asked.key, "right", translated(RIGHT))
    if _within(asked, step, value, asked.near):
        return Verdict(asked.key, "near", translated(NEAR).format(hint=translated(asked.hint)))
    if any(_within(asked, step, value * factor, asked.slack) for factor in UNITS):
        return Verdict(asked.key, "near", translated(OTHER_UNIT))
    return _not_yet(asked, NOT_YET)


def _within(asked: Exercise, step: float, value: float, steps: int) -> bool:
    """Whether the hidden answer lies within some steps of a value rounded to the grid."""
    centre = round_to(step, value)
    return any(asked.holds(str(centre + k)) for k in range(-steps, steps + 1))


def round_to(step: float, value: float) -> int:
    """A number in whole steps, halves upward: ⌊value/step + ½⌋; a billionth of slack for what decimals cannot hold."""
    return math.floor(value / step + 0.5 + 1e-9)
