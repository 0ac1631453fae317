"""The macro-prudential discount factor: how much less leverage a market bears when everybody else owes more.

    MPDF = d_then / d_now

d government and household debt over GDP (fractions), with or without hidden debt of local governments.
2015 to 2025: 80 % / 126.4 % = 0.63; with hidden debt 93 % / 181.4 % = 0.51.
Source: the third of the published articles on the margin balance of 2025, which gives no derivation.
"""

from __future__ import annotations


def macro_prudential_discount(debt_then: float, debt_now: float) -> float:
    """MPDF of two debt ratios, both above 0."""
    return debt_then / debt_now
