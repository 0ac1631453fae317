"""What differs between the markets of 2015 and 2025, one lever a factor: its value of 2015 laid over china_2025.

Every lever starts from the market of August 2025 (level 0) and puts one thing back to 2015 (level 1), as a share of
float where it is money, so that a larger market is not mistaken for a calmer one. Levers that are not a matter of 2015
or 2025 (concentration, overlap, appetite) say what they assume.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pingcang import load_scenario
from pingcang.scenario.schema import Scenario
from pingcang.study.levers import Overrides, news_size, shadow_balance

Lever = Callable[[Scenario], Overrides]

BASE, CRASH_2015 = "china_2025", "china_2015"

FLOAT_2015, FLOAT_2025 = 56.8e12, 93.0e12
"""CNY. source: scenarios/china_2015.yaml and china_2025.yaml (sums of total_float_cap; tables and etnet)."""
TURNOVER_2015, TURNOVER_2025 = 1.94e12, 1.87e12
"""CNY a day. source: the same files, mean daily turnover."""
PEAK_RATIO, RATIO_2025 = 0.0427, 0.0232
"""Balance, securities lending included, over float. source: press (articles behind this project): 2015-06-18, when only
traded stocks counted in the float, and 2025-08-22."""
SHADOW_2015 = 1.12e12
"""CNY. assumption of china_2015: nobody knows it."""
BROKERS = ("retail", "institution")
BORROWERS = (*BROKERS, "shadow")

NARROW_LIST = {"sse_main": 525, "szse_main": 355, "chinext": 70, "star": 0, "bse": 0}
"""950 marginable stocks on the boards of 2025, the largest floats of each exchange. source: china_2015_950 (525 + 425,
of which 355 on szse_main and the SME board, merged since, and 70 on ChiNext)."""
HOT_SHARE_WEIGHT = 6.0
"""Weight of an electronics stock in the balance, per CNY of float, in a crowded market. assumption: about 36 % of the
balance in the 9 % of names that are electronics, three times the 12.7 % of August 2025 (Wind)."""
MANY_POSITIONS = 8


def breadth(_: Scenario) -> Overrides:
    """The same debt on 950 marginable stocks instead of 4,150."""
    return {f"securities.boards.{board}.marginable": count for board, count in NARROW_LIST.items()}


def more_borrowers(factor: float, cohorts: tuple[str, ...] = BROKERS) -> Lever:
    """More accounts of the same kind: debt and number of accounts grow together, ratios and sizes stay."""

    def lever(scenario: Scenario) -> Overrides:
        found: Overrides = {}
        for name in cohorts:
            cohort = scenario.cohorts[name]
            found[f"cohorts.{name}.debt"] = float(round((cohort.debt or 0.0) * factor))
            found[f"cohorts.{name}.accounts"] = round((cohort.accounts or 0) * factor)
            if cohort.margin_purchases_at_start:
                found[f"cohorts.{name}.margin_purchases_at_start"] = cohort.margin_purchases_at_start * factor
        return found

    return lever


leverage = more_borrowers(PEAK_RATIO / RATIO_2025)
"""Brokers' loans at 4.24 % of float instead of 2.30 % (with securities lending the press's 4.27 and 2.32 %): more
levered accounts, ratios as they are. china_2015 itself begins at 3.91 % (12 June, suspended stocks counted)."""


def ratios(_: Scenario) -> Overrides:
    """The same debt at the maintenance ratios of 2015 (mean 2.65 instead of 2.91)."""
    then = load_scenario(CRASH_2015).scenario.cohorts
    return {f"cohorts.{name}.maintenance_ratio": then[name].maintenance_ratio for name in BROKERS}


def shadow(debt: float) -> Lever:
    """Shadow finance of a size, CNY, in accounts of the usual size; without debt the cohort is taken out."""
    return lambda scenario: shadow_balance(scenario)(debt)


shadow_2015 = shadow(round(SHADOW_2015 / FLOAT_2015 * FLOAT_2025))
"""Shadow finance at 2015's share of float, 1.97 %: 1.83tn, instead of 50bn."""


def narrow_bands(_: Scenario) -> Overrides:
    """±10 % for ChiNext and STAR instead of ±20 %."""
    return {f"securities.boards.{board}.price_limit": 0.10 for board in ("chinext", "star")}


def initial_margin(_: Scenario) -> Overrides:
    """50 % of a new loan instead of 80 %."""
    return {"rules.initial_margin.value": 0.5}


def deep(scenario: Scenario) -> Overrides:
    """As deep per yuan of float as in 2015, when 3.4 % of the float was turned over a day instead of 2.0 %."""
    return {"impact.depth": scenario.impact.depth * (TURNOVER_2025 / FLOAT_2025) / (TURNOVER_2015 / FLOAT_2015)}


def rescue(factor: float) -> Lever:
    """Purchases of the national team times a factor; 0 takes them out, their news stays."""

    def lever(scenario: Scenario) -> Overrides:
        budgets = {n: event.rescue.budget for n, event in enumerate(scenario.events) if event.rescue is not None}
        if not factor:
            return {f"events.{n}.rescue": None for n in budgets}
        return {f"events.{n}.rescue.budget": budget * factor for n, budget in budgets.items()}

    return lever


rescue_2015 = rescue(FLOAT_2025 / FLOAT_2015)
"""A rescue of the same share of float as in 2015 (1.42tn) instead of the same sum (865bn)."""


def crowded(_: Scenario) -> Overrides:
    """The balance crowded into electronics, at the start and in what is bought later."""
    found: Overrides = {}
    for name in BORROWERS:
        found[f"cohorts.{name}.debt_by_sector"] = {"electronics": HOT_SHARE_WEIGHT, "other": 1.0}
        found[f"cohorts.{name}.behaviour.attention.sectors"] = {"electronics": HOT_SHARE_WEIGHT, "other": 1.0}
    return found


def overlapping(_: Scenario) -> Overrides:
    """Eight positions an account instead of about two: holdings overlap, a forced sale spreads over more stocks."""
    found: Overrides = {}
    for name in BORROWERS:
        found[f"cohorts.{name}.slots"] = MANY_POSITIONS
        found[f"cohorts.{name}.positions"] = [[MANY_POSITIONS, 1.0]]
    return found


def appetite(base: float) -> Lever:
    """Another base of the appetite: with 1.088 the balance grows as in the bubble of 2015, with 1.022 as in 2025."""
    return lambda _: {f"cohorts.{name}.behaviour.appetite.base": base for name in BORROWERS}


def technology_shock(scenario: Scenario) -> Overrides:
    """The same dated news, on electronics alone; nobody comes to the rescue of one sector."""
    found = rescue(0)(scenario)
    hit = [n for n, event in enumerate(scenario.events) if event.news is not None]
    return found | {f"events.{n}.news.sectors": {"other": 0.0} for n in hit}


def news_times(factor: float) -> Lever:
    """Every dated piece of news of another size."""
    return lambda scenario: news_size(scenario)(factor)


def calm(_: Scenario) -> Overrides:
    """No dated event."""
    return {"events": []}


@dataclass(frozen=True)
class Factor:
    """One difference between the markets."""

    key: str
    name: str
    low: str
    high: str
    """The values of 2025 and of 2015, for tables."""
    lever: Lever


MAIN = (
    Factor("B", "breadth", "4,150", "950", breadth),
    Factor("L", "leverage", "2.30 %", "4.24 %", leverage),
    Factor("S", "shadow finance", "50bn", "1.83tn", shadow_2015),
)
"""The full design."""
OTHERS = (
    Factor("R", "maintenance ratios", "mean 2.91", "mean 2.65", ratios),
    Factor("P", "price bands of ChiNext and STAR", "±20 %", "±10 %", narrow_bands),
    Factor("M", "initial margin", "80 %", "50 %", initial_margin),
    Factor("D", "depth per yuan of float", "turnover 2.0 % a day", "turnover 3.4 % a day", deep),
    Factor("G", "rescue", "865bn", "1.42tn (2015's share of float)", rescue_2015),
    Factor("C", "concentration", "electronics 12.7 % of the balance", "electronics about 36 %", crowded),
)
"""One at a time, at both ends of the full design."""
FACTORS: Mapping[str, Factor] = {factor.key: factor for factor in (*MAIN, *OTHERS)}


def together(*levers: Lever) -> Lever:
    """Several levers, all read off the same scenario; where two set one value, the later wins."""
    return lambda scenario: {path: value for lever in levers for path, value in lever(scenario).items()}
