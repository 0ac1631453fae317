"""Philox4x32-10 in plain Python, and the uniform and normal numbers made of it.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 3.3.
"""

from __future__ import annotations

from functools import cache

from pingcang.randomness import NORMAL_BINS, normal_table

MASK = 0xFFFFFFFF
MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10

Words = tuple[int, int, int, int]


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Four random 32-bit words of a counter of four and a key of two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        product_0, product_1 = MULTIPLIER_0 * c0, MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> 32) ^ c1 ^ k0,
            product_1 & MASK,
            (product_0 >> 32) ^ c3 ^ k1,
            product_0 & MASK,
        )
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@cache
def run_key(seed: int, run: int, purpose: int) -> tuple[int, int]:
    """The key of one purpose in one run: the first 64 bits of Philox(key = seed, counter = (run, purpose, 0, 0))."""
    x0, x1, _, _ = philox((run & MASK, purpose, 0, 0), (seed & MASK, seed >> 32 & MASK))
    return x0, x1


def uniform(key: tuple[int, int], entity: int, day: int, session: int = 0, draw: int = 0) -> float:
    """A uniform number in [0, 1) with 53 bits."""
    x0, x1, _, _ = philox((entity & MASK, (day << 16 | session) & MASK, draw, 0), key)
    return ((x0 << 32 | x1) >> 11) * 2.0**-53


_NORMAL = normal_table()


def normal(u: float) -> float:
    """A standard normal number of a uniform one: linear interpolation in the tabulated inverse distribution."""
    place = u * NORMAL_BINS
    j = int(place)
    return _NORMAL[j] + (_NORMAL[j + 1] - _NORMAL[j]) * (place - j)
