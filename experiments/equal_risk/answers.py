"""What is asked, and the answers as tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from experiments.common.plan import SimulationPlan

from pingcang.leverage.ratios import analytic_equal_risk_balance
from pingcang.scenario import LoadedScenario
from pingcang.study.arms import Arm
from pingcang.study.equal_risk import EqualRisk, equal_risk
from pingcang.study.statistic import Statistic, parse_statistic

ROOT = Path(__file__).resolve().parents[2]
CRASH, TODAY = "china_2015", "china_2025"
STATISTICS = ("median(drawdown)", "p(drawdown>0.25)", "median(amplification_points)")
"""The whole crash, in two measures, and what margin orders add to it: the news of 2015 fall on both markets alike."""
SHADOW_2025, SHADOW_2015 = 5.0e10, 1.12e12
"""Debt to shadow lenders in the two scenarios, CNY."""
LOW, HIGH = 0.1e12, 8.1e12
"""Of the search, CNY."""
BALANCE, RATIO, PEAK_RATIO = 2.1e12, 0.023, 0.0427
"""Of the published chain: balance, its share of the float cap in 2025 and at the peak of 2015."""
TN = 1e12


@dataclass(frozen=True)
class Plan(SimulationPlan):
    """How much is simulated, with which random numbers, and where runs are kept."""

    command: ClassVar[str] = "python -m experiments.equal_risk"
    runs: int = 100
    statistics: tuple[str, ...] = STATISTICS
    tolerance: float = 0.5e12
    """Of the search, CNY: two ends and four halvings; the answer is interpolated within the last bracket."""
    stores: Path = ROOT / "results" / "equal_risk"

    @property
    def amplification(self) -> bool:
        """Every run is simulated without feedback, too, if a measure needs it: then all measures share their runs."""
        return any(parse_statistic(text).amplification for text in self.statistics)

    @property
    def most_runs(self) -> int:
        """Runs if every search goes to its end and shares nothing but the two ends and the first middle."""
        inner = math.ceil(math.log2((HIGH - LOW) / self.tolerance))
        return self.runs * (1 + 2 * (2 + 1 + len(self.statistics) * (inner - 1)))


def answers(plan: Plan, say: Callable[[str], None]) -> list[EqualRisk]:
    """Every statistic at every level of shadow finance; points that are shared are simulated once."""
    crash, today = Arm("2015", plan.load(CRASH), plan.runs, plan.amplification), plan.load(TODAY)
    found = []
    for shadow in (SHADOW_2025, SHADOW_2015):
        for statistic in map(parse_statistic, plan.statistics):
            say(f"{statistic} with {shadow / TN:g}tn of shadow debt …")
            found.append(_answer(plan, crash, today, statistic, shadow))
            say(f"  {found[-1].told()}")
    return found


def _answer(plan: Plan, crash: Arm, today: LoadedScenario, statistic: Statistic, shadow: float) -> EqualRisk:
    return equal_risk(crash, today, statistic, plan.bench, shadow=shadow, low=LOW, high=HIGH, tolerance=plan.tolerance)


def analytic() -> float:
    """The balance of the published chain, CNY."""
    return analytic_equal_risk_balance(BALANCE, RATIO, PEAK_RATIO)


def tables(found: list[EqualRisk]) -> dict[str, pd.DataFrame]:
    """A row an answer, and a row a simulated balance."""
    points = [
        {"statistic": str(each.statistic), "shadow_debt": each.shadow, "balance": balance, "value": value}
        for each in found
        for balance, value in sorted(each.points.items())
    ]
    return {"equal_risk": pd.DataFrame([each.row() for each in found]), "equal_risk_points": pd.DataFrame(points)}


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
        "analytic_balance": analytic(),
    }
