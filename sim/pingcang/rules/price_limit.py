"""The daily price band: limit-down and limit-up of a stock from its previous close.

    limits = (previous · (100 ± b) + 50) // 100 ticks, at least one tick from the previous close

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
    return max(1, min(low, previous - 1)), min(max(high, previous + 1), NO_LIMIT)


def inside(ticks: int, previous: int, low: int, high: int) -> int:
    """A price that stands at no limit: the nearest one strictly between them, the previous close at the least."""
    return min(max(ticks, min(low + 1, previous)), max(high - 1, previous))


def ceiling(last: int, high: int) -> int:
    """The most that a buyer reckons with paying in one session (ticks): limit-up, or a fifth above the last price."""
    return min(high, last + last // 5 + 1)
