"""The space of the parameters: from a point to the values that it sets in each scenario.

Samplers work in the unit cube: coordinate u of a parameter runs from 0 at `low` to 1 at `high`, on its scale.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pingcang.calibrate.expressions import Formula

Params = Mapping[str, float]
"""Parameter -> value."""
DIGITS = 6
AT_BOUND = 0.01
"""A coordinate this near to 0 or 1 counts as at its bound."""


def rounded(value: float) -> float:
    """Six digits: what is simulated is what a file can say."""
    return float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True)
class Axis:
    """A parameter as one axis of the space."""

    name: str
    low: float
    high: float
    start: float
    log: bool = False
    step: float | None = None
    news: bool = False

    def coordinate(self, value: float) -> float:
        """The place of a value in [0, 1]."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, coordinate: float) -> float:
        """The value at a coordinate, in whole steps if it has steps, else to six digits; within the bounds."""
        u = min(1.0, max(0.0, coordinate))
        raw = self.low * (self.high / self.low) ** u if self.log else self.low + u * (self.high - self.low)
        if self.step is None:
            return min(self.high, max(self.low, rounded(raw)))
        most = math.floor((self.high - self.low) / self.step + 1e-9)
        return round(self.low + min(most, round((raw - self.low) / self.step)) * self.step, 12)

    def at_bound(self, value: float) -> str:
        """`low`, `high`, or nothing if the value is inside."""
        u = self.coordinate(value)
        return "low" if u <= AT_BOUND else "high" if u >= 1 - AT_BOUND else ""


@dataclass(frozen=True)
class Entry:
    """One path of one scenario that a parameter sets, as it is or by a formula."""

    parameter: str
    label: str
    path: str
    formula: Formula | None = None

    def value(self, params: Params) -> float:
        """What stands at the path."""
        return params[self.parameter] if self.formula is None else rounded(self.formula(params))


@dataclass(frozen=True)
class Space:
    """All parameters, and every path that they set."""

    axes: tuple[Axis, ...]
    entries: tuple[Entry, ...]

    @property
    def start(self) -> dict[str, float]:
        """The start values."""
        return {axis.name: axis.start for axis in self.axes}

    def axis(self, name: str) -> Axis:
        """The axis of a parameter."""
        return next(axis for axis in self.axes if axis.name == name)

    def point(self, coordinates: list[float]) -> dict[str, float]:
        """The values at a point of the unit cube."""
        return {axis.name: axis.value(u) for axis, u in zip(self.axes, coordinates, strict=True)}

    def coordinates(self, params: Params) -> list[float]:
        """The point of the unit cube that values stand at."""
        return [axis.coordinate(params[axis.name]) for axis in self.axes]

    def overrides(self, label: str, params: Params) -> dict[str, float]:
        """Path -> value of one scenario; dated ones last, since setting impact.X takes X out of every event."""
        own = [entry for entry in self.entries if entry.label == label]
        own.sort(key=lambda entry: entry.path.startswith("events."))
        return {entry.path: entry.value(params) for entry in own}
