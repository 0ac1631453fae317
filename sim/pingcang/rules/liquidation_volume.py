"""A cap on brokers' forced sales in a stock as a share of its turnover (liquidation_volume_share).

    Q_k = ⌊x·V·(k + 1)/K⌋ − ⌊x·V·k/K⌋

Q_k lots may be ordered in session k = 0 … K − 1, x the share, V mean daily turnover in lots: x·V/K in whole lots, so
that the sessions of a day add up to ⌊x·V⌋. Where brokers together want to sell T > Q_k lots, each order is cut to its
exact share (rules/rationing.py), and the rest is not ordered in this session.
Source: participation caps of execution desks (a share of volume); Almgren and Chriss (2001) for trading at a rate.
"""

from __future__ import annotations

import math


def lots_allowed(share: float, turnover: float, session: int, sessions: int) -> int:
    """Lots that forced sales may order in a stock in one session."""
    daily = share * turnover
    return math.floor(daily * (session + 1) / sessions) - math.floor(daily * session / sessions)
