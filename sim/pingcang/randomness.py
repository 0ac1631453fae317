"""What random numbers are drawn for, and how a draw is named.

A draw is a pure function of (seed, run, purpose, entity, day, session, draw): Philox4x32-10 of Salmon, Moraes, Dror
and Shaw (2011), keyed by run and purpose, counted by the rest. There is no stream to share and no order to keep.
Source of the key and counter layout: docs/randomness.md.
"""

from __future__ import annotations

from enum import IntEnum
from statistics import NormalDist
from zlib import crc32

ENTITIES_PER_COHORT = 2**24
"""Entity of an account = cohort code · 2²⁴ + index in the cohort, so that adding a cohort shifts nobody."""


class Purpose(IntEnum):
    """One purpose, one family of independent draws; numbers are never reused."""

    ACTIVE = 1
    """Whether, and in which session, an account rotates (by day)."""
    LOOK = 2
    """The session in which an account looks at its distance to the line (by day)."""
    PREEMPT = 3
    """Whether it then sells."""
    ROTATE = 4
    """Which position is rotated."""
    CHOOSE = 5
    """Which stock is bought or sold short."""
    TOP_UP = 6
    """Whether a called account is topped up (by day)."""
    STOCK_NEWS = 7
    MARKET_NEWS = 8
    RATION = 9
    """The place at which rationing starts; draw 0 sells, 1 buys, 2 short sales, 3 forced sales under a cap."""
    HALT = 10
    RESUME = 11
    FUND_SESSION = 12
    CREDIT_WITHDRAWAL = 13
    SECURITIES = 20
    """The synthetic stocks; day = 0, draw = attribute."""
    SUSPENDED = 21
    ACCOUNTS = 30
    """The drawn accounts; draw = attribute."""
    PORTFOLIO = 31
    """The stocks of the drawn accounts; draw = slot."""
    LOAN_AGE = 32
    """The age of the loans that exist at the start; draw = slot."""
    BROKER = 40
    """The broker of an account."""
    BROKER_LINE = 41
    """The close-out line of a broker; entity = its number."""


COHORT_CODES = {"retail": 1, "shadow": 2, "institution": 3, "short_seller": 4}
"""Codes of the ready-made cohort names."""
FIRST_FREE_CODE, CODES = 16, 256


def cohort_code(name: str) -> int:
    """The code of a cohort, by its name alone, so that no other cohort can shift it."""
    return COHORT_CODES.get(name, FIRST_FREE_CODE + crc32(name.encode()) % (CODES - FIRST_FREE_CODE))


NORMAL_BINS = 4096


def normal_table() -> list[float]:
    """The inverse normal distribution function at (j + ½)/(NORMAL_BINS + 1), j = 0 … NORMAL_BINS.

    Rounded to twelve decimals, so that mathematical libraries that differ in the last bit give one table.
    """
    inverse = NormalDist().inv_cdf
    return [round(inverse((j + 0.5) / (NORMAL_BINS + 1)), 12) for j in range(NORMAL_BINS + 1)]
