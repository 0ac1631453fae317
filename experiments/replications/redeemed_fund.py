"""The engine's fund as the fund in distress: redemptions follow its losses, and it sells pro rata; impact is linear.

One stock at a time is hit by a small fall, and every stock's answer is read off: after one round of redemptions, and
when all rounds are over. The answers M are the engine's. By linearity M Σ M' is the covariance of a market whose
fundamentals have covariance Σ; it is held against the formula.

    one round:    M = I + a w'                                  slope g of the paper = response of redemptions
    all rounds:   M = I + a w' + (a w')² + … = I + a w'/(1 − w'a)    slope g/(1 − w'a)

with a_i = g α_i/D_i and w_i = π_i/V. The paper's fund answers to the fundamental move alone; the engine's investors see
the fund's whole loss, that of its own sales too. What is the engine's: performance and redemptions, sales in whole lots
pro rata over the portfolio, impact p/(1 + N/D). What is the paper's: Σ, and the formula. The engine's investors answer
a day later, so that M gathers what the paper has within one step.

Falls only: after gains the fund invests what comes in only with `rebalancing`, and as far as cash reaches at the upper
price limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from experiments.replications.distressed_selling import Distress, Floats
from experiments.replications.still_market import LOT, still_market

from pingcang.model import MarginMarket

PRICE = 10_000.0
FLOAT_LOTS = 100_000_000
SHARE = 0.1
"""Of every stock's float, that the fund holds."""
HELD = FLOAT_LOTS * SHARE
HIT_ON, HIT_DATE = 2, "2015-01-07"
"""The day of the fall: the fund's performance is known from the second day on."""
ROUNDS = 30
FALL = 0.001


@dataclass(frozen=True)
class Answers:
    """Move of stock i (row) per move of stock j (column)."""

    one_round: Floats
    all_rounds: Floats


def answers(market: Distress, fall: float = FALL, rounds: int = ROUNDS) -> Answers:
    """Hit each stock in turn."""
    columns = [_answer(market, hit, fall, rounds) for hit in range(len(market.depth))]
    return Answers(*(np.stack([column[k] for column in columns], axis=1) for k in range(2)))


def feedback(market: Distress) -> float:
    """w'a: what the fund loses by selling, per unit of its loss."""
    return market.slope * float(np.mean(1.0 / np.array(market.depth)))


def _answer(market: Distress, hit: int, fall: float, rounds: int) -> tuple[Floats, Floats]:
    """Moves of all stocks per unit of the fall, after one round and at the end."""
    funded = _funded(market, HIT_ON + rounds, {"value": -fall, "stocks": [f"s{hit}"]})
    before = np.array(funded.stocks.reference)
    moves = []
    for _ in range(HIT_ON + rounds):
        funded.step()
        moves.append(np.array(funded.stocks.reference) / before - 1.0)
    fallen = moves[HIT_ON - 1][hit]
    return moves[HIT_ON] / fallen, moves[-1] / fallen


def _funded(market: Distress, days: int, news: dict[str, Any]) -> MarginMarket:
    """One fund that holds every stock alike, and nobody else."""
    depth = np.array(market.depth) * HELD
    turnover = depth / depth.max()
    stocks = [
        {"code": f"s{k}", "price": PRICE, "float_shares": FLOAT_LOTS * LOT, "turnover": float(t)}
        for k, t in enumerate(turnover)
    ]
    redemptions = {"response": market.slope, "decay": 1, "cap": 1}
    return still_market(
        stocks,
        {},
        calendar={"days": days},
        impact={"depth": FLOAT_LOTS / float(depth.max())},
        funds={"count": 1, "share_of_float": SHARE, "cash_share": 0, "redemptions": redemptions},
        events=[{"date": HIT_DATE, "news": news}],
    )
