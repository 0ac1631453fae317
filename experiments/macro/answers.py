"""What is asked, and the answers as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from experiments.common.plan import SimulationPlan
from experiments.equal_risk.answers import CRASH, ROOT, SHADOW_2025, analytic
from experiments.macro.pairing import Shift, shift

from pingcang.market.macro import MacroFactors, macro_factors
from pingcang.scenario import LoadedScenario
from pingcang.study.arms import Arm, changed
from pingcang.study.equal_risk import EqualRisk, equal_risk
from pingcang.study.reverse import simulated
from pingcang.study.statistic import parse_statistic

TODAY = "china_2025_macro"
STATISTIC = "median(amplification_points)"
"""What margin orders add to the drawdown: the one measure that has an answer in 2025 (docs/reverse.md)."""
SHADOW = SHADOW_2025
"""Debt to shadow lenders in 2025, CNY."""
LOW, HIGH = 1.1e12, 5.1e12
"""Of the search, CNY; every published threshold lies between."""


@dataclass(frozen=True)
class Setting:
    """Some links on, the others off."""

    name: str
    links: tuple[str, ...] = ()
    debt: str = "official"
    """What the rescue link looks at."""
    article: float | None = None
    """The published threshold with the same factors, CNY."""
    elasticities: Mapping[str, float] = field(default_factory=dict)
    """Of links, in place of the scenario's."""

    def of(self, loaded: LoadedScenario) -> LoadedScenario:
        """The scenario with these links only."""
        off = {f"macro.links.{link}": None for link in ("top_up", "appetite", "rescue") if link not in self.links}
        debt = {"macro.links.rescue.debt": self.debt} if "rescue" in self.links else {}
        far = {f"macro.links.{link}.elasticity": value for link, value in self.elasticities.items()}
        return changed(loaded, off | debt | far)


ONE_BY_ONE = (
    Setting("none", article=3.9e12),
    Setting("+ gap", ("top_up",)),
    Setting("+ gap + rate", ("top_up", "appetite")),
    Setting("+ gap + rate + debt", ("top_up", "appetite", "rescue"), article=2.724e12),
    Setting("+ gap + rate + broad debt", ("top_up", "appetite", "rescue"), "broad", 2.212e12),
    Setting("rate alone", ("appetite",)),
    Setting("debt alone", ("rescue",)),
    Setting("broad debt alone", ("rescue",), "broad"),
)
"""The three links switched on one by one, then each alone (the gap alone is the second)."""
ENDS = {"top_up": 100.0, "appetite": 1.0, "rescue": 5.0}
"""Elasticities far beyond what is assumed: the odds of a top-up times 18, appetite in proportion to the rate's
fall, a tenth of the rescue left."""
FAR = (
    *(
        Setting(f"{name}, far", (link,), elasticities={link: ENDS[link]})
        for name, link in (("gap", "top_up"), ("rate", "appetite"), ("debt", "rescue"))
    ),
    Setting("all, far", tuple(ENDS), elasticities=ENDS),
)
"""How far each link could carry the balance at all."""
SETTINGS = (*ONE_BY_ONE, *FAR)


@dataclass(frozen=True)
class Plan(SimulationPlan):
    """How much is simulated, with which random numbers, and where runs are kept."""

    command: ClassVar[str] = "python -m experiments.macro"
    runs: int = 16
    tolerance: float = 0.5e12
    """Of the search, CNY: two ends and three halvings; the answer is interpolated within the last bracket."""
    settings: tuple[Setting, ...] = SETTINGS
    stores: Path = ROOT / "results" / "macro"

    @property
    def most_runs(self) -> int:
        """Runs if every search goes to its end."""
        return self.runs * (1 + len(self.settings) * (2 + math.ceil(math.log2((HIGH - LOW) / self.tolerance))))


@dataclass(frozen=True)
class Answer:
    """The balance under one setting, simulated and analytic."""

    setting: Setting
    factors: MacroFactors
    found: EqualRisk
    shift: Shift | None
    """From the first setting; None for that itself, and where one of the two has no answer."""

    @property
    def analytic(self) -> float | None:
        """The equal-risk balance of the arithmetic times the interest rate factor and the debt discount, CNY.

        None with elasticities that nobody has published.
        """
        if self.setting.elasticities:
            return None
        return analytic() * self.factors.appetite * self.factors.rescue

    def row(self) -> dict[str, Any]:
        """The answer as a row of a table."""
        on = {f"{name}_factor": value for name, value in vars(self.factors).items()}
        told = {"links": self.setting.name, **on, "analytic": self.analytic, "article": self.setting.article}
        low, high = (None, None) if self.shift is None else self.shift.interval
        moved = {"shift": None if self.shift is None else self.shift.value, "shift_low": low, "shift_high": high}
        return told | self.found.row() | moved


def answers(plan: Plan, say: Callable[[str], None]) -> list[Answer]:
    """The equal-risk balance under every setting, against the same crash of 2015."""
    crash, today = Arm("2015", plan.load(CRASH), plan.runs, amplification=True), plan.load(TODAY)
    found: list[Answer] = []
    for setting in plan.settings:
        say(f"{setting.name} …")
        found.append(_answer(plan, crash, setting, setting.of(today), found[0].found if found else None))
        say(f"  {found[-1].found.told()}")
    return found


def _answer(plan: Plan, crash: Arm, setting: Setting, today: LoadedScenario, first: EqualRisk | None) -> Answer:
    statistic = parse_statistic(STATISTIC)
    search: dict[str, Any] = {"shadow": SHADOW, "low": LOW, "high": HIGH, "tolerance": plan.tolerance}
    found = equal_risk(crash, today, statistic, plan.bench, **search)
    moved = None
    if first is not None and first.root is not None and found.root is not None:
        moved = shift(found.root, first.root, simulated(plan.bench, crash, statistic), statistic, plan.seed)
    return Answer(setting, macro_factors(today.scenario.macro), found, moved)


def tables(found: list[Answer]) -> dict[str, pd.DataFrame]:
    """A row a setting, and a row a simulated balance."""
    points = [
        {"links": each.setting.name, "balance": balance, "value": value}
        for each in found
        for balance, value in sorted(each.found.points.items())
    ]
    return {"macro": pd.DataFrame([each.row() for each in found]), "macro_points": pd.DataFrame(points)}


def provenance(plan: Plan) -> dict[str, Any]:
    """What the runs were."""
    from pingcang.montecarlo.plan import code_version

    loaded = {name: plan.load(name) for name in (CRASH, TODAY)}
    return {
        "runs": plan.runs,
        "seed": plan.seed,
        "scale": loaded[TODAY].scenario.scale,
        "scenarios": {name: each.hash for name, each in loaded.items()},
        "code_version": code_version(),
    }
