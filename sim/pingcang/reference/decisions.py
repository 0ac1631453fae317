"""What an account orders in a session: of the lender, of fear, of routine, or of a purchase that is still wanted.

Twin: `ext/pingcang/_core/decide.pyx`.
"""

from __future__ import annotations

from collections.abc import Callable

from pingcang.accounts.book import CLOSED, FORCED, NO_QUOTA, NORMAL
from pingcang.arithmetic import ONE, ceil_div, floor_int, interpolate, mul_div_up
from pingcang.market.orders import (
    BUY,
    COVER,
    FORCE,
    MATURITY,
    MOST_LOTS,
    PREEMPT,
    PURCHASE,
    ROTATE,
    SELL,
    SHORT,
    SHORT_SALE,
)
from pingcang.randomness import Purpose
from pingcang.reference.holding import Holding, Order, Slot
from pingcang.reference.standing import (
    Value,
    distance,
    largest_loan_to,
    largest_short_sale_to,
    lends_nothing,
    mended_by_cover,
    mended_by_sale,
    to_restore,
)
from pingcang.rules.concentration import largest_share, room_for_loan, room_for_own
from pingcang.rules.initial_margin import largest_loan
from pingcang.rules.liquidation_days import days_left, part_of_today
from pingcang.rules.price_limit import ceiling
from pingcang.rules.regulation_t import buying_power
from pingcang.rules.requirement import instead

Tradable = Callable[[int], int]
"""Lots of a slot that can be traded now."""


class Decisions(Holding):
    """An account that writes orders."""

    def decide(self, session: int) -> list[Order]:
        """The orders of this session: of the lender, of loans that are due, or of the holder's own will."""
        if self.state == CLOSED:
            return []
        if self.state == FORCED:
            return self.forced_orders()
        return self.maturity_orders() or self.own_orders(session)

    def own_orders(self, session: int) -> list[Order]:
        """Orders of fear, of routine, or of a purchase that is still wanted."""
        if self.presell > 0 and self.model.return_today > self.terms.relief_return:
            self.presell = 0
        if self.presell == 0 and self.look_session == session:
            self.look()
        if self.presell > 0:
            if all(slot.lots == 0 for slot in self.slots):
                self.presell = 0
            return self.spread(self.presell, PREEMPT)
        if self.active_session == session:
            orders = self.short_orders() if self.terms.short_seller else self.rotation()
            if orders:
                return orders
        if self.state == NORMAL and self.wants:
            return self.purchase()
        return []

    def forced_orders(self) -> list[Order]:
        """Repay from free cash, then sell what restores the ratio, or everything."""
        self.repay_from_cash()
        value = self.value()
        amount = None
        if not self.closes_whole:
            amount = to_restore(self.terms, value)
        if self.forced_on == 0:
            self.forced_on = self.model.day
        left = days_left(self.forced_on, self.terms.liquidation_days, self.model.day)
        return self.forced_part(amount, value, left) if left > 1 else self.spread(amount, FORCE)

    def forced_part(self, amount: int | None, value: Value, left: int) -> list[Order]:
        """What is left of today's part of a liquidation that is spread over days."""
        needed = value.long + value.short if amount is None else amount
        if self.quota == NO_QUOTA:
            self.quota = part_of_today(needed, left)
        part = min(needed, self.quota)
        return self.spread_sides(part, part, FORCE) if amount is None else self.spread(part, FORCE)

    def maturity_orders(self) -> list[Order]:
        """Sell positions whose loans are due, as far as their loans, and the account's interest first, need it."""
        orders, interest = [], self.interest
        for j, slot in enumerate(self.slots):
            if slot.is_due(self.terms.matured):
                lots = ceil_div(self.gross_to_repay(slot.loan + interest), self.model.unit(slot.stock))
                lots = min(lots, self.sellable(j))
                if lots > 0:
                    orders.append(self.order(j, lots, SELL, MATURITY))
                    interest = 0
        return orders

    def gross_to_repay(self, owed: int) -> int:
        """The gross sale whose net proceeds repay an amount."""
        return mul_div_up(owed, ONE, ONE - self.terms.sale_costs)

    def look(self) -> None:
        """Sell before a call with the hazard of the distance to it."""
        value = self.value()
        if value.liabilities == 0 or value.long + value.short == 0:
            return
        dmc = distance(self.terms, value, self.line, self.model.dmc_volatility)
        hazard = interpolate(self.terms.hazard_dmc, self.terms.hazard, dmc)
        if self.model.uniform(Purpose.PREEMPT, self.entity) < hazard:
            self.repay_from_cash()
            self.presell = floor_int(self.terms.preemptive_size * float(self.debt + value.short))
            self.pending_loan = self.pending_own = 0

    def rotation(self) -> list[Order]:
        """Sell one position: of those that trade freely one is drawn, else one that is sealed at limit-down."""
        sellable = [j for j in range(len(self.slots)) if self.sellable(j) > 0]
        free = [j for j in sellable if not self.is_pinned(j, SELL)] or sellable
        if not free:
            return []
        j = free[floor_int(self.model.uniform(Purpose.ROTATE, self.entity) * len(free))]
        return [self.order(j, self.sellable(j), SELL, ROTATE)]

    def purchase(self) -> list[Order]:
        """Buy a stock drawn by attention with the wanted loan and the cash set aside, as far as margin allows."""
        stock = self.model.choose(self.cohort, self.entity)
        if stock is None or self.model.stocks[stock].suspended or self.model.stocks[stock].pinned > 0:
            return []
        slot = self.slot_for(stock)
        if slot is None or self.slots[slot].lots < 0:
            return []
        value = self.value()
        own, room = self.own_and_room(stock, self.slots[slot], value)
        loan = min(self.pending_loan, self.loan_limit(stock, own, value), room)
        budget = loan + own
        if budget == 0 or float(budget) < self.terms.minimum_order * float(value.assets):
            return []
        listed = self.model.stocks[stock]
        price = listed.price if loan > 0 else ceiling(listed.price, listed.high)
        lots = budget * ONE // (price * self.model.lot_value * (ONE + self.terms.commission))
        lots = min(lots, MOST_LOTS - self.slots[slot].lots)
        if lots < 1:
            return []
        return [Order(self, slot, stock, lots, BUY, PURCHASE)]

    def own_and_room(self, stock: int, slot: Slot, value: Value) -> tuple[int, int]:
        """Own cash for a purchase, and the loan beside it, as far as limits of concentration leave room for them."""
        own = max(0, min(self.pending_own, self.cash))
        share = largest_share(value.assets, value.liabilities, self.terms.concentration)
        held = slot.lots * self.model.mark_unit(stock)
        room = room_for_own(share, value.assets, held)
        own = own if room is None else min(own, room)
        room = room_for_loan(share, value.assets, held, own)
        return own, self.pending_loan if room is None else room

    def loan_limit(self, stock: int, own: int, value: Value) -> int:
        """The largest new loan for a stock; 0 where the contract forbids one."""
        listed = self.model.stocks[stock]
        if self.terms.marginable_only and not listed.marginable:
            return 0
        if self.terms.official and listed.purchases_stopped:
            return 0
        if lends_nothing(self.terms, value):
            return 0
        if self.terms.of_purchase:
            loan = max(0, buying_power(self.sma, self.terms.initial_margin) - own)
        else:
            loan = largest_loan(self.available_margin(), own, self.haircut(stock), self.terms.initial_margin)
        if self.terms.of_purchase or self.terms.long_requirement:
            loan = min(loan, largest_loan_to(self.terms, value, self.lending_line, own))
        return loan

    @property
    def lending_line(self) -> int:
        """The line to which new loans and short sales may lead."""
        return max(self.terms.warning_line, self.line)

    def short_orders(self) -> list[Order]:
        """Cover what is recalled or has paid off; else sell another stock short."""
        covers = [j for j in range(len(self.slots)) if self.coverable(j) > 0 and self.wants_cover(j)]
        if covers:
            return [self.order(j, self.coverable(j), BUY, COVER) for j in covers]
        return [] if self.terms.lending_stopped else self.short_sale()

    def wants_cover(self, j: int) -> bool:
        """Recalled by the lender, or fallen by the wanted profit."""
        slot = self.slots[j]
        worth = -slot.lots * self.model.unit(slot.stock)
        return self.terms.lending_stopped or float(worth) <= float(slot.loan) * (1.0 - self.terms.cover_profit)

    def short_sale(self) -> list[Order]:
        """Borrow and sell a stock drawn by attention, with a share of the available margin."""
        stock = self.model.choose(self.cohort, self.entity)
        if stock is None:
            return []
        listed = self.model.stocks[stock]
        if listed.suspended or listed.pinned < 0 or not listed.marginable:
            return []
        slot = self.slot_for(stock)
        available = self.margin_for_shorts()
        if slot is None or available <= 0 or not (self.slots[slot].lots < 0 or self.slots[slot].free):
            return []
        lots = self.short_sale_limit(available) // self.model.unit(stock)
        lots = min(lots, listed.lendable, MOST_LOTS + self.slots[slot].lots)
        if lots < 1:
            return []
        return [Order(self, slot, stock, lots, SHORT, SHORT_SALE)]

    def margin_for_shorts(self) -> int:
        """What new short sales may bind: available margin, or the SMA."""
        if self.terms.long_requirement and lends_nothing(self.terms, self.value()):
            return 0
        return self.sma if self.terms.of_purchase else self.available_margin()

    def short_sale_limit(self, available: int) -> int:
        """The value of a new short sale: so much as a share of the margin carries, and no line is crossed."""
        worth = floor_int(self.terms.short_size * float(available)) * ONE // self.terms.short_margin
        if self.terms.of_purchase or self.terms.long_requirement:
            worth = min(worth, largest_short_sale_to(self.terms, self.value(), self.lending_line))
        return worth

    def slot_for(self, stock: int) -> int | None:
        """The stock's own slot, else the lowest free one."""
        for j, slot in enumerate(self.slots):
            if slot.stock == stock and not slot.free:
                return j
        for j, slot in enumerate(self.slots):
            if slot.free:
                return j
        return None

    def sellable(self, j: int) -> int:
        """Lots of a long position that may be sold now."""
        slot = self.slots[j]
        return 0 if self.model.stocks[slot.stock].suspended else max(0, slot.lots - slot.locked)

    def coverable(self, j: int) -> int:
        """Lots of a short position that may be bought back now."""
        slot = self.slots[j]
        return 0 if self.model.stocks[slot.stock].suspended else max(0, -slot.lots - slot.locked)

    def order(self, j: int, lots: int, side: int, kind: int) -> Order:
        """An order in the stock of slot j."""
        return Order(self, j, self.slots[j].stock, lots, side, kind)

    # ---- spreading a sale -------------------------------------------------------------------------------------

    def spread(self, amount: int | None, kind: int) -> list[Order]:
        """Orders worth `amount` (None: everything): positions that trade freely first, pinned ones for the rest.

        Long positions are sold as far as loans can be repaid; short ones are covered for the rest.
        """
        sale = amount
        if amount is not None:
            sale = min(amount, self.gross_to_repay(self.debt + self.interest))
        by_requirement = self.terms.long_requirement > 0 and kind == FORCE and amount is not None
        return self.spread_sides(amount, sale, kind, by_requirement=by_requirement)

    def spread_sides(
        self, amount: int | None, sale: int | None, kind: int, *, by_requirement: bool = False
    ) -> list[Order]:
        """Orders worth `amount`, of which long positions are sold for at most `sale`."""
        wanted = [0] * len(self.slots)
        left = self.spread_side(sale, SELL, wanted)
        rest = None if amount is None else amount - ((sale or 0) - (left or 0))
        if by_requirement:
            self.cover_instead(amount or 0, sale or 0, rest or 0, wanted)
        else:
            self.spread_side(rest, BUY, wanted)
        return [
            self.order(j, lots, SELL if self.slots[j].lots > 0 else BUY, kind)
            for j, lots in enumerate(wanted)
            if lots > 0
        ]

    def cover_instead(self, amount: int, sale: int, rest: int, wanted: list[int]) -> None:
        """Covers that mend what a sale of `rest` would; what they cannot, further sales do (rules/requirement.py)."""
        by_sale, by_cover = mended_by_sale(self.terms), mended_by_cover(self.terms)
        left = self.spread_side(instead(rest, by_sale, by_cover), BUY, wanted)
        if left:
            self.spread_side(min(amount, sale + instead(left, by_cover, by_sale)), SELL, wanted)

    def spread_side(self, amount: int | None, side: int, wanted: list[int]) -> int | None:
        """Fill `wanted` on one side; what is left of the amount."""
        tradable = self.sellable if side == SELL else self.coverable
        for pinned in (False, True):
            tier = [j for j in range(len(self.slots)) if tradable(j) > 0 and self.is_pinned(j, side) == pinned]
            amount = self.spread_tier(amount, tier, tradable, wanted)
        return amount

    def is_pinned(self, j: int, side: int) -> bool:
        """Sealed at the limit against which this side would trade in vain."""
        pinned = self.model.stocks[self.slots[j].stock].pinned
        return pinned < 0 if side == SELL else pinned > 0

    def spread_tier(self, amount: int | None, tier: list[int], tradable: Tradable, wanted: list[int]) -> int | None:
        """Fill `wanted` from one tier by the contract's policy; what is left of the amount."""
        lots = {j: tradable(j) for j in tier}
        unit = {j: self.model.unit(self.slots[j].stock) for j in tier}
        worth = {j: lots[j] * unit[j] for j in tier}
        total = sum(worth.values())
        if amount is None or amount >= total:
            wanted[:] = [lots.get(j, was) for j, was in enumerate(wanted)]
            return None if amount is None else amount - total
        if self.terms.policy == 0:
            for j in tier:
                wanted[j] = min(lots[j], ceil_div(mul_div_up(amount, worth[j], total), unit[j]))
            return 0
        for j in sorted(tier, key=lambda j: -self.rank(j, worth[j])):
            if amount <= 0:
                break
            wanted[j] = min(lots[j], ceil_div(amount, unit[j]))
            amount -= wanted[j] * unit[j]
        return max(0, amount)

    def rank(self, j: int, worth: int) -> float:
        """What a sale starts from: the most liquid position, or the largest."""
        return self.model.stocks[self.slots[j].stock].liquidity if self.terms.policy == 1 else float(worth)
