"""The initial margin that new loans need today, where it follows the state of the market at the last close."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pingcang.market.day import SMALLEST_SIGMA
from pingcang.market.levers import MarginCurve
from pingcang.rules.counter_cyclical import initial_margin, past_return

if TYPE_CHECKING:
    from pingcang.model import MarginMarket


def new_loan_margin(market: MarginMarket) -> int:
    """Initial margin by the curve in force (basis points), before anything of today has happened; 0 without one."""
    curve = market.today.margin_curve
    return 0 if curve is None else initial_margin(_driver(market, curve), curve.xs, curve.ys)


def _driver(market: MarginMarket, curve: MarginCurve) -> float:
    """The state of the market at the last close (rules/counter_cyclical.py)."""
    if curve.driver == "balance_to_float":
        return _balance(market) / (market.stocks.index_value() * market.listing.lot_value)
    if curve.driver == "volatility":
        return max(SMALLEST_SIGMA, math.sqrt(market.dmc_variance))
    closes = market.recorder.index[: market.day].tolist()
    return past_return(closes, curve.window, market.loaded.scenario.calendar.past_returns)


def _balance(market: MarginMarket) -> int:
    """Financing balance of brokers at the last close, fen at the scenario's scale."""
    return sum(int(population.book.debt.sum()) for population in market.populations if population.terms.official)
