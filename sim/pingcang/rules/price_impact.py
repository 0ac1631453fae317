"""The supply curve of the rest of the market, and how trades move the latent reference price.

    p*(N) = p_ref · (1 + N/D) for N ≥ 0,   p_ref / (1 + |N|/D) for N < 0          (exponent 1)

D is mean daily turnover in lots divided by κ. With exponent ½ the move is sign(n)·√(|n|/D) of the *day's* cumulative
net flow n, so that the number of sessions does not matter. Prices in ticks, flows in lots.
Source: Cont and Wagalath (2013) for linear impact; Almgren et al. (2005), Bouchaud (2010) for the square root.
"""

from __future__ import annotations

import math

from pingcang.arithmetic import growth, inverse_growth


def move(flow: float, depth: float, square_root: bool) -> float:
    """The move of a cumulative flow: flow/depth, or its signed square root."""
    share = flow / depth
    if not square_root:
        return share
    return math.sqrt(share) if share >= 0.0 else -math.sqrt(-share)


def impact_factor(flow: float, before: float, depth: float, square_root: bool) -> float:
    """The factor by which `flow` moves the price after `before` lots of the same day."""
    if not square_root:
        return growth(flow / depth)
    return growth(move(before + flow, depth, True)) / growth(move(before, depth, True))


def impact_move(flow: float, before: float, depth: float, square_root: bool) -> float:
    """The same as a move, of which a share is transient."""
    if not square_root:
        return flow / depth
    return move(before + flow, depth, True) - move(before, depth, True)


def flow_to(price: float, reference: float, before: float, depth: float, square_root: bool) -> float:
    """The net flow at which the curve reaches `price`; the inverse of impact_factor."""
    factor = price / reference
    if not square_root:
        return inverse_growth(factor) * depth
    reach = inverse_growth(factor * growth(move(before, depth, True)))
    return (reach * reach if reach >= 0.0 else -(reach * reach)) * depth - before
