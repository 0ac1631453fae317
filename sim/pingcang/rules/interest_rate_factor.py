"""The interest rate factor: how much more leverage a market bears when loans cost less.

    IRF = (r_then / r_now) ^ α

r one-year loan rate (fraction a year), α elasticity. 2015 to 2025: (5.1 % / 3.0 %) ^ 0.20 = 1.112.
Source: the third of the published articles on the margin balance of 2025; α = 0.20 is its assumption.
"""

from __future__ import annotations


def interest_rate_factor(rate_then: float, rate_now: float, elasticity: float) -> float:
    """IRF of two rates, both above 0."""
    factor: float = (rate_then / rate_now) ** elasticity
    return factor
