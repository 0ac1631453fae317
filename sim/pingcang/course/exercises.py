"""The exercises of the tutorials as data: what form an answer has, a hint, and the answer as a digest.

A digest keeps an answer out of sight; it is no secret, since all whole numbers can be tried. Source of the digests: the
test of the tutorials computes every answer with the model and compares (`tests/tutorials/`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from pingcang.errors import ScenarioError

LENGTH = 16
"""Hexadecimal digits of a digest."""


@dataclass(frozen=True)
class Exercise:
    """One exercise; `step` is the grid that a number is rounded to, None for a word.

    `slack`: steps by which a right answer may be off. `near`: steps within which an answer is told to be near.
    """

    key: str
    hint: str
    digest: str
    step: float | None = None
    slack: int = 0
    near: int = 20

    def holds(self, content: str) -> bool:
        """Whether this rounded or trimmed answer is the hidden one."""
        return digest(self.key, content) == self.digest


def digest(key: str, content: str) -> str:
    """The salted digest of an answer: SHA-256 of the exercise's key and the answer, its first 16 digits."""
    return hashlib.sha256(f"pingcang course {key} {content}".encode()).hexdigest()[:LENGTH]


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by key, in the order of the tutorials."""
    text = (files("pingcang.course") / "exercises.yaml").read_text(encoding="utf-8")
    return {key: Exercise(key, **fields) for key, fields in yaml.safe_load(text).items()}


def exercise(key: str) -> Exercise:
    """The exercise of a key; ScenarioError names the keys there are."""
    if key not in exercises():
        raise ScenarioError(f"check: found exercise {key!r}, must be one of {', '.join(exercises())}")
    return exercises()[key]
