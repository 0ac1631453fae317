"""How the M1−M2 growth gap (M1−M2 剪刀差) moves the probability that a called account is topped up.

    f = exp(ε · (g − g_ref)),    p' = p · f / (1 − p + p · f)

g growth of M1 less that of M2 over a year (a fraction), g_ref that at the time at which p was fitted, ε ≥ 0 the change
of the log odds per unit of gap. Where money lies in demand deposits (a high gap) it is at hand when the lender calls;
where it is tied up in time deposits it is not.

The odds p/(1 − p) are multiplied, not p itself: p' stays a probability at any gap, 0 and 1 stay what they are, and a
gap that moves there and back leaves p as it was; p · exp(·) would need a cap at 1.

Source: none that gives a number; form and ε are assumptions.
"""

from __future__ import annotations

import math


def top_up_odds_factor(gap_then: float, gap_now: float, elasticity: float) -> float:
    """f of two gaps; 1 where they are equal."""
    return math.exp(elasticity * (gap_now - gap_then))


def with_odds_times(probability: float, factor: float) -> float:
    """The probability with its odds multiplied; to the bit the same for a factor of 1."""
    if factor == 1.0:
        return probability
    return probability * factor / (1.0 - probability + probability * factor)
