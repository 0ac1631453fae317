"""The two markets, under the same dated news: June 2015 itself, and August 2025 hit by the news of 2015."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pingcang import load_scenario
from pingcang.scenario import LoadedScenario
from pingcang.study.arms import changed
from pingcang.study.calm import without_news

Overrides = dict[str, Any]
BROKERS = ("retail", "institution", "short_seller")
"""Cohorts whose lender is a broker."""


@dataclass(frozen=True)
class Market:
    """A scenario with what the levers need to know of it."""

    key: str
    source: str
    name: str
    initial_margin: float
    """Of the rule in force."""
    mid_crash: int
    """Number of the event on whose date a rule changes in the middle of the crash: the first trading day after the
    authorities first answered the fall (a rate cut on Saturday 27 June 2015, and its like in 2025). They loosened; the
    arm asks what the opposite would have done."""
    balance_to_float: float
    """Brokers' loans over float on the first day, from which curves of the balance are drawn."""
    volatility: float
    """Daily volatility of stocks on the first day (impact.dmc_volatility)."""

    def loaded(self, shared: Mapping[str, Any]) -> LoadedScenario:
        """The scenario; `shared` is laid over it in every arm: another scale, fewer days."""
        return changed(_scenario(self.source), shared)


MARKETS = {
    market.key: market
    for market in (
        Market("2015", "china_2015", "the market of June 2015", 0.5, 2, 0.0391, 0.049),
        Market("2025", "china_2025", "the market of August 2025 under the news of 2015", 0.8, 2, 0.0230, 0.025),
    )
}


def calm(loaded: LoadedScenario) -> LoadedScenario:
    """The same market and the same rules, dated ones too, when nothing happens."""
    return without_news(loaded)


@cache
def _scenario(source: str) -> LoadedScenario:
    return load_scenario(source)
