"""A fund and the national team, written plainly. Twin: `pingcang.agents.portfolios`.

Both trade whole portfolios: one order a stock. Money in fen, quantities in lots.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from pingcang.arithmetic import ONE, ceil_div, clip, mul_div
from pingcang.market.orders import BUY, SELL
from pingcang.randomness import Purpose
from pingcang.rules.price_limit import ceiling
from pingcang.scenario.schema import Funds

if TYPE_CHECKING:
    from pingcang.reference.market import ReferenceMarket


class Portfolio(mesa.Agent):
    """Somebody who holds lots of every stock, without debt."""

    model: ReferenceMarket

    def __init__(self, model: ReferenceMarket, lots: list[int], cash: int) -> None:
        super().__init__(model)
        self.lots = lots
        self.cash = cash

    def worth(self) -> int:
        """Value of the holdings (fen)."""
        return sum(lots * self.model.mark_unit(s) for s, lots in enumerate(self.lots))

    def settle(self, stock: int, side: int, lots: int, price: int) -> int:
        """Exchange `lots` for money; the cash that went out (fen)."""
        gross = lots * price * self.model.lot_value
        fee = ceil_div(gross * self.model.commission, ONE)
        tax = ceil_div(gross * self.model.stamp_duty, ONE) if side == SELL else 0
        spent = gross + fee if side == BUY else fee + tax - gross
        self.lots[stock] += lots if side == BUY else -lots
        self.cash -= spent
        self.model.lender += fee
        self.model.exchequer += tax
        return spent

    def affordable_unit(self, stock: int) -> int:
        """The most that a lot can cost in this session, fee included (fen)."""
        listed = self.model.stocks[stock]
        most = ceiling(listed.price, listed.high) * self.model.lot_value
        return ceil_div(most * (ONE + self.model.commission), ONE)


class Fund(Portfolio):
    """A benchmarked fund: redemptions follow its performance, its weights tilt toward fundamental value."""

    def __init__(self, model: ReferenceMarket, index: int, rules: Funds, lots: list[int], cash: int) -> None:
        super().__init__(model, lots, cash)
        self.index = index
        self.rules = rules
        self.performance = 0.0
        self.owed = 0
        self.last_assets = 0
        self.session = 0

    def open_day(self, sessions: int) -> None:
        """Draw today's session; note what investors take out, or pay in."""
        self.session = math.floor(self.model.uniform(Purpose.FUND_SESSION, self.index) * sessions)
        redemptions = self.rules.redemptions
        share = clip(redemptions.base - redemptions.response * self.performance, -redemptions.cap, redemptions.cap)
        amount = math.floor(share * float(self.cash + self.worth()))
        if amount >= 0:
            self.owed += amount
        else:
            self.cash -= amount
            self.last_assets -= amount
            self.model.outside += amount

    def orders(self) -> list[tuple[int, int, int]]:
        """(stock, side, lots) of the fund's session: raise what is owed, invest what is idle, drift to the weights."""
        worth = self.worth()
        if worth == 0:
            return []
        weights = self.weights()
        total = 0.0
        for weight in weights:
            total += weight
        short_of = min(worth, max(0, self.owed - self.cash))
        invested = worth + self.idle(worth)
        wanted = [self.wanted(s, worth, invested, weights[s], total, short_of) for s in range(len(self.lots))]
        return self.within_cash(wanted)

    def idle(self, worth: int) -> int:
        """Cash that is neither owed nor the fund's usual reserve (fen)."""
        free = self.cash - self.owed
        return max(0, free - math.floor(self.rules.cash_share * float(free + worth)))

    def weights(self) -> list[float]:
        """Float cap · max(0, 1 + tilt · (fundamental/price − 1)) of each stock."""
        return [
            float(stock.float_lots * stock.price)
            * max(0.0, 1.0 + self.rules.value_tilt * (stock.fundamental / stock.price - 1.0))
            for stock in self.model.stocks
        ]

    def wanted(self, s: int, worth: int, invested: int, weight: float, total: float, short_of: int) -> int:
        """Signed lots of one stock; sales never exceed the holding."""
        stock = self.model.stocks[s]
        if stock.suspended or total <= 0.0:
            return 0
        unit = float(self.model.unit(s))
        gap = weight / total * float(invested) / unit - float(self.lots[s])
        lots = self.rules.rebalancing * gap - float(self.lots[s]) * (float(short_of) / float(worth))
        return max(math.floor(lots + 0.5), -self.lots[s])

    def within_cash(self, wanted: list[int]) -> list[tuple[int, int, int]]:
        """Purchases are cut in proportion to the cash that is not owed."""
        cost = sum(lots * self.affordable_unit(s) for s, lots in enumerate(wanted) if lots > 0)
        free = max(0, self.cash - self.owed)
        orders = []
        for s, lots in enumerate(wanted):
            if lots < 0:
                orders.append((s, SELL, -lots))
            elif lots > 0:
                affordable = lots if cost <= free else mul_div(lots, free, cost)
                if affordable > 0:
                    orders.append((s, BUY, affordable))
        return orders

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
        self.model.outside += paid
        self.last_assets = before - paid


class NationalTeam(Portfolio):
    """The rescue programme: buys a basket on given days up to a budget; its money comes from outside."""

    def __init__(self, model: ReferenceMarket, tilt: list[float]) -> None:
        super().__init__(model, [0] * len(tilt), 0)
        self.tilt = tilt
        self.left = 0
        self.spent_today = 0

    def open_day(self, budget: int) -> None:
        """Take today's budget."""
        self.left = budget
        self.spent_today = 0

    def orders(self, sessions_left: int) -> list[tuple[int, int, int]]:
        """The session's part of the budget, spread over the basket."""
        budget = self.left // sessions_left
        if budget <= 0:
            return []
        weights = [
            0 if stock.suspended else math.floor(float(stock.float_lots * stock.price) * self.tilt[stock.index])
            for stock in self.model.stocks
        ]
        total = sum(weights)
        if total == 0:
            return []
        lots = [mul_div(budget, weight, total) // self.affordable_unit(s) for s, weight in enumerate(weights)]
        return [(s, BUY, count) for s, count in enumerate(lots) if count > 0]

    def settle(self, stock: int, side: int, lots: int, price: int) -> int:
        """As any purchase, paid from outside."""
        spent = super().settle(stock, side, lots, price)
        self.cash += spent
        self.model.outside -= spent
        self.left -= spent
        self.spent_today += spent
        return spent
