"""Distance to margin call (DMC): how many daily standard deviations an account stands above its line.

    DMC = (A − line·L) / (σ·V),   V = securities held + line · securities sold short

which for a fully invested account is (1 − line/m)/σ. Money in fen, line in basis points, σ a daily standard deviation.

Judged by requirement (rules/requirement.py) an account is called at E = line·R. Let every position move against it
by z·σ. Longs take z·σ·V_long from E and a·z·σ·V_long from R; shorts take z·σ·V_short from E and add b·z·σ·V_short to
R. The gap E − line·R is gone at

    z = (E − line·R) / (σ·(V_long·(1 − line·a) + V_short·(1 + line·b)))

a, b the requirements of long and short positions in basis points. Where line·a ≥ 1 no fall leads to a call: far away.

Source: Bian, He, Shue, Zhou (NBER w25040, 2018), distance to margin call in volatility units.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE


def distance_to_call(assets: int, liabilities: int, line: int, long: int, short: int, sigma: float) -> float:
    """DMC in daily standard deviations; `long` and `short` are the risky holdings, one of them above 0."""
    room = float(assets * ONE - line * liabilities)
    risky = float(long * ONE + line * short)
    return room / (sigma * risky)


def distance_under_requirement(
    equity: int, required: int, line: int, long: int, short: int, long_rate: int, short_rate: int, sigma: float
) -> float:
    """The same of an account that is judged by requirement."""
    room = float((equity * ONE - line * required) * ONE)
    risky = long * (ONE * ONE - line * long_rate) + short * (ONE * ONE + line * short_rate)
    return room / (sigma * float(max(1, risky)))
