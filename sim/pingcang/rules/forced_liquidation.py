"""How much an account must sell so that its maintenance ratio returns to the restore level.

    (A − x) / (L − x) = r   ⇒   x = (r·L − A) / (r − 1)

x is what reaches the lender, so the gross sale is x / (1 − costs). Everything is sold when A ≤ L, or when the contract
closes the whole account. Money in fen; r and costs in basis points; rounded up.
Source: arithmetic of the ratio; tests/golden/forced_liquidation.csv has hand-worked cases.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE, ceil_div


def sale_to_restore(assets: int, liabilities: int, restore: int, costs: int) -> int | None:
    """The gross value to sell (fen); 0 if m is at the restore level; None for everything."""
    if assets <= liabilities:
        return None
    missing = restore * liabilities - assets * ONE
    if missing <= 0:
        return 0
    net = min(liabilities, ceil_div(missing, restore - ONE))
    return ceil_div(net * ONE, ONE - costs)
