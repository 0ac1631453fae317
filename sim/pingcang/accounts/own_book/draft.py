"""The slots of one cohort's accounts while its positions are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pingcang.accounts.own_book.accounts import Accounts
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import ONE
from pingcang.arrays import Array, Ints, Small
from pingcang.scenario.schema import Cohort


@dataclass
class Draft:
    """N accounts of a cohort; arrays are (slots, N), as the AccountBook takes them."""

    name: str
    rows: Small
    """Rows of the accounts in their table, ascending."""
    initial_margin: int
    """Basis points; of loans whose row has none of its own."""
    stock: Small
    lots: Small
    loan: Ints
    reserved: Ints
    opened: Small | None
    """Calendar days since the start, 0 or below; None where the table has no dates."""

    @property
    def slots(self) -> int:
        """Positions an account can hold."""
        return len(self.lots)


@dataclass
class Drafts:
    """All cohorts of one table, and where its rows stand in them."""

    each: list[Draft]
    cohort: Small
    place: Small
    """Of each row: its number in its cohort."""
    held: Small
    """Of each row: its positions so far."""
    slots: Ints
    """Of each cohort."""

    def put(self, accounts: Small, slot: Array, lots: Ints, stock: Ints, loan: Ints, more: Extras) -> None:
        """Positions of some accounts into their slots; a short one binds no margin, its loan is frozen proceeds."""
        cohort = self.cohort[accounts]
        for c, draft in enumerate(self.each):
            here = np.flatnonzero(cohort == c) if len(self.each) > 1 else slice(None)
            to = (slot[here], self.place[accounts[here]])
            draft.stock[to], draft.lots[to], draft.loan[to] = stock[here], lots[here], loan[here]
            ratio = draft.initial_margin if more.ratio is None else more.ratio[here]
            ratio = np.where(ratio == 0, draft.initial_margin, ratio)
            draft.reserved[to] = np.where(lots[here] >= 0, share_up(loan[here], ratio), 0)
            if draft.opened is not None and more.opened is not None:
                draft.opened[to] = more.opened[here]


@dataclass(frozen=True)
class Extras:
    """Columns that a table of positions need not have."""

    ratio: Ints | None = None
    """Initial margin in basis points; 0 where a row has none."""
    opened: Ints | None = None


def share_up(amount: Ints, ratio: Ints) -> Ints:
    """Amounts times basis points, rounded up, without leaving 64 bits on the way."""
    shared: Ints = amount // ONE * ratio + -(-(amount % ONE * ratio) // ONE)
    return shared


def drafts_of(accounts: Accounts, cohorts: Mapping[str, Cohort], terms: Mapping[str, Terms], *, dated: bool) -> Drafts:
    """Empty slots for all accounts of a table."""
    place = np.zeros(len(accounts), np.int32)
    each = []
    for c, name in enumerate(accounts.cohorts):
        rows = np.flatnonzero(accounts.cohort == c).astype(np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        each.append(_empty(name, rows, cohorts[name].slots, terms[name].initial_margin, dated=dated))
    slots = np.array([draft.slots for draft in each], np.int64)
    return Drafts(each, accounts.cohort, place, np.zeros(len(accounts), np.int32), slots)


def _empty(name: str, rows: Small, slots: int, initial_margin: int, *, dated: bool) -> Draft:
    shape = (slots, len(rows))
    return Draft(
        name=name,
        rows=rows,
        initial_margin=initial_margin,
        stock=np.zeros(shape, np.int32),
        lots=np.zeros(shape, np.int32),
        loan=np.zeros(shape, np.int64),
        reserved=np.zeros(shape, np.int64),
        opened=np.zeros(shape, np.int32) if dated else None,
    )


def next_slots(accounts: Small, held: Small) -> Small:
    """The slot of each position in the order of the rows, after those that `held` counts; counts these too."""
    order = np.argsort(accounts, kind="stable")
    ordered = accounts[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)
    length = np.diff(np.r_[first, len(ordered)])
    slot = np.empty(len(accounts), np.int32)
    slot[order] = np.arange(len(ordered)) - np.repeat(first, length) + held[ordered]
    held[ordered[first]] += length.astype(np.int32)
    return slot
