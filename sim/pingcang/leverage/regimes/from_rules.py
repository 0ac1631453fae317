"""Cells that the dated rule sets give: initial margin, lines, lists."""

from __future__ import annotations

import datetime as dt
from functools import cache

from pingcang.leverage.regimes.cells import Cell, empty_cell
from pingcang.leverage.regimes.figures import Figure, base_unit
from pingcang.leverage.regimes.files import Regime
from pingcang.scenario.rule_sets import RuleSet, in_force, load_rule_set

KEYS = {
    "marginable": "marginable_stocks",
    "initial_margin": "initial_margin.value",
    "short_margin": "short_margin",
    "close_out_line": "close_out_line",
}
ORIGINS = {"source": "read", "remembered": "remembered", "stated": "stated"}
"""How an origin of the rule sets is called here; the surest of several counts."""


def rules_of(regime: Regime) -> RuleSet:
    """The rule set of a regime: the one it names, else the one in force on its day."""
    return _rules(regime.rules, regime.market, regime.day)


@cache
def _rules(name: str | None, market: str, day: dt.date) -> RuleSet:
    """Kept: finding the one in force reads every ready-made rule set."""
    return load_rule_set(name) if name else in_force(market, day)


def cell_from_rules(figure: Figure, regime: Regime, currency: str) -> Cell:
    """The value of the rules in force, with where the rule set has it from.

    What a scenario assumes for want of a rule is no fact, and leaves the cell empty.
    """
    rules, unit = rules_of(regime), base_unit(figure, currency)
    key, value, note = KEYS[figure.key], rules.values.get(KEYS[figure.key]), ""
    if figure.key == "close_out_line" and "requirement.long" in rules.values:
        key = "requirement.long"
        value = 1 / (1 - rules.values[key])
        note = f"equity below {rules.values[key]:.0%} of the value of the stocks"
    if figure.key == "initial_margin" and rules.values.get("initial_margin.of") == "purchase":
        note = "of the purchase; elsewhere of the loan"
    origin = rules.origin(key)
    known = [word for name, word in ORIGINS.items() if origin is not None and getattr(origin, name)]
    if value is None or origin is None or not known or (origin.practice and origin.assumption):
        return empty_cell(figure.key, regime.key, unit, "not known")
    if origin.practice:
        note = "by contract: no rule prescribes it"
    elif origin.assumption:
        note = origin.assumption
    source = f"rule set {rules.name}: {origin.text}"
    return Cell(figure.key, regime.key, float(value), unit, regime.day, known[0], source, note)
