"""The runs, and what came out of them against the targets."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from experiments.replications.caccioli.branching import largest_eigenvalue
from experiments.replications.caccioli.engine_window import EnginePlan, engine_rows, engine_window
from experiments.replications.caccioli.network import Floats, cascade, erdos_renyi
from experiments.replications.frame import Origin, Outcome, Row, near, within

from pingcang.study.paired import wilson

EVENT = 0.05
"""A failure of more than this share of the banks is contagion. Source: Gai and Kapadia (2010)."""
FADING = 0.02
"""Probability under which the window is taken to be closed, and a leverage to be stable."""
UPPER = {20.0: 8.0, 25.0: 9.0, 30.0: 11.0}
"""Upper edge of the window by leverage, of an independent trial of the same equations."""
WHOLE = 0.98
"""Share of the banks that fail near the upper edge, if there is contagion."""


@dataclass(frozen=True)
class Plan:
    """What is run: on every network, every first failure at every leverage."""

    banks: int = 2000
    assets: int = 2000
    networks: int = 40
    firsts: int = 6
    """Banks that fail first, one at a time, on each network."""
    degrees: tuple[float, ...] = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14)
    leverages: tuple[float, ...] = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0)
    engine: EnginePlan = field(default_factory=EnginePlan)

    @property
    def told(self) -> str:
        """The runs in one line."""
        return (
            f"{self.banks:,} banks, {self.assets:,} assets; a cell is {self.networks} networks × {self.firsts} first "
            f"failures, the same for every leverage; Wilson intervals. {self.engine.told}"
        )


def window(plan: Plan) -> pd.DataFrame:
    """P(contagion) with its 95 % interval and the mean extent of contagion, by mean degree and leverage."""
    return pd.concat([_column(plan, place, degree) for place, degree in enumerate(plan.degrees)], ignore_index=True)


def _column(plan: Plan, place: int, degree: float) -> pd.DataFrame:
    extent = np.concatenate([_extents(plan, degree, (place, network)) for network in range(plan.networks)], axis=1)
    rows = []
    for leverage, shares in zip(plan.leverages, extent, strict=True):
        hit = shares > EVENT
        low, high = wilson(float(hit.mean()), hit.size)
        rows.append(
            {
                "degree": degree, "leverage": leverage, "probability": hit.mean(), "low": low, "high": high,
                "extent": shares[hit].mean() if hit.any() else math.nan,
                "eigenvalue": largest_eigenvalue(degree, leverage, plan.assets / plan.banks),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _extents(plan: Plan, degree: float, seed: tuple[int, int]) -> Floats:
    """Share of the banks that fail, (leverage, first failure), on one network."""
    rng = np.random.default_rng(seed)
    network = erdos_renyi(plan.banks, plan.assets, degree, rng)
    first = rng.integers(plan.banks, size=plan.firsts)
    shape = (len(plan.leverages), plan.firsts)
    failed = cascade(network, np.tile(first, shape[0]), np.repeat(plan.leverages, plan.firsts))
    return np.asarray(failed.mean(axis=0).reshape(shape))


def outcome(plan: Plan) -> Outcome:
    """Run the plan and hold it against the targets."""
    from experiments.replications.caccioli.page import draw

    cells, accounts = window(plan), engine_window(plan.engine)
    rows = [*lower_rows(cells), *upper_rows(cells), *stable_rows(cells), *theory_rows(cells), *engine_rows(accounts)]
    return Outcome(rows, lambda: draw(cells, accounts), plan.told, {"window": cells, "accounts": accounts})


def crossing(x: Floats, y: Floats, level: float, *, rising: bool) -> float:
    """Where y first rises above a level, or last falls below it, linear between the points; NaN if it never does."""
    above = y >= level
    pairs = np.flatnonzero((~above[:-1] & above[1:]) if rising else (above[:-1] & ~above[1:]))
    if not pairs.size:
        return math.nan
    k = pairs[0] if rising else pairs[-1]
    return float(x[k] + (level - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k]))


def edge(cells: pd.DataFrame, leverage: float, level: float, *, rising: bool, of: str = "probability") -> float:
    """Mean degree at which a column crosses a level, at one leverage."""
    chosen = cells[cells["leverage"] == leverage].sort_values("degree")
    x, y = (chosen[name].to_numpy(dtype=np.float64) for name in ("degree", of))
    return crossing(x, y, level, rising=rising)


def told_edge(cells: pd.DataFrame, leverage: float, level: float, *, rising: bool, form: str) -> str:
    """The edge, and where the ends of the probabilities' intervals cross the level."""
    first, last = ("high", "low") if rising else ("low", "high")
    at, *ends = (edge(cells, leverage, level, rising=rising, of=of) for of in ("probability", first, last))
    return f"{at:{form}} [{ends[0]:{form}}, {ends[1]:{form}}]"


def told_probability(row: pd.Series) -> str:
    """With its interval."""
    return f"{row['probability']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def lower_rows(cells: pd.DataFrame) -> list[Row]:
    """The lower edge, P = ½, and that it does not hang on leverage."""
    edges = [edge(cells, leverage, 0.5, rising=True) for leverage in UPPER]
    made = [
        within(
            f"lower edge (P = ½), λ = {leverage:g}", Origin.OWN_CHECK, "1 to 2", got, 1.0, 2.0,
            form=".2f", told=told_edge(cells, leverage, 0.5, rising=True, form=".2f"),
        )
        for leverage, got in zip(UPPER, edges, strict=True)
    ]  # fmt: skip
    spread = max(edges) - min(edges)
    return [
        *made,
        within("spread of the lower edge over λ", Origin.OWN_CHECK, "none", spread, 0.0, 0.2, form=".2f"),
    ]


def upper_rows(cells: pd.DataFrame) -> list[Row]:
    """The upper edge, and that almost all banks fail near it."""
    made = []
    for leverage, target in UPPER.items():
        got = edge(cells, leverage, FADING, rising=False)
        told = told_edge(cells, leverage, FADING, rising=False, form=".1f")
        what = f"upper edge (P = 2 %), λ = {leverage:g}"
        made.append(near(what, Origin.OWN_CHECK, target, got, 1.0, form=".1f", told=told))
    for leverage in UPPER:
        hit = cells[(cells["leverage"] == leverage) & (cells["probability"] > 0)]
        last = hit.loc[hit["degree"].idxmax()]
        what = f"share failing at μ = {last['degree']:g}, the last with contagion, λ = {leverage:g}"
        made.append(within(what, Origin.PUBLISHED, "all (robust yet fragile)", last["extent"], WHOLE, 1.0))
    return made


def stable_rows(cells: pd.DataFrame) -> list[Row]:
    """Leverage that never spreads."""
    little = cells[cells["leverage"] == 5.0]
    some = cells[(cells["leverage"] == 10.0) & (cells["degree"] >= 3)]
    asked = (
        ("largest P at λ = 5", Origin.PUBLISHED, "stable below a critical λ", little),
        ("largest P at λ = 10, μ ≥ 3", Origin.OWN_CHECK, "0", some),
    )
    worst = [rows.loc[rows["probability"].idxmax()] for *_, rows in asked]
    return [
        within(what, origin, target, row["probability"], 0.0, FADING, told=told_probability(row))
        for (what, origin, target, _), row in zip(asked, worst, strict=True)
    ]


def theory_rows(cells: pd.DataFrame) -> list[Row]:
    """Where the branching process is critical, beside where contagion becomes the rule."""
    made = []
    for rising, name in ((True, "lower"), (False, "upper")):
        for leverage in UPPER:
            critical = edge(cells, leverage, 1.0, rising=rising, of="eigenvalue")
            got = edge(cells, leverage, 0.5, rising=rising)
            what = f"{name} edge (P = ½) against eigenvalue 1, λ = {leverage:g}"
            told = told_edge(cells, leverage, 0.5, rising=rising, form=".2f")
            made.append(near(what, Origin.FORMULA, critical, got, 0.5 if rising else 1.0, form=".2f", told=told))
    return made
