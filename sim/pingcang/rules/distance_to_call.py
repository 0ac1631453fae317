"""Distance to margin call (DMC): how many daily standard deviations an account stands above its line.

    DMC = (A − line·L) / (σ·V),   V = securities held + line · securities sold short

which for a fully invested account is (1 − line/m)/σ. Money in fen, line in basis points, σ a daily standard deviation.
Source: Bian, He, Shue, Zhou (NBER w25040, 2018), distance to margin call in volatility units.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE


def distance_to_call(assets: int, liabilities: int, line: int, long: int, short: int, sigma: float) -> float:
    """DMC in daily standard deviations; `long` and `short` are the risky holdings, one of them above 0."""
    room = float(assets * ONE - line * liabilities)
    risky = float(long * ONE + line * short)
    return room / (sigma * risky)
