"""What a replication is: a published result, the run that reproduces it, and a table of target against got.

A band is closed: a number on its edge is accepted. A number that is not known (NaN) is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd
from experiments.common.page import picture
from experiments.common.tables import Result, markdown
from matplotlib.figure import Figure

COLUMNS = ("what", "where from", "target", "got", "accepted", "met")


class Origin(StrEnum):
    """Where a target comes from."""

    PUBLISHED = "published"
    """Read in the paper, its abstract, or a published account of it."""
    REMEMBERED = "published, not checked"
    """Quoted from the paper without its text at hand."""
    FORMULA = "formula"
    """Follows from the paper's equations by arithmetic."""
    OWN_CHECK = "own check"
    """Measured once in an independent trial of the paper's equations."""


@dataclass(frozen=True)
class Row:
    """One target: what, where from, the value, what came out, what is accepted, and whether it was met."""

    what: str
    origin: Origin
    target: str
    got: str
    accepted: str
    met: bool

    def cells(self) -> tuple[str, ...]:
        """The row of the table, under `COLUMNS`."""
        return self.what, str(self.origin), self.target, self.got, self.accepted, "yes" if self.met else "no"


@dataclass(frozen=True)
class Outcome:
    """What a replication found. `draw` is called within the style of the figures, after the run."""

    rows: list[Row]
    draw: Callable[[], Figure]
    told: str
    """The run in one line: sizes and seeds."""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    """What the figure shows, by name."""

    @property
    def met(self) -> bool:
        """Whether every band is met."""
        return all(row.met for row in self.rows)


@dataclass(frozen=True)
class Replication:
    """A published result. `run` reproduces it; `seen` are the words for its figure where it cannot be seen."""

    name: str
    title: str
    source: str
    seen: str
    run: Callable[[], Outcome]


def within(
    what: str, origin: Origin, target: str, got: float, low: float, high: float, *, form: str = ".3f", told: str = ""
) -> Row:
    """A row whose number must lie in [low, high]; `told` is what to show as got, if it is more than the number."""
    ends = [_shown(end, form) for end in (low, high)]
    if math.isinf(low):
        accepted = f"≤ {ends[1]}"
    elif math.isinf(high):
        accepted = f"≥ {ends[0]}"
    else:
        accepted = f"{ends[0]} to {ends[1]}"
    return Row(what, origin, target, told or _shown(got, form), accepted, low <= got <= high)


def near(
    what: str, origin: Origin, target: float, got: float, tolerance: float, *, form: str = ".3f", told: str = ""
) -> Row:
    """A row whose number must lie within ± tolerance of its target."""
    accepted = f"± {_shown(tolerance, '.3g')}"
    return Row(what, origin, _shown(target, form), told or _shown(got, form), accepted, abs(got - target) <= tolerance)


def relative(
    what: str, origin: Origin, target: float, got: float, tolerance: float, *, form: str = ".4g", told: str = ""
) -> Row:
    """A row whose number must lie within a share of its target."""
    accepted = f"± {100 * tolerance:.3g} %" if tolerance >= 1e-6 else f"± {_shown(tolerance, '.0e')} of it"
    met = abs(got - target) <= tolerance * abs(target)
    return Row(what, origin, _shown(target, form), told or _shown(got, form), accepted, met)


def table(outcome: Outcome) -> pd.DataFrame:
    """Target against got."""
    return pd.DataFrame([row.cells() for row in outcome.rows], columns=pd.Index(COLUMNS))


def result(replication: Replication, outcome: Outcome) -> Result:
    """The tables with their provenance, as they are saved: NAME.csv, and NAME_TABLE.csv of what the figure shows."""
    tables = {f"{replication.name}_{key}": frame for key, frame in outcome.tables.items()}
    told = {"title": replication.title, "source": replication.source, "told": outcome.told, "met": outcome.met}
    return Result(replication.name, {replication.name: table(outcome), **tables}, told)


def block(replication: Replication, outcome: Outcome) -> str:
    """The generated text of the page: verdict, table, figure, what was run."""
    met = sum(row.met for row in outcome.rows)
    return "\n\n".join(
        (
            f"**{met} of {len(outcome.rows)} bands met.**",
            markdown(table(outcome)),
            picture(replication.name, replication.seen, "replications"),
            f"*{outcome.told}*",
        )
    )


def _shown(number: float, form: str) -> str:
    return "–" if math.isnan(number) else f"{number:{form}}".replace("-", "−")
