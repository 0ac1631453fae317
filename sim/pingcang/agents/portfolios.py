"""Holders of whole portfolios without debt: funds, and the national team. Twin: pingcang.reference.fund."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np

from pingcang._core.rng import uniforms
from pingcang._core.settle import fill_portfolio, share_out
from pingcang.arithmetic import ONE, clip
from pingcang.arrays import Floats, Ints, in_order_sum
from pingcang.market.day import Day
from pingcang.market.session import Auction
from pingcang.randomness import Purpose
from pingcang.scenario.schema import Funds

if TYPE_CHECKING:
    from pingcang.model import MarginMarket


class Portfolio(mesa.Agent):
    """Lots of every stock and cash in fen."""

    model: MarginMarket

    def __init__(self, model: MarginMarket, lots: Ints, cash: int) -> None:
        super().__init__(model)
        self.lots = lots
        self.cash = cash
        self.wanted: Ints | None = None

    def worth(self) -> int:
        """Value of the holdings (fen)."""
        unit = self.model.stocks.mark.astype(np.int64) * self.model.listing.lot_value
        return int(np.dot(self.lots, unit))

    def add_up(self, auction: Auction) -> None:
        """Put this session's orders, if any, into the auction."""
        if self.wanted is not None:
            auction.join_portfolio(self.wanted)

    def settle(self, auction: Auction) -> int:
        """Exchange lots for money at the clearing prices; the cash that went out (fen)."""
        if self.wanted is None:
            return 0
        ahead, _ = auction.next_ahead()
        fills = np.zeros_like(self.wanted)
        fill_portfolio(self.model.tape, self.wanted, fills, auction.ordered, auction.filled, ahead, auction.ration_key)
        return self.pay(np.where(self.wanted > 0, fills, -fills))

    def pay(self, traded: Ints) -> int:
        """Book signed lots: gross value, commission and, on sales, stamp duty, each rounded up to the fen."""
        today, purses = self.model.today, self.model.purses
        gross = np.abs(traded) * (self.model.stocks.price.astype(np.int64) * self.model.listing.lot_value)
        fee = -(-gross * today.commission // ONE)
        tax = np.where(traded < 0, -(-gross * today.stamp_duty // ONE), 0)
        spent = int(np.where(traded >= 0, gross, -gross).sum() + fee.sum() + tax.sum())
        self.lots += traded
        self.cash -= spent
        purses.lender += int(fee.sum())
        purses.exchequer += int(tax.sum())
        return spent

    def affordable_unit(self) -> Ints:
        """The most that a lot of each stock can cost in this session, fee included (fen)."""
        price, high = self.model.stocks.price.astype(np.int64), self.model.stocks.high.astype(np.int64)
        most = np.minimum(high, price + price // 5 + 1) * self.model.listing.lot_value
        unit: Ints = -(-most * (ONE + self.model.today.commission) // ONE)
        return unit


class Fund(Portfolio):
    """A benchmarked fund: redemptions follow its performance, its weights tilt toward fundamental value."""

    def __init__(self, model: MarginMarket, index: int, rules: Funds, lots: Ints, cash: int) -> None:
        super().__init__(model, lots, cash)
        self.index = index
        self.rules = rules
        self.performance = 0.0
        self.owed = 0
        self.last_assets = cash + self.worth()
        self.session = 0

    def open_day(self, today: Day) -> None:
        """Draw today's session; note what investors take out, or pay in."""
        key = self.model.keys[Purpose.FUND_SESSION]
        self.session = math.floor(float(uniforms(key, self.index, 1, today.number, 0, 0)[0]) * today.impact.sessions)
        flows = self.rules.redemptions
        share = clip(flows.base - flows.response * self.performance, -flows.cap, flows.cap)
        amount = math.floor(share * float(self.cash + self.worth()))
        if amount >= 0:
            self.owed += amount
        else:
            self.cash -= amount
            self.last_assets -= amount
            self.model.purses.outside += amount

    def postpone(self, session: int, until: int) -> None:
        """If its session falls into a halt, it has it when trading resumes."""
        if session < self.session < until:
            self.session = until

    def decide(self, session: int) -> None:
        """In its session: raise what is owed, invest what is idle, drift to the target weights."""
        self.wanted = None
        if session == self.session and (worth := self.worth()) > 0:
            self.wanted = self.within_cash(self.target_trades(worth))

    def target_trades(self, worth: int) -> Ints:
        """Signed lots; sales never exceed the holding."""
        stocks, listing = self.model.stocks, self.model.listing
        tilt = np.maximum(0.0, 1.0 + self.rules.value_tilt * (listing.fundamental / stocks.price - 1.0))
        weights: Floats = (stocks.float_lots * stocks.price.astype(np.int64)).astype(np.float64) * tilt
        total = in_order_sum(weights)
        if total <= 0.0:
            return np.zeros(len(listing), np.int64)
        unit = (stocks.price.astype(np.int64) * listing.lot_value).astype(np.float64)
        held = self.lots.astype(np.float64)
        short_of = min(worth, max(0, self.owed - self.cash))
        gap = weights / total * float(worth + self.idle(worth)) / unit - held
        lots = self.rules.rebalancing * gap - held * (float(short_of) / float(worth))
        trades = np.floor(lots + 0.5).astype(np.int64)
        return np.where(stocks.suspended != 0, 0, np.maximum(trades, -self.lots))

    def idle(self, worth: int) -> int:
        """Cash that is neither owed nor the fund's usual reserve (fen)."""
        free = self.cash - self.owed
        return max(0, free - math.floor(self.rules.cash_share * float(free + worth)))

    def within_cash(self, wanted: Ints) -> Ints:
        """Purchases are cut in proportion to the cash that is not owed."""
        buys = np.maximum(wanted, 0)
        cost = int(np.dot(buys, self.affordable_unit()))
        free = max(0, self.cash - self.owed)
        if cost > free:
            cut = np.zeros_like(buys)
            share_out(free, buys, cost, cut)
            return np.where(wanted > 0, cut, wanted)
        return wanted

    def close_day(self) -> None:
        """Pay what is owed as far as cash reaches; update performance."""
        paid = min(self.owed, max(0, self.cash))
        before = self.cash + self.worth()
        if self.last_assets > 0:
            r = before / self.last_assets - 1.0
            decay = self.rules.redemptions.decay
            self.performance = (1.0 - decay) * self.performance + decay * r
        self.owed -= paid
        self.cash -= paid
        self.model.purses.outside += paid
        self.last_assets = before - paid


class NationalTeam(Portfolio):
    """The rescue programme (国家队): buys a basket on given days up to a budget; its money comes from outside."""

    def __init__(self, model: MarginMarket, tilt: Floats) -> None:
        super().__init__(model, np.zeros(len(tilt), np.int64), 0)
        self.tilt = tilt
        self.left = 0
        self.spent_today = 0

    def open_day(self, today: Day) -> None:
        """Take today's budget."""
        self.left = today.rescue
        self.spent_today = 0

    def decide(self, session: int) -> None:
        """The session's part of the budget, spread over the basket."""
        self.wanted = None
        budget = self.left // (self.model.today.impact.sessions - session)
        if budget <= 0:
            return
        stocks = self.model.stocks
        cap = (stocks.float_lots * stocks.price.astype(np.int64)).astype(np.float64)
        weights = np.where(stocks.suspended != 0, 0.0, np.floor(cap * self.tilt)).astype(np.int64)
        total = int(weights.sum())
        if total > 0:
            parts = np.zeros_like(weights)
            share_out(budget, weights, total, parts)
            self.wanted = parts // self.affordable_unit()

    def settle(self, auction: Auction) -> int:
        """As any purchase, paid from outside."""
        spent = super().settle(auction)
        self.cash += spent
        self.model.purses.outside -= spent
        self.left -= spent
        self.spent_today += spent
        return spent
