"""Levers: from one number to the values that it sets in a scenario, by path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pingcang.errors import ScenarioError
from pingcang.scenario.cohorts import Cohort
from pingcang.scenario.schema import Scenario

Overrides = dict[str, Any]
Lever = Callable[[float], Overrides]
LOWEST_NEWS, HIGHEST_NEWS = -0.95, 5.0
"""Between these, both excluded, a scenario takes a size of news."""
DIGITS = 9
"""Of a size of news: enough for any tolerance, few enough to be read."""


def news_size(scenario: Scenario) -> Lever:
    """A factor on the size of every dated news, good and bad; 1 is the scenario as it is."""
    sizes = {number: event.news.value for number, event in enumerate(scenario.events) if event.news is not None}
    if not sizes:
        raise ScenarioError(f"{scenario.name}: no event has news, so there is no shock to scale; take another lever")
    most = min(_largest_factor(value) for value in sizes.values())

    def overrides(factor: float) -> Overrides:
        if not 0 <= factor < most:
            raise ScenarioError(
                f"news: got the factor {factor:g}, must be at least 0 and below {most:.6g}, "
                f"where a size of news would leave {LOWEST_NEWS} to {HIGHEST_NEWS:g}; move --low or --high"
            )
        return {f"events.{number}.news.value": round(value * factor, DIGITS) for number, value in sizes.items()}

    return overrides


def broker_balance(scenario: Scenario) -> Lever:
    """A factor on the loans of brokers: debt, accounts and purchases at the start of all their cohorts together.

    Every account keeps its size, so ratio and size distributions stay; short sellers, who owe shares, stay too.
    """
    cohorts = {name: cohort for name, cohort in scenario.cohorts.items() if is_broker_financed(cohort)}
    return _sized("balance", scenario.name, cohorts)


def shadow_balance(scenario: Scenario) -> Lever:
    """The debt owed to shadow lenders at scale 1, CNY, their accounts in proportion; 0 takes the cohorts out."""
    cohorts = {name: cohort for name, cohort in scenario.cohorts.items() if lender(cohort) == "shadow"}
    sized = _sized("shadow", scenario.name, cohorts)
    debt = sum(cohort.debt or 0.0 for cohort in cohorts.values())
    if not debt > 0:
        raise ScenarioError(f"{scenario.name}: shadow lenders are owed nothing, so their debt cannot be scaled")

    def overrides(yuan: float) -> Overrides:
        return without_cohorts(scenario, list(cohorts)) if yuan == 0 else sized(yuan / debt)

    return overrides


def path(*names: str) -> Lever:
    """One value at one path, or at several."""

    def overrides(value: float) -> Overrides:
        return {name: int(value) if float(value).is_integer() else value for name in names}

    return overrides


def together(*parts: Overrides) -> Overrides:
    """Several sets of values as one; later ones win."""
    return {key: value for part in parts for key, value in part.items()}


def financing(scenario: Scenario) -> float:
    """What cohorts financed by brokers owe at scale 1, CNY; short sellers owe shares and are not in it."""
    return sum(cohort.debt or 0.0 for cohort in scenario.cohorts.values() if is_broker_financed(cohort))


def lender(cohort: Cohort) -> str:
    """Broker or shadow."""
    return cohort.contract.lender or ("shadow" if cohort.kind == "shadow" else "broker")


def is_broker_financed(cohort: Cohort) -> bool:
    """Whether the cohort buys on loans of brokers."""
    return lender(cohort) == "broker" and cohort.kind != "short_seller"


def without_cohorts(scenario: Scenario, names: list[str]) -> Overrides:
    """The cohorts taken out, with what dated events say about them."""
    overrides: Overrides = {f"cohorts.{name}": None for name in names}
    for number, event in enumerate(scenario.events):
        overrides |= {f"events.{number}.contract.{name}": None for name in names if name in (event.contract or {})}
        if event.credit_withdrawal is not None and event.credit_withdrawal.cohort in names:
            overrides[f"events.{number}.credit_withdrawal"] = None
    return overrides


def _sized(lever: str, scenario: str, cohorts: dict[str, Cohort]) -> Lever:
    if not cohorts:
        raise ScenarioError(f"{lever}: {scenario} has no cohort of this lender; take another lever")
    for name, cohort in cohorts.items():
        if cohort.accounts is None:
            raise ScenarioError(
                f"{lever}: cohorts.{name} of {scenario} has accounts written out or from a book, which cannot be "
                "scaled; only drawn cohorts (accounts, debt) can"
            )

    def overrides(factor: float) -> Overrides:
        if not factor > 0:
            raise ScenarioError(f"{lever}: got {factor:g} times the debt, must be above 0; raise --low")
        return dict(_scaled_cohorts(cohorts, factor))

    return overrides


def _scaled_cohorts(cohorts: dict[str, Cohort], factor: float) -> Iterator[tuple[str, Any]]:
    for name, cohort in cohorts.items():
        yield f"cohorts.{name}.debt", float(round((cohort.debt or 0.0) * factor))
        yield f"cohorts.{name}.accounts", max(1, round((cohort.accounts or 0) * factor))
        if cohort.margin_purchases_at_start is not None:
            yield f"cohorts.{name}.margin_purchases_at_start", float(round(cohort.margin_purchases_at_start * factor))


def _largest_factor(value: float) -> float:
    if value == 0:
        return float("inf")
    return LOWEST_NEWS / value if value < 0 else HIGHEST_NEWS / value
