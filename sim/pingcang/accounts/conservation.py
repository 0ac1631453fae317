"""The proof that no fen and no share is lost: purses, and the audit after every session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pingcang._core.book import out_of_balance, totals
from pingcang.errors import BooksError

if TYPE_CHECKING:
    from pingcang.model import MarginMarket


@dataclass
class Purses:
    """Money that is not in accounts and portfolios (fen); below 0 where more went out than came in."""

    rest: int = 0
    """The rest of the market."""
    lender: int = 0
    """Lenders and brokers: loans out, repayments, interest and commission in."""
    exchequer: int = 0
    outside: int = 0
    """Top-ups and rescue budgets come from here, withdrawals and redemptions go here."""
    claims: int = 0
    """What lenders are owed: Σ debt and interest."""
    lender_loss: int = 0
    """Written off today."""

    def post(self, flows: dict[str, int]) -> None:
        """Add what a population's accounts exchanged with others."""
        self.lender += flows.get("lender", 0)
        self.exchequer += flows.get("exchequer", 0)
        self.outside += flows.get("outside", 0)
        self.claims += flows.get("claims", 0)
        self.lender_loss += flows.get("lender_loss", 0)

    @property
    def cash(self) -> int:
        """Their sum, claims apart."""
        return self.rest + self.lender + self.exchequer + self.outside


def all_cash(market: MarginMarket) -> int:
    """All money there is, wherever it lies (fen)."""
    accounts = sum(int(p.book.cash.sum()) + int(p.book.frozen.sum()) for p in market.populations)
    return accounts + sum(holder.cash for holder in market.portfolios) + market.purses.cash


def audit_books(market: MarginMarket, *, every_account: bool = False) -> None:
    """Cash, debt and shares are conserved, by integer equality; BooksError names the account, cohort or stock.

    With `every_account` each account's own books are proved too, not only their sum; always when a sum is off.
    """
    cash, owed = market.purses.cash, 0
    held = market.stocks.rest_lots.copy()
    for holder in market.portfolios:
        cash += holder.cash
        held += holder.lots
    for population in market.populations:
        by_block = np.zeros((population.ledger.blocks, len(held)), np.int64)
        money, debt = totals(population.ledger, by_block, population.threads)
        cash, owed, held = cash + money, owed + debt, held + by_block.sum(axis=0)
    conserved = cash == market.total_cash and owed == market.purses.claims
    off = np.flatnonzero(held != market.stocks.float_lots)
    if every_account or not conserved or len(off):
        _prove_accounts(market)
    if not conserved:
        raise BooksError(
            f"{_place(market)}: cash of all cohorts changed by {cash - market.total_cash} fen; "
            f"accounts owe {owed} fen, lenders claim {market.purses.claims}"
        )
    if len(off):
        s = int(off[0])
        raise BooksError(
            f"{_place(market)}: stock {market.listing.codes[s]} has {int(held[s])} lots in all hands, "
            f"its float is {int(market.stocks.float_lots[s])}"
        )


def _prove_accounts(market: MarginMarket) -> None:
    for population in market.populations:
        wrong = out_of_balance(population.ledger, population.threads)
        if wrong >= 0:
            raise BooksError(f"{_place(market)}: account {wrong} of cohort {population.name} does not balance")


def _place(market: MarginMarket) -> str:
    return f"{market.loaded.scenario.name}, run {market.run_number}, day {market.day}, session {market.tape.session}"
