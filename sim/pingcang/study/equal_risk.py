"""Equal-risk balance: the loans of brokers with which today's simulated crash is as bad as that of 2015."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pingcang.study.arms import Arm, Bench, changed
from pingcang.study.bisection import RESAMPLES, NotBracketedError, Root, solve
from pingcang.study.levers import Lever, broker_balance, financing, shadow_balance, together
from pingcang.study.reverse import OnPoint, check_bracket, simulated
from pingcang.study.statistic import Floats, Statistic

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario
    from pingcang.scenario.schema import Scenario


@dataclass(frozen=True)
class EqualRisk:
    """The answer for one statistic and one level of shadow finance; balances and debts in CNY."""

    statistic: Statistic
    shadow: float
    target: float
    """The statistic in 2015."""
    low: float
    high: float
    points: dict[float, float]
    """Balance -> statistic, everything that was simulated."""
    runs: int
    root: Root | None
    """None if the target is on one side of the statistic at both ends, or equal to it at both."""

    @property
    def at_low(self) -> float:
        """The statistic at the smallest balance."""
        return self.points[self.low]

    @property
    def at_high(self) -> float:
        """The statistic at the largest balance."""
        return self.points[self.high]

    @property
    def saturated(self) -> bool:
        """The target is a share of 0 or 1: every crash beyond some size is as bad by this measure."""
        return self.statistic.kind == "p" and self.target in (0.0, 1.0)

    def told(self) -> str:
        """The answer in words, balances in trillion CNY."""
        if self.root is not None:
            low, high = (_open(end) for end in self.root.interval)
            return f"{self.root.x / 1e12:.2f}tn ({low} to {high})"
        if self.at_low == self.target:
            return f"not told apart, {self.target:g} at both ends"
        if self.at_low > self.target:
            return f"already exceeded at {self.low / 1e12:g}tn"
        return f"not reached up to {self.high / 1e12:g}tn"

    def row(self) -> dict[str, Any]:
        """The answer as a row of a table; empty where there is none."""
        root = self.root
        return {
            "statistic": str(self.statistic),
            "shadow_debt": self.shadow,
            "target_2015": self.target,
            "low": self.low,
            "high": self.high,
            "at_low": self.at_low,
            "at_high": self.at_high,
            "balance": None if root is None else root.x,
            "balance_low": None if root is None else root.interval[0],
            "balance_high": None if root is None else root.interval[1],
            "outside_bracket": None if root is None else root.outside,
            "violations": 0 if root is None else len(root.violations),
            "saturated": self.saturated,
            "runs": self.runs,
        }


def equal_risk(
    crash: Arm,
    today: LoadedScenario,
    statistic: Statistic,
    bench: Bench,
    *,
    shadow: float,
    low: float,
    high: float,
    tolerance: float | None = None,
    resamples: int = RESAMPLES,
    on_point: OnPoint | None = None,
) -> EqualRisk:
    """The balance between low and high (CNY) at which the statistic of `today` equals that of `crash`.

    Run r of both has the same random numbers. With `crash.amplification` every arm is simulated without feedback, too,
    so that statistics of drawdown and of amplification share their runs. The interval draws the numbers of the runs
    anew and solves again, target and all, so that the Monte Carlo error of both is in it. A target that is not reached
    is an answer, not an error.
    """
    step = check_bracket(low, high, tolerance)
    lever = balance_and_shadow(today.scenario, shadow)
    crash = replace(crash, amplification=crash.amplification or statistic.amplification)
    target = simulated(bench, crash, statistic, on_point)

    def values_at(balance: float) -> Floats:
        arm = Arm(f"{balance / 1e12:.4g}tn", changed(today, lever(balance)), crash.runs, crash.amplification)
        return simulated(bench, arm, statistic, on_point)

    options: Any = {"tolerance": step, "resamples": resamples, "seed": bench.seed}
    root: Root | None = None
    try:
        root = solve(values_at, statistic.of, target, low, high, **options)
        points = {each.x: each.number for each in root.evaluations}
    except NotBracketedError as reason:
        points = {low: reason.at_low, high: reason.at_high}
    return EqualRisk(statistic, shadow, float(statistic.of(target)), low, high, points, crash.runs, root)


def balance_and_shadow(scenario: Scenario, shadow: float) -> Lever:
    """The loans of brokers in CNY, beside a debt to shadow lenders that stays."""
    brokers, fixed, own = broker_balance(scenario), shadow_balance(scenario)(shadow), financing(scenario)
    return lambda balance: together(brokers(balance / own), fixed)


def _open(end: float) -> str:
    """An end of an interval, which may lie outside what was searched."""
    return f"{end / 1e12:.2f}tn" if abs(end) != float("inf") else "beyond the range"
