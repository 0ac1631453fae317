"""The chain from inputs to lines, step by step, on numbers or on arrays of draws.

    B* = B / λ · λ_2015          equal-risk balance: today's float cap at the ratio of the peak of 2015
    MPDF = d_2015 / d_now        macro-prudential discount, official and broad
    IRF = (r_2015 / r_now) ^ α   interest rate factor
    T = B* · MPDF · IRF          thresholds, official and broad, multiplied in this order

Source: the published articles on the margin balance of 2025 (the third of them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pingcang.leverage.ratios import analytic_equal_risk_balance, balance_to_m1
from pingcang.rules.interest_rate_factor import interest_rate_factor
from pingcang.rules.macro_prudential_discount import macro_prudential_discount

Keep = Callable[[str, Any], Any]
"""What becomes of a result before the chain goes on with it: rounded, or as it is."""


class Result(NamedTuple):
    """What a result of the chain is."""

    label: str
    unit: str
    formula: str


RESULTS: dict[str, Result] = {
    "equal_risk_balance": Result("Equal-risk balance", "CNY", "balance / float ratio × peak ratio of 2015"),
    "mpdf_official": Result("Macro-prudential discount, official debt", "1", "debt 2015 / debt now"),
    "mpdf_broad": Result("Macro-prudential discount, with hidden debt", "1", "broad debt 2015 / broad debt now"),
    "irf": Result("Interest rate factor", "1", "(rate 2015 / rate now) ^ α"),
    "discounted_official": Result("Discounted, official", "CNY", "equal-risk × MPDF official"),
    "discounted_broad": Result("Discounted, broad", "CNY", "equal-risk × MPDF broad"),
    "threshold_official": Result("Threshold, official", "CNY", "discounted official × IRF"),
    "threshold_broad": Result("Threshold, broad", "CNY", "discounted broad × IRF"),
    "balance_to_m1_now": Result("Balance over M1 now", "1", "balance / M1"),
    "balance_to_m1_2015": Result("Balance over M1 in 2015", "1", "balance 2015 / M1 2015"),
    "balance_at_m1_2015": Result("Balance at 2015's share of M1", "CNY", "M1 now × (balance 2015 / M1 2015)"),
}


def chain(inputs: Mapping[str, Any], keep: Keep = lambda _, value: value) -> dict[str, Any]:
    """Every result by name, of inputs by path; all numbers, or all arrays that go together."""
    found: dict[str, Any] = {}

    def step(name: str, value: Any) -> Any:
        found[name] = keep(name, value)
        return found[name]

    risk = step("equal_risk_balance", _equal_risk(inputs))
    discounts = {kind: step(f"mpdf_{kind}", _discount(inputs, kind)) for kind in ("official", "broad")}
    factor = step("irf", _factor(inputs))
    discounted = {kind: step(f"discounted_{kind}", risk * discount) for kind, discount in discounts.items()}
    for kind, value in discounted.items():
        step(f"threshold_{kind}", value * factor)
    step("balance_to_m1_now", balance_to_m1(inputs["now.balance"], inputs["now.m1"]))
    share = balance_to_m1(inputs["then.balance"], inputs["then.m1"])
    step("balance_to_m1_2015", share)
    step("balance_at_m1_2015", inputs["now.m1"] * share)
    return found


def float_ratio(inputs: Mapping[str, Any]) -> Any:
    """Balance over float cap, given or by the cap."""
    if "now.float_ratio" in inputs:
        return inputs["now.float_ratio"]
    return inputs["now.balance"] / inputs["now.float_cap"]


def _equal_risk(inputs: Mapping[str, Any]) -> Any:
    return analytic_equal_risk_balance(inputs["now.balance"], float_ratio(inputs), inputs["then.peak_ratio"])


def _discount(inputs: Mapping[str, Any], kind: str) -> Any:
    return macro_prudential_discount(inputs[f"then.debt_{kind}"], inputs[f"now.debt_{kind}"])


def _factor(inputs: Mapping[str, Any]) -> Any:
    return interest_rate_factor(inputs["then.loan_rate"], inputs["now.loan_rate"], inputs["elasticity"])
