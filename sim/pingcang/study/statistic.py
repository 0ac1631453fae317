"""One number over the runs of an arm: median(drawdown), mean(forced_sales), p(drawdown>0.25)."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pingcang.errors import ScenarioError
from pingcang.results.metrics import UNITS

Floats = NDArray[np.float64]

NEEDS_AMPLIFICATION = {"amplification", "amplification_points"}
"""Metrics of runs that were simulated a second time, without feedback."""
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_MIDDLE = re.compile(r"(median|mean)\((\w+)\)", re.IGNORECASE)
_SHARE = re.compile(rf"p\((\w+)(<=|<|>=|>)({_NUMBER})\)", re.IGNORECASE)
_CONDITION = re.compile(rf"(.+\))(<=|<|>=|>|=)({_NUMBER})")


@dataclass(frozen=True)
class Statistic:
    """Median or mean of a metric over the runs, or the share of runs in which it lies beyond a threshold."""

    kind: Literal["median", "mean", "p"]
    metric: str
    side: str = ""
    threshold: float = 0.0

    def __str__(self) -> str:
        beyond = f"{self.side}{self.threshold:g}" if self.kind == "p" else ""
        return f"{self.kind}({self.metric}{beyond})"

    @property
    def amplification(self) -> bool:
        """Whether its runs must be simulated without feedback, too."""
        return self.metric in NEEDS_AMPLIFICATION

    @property
    def unit(self) -> str:
        """Unit of the number."""
        return "1" if self.kind == "p" else UNITS[self.metric][0]

    def of(self, values: Floats) -> Floats:
        """The number; runs are on the last axis."""
        if self.kind == "p":
            return np.asarray(COMPARED[self.side](values, self.threshold).mean(axis=-1))
        return np.asarray((np.median if self.kind == "median" else np.mean)(values, axis=-1))


@dataclass(frozen=True)
class Condition:
    """A statistic held against a level; `=` asks where the two are equal."""

    statistic: Statistic
    sign: str
    level: float

    def __str__(self) -> str:
        return f"{self.statistic}{self.sign}{self.level:g}"

    def holds(self, number: float) -> bool:
        """Whether a value of the statistic meets an inequality."""
        return bool(COMPARED[self.sign](number, self.level))


def parse_statistic(text: str) -> Statistic:
    """`median(M)`, `mean(M)`, `p(M>x)`, M a metric; ScenarioError for anything else."""
    plain = text.replace(" ", "")
    if match := _MIDDLE.fullmatch(plain):
        kind: Literal["median", "mean"] = "median" if match[1].lower() == "median" else "mean"
        return Statistic(kind, known_metric(match[2], text))
    if match := _SHARE.fullmatch(plain):
        return Statistic("p", known_metric(match[1], text), match[2], float(match[3]))
    raise ScenarioError(f"{text!r} is no statistic; write median(drawdown), mean(forced_sales) or p(drawdown>0.25)")


def parse_condition(text: str, signs: tuple[str, ...]) -> Condition:
    """`STATISTIC SIGN NUMBER` with one of these signs; ScenarioError for anything else."""
    match = _CONDITION.fullmatch(text.replace(" ", ""))
    if match is None or match[2] not in signs:
        example = "median(drawdown)=0.36" if signs == ("=",) else "p(drawdown>0.25)<0.1"
        raise ScenarioError(f"{text!r}: a statistic, one of {' '.join(signs)}, and a number are needed, as {example}")
    return Condition(parse_statistic(match[1]), match[2], float(match[3]))


def known_metric(name: str, place: str) -> str:
    """The name of a metric; ScenarioError if there is none."""
    if name not in UNITS:
        close = difflib.get_close_matches(name, UNITS, n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ScenarioError(f"{place}: {name!r} is no metric; {hint}there are {', '.join(UNITS)}")
    return name
