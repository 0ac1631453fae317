"""How a session's orders meet, written plainly: demand, prices, exact fills, settlement.

Twins: `ext/pingcang/_core/clear.pyx`, `settle.pyx` and `pingcang.market.session`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

import mesa

from pingcang.market.day import Day
from pingcang.market.orders import BUY, PURCHASE, ROTATE, SELL, SHORT
from pingcang.randomness import Purpose
from pingcang.reference.holding import Order
from pingcang.reference.stock import Demand, Filled, Stock
from pingcang.rules.rationing import fill

if TYPE_CHECKING:
    from pingcang.reference.account import Account
    from pingcang.reference.fund import Portfolio

PortfolioOrder = tuple["Portfolio", int, int, int]
"""Holder, stock, side, lots."""


class Auction(mesa.Model):
    """A market in which orders are cleared and settled, session by session."""

    stocks: list[Stock]
    cohorts: dict[str, list[Account]]
    weights: dict[str, list[int]]
    rest_cash: int
    lot_value: int
    last_session_return: float
    return_today: float
    session: int

    def unit(self, stock: int) -> int:
        """Value of a lot at the last price (fen)."""
        return self.stocks[stock].price * self.lot_value

    def clear(self, today: Day, orders: list[Order], portfolios: list[PortfolioOrder]) -> None:
        """One price a stock, exact fills, settlement."""
        before = [stock.price for stock in self.stocks]
        index_before = self.index_value()
        demand = self.demand(today, orders, portfolios)
        filled: dict[int, Filled] = {}
        for stock in self.stocks:
            if not stock.suspended:
                filled[stock.index] = self.clear_stock(stock, demand[stock.index], today)
        self.settle(orders, portfolios, demand, filled)
        for stock in self.stocks:
            if not stock.suspended:
                stock.mark = stock.price
        self.last_session_return = self.market_return(before, index_before)
        self.return_today = self.market_return([stock.previous for stock in self.stocks], self.index_at_open)

    def clear_stock(self, stock: Stock, demand: Demand, today: Day) -> Filled:
        """The price of one stock, its own or the one that really was, and what each side gets."""
        if today.replay is None:
            return stock.clear(demand, today.impact, self.session, stock.uptick)
        ticks, side = (int(of[self.session, stock.index]) for of in (today.replay.ticks, today.replay.side))
        volume = float(today.replay.volume[stock.index])
        return stock.follow(ticks, side, volume, demand, today.impact, self.session, stock.uptick)

    def demand(self, today: Day, orders: list[Order], portfolios: list[PortfolioOrder]) -> list[Demand]:
        """Orders per stock, and the net flow that moves each price.

        Routine orders are pooled over attention, but those that join the queue of a sealed stock.
        """
        demand = [Demand() for _ in self.stocks]
        direct = [0] * len(self.stocks)
        routine = dict.fromkeys(self.cohorts, 0)
        for order in orders:
            self.add(demand[order.stock], order.side, order.lots)
            sign = 1 if order.side == BUY else -1
            if order.kind in (ROTATE, PURCHASE) and self.stocks[order.stock].pinned >= 0:
                routine[order.account.cohort] += sign * order.lots * self.unit(order.stock)
            elif order.side != SHORT and today.impact.feedback:
                direct[order.stock] += sign * order.lots
        for _, s, side, lots in portfolios:
            self.add(demand[s], side, lots)
            direct[s] += lots if side == BUY else -lots
        pooled = self.pooled(routine) if today.impact.feedback else [0.0] * len(self.stocks)
        for stock in self.stocks:
            demand[stock.index].net = float(direct[stock.index]) + pooled[stock.index]
        return demand

    @staticmethod
    def add(demand: Demand, side: int, lots: int) -> None:
        """Add an order to its side."""
        if side == BUY:
            demand.buys += lots
        elif side == SELL:
            demand.sells += lots
        else:
            demand.shorts += lots

    def pooled(self, routine: dict[str, int]) -> list[float]:
        """Each cohort's net routine value, spread over what it pays attention to; lots of each stock."""
        value = [0.0] * len(self.stocks)
        for name, net in routine.items():
            weights = self.weights[name]
            total = sum(weights)
            if total > 0:
                rate = net / total
                value = [so_far + rate * weight for so_far, weight in zip(value, weights, strict=True)]
        return [worth / float(self.unit(s)) for s, worth in enumerate(value)]

    def settle(
        self,
        orders: list[Order],
        portfolios: list[PortfolioOrder],
        demand: list[Demand],
        filled: dict[int, Filled],
    ) -> None:
        """Fill every order exactly and exchange lots for money, in the order of the queue."""
        ahead: dict[tuple[int, int], int] = defaultdict(int)
        for order in orders:
            order.fill = self.fill(order.stock, order.side, order.lots, ahead, demand, filled)
            self.rest_cash += self.paid(order.stock, order.side, order.fill)
            order.account.settle(order, self.stocks[order.stock].price)
        for holder, stock, side, lots in portfolios:
            got = self.fill(stock, side, lots, ahead, demand, filled)
            self.rest_cash += self.paid(stock, side, got)
            holder.settle(stock, side, got, self.stocks[stock].price)

    def fill(
        self,
        stock: int,
        side: int,
        lots: int,
        ahead: dict[tuple[int, int], int],
        demand: list[Demand],
        filled: dict[int, Filled],
    ) -> int:
        """Lots that the next order of a side receives."""
        total = (demand[stock].buys, demand[stock].sells, demand[stock].shorts)[side]
        got = (filled[stock].buys, filled[stock].sells, filled[stock].shorts)[side]
        if got == total:
            return lots
        draw = {SELL: 0, BUY: 1, SHORT: 2}[side]
        phase = math.floor(self.uniform(Purpose.RATION, stock, draw) * float(total))
        before = ahead[stock, side]
        ahead[stock, side] += lots
        return fill(got, total, before, lots, phase)

    def paid(self, stock: int, side: int, lots: int) -> int:
        """What the rest of the market receives for it (fen; negative when it buys)."""
        gross = lots * self.unit(stock)
        return gross if side == BUY else -gross
