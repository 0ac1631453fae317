"""Initial margin (融资保证金比例) and the available margin (保证金可用余额) that limits new loans and short sales.

    available = cash + Σ g(V − loan) + Σ g(proceeds − V_short) − Σ reserved − Σ r_short·V_short − interest
    g(x) = h·x for x > 0, else x,   h the haircut of the stock

cash excludes frozen proceeds. A slot pools own and financed shares of one stock, so its collateral value and its gain
on the loan stand in one g: the exchange's sum Σ h·V_collateral + Σ g(V_financed − loan) equals it whenever the
financed shares are worth their loan, and is smaller when they are not.
Source: exchanges' detailed rules (2011), article on the available margin; see docs/model.md.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE, ceil_div


def counted(gain: int, haircut: int) -> int:
    """g(x): a gain counts after its haircut (rounded down), a loss in full. Fen; haircut in basis points."""
    return gain * haircut // ONE if gain > 0 else gain


def reserved_for(loan: int, initial_margin: int) -> int:
    """Margin that a new loan binds, at the ratio of its origination (rounded up)."""
    return ceil_div(loan * initial_margin, ONE)


def largest_loan(available: int, own: int, haircut: int, initial_margin: int) -> int:
    """The largest loan beside own cash put into the same purchase.

    The purchase turns cash, which counts in full, into stock, which counts after its haircut.
    """
    left = available - ceil_div(own * (ONE - haircut), ONE)
    if left <= 0:
        return 0
    return left * ONE // initial_margin
