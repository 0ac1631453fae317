"""Populations of margin accounts: one Mesa agent holds a cohort's book and acts for all of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from pingcang._core import book as kernel
from pingcang._core.book import Contract, Ledger, Sheet
from pingcang._core.clear import add_up
from pingcang._core.decide import decide
from pingcang._core.settle import settle
from pingcang.accounts.book import STATES, AccountBook
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import LARGEST_TOTAL_WEIGHT, ONE, clip
from pingcang.arrays import Floats, Ints
from pingcang.market.day import Day
from pingcang.market.securities import Listing
from pingcang.market.session import Auction

if TYPE_CHECKING:
    from pingcang.model import MarginMarket

ACCOUNTS_PER_BLOCK = 4096
"""Smallest number of accounts that a thread takes at a time; results do not depend on it."""

FLOWS = (
    "margin_purchases",
    "forced_sales",
    "preemptive_sales",
    "margin_calls",
    "forced_accounts",
    "closed_accounts",
    "lender",
    "exchequer",
    "outside",
    "claims",
    "lender_loss",
    "routine",
)
"""The flows that the kernels add up, in their order."""


@dataclass(frozen=True)
class AccountView:
    """One account, read at one moment. Money in the scenario's currency, shares in lots × lot size, shorts below 0."""

    cohort: str
    number: int
    state: str
    cash: float
    debt: float
    assets: float
    liabilities: float
    maintenance_ratio: float
    positions: list[dict[str, Any]]


class MarginPopulation(mesa.Agent):
    """All margin accounts of one cohort; `population[i]` is a view of one."""

    model: MarginMarket

    def __init__(self, model: MarginMarket, name: str, book: AccountBook, size_tilt: Floats) -> None:
        super().__init__(model)
        self.name = name
        self.book = book
        self.ledger = Ledger(book, ACCOUNTS_PER_BLOCK)
        self.threads = min(model.threads, self.ledger.blocks)
        self.sheet = Sheet(self.ledger)
        self.size_tilt = size_tilt
        self.memory = 0.0
        self.routine = 0
        self.today: dict[str, int] = dict.fromkeys(FLOWS, 0)
        self.assets, self.liabilities = np.zeros(len(book), np.int64), np.zeros(len(book), np.int64)
        self.terms: Terms
        self.contract: Contract
        self.weights: Ints

    def __len__(self) -> int:
        return len(self.book)

    # ---- the day ----------------------------------------------------------------------------------------------

    def open_day(self, today: Day) -> None:
        """Take today's terms, accrue interest, unlock T+1, answer or suffer calls, draw today's moments."""
        self.today = dict.fromkeys(FLOWS, 0)
        self.take_terms(today)
        terms = self.terms
        self.contract.activity = clip(terms.activity * (1.0 + terms.activity_memory * self.memory), 0.0, 1.0)
        withdrawn = today.credit_withdrawal.get(self.name, 0.0)
        kernel.open_day(self.ledger, self.model.tape, self.contract, today.calendar_days, withdrawn, self.threads)
        self.post_flows()

    def take_terms(self, today: Day) -> None:
        """Today's contract, behaviour and attention."""
        self.terms = today.terms[self.name]
        self.weights = self.attention()
        self.contract = Contract(self.terms, np.cumsum(self.weights))

    def attention(self) -> Ints:
        """Integer weights of a purchase: float cap · size tilt · momentum · heat · value; 0 where nothing is sold."""
        stocks, listing, terms = self.model.stocks, self.model.listing, self.terms
        lots_value = stocks.float_lots * (stocks.price.astype(np.int64) * listing.lot_value)
        weight = lots_value.astype(np.float64) / 100.0 * self.size_tilt
        weight = weight * np.maximum(0.0, 1.0 + terms.momentum * stocks.momentum)
        weight = weight * np.maximum(0.0, 1.0 + terms.heat * stocks.heat[listing.sector])
        weight = weight * np.maximum(0.0, 1.0 + terms.value * (listing.fundamental / stocks.price - 1.0))
        open_to_us = (stocks.suspended == 0) & ((stocks.marginable > 0) | (not terms.marginable_only))
        weight = np.minimum(weight, float(LARGEST_TOTAL_WEIGHT // len(listing)))
        weights: Ints = np.where(open_to_us, np.floor(weight), 0.0).astype(np.int64)
        return weights

    def decide(self) -> None:
        """Write this session's orders."""
        terms = self.terms
        raw = terms.appetite_base + terms.appetite_today * self.model.tape.return_today
        self.contract.appetite = clip(raw + terms.appetite_memory * self.memory, 0.0, terms.appetite_cap)
        decide(self.ledger, self.model.tape, self.contract, self.sheet, self.threads)
        self.post_flows()

    def add_up(self, auction: Auction) -> None:
        """Put the orders into the session's auction."""
        queue, direct = auction.join(self.ledger.blocks)
        add_up(self.ledger, self.model.tape, self.sheet, queue, direct, self.threads)
        self.routine = self.post_flows().get("routine", 0)

    def settle(self, auction: Auction) -> None:
        """Exchange lots for money at the clearing prices."""
        ahead, returned = auction.next_ahead()
        settle(
            self.ledger,
            self.model.tape,
            self.contract,
            self.sheet,
            auction.ordered,
            auction.filled,
            ahead,
            returned,
            auction.ration_key,
            self.threads,
        )
        self.model.stocks.lendable += returned.sum(axis=0)
        self.post_flows()

    def check(self) -> None:
        """End forced liquidations that are done, start those that nothing delays."""
        kernel.check(self.ledger, self.model.tape, self.contract, self.threads)
        self.post_flows()

    def close_day(self) -> None:
        """Issue and cure calls."""
        kernel.close_day(self.ledger, self.model.tape, self.contract, self.threads)
        self.post_flows()

    def remember(self, market_return: float) -> None:
        """M ← (1 − decay)·M + r."""
        self.memory = (1.0 - self.terms.appetite_decay) * self.memory + market_return

    def post_flows(self) -> dict[str, int]:
        """Move what the kernels added up into the purses of the market and the day's figures."""
        taken = {name: amount for name, amount in zip(FLOWS, self.ledger.take_flows(), strict=True) if amount}
        for name, amount in taken.items():
            self.today[name] += amount
        if taken:
            self.model.purses.post(taken)
        return taken

    # ---- what can be asked ------------------------------------------------------------------------------------

    def mark(self) -> None:
        """Refresh `assets` and `liabilities` (fen) at the valuation prices."""
        kernel.mark(self.ledger, self.model.tape, self.assets, self.liabilities, self.threads)

    @property
    def financing_balance(self) -> float:
        """Debt of the cohort at scale 1, CNY."""
        return float(self.book.debt.sum()) / 100.0 / self.model.scale

    @property
    def short_balance(self) -> float:
        """Value sold short at scale 1, CNY."""
        return float(self._short_value()) / 100.0 / self.model.scale

    def _short_value(self) -> int:
        if not self.book.frozen.any():
            return 0
        lots = np.maximum(0, -self.book.lots.astype(np.int64))
        worth = lots * self.model.stocks.mark.astype(np.int64)[self.book.stock]
        return int(worth.sum()) * self.model.listing.lot_value

    @property
    def maintenance_ratio(self) -> float:
        """Assets over liabilities of the whole cohort; NaN without liabilities."""
        self.mark()
        owed = int(self.liabilities.sum())
        return int(self.assets.sum()) / owed if owed else float("nan")

    def __getitem__(self, i: int) -> AccountView:
        book = self.book
        if not -len(book) <= i < len(book):
            raise IndexError(f"account {i} of cohort {self.name}: it has {len(book)} accounts, 0 to {len(book) - 1}")
        i %= len(book)
        self.mark()
        assets, owed = int(self.assets[i]), int(self.liabilities[i])
        return AccountView(
            cohort=self.name,
            number=i,
            state=STATES[int(book.state[i])],
            cash=int(book.cash[i]) / 100,
            debt=int(book.debt[i]) / 100,
            assets=assets / 100,
            liabilities=owed / 100,
            maintenance_ratio=assets / owed if owed else float("inf"),
            positions=[self._position(j, i, self.model.listing) for j in range(book.slots) if book.lots[j, i]],
        )

    def _position(self, j: int, i: int, listing: Listing) -> dict[str, Any]:
        book, s = self.book, int(self.book.stock[j, i])
        return {
            "stock": listing.codes[s],
            "lots": int(book.lots[j, i]),
            "loan": int(book.loan[j, i]) / 100,
            "locked": int(book.locked[j, i]),
            "opened_on_day": int(book.opened[j, i]),
            "price": int(self.model.stocks.price[s]) * self.model.tick,
        }

    def line(self, i: int) -> float:
        """Close-out line of one account."""
        return (int(self.book.own_line[i]) or self.terms.close_out_line) / ONE


class RetailTraders(MarginPopulation):
    """Retail margin traders with broker contracts."""


class ShadowTraders(MarginPopulation):
    """Shadow-financed accounts (场外配资): higher leverage, lines of their own, checked every session."""


class LeveredInstitutions(MarginPopulation):
    """The institutions' part of the official financing balance."""


class ShortSellers(MarginPopulation):
    """Accounts that borrow stocks and sell them."""


POPULATIONS: dict[str, type[MarginPopulation]] = {
    "retail": RetailTraders,
    "shadow": ShadowTraders,
    "institution": LeveredInstitutions,
    "short_seller": ShortSellers,
}
