"""Variants of a scenario: what has to be overridden to take one mechanism out of it, or to change one number.

A change is a function from a scenario to overrides of `load_scenario`, so that the same change fits the crash (with
its dated events) and the calm market (without them).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pingcang.scenario.schema import Scenario

Overrides = dict[str, Any]
Change = Callable[[Scenario], Overrides]

BROKER_MARGIN = ("retail", "institution", "short_seller")
SHADOW = ("shadow",)


def nothing(_: Scenario) -> Overrides:
    """The scenario as it is."""
    return {}


def fixed(**overrides: Any) -> Change:
    """The same overrides whatever the scenario; dots are double underscores."""
    return lambda _: {path.replace("__", "."): value for path, value in overrides.items()}


def together(*changes: Change) -> Change:
    """Several changes at once; later ones win."""
    return lambda scenario: {path: value for change in changes for path, value in change(scenario).items()}


def without_cohorts(names: Collection[str]) -> Change:
    """The cohorts taken out, with what dated events say about them."""

    def change(scenario: Scenario) -> Overrides:
        gone = [name for name in names if name in scenario.cohorts]
        overrides: Overrides = {f"cohorts.{name}": None for name in gone}
        for number, event in enumerate(scenario.events):
            overrides |= {f"events.{number}.contract.{name}": None for name in gone if name in (event.contract or {})}
            if event.credit_withdrawal is not None and event.credit_withdrawal.cohort in gone:
                overrides[f"events.{number}.credit_withdrawal"] = None
        return overrides

    return change


def shadow_debt(debt: float) -> Change:
    """Shadow finance of another size, CNY; the number of its accounts stays. Without debt the cohort is taken out."""
    return fixed(cohorts__shadow__debt=debt) if debt > 0 else without_cohorts(SHADOW)


def without_unlevered_feedback(scenario: Scenario) -> Overrides:
    """Unlevered holders neither follow the trend nor herd; funds, whose redemptions follow prices, are absent."""
    overrides: Overrides = {"impact.trend": 0.0, **without_herding(scenario)}
    return overrides if scenario.funds is None else {**overrides, "funds": None}


without_herding = fixed(impact__herding_down=0.0, impact__herding_up=0.0)
"""Unlevered holders do not answer the market's return of the session before."""

without_limits = fixed(exchange__price_limits=False, exchange__suspensions__base_hazard=0.0)
"""No price bands, and no company asks for a halt; stocks suspended at the start stay so."""


def without_preemptive_sales(scenario: Scenario) -> Overrides:
    """No account sells ahead of a margin call."""
    return {f"cohorts.{name}.behaviour.preemptive_hazard": [[0.0, 0.0]] for name in scenario.cohorts}


def without_rescue(scenario: Scenario) -> Overrides:
    """The national team buys nothing; the news of its rescue stays."""
    return {f"events.{number}.rescue": None for number, event in enumerate(scenario.events) if event.rescue is not None}


def without_news(scenario: Scenario) -> Overrides:
    """No dated shock to prices; rules and purchases of the same dates stay."""
    return {f"events.{number}.news": None for number, event in enumerate(scenario.events) if event.news is not None}


def without_events(_: Scenario) -> Overrides:
    """The same market left to itself."""
    return {"events": []}


def more_accounts(factor: int) -> Change:
    """Every drawn cohort with `factor` times its accounts and the same debt in all."""

    def change(scenario: Scenario) -> Overrides:
        drawn = {name: cohort.accounts for name, cohort in scenario.cohorts.items() if cohort.accounts is not None}
        return {f"cohorts.{name}.accounts": factor * accounts for name, accounts in drawn.items()}

    return change
