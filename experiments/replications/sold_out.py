"""The engine's account that is sold out in one day of K sessions against the engine's square-root impact.

The lender calls in the loan at the open; a cap on forced sales (`liquidation_volume_share`) lets 1/K of the position be
ordered in each session, and `impact.exponent: 0.5` moves the price with the root of the day's cumulative flow:

    p(x) = 1/(1 + J√x),   J = √(κ N / turnover),   full-exit impact I = 1 − 1/(1 + J)

All lots of a session trade at the price that the session ends with. So the engine's proceeds are (1/K) Σ_k p(k/K), and

    λc(K) = 1/(1 − (1/K) Σ_k p(k/K)),   K → ∞:   1/(1 − 2/J + 2 ln(1 + J)/J²)

The limit is 3/(2I) · (1 − I/4 + O(I²)): with the same full-exit impact, 1/(1 + J√x) falls earlier than 1 − I√x.
A finite K takes a further share of about 3/(4K), since a session's lots all trade at its last price.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from experiments.replications.still_market import DAY, LOT, idle_accounts, position, still_market

from pingcang.model import MarginMarket

LOTS, PRICE = 64_000, 1000.0
FLOAT_LOTS = 10 * LOTS
VALUE = LOTS * LOT * PRICE
BISECTIONS = 14
"""They find an edge to one in 16,000 of the interval searched."""


def sold_out(leverage: float, impact: float, sessions: int) -> MarginMarket:
    """The market at the end of the day on which the account at this leverage is sold out."""
    steepness = impact / (1.0 - impact)
    market = still_market(
        [{"code": "held", "price": PRICE, "float_shares": FLOAT_LOTS * LOT, "turnover": LOTS / FLOAT_LOTS}],
        {"retail": idle_accounts([position("held", LOTS, round(VALUE * (1.0 - 1.0 / leverage), 2))])},
        calendar={"sessions": sessions},
        rules={"liquidation_volume_share": 1.0},
        impact={"exponent": 0.5, "depth": steepness**2},
        events=[{"date": DAY, "credit_withdrawal": {"cohort": "retail", "share": 1.0}}],
    )
    market.run()
    return market


def lender_loses(leverage: float, impact: float, sessions: int) -> bool:
    """Whether the sale leaves less than the debt."""
    return sold_out(leverage, impact, sessions).purses.lender_loss > 0


def critical_by_engine(impact: float, sessions: int, bisections: int = BISECTIONS) -> float:
    """The highest leverage at which the engine's lender loses nothing."""
    return _edge(lambda leverage: lender_loses(leverage, impact, sessions), 0.5 / impact, 2.0 / impact, bisections)


def critical_impact_by_engine(leverage: float, sessions: int, bisections: int = BISECTIONS) -> float:
    """The smallest full-exit impact at which the engine's lender loses on an account at this leverage."""
    return _edge(lambda impact: lender_loses(leverage, impact, sessions), 0.5 / leverage, 2.0 / leverage, bisections)


def critical_by_formula(impact: float, sessions: float = math.inf) -> float:
    """λc(K) above."""
    J = impact / (1.0 - impact)
    if math.isinf(sessions):
        return 1.0 / (1.0 - 2.0 / J + 2.0 * math.log1p(J) / J**2)
    sold = np.arange(1, int(sessions) + 1) / sessions
    return 1.0 / (1.0 - float(np.mean(1.0 / (1.0 + J * np.sqrt(sold)))))


def _edge(loses: Callable[[float], bool], low: float, high: float, bisections: int) -> float:
    """Where a lender begins to lose."""
    for _ in range(bisections):
        middle = (low + high) / 2.0
        low, high = (low, middle) if loses(middle) else (middle, high)
    return (low + high) / 2.0
