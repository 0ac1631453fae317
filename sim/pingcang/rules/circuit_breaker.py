"""A halt of the whole market by the move of its index since its last close.

    move = I / I_close − 1,   a level is reached where |I − I_close| ≥ move_level · I_close

I is the float-cap weighted sum of last prices (lots × ticks), suspended stocks at their last price; levels are in basis
points and compared by cross-multiplication. A halt of m minutes takes ⌈m · K / (60 · hours)⌉ of a day's K sessions.
Source: China, January 2016: 5 % → 15 minutes, 7 % → the rest of the day, both ways, CSI 300 (Reuters 2015-12-04);
US, NYSE Rule 80B as amended in 2013: falls of 7 and 13 % → 15 minutes, 20 % → the rest of the day, S&P 500.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pingcang.arithmetic import ONE

_ROUNDING = 1e-9


def level_reached(index: int, last_close: int, moves: Sequence[int], both_ways: bool) -> int:
    """How many of the rising levels the index has reached; falls count, rises only `both_ways`."""
    fall = last_close - index
    move = abs(fall) if both_ways else fall
    return sum(move * ONE >= level * last_close for level in moves)


def sessions_halted(minutes: float | None, sessions: int, trading_hours: float) -> int:
    """Sessions that a halt takes; None minutes are the rest of the day, whatever its length."""
    if minutes is None:
        return sessions
    return max(1, math.ceil(minutes * sessions / (60.0 * trading_hours) - _ROUNDING))
