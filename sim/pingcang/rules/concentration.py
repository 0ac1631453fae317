"""Concentration limits: how much of one stock a purchase may bring into an account (concentration_limits).

    own  ≤ max(0, ⌊a·A⌋ − V),   loan ≤ ⌊(a·A − V − own)/(1 − a)⌋

A are the account's assets before the purchase, V the value of the stock in it, a the largest share of one stock at the
account's maintenance ratio m: that of the last row [ratio, share] whose ratio m reaches, of the first row below it. Own
cash leaves A as it is, a loan adds to it, so that after the purchase V + own + loan ≤ a·(A + loan). a = 1 never binds.
Money in fen; ratios and shares in basis points.
Source: Eastmoney Securities, 2018-06-01: from 240 % no limit, 180 to 240 % at most 70 %, below 180 % at most 50 %.
"""

from __future__ import annotations

from collections.abc import Sequence

from pingcang.arithmetic import ONE

Limits = Sequence[tuple[int, int]]
"""Rows (maintenance ratio, share), basis points, ratios rising; none: no limit."""


def largest_share(assets: int, liabilities: int, limits: Limits) -> int:
    """The share that one stock may have (basis points)."""
    share = limits[0][1] if limits else ONE
    for ratio, of_row in limits[1:]:
        if assets * ONE >= ratio * liabilities:
            share = of_row
    return share


def room_for_own(share: int, assets: int, held: int) -> int | None:
    """The most own cash that may go into the stock (fen); None where nothing limits it."""
    return None if share == ONE else max(0, share * assets // ONE - held)


def room_for_loan(share: int, assets: int, held: int, own: int) -> int | None:
    """The most that may be lent for it beside the own cash (fen); None where nothing limits it."""
    return None if share == ONE else max(0, (share * assets - (held + own) * ONE) // (ONE - share))
