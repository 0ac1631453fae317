"""What the economy around the market does to behaviour and rescue budgets on a day.

Applied in one place, where the days are planned (market/day.py): the engine and pingcang.reference both live on those
days, and the scenario itself stays as it was written, so nothing can be applied twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from pingcang.rules.interest_rate_factor import interest_rate_factor
from pingcang.rules.macro_prudential_discount import macro_prudential_discount
from pingcang.rules.top_up_odds import top_up_odds_factor, with_odds_times
from pingcang.scenario.macro import Macro, MacroState, RescueLink
from pingcang.scenario.schema import Behaviour, Cohort

DIGITS = 9
"""Significant digits of a factor: so few that no mathematical library changes a bit of a result."""


@dataclass(frozen=True)
class MacroFactors:
    """What the links give; 1 for a link that is off, or that finds the economy as it was."""

    top_up: float = 1.0
    """On the odds of a top-up."""
    appetite: float = 1.0
    """On appetite.base: the interest rate factor."""
    rescue: float = 1.0
    """On the budget of every rescue: the macro-prudential discount."""

    def on_cohort(self, cohort: Cohort) -> Cohort:
        """The cohort as it behaves in this economy; itself where nothing acts on behaviour."""
        if self.top_up == 1.0 and self.appetite == 1.0:
            return cohort
        return cohort.model_copy(update={"behaviour": self._on_behaviour(cohort.behaviour)})

    def _on_behaviour(self, behaviour: Behaviour) -> Behaviour:
        appetite = behaviour.appetite
        return behaviour.model_copy(
            update={
                "top_up_probability": with_odds_times(behaviour.top_up_probability, self.top_up),
                "appetite": appetite.model_copy(update={"base": appetite.base * self.appetite}),
            }
        )


NEUTRAL = MacroFactors()


def macro_factors(macro: Macro | None) -> MacroFactors:
    """The factors of a section; none of them for a scenario without it."""
    if macro is None:
        return NEUTRAL
    return MacroFactors(_top_up(macro), _appetite(macro), _rescue(macro))


def _top_up(macro: Macro) -> float:
    link, then, now = macro.links.top_up, macro.reference.m1_m2_growth_gap, macro.m1_m2_growth_gap
    if link is None or then is None or now is None:
        return 1.0
    return _rounded(top_up_odds_factor(then, now, link.elasticity))


def _appetite(macro: Macro) -> float:
    link, then, now = macro.links.appetite, macro.reference.loan_rate, macro.loan_rate
    if link is None or then is None or now is None:
        return 1.0
    return _rounded(interest_rate_factor(then, now, link.elasticity))


def _rescue(macro: Macro) -> float:
    link = macro.links.rescue
    if link is None:
        return 1.0
    then, now = debt_burden(macro.reference, link), debt_burden(macro, link)
    return _rounded(macro_prudential_discount(then, now) ** link.elasticity)


def _rounded(factor: float) -> float:
    return float(f"{factor:.{DIGITS}g}")


def debt_burden(state: MacroState, link: RescueLink) -> float:
    """Debt over GDP that a link looks at; a section that has the link has the debt."""
    hidden = state.hidden_debt if link.debt == "broad" else 0.0
    return (state.government_and_household_debt or 0.0) + (hidden or 0.0)
