"""The studies: which rules are laid over each market, and what each arm is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from experiments.rule_laboratory import levers
from experiments.rule_laboratory.levers import Lever, leaning
from experiments.rule_laboratory.markets import MARKETS, Market, calm

from pingcang.study.arms import Arm, changed

BASE = "base"


@dataclass(frozen=True)
class Rule:
    """One arm: a rule laid over the market, and the arm that it is held against."""

    key: str
    label: str
    lever: Lever
    against: str = BASE
    markets: tuple[str, ...] = tuple(MARKETS)

    def arm(self, market: Market, runs: int, shared: Mapping[str, Any]) -> Arm:
        """The arm in the crash; ScenarioError where the market refuses the rule."""
        loaded = market.loaded(shared)
        return Arm(f"{market.key}, {self.label}", changed(loaded, self.lever(market)), runs)

    def calm_arm(self, market: Market, runs: int, shared: Mapping[str, Any]) -> Arm:
        """The same rule when nothing happens."""
        crash = self.arm(market, runs, shared)
        return Arm(f"{crash.label}, calm", calm(crash.loaded), runs)


@dataclass(frozen=True)
class Study:
    """A question with its arms, most important first."""

    key: str
    title: str
    question: str
    rules: tuple[Rule, ...]

    def of(self, market: Market) -> list[Rule]:
        """Its arms in a market."""
        return [rule for rule in self.rules if market.key in rule.markets]


AS_IT_IS = Rule(BASE, "the rules as they are", levers.nothing)
ONLY_2015, ONLY_2025 = ("2015",), ("2025",)

FULL_MARGIN = Rule("initial_100", "initial margin 100 % from the start", levers.initial_margin(1.0))
STUDIES = {
    study.key: study
    for study in (
        Study(
            "close_out",
            "The close-out line",
            "Brokers call at 130 %. What would another line have done? Shadow lenders keep their own lines.",
            (
                Rule("line_120", "line 120 %", levers.close_out(1.2)),
                Rule("line_140", "line 140 %", levers.close_out(1.4)),
                Rule("line_150", "line 150 %", levers.close_out(1.5)),
                Rule("line_150_moved", "line 150 %, warning and restore 170 %", levers.close_out(1.5, move_lines=True)),
            ),
        ),
        Study(
            "window",
            "The call window",
            "A called account has until the open of T+2 (in 2015, from 2 July, of T+4). What if brokers sold sooner?",
            (
                Rule("window_1", "T+1 throughout", levers.window(1)),
                Rule("window_0", "T+0: looked at and sold within the day", levers.at_once),
                Rule("window_2", "T+2 throughout, no loosening in July", levers.window(2), markets=ONLY_2015),
            ),
        ),
        Study(
            "initial",
            "Initial margin in June 2015",
            "The margin of new loans rose to 100 % in November 2015. What if it had before the fall, or in it?",
            (
                FULL_MARGIN,
                Rule("initial_100_mid", "100 % in mid-crash", levers.initial_margin_mid_crash(1.0)),
                Rule("initial_50", "50 % from the start", levers.initial_margin(0.5), markets=ONLY_2025),
            ),
        ),
        Study(
            "january_2026",
            "Initial margin of January 2026",
            "From 80 to 100 % for new loans, the rule of 19 January 2026.",
            (
                replace(FULL_MARGIN, markets=ONLY_2025),
                Rule("initial_80", "initial margin 80 %, against 50 %", levers.initial_margin(0.8), markets=ONLY_2015),
                Rule("step_100", "100 %, against 80 %", levers.initial_margin(1.0), "initial_80", ONLY_2015),
            ),
        ),
        Study(
            "liquidation",
            "Full or partial liquidation, at once or spread",
            "Brokers sell as much as restores 150 %, at once. What if they sold everything, less, more, or over days?",
            (
                Rule("whole", "brokers sell the whole account", levers.whole_account),
                Rule("spread_3", "over 3 days", levers.spread(3)),
                Rule("spread_5", "over 5 days", levers.spread(5)),
                Rule("spread_3_all", "over 3 days, shadow lenders too", levers.spread(3, shadow=True)),
                Rule("spread_5_all", "over 5 days, shadow lenders too", levers.spread(5, shadow=True)),
                Rule("partial_shadow", "shadow lenders sell in part only", levers.partial_shadow),
                Rule("restore_130", "restored at 130 %", levers.restore(1.3)),
                Rule("restore_180", "restored at 180 %", levers.restore(1.8)),
            ),
        ),
        Study(
            "no_limits",
            "No price limits",
            "A stock at its limit cannot be sold, and its holders sell others. What without limits?",
            (Rule("no_limits", "no price limits", levers.no_price_limits),),
        ),
        Study(
            "counter_cyclical",
            "Counter-cyclical initial margin",
            "The margin of new loans follows the state of the market instead of standing still.",
            (
                Rule("balance", "by the balance", leaning("balance_to_float", levers.balance_curve)),
                Rule("buffer", "by the balance, 100 % at the peak", leaning("balance_to_float", levers.buffer_curve)),
                Rule("calm", "by volatility, high in calm", leaning("volatility", levers.calm_volatility_curve)),
                Rule("returns", "by the past month's return", leaning("past_return", levers.return_curve)),
                Rule("risk", "by volatility, high in storms", leaning("volatility", levers.risk_volatility_curve)),
            ),
        ),
    )
}
"""In the order of their importance."""
