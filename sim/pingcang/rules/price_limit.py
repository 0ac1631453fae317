"""The daily price band: limit-down and limit-up of a stock from its previous close.

    limits = (previous · (100 ± b) + 50) // 100 ticks

Prices in ticks, the band b in basis points. Source: trading rules of the exchanges, rounding to the nearest tick.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE

NO_LIMIT = 2_000_000_000
"""Highest price in ticks where there is no limit."""


def band(previous: int, limit: int) -> tuple[int, int]:
    """Limit-down and limit-up in ticks; a price never falls below one tick."""
    low = (previous * (ONE - limit) + ONE // 2) // ONE
    high = (previous * (ONE + limit) + ONE // 2) // ONE
    return max(1, low), max(1, min(high, NO_LIMIT))
