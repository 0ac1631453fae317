"""Accounts written out in a scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pingcang.accounts.book import AccountBook
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import ONE
from pingcang.market.securities import Listing
from pingcang.rules.initial_margin import reserved_for
from pingcang.scenario import LoadedScenario
from pingcang.scenario.schema import Account, Cohort


def written_out(
    name: str,
    code: int,
    cohort: Cohort,
    accounts: Sequence[Account],
    listing: Listing,
    terms: Terms,
    loaded: LoadedScenario,
) -> AccountBook:
    """The book of accounts listed one by one, in whole lots. ScenarioError for an unknown stock."""
    n, slots = len(accounts), cohort.slots
    stock, lots = np.zeros((slots, n), np.int32), np.zeros((slots, n), np.int32)
    loan, reserved = np.zeros((slots, n), np.int64), np.zeros((slots, n), np.int64)
    lot_size = loaded.scenario.exchange.lot_size
    for i, account in enumerate(accounts):
        for j, position in enumerate(account.positions):
            stock[j, i] = listing.index_of(position.stock)
            lots[j, i] = position.shares // lot_size
            loan[j, i] = round(position.loan * 100)
            reserved[j, i] = reserved_for(int(loan[j, i]), terms.initial_margin) if position.shares > 0 else 0
    return AccountBook(
        name=name,
        code=code,
        cash=np.array([round(account.cash * 100) for account in accounts], np.int64),
        stock=stock,
        lots=lots,
        loan=loan,
        reserved=reserved,
        own_line=np.array([round((account.close_out_line or 0) * ONE) for account in accounts], np.int32),
        pending_loan=np.zeros(n, np.int64),
        pending_own=np.zeros(n, np.int64),
    )
