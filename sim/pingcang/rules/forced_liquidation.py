"""How much an account must sell so that its maintenance ratio returns to the restore level.

    (A − x) / (L − (1 − c)·x) = r   ⇒   x = (r·L − A) / (r·(1 − c) − 1)

x is the gross sale, c its costs as a share of it, so (1 − c)·x reaches the lender; without costs x is the familiar
(r·L − A)/(r − 1). At most what repays the whole debt is sold; everything when A ≤ L, or when the contract closes the
whole account. Money in fen; r and c in basis points; rounded up.
Source: arithmetic of the ratio; tests/golden/forced_liquidation.csv has hand-worked cases.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE, ceil_div, mul_div_up


def sale_to_restore(assets: int, liabilities: int, restore: int, costs: int) -> int | None:
    """The gross value to sell (fen); 0 if m is at the restore level; None for everything."""
    mended = restore * (ONE - costs) - ONE * ONE
    if assets <= liabilities or mended <= 0:
        return None
    missing = restore * liabilities - assets * ONE
    if missing <= 0:
        return 0
    return min(ceil_div(liabilities * ONE, ONE - costs), mul_div_up(missing, ONE, mended))
