"""What `scenarios/regimes/` may say, and how it is read."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pingcang.leverage.regimes.printed import Printed, Unit
from pingcang.scenario.files import scenarios_folder
from pingcang.scenario.types import Day, Name, Section, Text
from pingcang.study.spec_files import read_spec

Confidence = Literal["read", "computed", "stated", "remembered"]
WORDS: dict[str, str] = {
    "read": "read in the source",
    "computed": "computed from data",
    "stated": "stated in an article",
    "remembered": "remembered, unverified",
}
"""The confidences in words, from the surest."""


class Regime(Section):
    """A column of the table."""

    key: Name
    label: Text
    market: Name
    rules: Name | None = None
    """A ready-made rule set; default: the one in force in the market on `day`."""
    first: Day
    """The window that means are taken over."""
    last: Day
    day: Day
    """The day that levels are read on."""
    title: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first <= self.day <= self.last:
            raise ValueError(f"day: {self.day} must lie between first and last, {self.first} and {self.last}")
        return self


class Statement(Section):
    """A figure as somebody prints it."""

    figure: Name
    regime: Name
    printed: Text
    """The digits as printed."""
    unit: Unit = Field(alias="in")
    date: Day | None = None
    confidence: Confidence
    source: Text
    note: Text = ""

    @field_validator("printed")
    @classmethod
    def _number(cls, text: str) -> str:
        _ = Printed(text, "1").bounds
        return text

    @property
    def number(self) -> Printed:
        """The figure as a number."""
        return Printed(self.printed, self.unit)


class Reason(Section):
    """Why a cell is empty."""

    figure: Name
    regime: Name
    reason: Text


class RegimeFile(Section):
    """`regimes.yaml`."""

    kind: Literal["regimes"]
    regimes: list[Regime]
    statements: list[Statement] = []
    missing: list[Reason] = []

    @model_validator(mode="after")
    def _known(self) -> Self:
        keys = [regime.key for regime in self.regimes]
        if len(set(keys)) < len(keys):
            raise ValueError(f"regimes: a key stands twice in {', '.join(keys)}")
        for regime in [entry.regime for entry in self.statements] + [entry.regime for entry in self.missing]:
            if regime not in keys:
                raise ValueError(f"statements: {regime!r} is no regime; known: {', '.join(keys)}")
        return self


def regime_folder() -> Path:
    """The folder of the regimes, inside an installed package or in the checkout."""
    return scenarios_folder() / "regimes"


@cache
def regime_file() -> RegimeFile:
    """The ready-made regimes and statements."""
    return read_spec(regime_folder() / "regimes.yaml", "regimes", RegimeFile)[0]
