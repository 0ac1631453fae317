"""One number of the scorecard, with everything that is needed to judge it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Light = Literal["green", "amber", "orange", "red"]
Group = Literal["quantity", "quality"]


@dataclass(frozen=True)
class Reading:
    """A number read off the balance on a day, or the reason why it cannot be read."""

    key: str
    """Stable name, also in `--json`."""
    group: Group
    """How much is borrowed, or how soundly."""
    label: str
    """What it is, for people."""
    unit: str
    """`1`, `CNY`, `trading days`, `stocks`, ...; shares are fractions."""
    value: float | None
    """None if it cannot be read; of several runs, their median."""
    interval: tuple[float, float] | None
    """5 and 95 % of the runs, if there are several."""
    date: dt.date | None
    """The day it is read on."""
    light: Light | None
    """How it is judged; None where no line has been published or drawn."""
    line: str
    """The lines behind the light, in words, with their source; empty without a light."""
    inputs: tuple[str, ...]
    """The variables it is computed from."""
    formula: str
    """How, in symbols or words, with the source."""
    missing: str
    """What would be needed to read it; empty if it could be read."""
