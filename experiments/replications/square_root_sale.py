"""A levered position that is sold off bit by bit against square-root impact, and marked to market all the while.

Of a position worth 1, a share x is sold and the price is 1 − I√x; I is the impact of selling all of it. Against a debt
of 1 − 1/λ0 stand what was earned and what is left, so that

    leverage(x) = (1 − x)(1 − I√x) / (1/λ0 − I√x + I x^{3/2}/3)

Equity is least where I√x − I x^{3/2}/3 is largest on [0, 1], at x = 1, where it is 2I/3: it is exhausted iff
λ0 > 3/(2I).
Source: Caccioli, Bouchaud and Farmer (2012), Impact-adjusted valuation and the criticality of leverage, Risk; the
formulas are derived anew from its assumptions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SLICES = 2000


def critical_leverage(impact: float) -> float:
    """λc = 3/(2I)."""
    return 3.0 / (2.0 * impact)


def critical_impact(leverage: float) -> float:
    """The impact of a full exit beyond which this leverage is unsafe; the inverse of the above."""
    return 3.0 / (2.0 * leverage)


def leverage_at_line(ratio: float) -> float:
    """Assets over equity of an account whose assets are `ratio` times its debt: m/(m − 1)."""
    return ratio / (ratio - 1.0)


def leverage_while_selling(initial: float, impact: float, sold: Floats) -> Floats:
    """Leverage after a share `sold`, by the formula."""
    equity = 1.0 / initial - impact * np.sqrt(sold) + impact * sold**1.5 / 3.0
    return (1.0 - sold) * (1.0 - impact * np.sqrt(sold)) / equity


def sold_in_slices(initial: float, impact: float, slices: int = SLICES) -> tuple[Floats, Floats]:
    """(equity, leverage) after each of the slices, slice by slice: each earns the mean of the prices around it."""
    price, cash = 1.0, 0.0
    debt = 1.0 - 1.0 / initial
    equity, leverage = np.empty(slices), np.empty(slices)
    for k in range(1, slices + 1):
        after = 1.0 - impact * np.sqrt(k / slices)
        cash += (price + after) / 2.0 / slices
        price = after
        held = (1.0 - k / slices) * price
        equity[k - 1] = held + cash - debt
        leverage[k - 1] = held / equity[k - 1]
    return equity, leverage


def critical_by_slices(impact: float, slices: int = SLICES) -> float:
    """The highest leverage at which no slice leaves equity below zero, by bisection."""
    low, high = 1.0, 4.0 * critical_leverage(impact)
    while high - low > 1e-6 * low:
        middle = (low + high) / 2.0
        if sold_in_slices(middle, impact, slices)[0].min() < 0.0:
            high = middle
        else:
            low = middle
    return low
