"""The term of a margin loan (contract_term): which loans are due.

    due at the close of day t   ⇔   c(t) − c(opened) ≥ n

c(t) is the calendar day of trading day t, counted from the start; n the term in calendar days. Days are stored as
numbers of trading days; a loan that exists at the start and is a days old has opened = −a, which is its calendar day.
c rises with t, so that one number a day tells what is due: the latest day of opening whose loans are.
Source: exchanges' detailed rules (2011): a contract lasts at most six months; 2015-07-01: it may be rolled over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

NEVER = -(2**31)
"""A day of opening that no loan has."""


def last_due(calendar: Sequence[int], today: int, term: int) -> int:
    """The latest `opened` that is due at the close of trading day `today`; `calendar` holds c(0), c(1), …"""
    latest = calendar[today] - term
    return latest if latest < 0 else bisect_right(calendar, latest) - 1
