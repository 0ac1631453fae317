"""Which of the exchange's rules bind a lender: a broker's contract all of them, a shadow lender's not all."""

from __future__ import annotations

from typing import Any

from pingcang.scenario.cohorts import Cohort, Contract
from pingcang.scenario.levers import InitialMargin
from pingcang.scenario.rules import LINES, Rules


def lent_by_broker(cohort: Cohort, contract: Contract) -> bool:
    """Whether the lender is a broker; by default every kind's but shadow's."""
    return (contract.lender or ("shadow" if cohort.kind == "shadow" else "broker")) == "broker"


def binding(rules: Rules, cohort: Cohort, contract: Contract) -> Rules:
    """The rules as they bind a contract.

    Required margin, and initial margin of the purchase, are duties of brokers. A shadow lender judges by maintenance
    ratio unless the contract has a requirement of its own: lines that it does not write are the defaults of a ratio,
    since those of `rules` are multiples of a requirement. Its initial margin is of the loan.
    """
    if lent_by_broker(cohort, contract):
        return rules
    changed: dict[str, Any] = {}
    if rules.initial_margin.of == "purchase":
        changed["initial_margin"] = InitialMargin(value=rules.initial_margin.value)
    if rules.requirement is not None and contract.requirement is None:
        changed |= {"requirement": None, **{key: Rules.model_fields[key].default for key in LINES}}
    return rules.model_copy(update=changed) if changed else rules
