"""Whose doing a price change is: exact shares of causes in a log return.

Glossary: S stocks, C causes; F (C, S) lots that each cause adds to the net flow, buys above 0; N = Σ F what was wanted,
N′ what entered the price; D depth in lots; b the day's flow before. λ(n) is the log move of the supply curve after n
more lots (rules/price_impact.py): ln g(n/D) with ln g(x) = ln(1 + x) for x ≥ 0 and −ln(1 − x) below, so that λ is odd;
with the square-root law λ(n) = ln g(μ(b + n)) − ln g(μ(b)), μ(n) = ±√(|n|/D).

*Everything entered* (N′ = N). All buys B and all sells S of the session are two blocks. A block's part is the mean of
what it moves when it comes first and when it comes second, which is its Shapley value:

    φ_S = ½·[λ(−S) + λ(N) − λ(B)]        φ_B = ½·[λ(B) + λ(N) − λ(−S)]        φ_S + φ_B = λ(N)

and a block's part is shared among its causes by lots. *A limit kept orders out* (N′ ≠ N): the side that waits moved the
price by what was executed of it beyond the other side, λ(N′), shared by lots; the other side was met at the limit.
Source: Shapley (1953); two blocks, not single orders, because orders of a call auction have no order of their own.
"""

from __future__ import annotations

import numpy as np

from pingcang.arrays import Bools, Floats

KEPT_OUT = 1e-6
"""Lots by which wanted and executed flow differ when a limit kept something out; less is rounding of sums."""


def log_growth(x: Floats) -> Floats:
    """ln g(x): ln(1 + x) for x ≥ 0, −ln(1 − x) below."""
    moved: Floats = np.copysign(np.log1p(np.abs(x)), x)
    return moved


def growth_of(moved: Floats) -> Floats:
    """The x whose ln g(x) is `moved`."""
    x: Floats = np.copysign(np.expm1(np.abs(moved)), moved)
    return x


def _slope(moved: Floats, x: Floats) -> Floats:
    """moved / x, and its limit 1 where nothing moved."""
    slope: Floats = np.divide(moved, x, out=np.ones_like(moved), where=x != 0.0)
    return slope


def log_parts(parts: Floats, x: Floats) -> Floats:
    """Parts (C, S) that add up to x as parts of ln g(x)."""
    return parts * _slope(log_growth(x), x)


def value_parts(parts: Floats) -> Floats:
    """Parts of a log return (C, S) as parts of the simple return exp(Σ parts) − 1."""
    moved = parts.sum(axis=0)
    return parts * _slope(np.expm1(moved), moved)


def log_return_parts(parts: Floats) -> Floats:
    """Parts of a simple return (C,) as parts of the log return ln(1 + Σ parts)."""
    moved = np.asarray(parts.sum(axis=0))
    return parts * _slope(np.log1p(moved), moved)


def log_move(flow: Floats, before: Floats, depth: Floats, square_root: bool) -> Floats:
    """λ(flow)."""
    if not square_root:
        return log_growth(flow / depth)
    start, end = before / depth, (before + flow) / depth
    move = log_growth(np.copysign(np.sqrt(np.abs(end)), end))
    return move - log_growth(np.copysign(np.sqrt(np.abs(start)), start))


def flow_parts(
    flows: Floats, entered: Floats, before: Floats, depth: Floats, square_root: bool
) -> tuple[Floats, Floats]:
    """(log return, lots) of each cause (C, S): what it moved, and what of its lots entered the price."""
    buys, sells = np.maximum(flows, 0.0), np.maximum(-flows, 0.0)
    bought, sold = buys.sum(axis=0), sells.sum(axis=0)
    kept_out = entered - (bought - sold)
    sells_wait, buys_wait = kept_out > KEPT_OUT, kept_out < -KEPT_OUT
    together = log_move(entered, before, depth, square_root)
    up, down = (log_move(flow, before, depth, square_root) for flow in (bought, -sold))
    of_sells = _chosen(0.5 * (down + together - up), together, sells_wait, buys_wait)
    of_buys = _chosen(0.5 * (up + together - down), together, buys_wait, sells_wait)
    moved = _each(buys, bought, of_buys) + _each(sells, sold, of_sells)
    lots = _each(buys, bought, np.where(buys_wait, sold + entered, bought))
    lots -= _each(sells, sold, np.where(sells_wait, bought - entered, sold))
    return moved, lots


def _chosen(both: Floats, alone: Floats, this_waits: Bools, other_waits: Bools) -> Floats:
    """The part of a side: all of the move where it waits, none where the other does."""
    part: Floats = np.where(this_waits, alone, np.where(other_waits, 0.0, both))
    return part


def _each(lots: Floats, total: Floats, amount: Floats) -> Floats:
    """`amount` (S,) by lots (C, S), whose totals are given."""
    return lots * np.divide(amount, total, out=np.zeros_like(amount), where=total > 0.0)
