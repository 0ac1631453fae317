"""A call window in hours of trading (call_window: {hours: h}), counted in sessions.

    n = ⌈h·K/H⌉,   q_session = 1 − (1 − q)^(1/K)

K sessions a day of H hours of trading; h the window. Called after a session, an account is forced at the check n
sessions later unless restored. q is the daily probability of a top-up, q_session that of one session, so that a whole
day has q.
Source: broker contracts in Hong Kong and of shadow lenders give hours, not days; the exchanges of China gave two days.
"""

from __future__ import annotations

import math
from fractions import Fraction


def window_sessions(hours: float, sessions: int, trading_hours: float) -> int:
    """Whole sessions that cover the window, at least one; exact in the decimals in which the hours are written."""
    return max(1, math.ceil(Fraction(str(hours)) * sessions / Fraction(str(trading_hours))))


def each_session(daily: float, sessions: int) -> float:
    """The probability a session of what has the probability `daily` a day."""
    return 1.0 - math.pow(1.0 - daily, 1.0 / sessions)
