"""The traffic light: which lines a balance has reached. A balance on a line belongs to the band above it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pingcang.leverage.monitor.reading import Light

LIGHTS: tuple[Light, ...] = ("green", "amber", "orange", "red")
LINES = ("threshold_broad", "threshold_official", "equal_risk_balance")
"""The results that are the lines between the lights, in rising order."""
MEANINGS = {
    "green": "below the broad threshold",
    "amber": "from the broad to the official threshold",
    "orange": "from the official threshold to the equal-risk balance",
    "red": "from the equal-risk balance on",
}


class Lines(NamedTuple):
    """The three lines between the four lights, CNY, in rising order."""

    broad: float
    official: float
    equal_risk: float

    @classmethod
    def of(cls, results: Mapping[str, float]) -> Lines:
        """The lines among the results of a chain."""
        return cls(*(results[name] for name in LINES))

    def in_order(self) -> bool:
        """Whether they rise; two may be equal, and the light between them is then never shown."""
        return self.broad <= self.official <= self.equal_risk

    def light(self, balance: float) -> Light:
        """The light of a balance in CNY; a balance on a line belongs to the band above it."""
        if not (math.isfinite(balance) and balance >= 0):
            raise ScenarioError(f"balance: found {balance:g}, must be at least 0 CNY; 2.5 trillion is 2.5e12")
        return LIGHTS[sum(balance >= line for line in self)]
