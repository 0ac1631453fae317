"""Fractions of the 2^k lattice of two-level factors, by the generators of the textbook.

A word such as "abd" makes the sign of a further factor the product of the signs of the factors a, b and d. Of what
resolution a fraction is, `resolution` computes; the table is held to it by a test. (pyDOE3 1.6 chooses words by their
length alone: for 7 to 11 factors its "resolution V" is IV.)

Source: Box, Hunter and Hunter (2005), Statistics for Experimenters, 2nd ed., table 6.22.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from pingcang.study.effects import Levels, lattice, terms

Resolution = Literal["IV", "V"]

GENERATORS: dict[Resolution, dict[int, tuple[str, ...]]] = {
    "IV": {
        4: ("abc",),
        5: ("abcd",),
        6: ("abc", "bcd"),
        7: ("abc", "bcd", "acd"),
        8: ("bcd", "acd", "abc", "abd"),
        9: ("bcde", "acde", "abde", "abce"),
        10: ("abcd", "abce", "abde", "acde", "bcde"),
    },
    "V": {
        5: ("abcd",),
        6: ("abcde",),
        7: ("abcdef",),
        8: ("abcd", "abef"),
        9: ("acdfg", "bcefg"),
        10: ("abcg", "bcde", "acdf"),
    },
}
"""Resolution -> factors -> words of the factors beyond the base."""
ROMAN = {"IV": 4, "V": 5}


def fraction(k: int, resolution: Resolution) -> list[Levels]:
    """The cells of the smallest fraction of k factors of at least this resolution; ValueError if none is known."""
    known = GENERATORS[resolution]
    if k not in known:
        raise ValueError(
            f"{k} factors; a fraction of resolution {resolution} is known for {min(known)} to {max(known)}"
        )
    words = known[k]
    signs = 2 * np.array(lattice(k - len(words))) - 1
    further = [signs[:, [ord(letter) - ord("a") for letter in word]].prod(axis=1) for word in words]
    levels = (np.column_stack([signs, *further]) + 1) // 2
    return [tuple(map(int, row)) for row in levels]


def resolution(cells: Sequence[Levels]) -> int | None:
    """Length of the shortest product of factors that is the same in all cells; None for a full lattice."""
    signs = 2 * np.array(cells) - 1
    for term in terms(signs.shape[1]):
        if abs(int(signs[:, list(term)].prod(axis=1).sum())) == len(signs):
            return len(term)
    return None


def aliases(cells: Sequence[Levels], order: int = 2) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """Effects up to an order -> the others up to it that these cells cannot tell from it; none in a full lattice."""
    signs = 2 * np.array(cells) - 1
    wanted = terms(signs.shape[1], order)
    columns = {term: signs[:, list(term)].prod(axis=1) for term in wanted}
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {term: [] for term in wanted}
    for one, other in combinations(wanted, 2):
        if abs(int(columns[one] @ columns[other])) == len(signs):
            found[one].append(other)
            found[other].append(one)
    return found
