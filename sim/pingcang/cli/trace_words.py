"""The words and numbers of `pingcang trace`, and its screen."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType

from pingcang.results.units import money_unit

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from pingcang.trace import Trail

LINES, WIDTH, WIDEST = 40, 100, 120
MOST_CAUSES = 5

WORDS = {
    "routine": "routine trading of {}",
    "pre-emptive": "pre-emptive sales of {}",
    "forced": "forced sales of {}",
    "short sale": "short sales of {}",
    "cover": "covers of {}",
}
HELD_BACK, LET_THROUGH = "held back by limits", "let through late by limits"


def screen(*parts: RenderableType) -> str:
    """The parts as text, as wide as the terminal but no wider than is read well."""
    out = Console(file=io.StringIO(), width=width(), highlight=False, markup=False, color_system=None)
    for part in parts:
        out.print(part)
    assert isinstance(out.file, io.StringIO)
    text = "\n".join(line.rstrip() for line in out.file.getvalue().splitlines())
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def width() -> int:
    """Columns of the screen."""
    return min(WIDEST, Console().width) if Console().is_terminal else WIDTH


def cause_of(cause: str, cohort: str, *, along: bool = True) -> str:
    """A cause in words: forced, shadow -> forced sales of shadow. `along`: it moved as the whole did."""
    if cause == "held back":
        return LET_THROUGH if along else HELD_BACK
    return WORDS.get(cause, cause + " of {}").format(cohort) if cohort else cause


def money(amount: float) -> str:
    """1,240 CNY, 1.24 m CNY."""
    size, unit = money_unit(abs(amount) if abs(amount) >= 1e6 else 0.0)
    return f"{amount / size:,.{2 if size > 1 else 0}f} {unit}".replace("-", "−")


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{share:.0%}".replace("-", "−")


def points(moved: float, digits: int = 1) -> str:
    """A log return in percentage points."""
    return f"{100 * moved:+.{digits}f}".replace("-", "−")


def change(moved: float) -> str:
    """A log return as the percent by which the price changed."""
    return f"{100 * math.expm1(moved):+.1f}%".replace("-", "−")


def ratio_of(ratio: float) -> str:
    """A maintenance ratio, empty where there is none."""
    return f"{ratio:.3f}" if math.isfinite(ratio) else ""


def dates_of(trail: Trail, first: int, last: int) -> str:
    """06-18, or 06-18…06-23."""
    one = short_date(trail.dates[first])
    return one if first == last else f"{one}…{short_date(trail.dates[last])}"


def short_date(date: dt.date) -> str:
    """06-18."""
    return f"{date:%m-%d}"


def about(trail: Trail) -> str:
    """Which run of what."""
    scale = f", simulated accounts at scale {trail.scale:g}" if trail.scale < 1 else ""
    return f"{trail.scenario}, seed {trail.seed}, run {trail.run}{scale}"


def causes_in_words(shares: pd.Series, most: int = MOST_CAUSES) -> str:
    """62% forced sales of shadow, 21% news, …: the largest, then what the others come to."""
    order = shares.abs().sort_values(ascending=False, kind="stable").index
    named = [key for key in order if key[0] != "rounding" and abs(shares[key]) >= 0.005][:most]
    told = [
        f"{percent(float(shares[key]))} {cause_of(*key, along=shares[key] > 0)}"
        for key in sorted(named, key=lambda k: -shares[k])
    ]
    others = float(shares.sum() - shares[named].sum()) if named else 0.0
    return ", ".join([*told, *([f"{percent(others)} other"] if abs(others) >= 0.005 else [])])
