"""From filled slots to the AccountBook of a cohort."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pingcang.accounts.book import FORCED, AccountBook
from pingcang.accounts.own_book.accounts import Accounts
from pingcang.accounts.own_book.draft import Draft
from pingcang.accounts.own_book.faults import Faults
from pingcang.accounts.population import own_lines
from pingcang.arrays import Array, Bools, Ints, Small
from pingcang.errors import ScenarioError
from pingcang.randomness import ENTITIES_PER_COHORT, Purpose
from pingcang.scenario.schema import Cohort


def build_book(
    accounts: Accounts, draft: Draft, faults: Faults, cohort: Cohort, code: int, keys: Mapping[Purpose, int]
) -> AccountBook:
    """The accounts of a cohort without fault, in the order of their rows; ScenarioError if there are none, or too many.

    The arrays of the draft become the book's own.
    """
    kept = faults.first[draft.rows] == 0
    rows = draft.rows if kept.all() else draft.rows[kept]
    _check_size(accounts, draft, len(rows))
    forced = accounts.state[rows] == FORCED  # a forced account wants nothing
    book = AccountBook(
        name=draft.name,
        code=code,
        cash=accounts.amounts["cash"][rows],
        stock=_those(draft.stock, kept),
        lots=_those(draft.lots, kept),
        loan=_those(draft.loan, kept),
        reserved=_those(draft.reserved, kept),
        own_line=_lines(accounts.own_line[rows], cohort, code, keys),
        pending_loan=np.where(forced, 0, _amount(accounts, "wanted_loan", rows)),
        pending_own=np.where(forced, 0, _amount(accounts, "wanted_own", rows)),
    )
    if draft.opened is not None:
        book.opened[:] = _those(draft.opened, kept)
    _as_they_stand(book, accounts, rows)
    return book


def _as_they_stand(book: AccountBook, accounts: Accounts, rows: Small) -> None:
    """Interest that has accrued, and calls that have been issued."""
    book.owe_interest(_amount(accounts, "interest", rows))
    book.state[:] = accounts.state[rows]
    book.forced_on[:] = accounts.forced_on[rows]


def _check_size(accounts: Accounts, draft: Draft, count: int) -> None:
    if not count:
        raise ScenarioError(
            f"{accounts.table.path}: no account of cohort {draft.name} is left; "
            "leave the cohort out, or correct the table"
        )
    if count > ENTITIES_PER_COHORT:
        raise ScenarioError(
            f"{accounts.table.path}: {count:,} accounts of cohort {draft.name}, at most {ENTITIES_PER_COHORT:,}; "
            "divide them among cohorts"
        )


def _those(array: Array, kept: Bools) -> Array:
    return array if kept.all() else np.ascontiguousarray(array[:, kept])


def _amount(accounts: Accounts, name: str, rows: Small) -> Ints:
    return accounts.amounts[name][rows] if name in accounts.amounts else np.zeros(len(rows), np.int64)


def _lines(given: Small, cohort: Cohort, code: int, keys: Mapping[Purpose, int]) -> Small:
    """Lines of the table; where it has none and the contract a distribution, they are drawn as for drawn accounts."""
    drawn = own_lines(code, cohort, keys, len(given))
    return np.where(given > 0, given, drawn).astype(np.int32)
