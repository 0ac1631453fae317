"""Exact arithmetic shared by the rules and the plain-Python day; `ext/pingcang/_core/exact.h` is its twin in C.

Integers are fen, ticks, lots and basis points. Floating point appears in decisions only, and only as
+ − × ÷ sqrt floor in the order written here, so that C and Python agree to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

ONE = 10_000
"""Basis points in 1."""

UNLIMITED = 2**62
"""An amount beyond any account, fen."""

LARGEST_TOTAL_WEIGHT = 2**62
"""Weights of attention must add up within 64 bits, also where prices explode."""


def ceil_div(a: int, b: int) -> int:
    """⌈a/b⌉ for b > 0."""
    return -(-a // b)


def mul_div(a: int, b: int, c: int) -> int:
    """⌊a·b/c⌋ for c > 0, without overflow."""
    return a * b // c


def mul_div_up(a: int, b: int, c: int) -> int:
    """⌈a·b/c⌉ for c > 0, without overflow."""
    return -(-(a * b) // c)


def growth(x: float) -> float:
    """The price factor of a signed log-like move x: 1 + x upward, 1/(1 − x) downward; never 0."""
    if x >= 0.0:
        return 1.0 + x
    return 1.0 / (1.0 - x)


def inverse_growth(factor: float) -> float:
    """The move x with growth(x) = factor, for factor > 0."""
    if factor >= 1.0:
        return factor - 1.0
    return 1.0 - 1.0 / factor


def interpolate(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """The curve through the points (xs, ys) at x: linear between them, constant outside; xs rising."""
    if x <= xs[0]:
        return ys[0]
    for j in range(1, len(xs)):
        if x < xs[j]:
            return ys[j - 1] + (ys[j] - ys[j - 1]) * ((x - xs[j - 1]) / (xs[j] - xs[j - 1]))
    return ys[-1]


def clip(x: float, low: float, high: float) -> float:
    """x, but not below low and not above high."""
    if x < low:
        return low
    if x > high:
        return high
    return x


def floor_int(x: float) -> int:
    """⌊x⌋ as an integer."""
    return math.floor(x)
