"""The hazard that a company asks for a halt after closing at limit-down.

    hazard = base · max(0, drawdown − threshold)/0.1 · (1 + 10 · contagion · halts yesterday / stocks)

Fitted form of the 2015 wave of halts (docs/model.md); `drawdown` is the fall from the stock's peak since the start.
"""

from __future__ import annotations


def halt_hazard(
    drawdown: float, base: float, threshold: float, contagion: float, halts_yesterday: int, stocks: int
) -> float:
    """Daily probability of a request; may exceed 1, which is certainty."""
    beyond = drawdown - threshold
    if beyond <= 0.0:
        return 0.0
    return base * beyond / 0.1 * (1.0 + 10.0 * contagion * halts_yesterday / stocks)
