"""Accounts that owe more than they hold at the start."""

from __future__ import annotations

import numpy as np

from pingcang.accounts.own_book.accounts import Accounts
from pingcang.accounts.own_book.draft import Draft
from pingcang.accounts.own_book.faults import Faults, Reason
from pingcang.arrays import Bools, Ints, Small
from pingcang.market.securities import Listing

BLOCK = 2**18
"""Accounts that are valued at a time."""


def check_worth(accounts: Accounts, draft: Draft, listing: Listing, faults: Faults) -> None:
    """Mark the accounts of a cohort whose maintenance ratio at the start is below 1.

    Accounts that have a fault already are left alone: what is known of them is not all.
    """
    for first in range(0, len(draft.rows), BLOCK):
        block = slice(first, first + BLOCK)
        rows = draft.rows[block]
        assets, owed = _value(accounts, draft, listing, block)
        clean = faults.first[rows] == 0
        nothing = clean & (assets == 0) & (owed > 0)
        below = clean & ~nothing & (assets < owed)
        way_out = "it owes something and holds nothing; write it off, or add what it holds"
        _mark(accounts, rows, nothing, Reason.DEBT_WITHOUT_ASSETS, way_out, owed, assets, faults)
        way_out = "it owes more than it holds; write the shortfall off, or leave it out"
        _mark(accounts, rows, below, Reason.BELOW_ONE, way_out, owed, assets, faults)


def _mark(
    accounts: Accounts,
    rows: Small,
    wrong: Bools,
    reason: Reason,
    way_out: str,
    owed: Ints,
    assets: Ints,
    faults: Faults,
) -> None:
    if wrong.any():
        found = [f"{a / 100:.2f} of {o / 100:.2f}" for a, o in zip(assets[wrong], owed[wrong], strict=True)]
        faults.add(accounts.table, "account", reason, way_out, rows[wrong], rows[wrong], found)


def _value(accounts: Accounts, draft: Draft, listing: Listing, block: slice) -> tuple[Ints, Ints]:
    """Assets and liabilities of some accounts at the prices of the start (fen)."""
    rows = draft.rows[block]
    assets, owed = accounts.amounts["cash"][rows], np.zeros(len(rows), np.int64)
    if "interest" in accounts.amounts:
        owed += accounts.amounts["interest"][rows]
    unit = listing.price.astype(np.int64) * listing.lot_value
    for stock, lots, loan in zip(draft.stock[:, block], draft.lots[:, block], draft.loan[:, block], strict=True):
        worth = lots * unit[stock]
        short = lots < 0
        assets += np.where(short, loan, worth)  # of a short position the frozen proceeds
        owed += np.where(short, -worth, loan)
    return assets, owed
