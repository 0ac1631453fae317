"""What a fill does to an account, to the fen. Twin: `ext/pingcang/_core/settle.pyx`."""

from __future__ import annotations

from pingcang.arithmetic import ONE, ceil_div, floor_int, mul_div
from pingcang.market.orders import FORCE, MATURITY, PREEMPT, PURCHASE, ROTATE, SELL, SHORT
from pingcang.reference.holding import Holding, Order
from pingcang.rules.initial_margin import reserved_for
from pingcang.rules.regulation_t import released, used


class Settlement(Holding):
    """An account that exchanges lots for money."""

    def settle(self, order: Order, price: int) -> None:
        """Exchange lots for money at the clearing price, to the fen."""
        if order.fill == 0:
            return
        gross = order.fill * price * self.model.lot_value
        if order.side == SELL and order.kind == FORCE:
            self.model.count(self.cohort, "forced_sales", gross)
        if order.kind == FORCE and self.quota > 0:
            self.quota = max(0, self.quota - gross)
        if order.kind == MATURITY:
            self.model.count(self.cohort, "maturity_sales", gross)
        if order.side == SELL and order.kind == PREEMPT:
            self.model.count(self.cohort, "preemptive_sales", gross)
        if order.kind == PREEMPT:
            self.presell = max(0, self.presell - gross)
        if order.side == SELL:
            self.settle_sale(order, gross)
        elif order.side == SHORT:
            self.settle_short_sale(order, gross)
        elif order.kind == PURCHASE:
            self.settle_purchase(order, gross)
            self.wants = order.fill < order.lots
        else:
            self.settle_cover(order, gross)

    def costs(self, gross: int, rate: int) -> int:
        """Commission or duty, rounded up to the fen."""
        return ceil_div(gross * rate, ONE)

    def settle_sale(self, order: Order, gross: int) -> None:
        """Proceeds repay interest, the position's own loan, then the other loans; the rest is cash."""
        net = self.net_of_sale(gross)
        self.slots[order.slot].lots -= order.fill
        principal, surplus = self.repay(net, order.slot)
        if self.terms.of_purchase:
            self.sma += released(gross, self.terms.initial_margin)
        self.cash += surplus
        self.hand_on_loan(order.slot)
        if order.kind == ROTATE:
            self.pending_loan += floor_int(self.model.appetite[self.cohort] * float(principal))
            self.pending_own += surplus
            self.wants = True

    def net_of_sale(self, gross: int) -> int:
        """Proceeds after commission and stamp duty (fen), which are rounded up but never exceed the sale."""
        fee = min(gross, self.costs(gross, self.terms.commission))
        tax = min(gross - fee, self.costs(gross, self.terms.stamp_duty))
        self.model.lender += fee
        self.model.exchequer += tax
        return gross - fee - tax

    def hand_on_loan(self, j: int) -> None:
        """A loan whose position is gone stands on the lowest other position, so that the slot is free again.

        Of two loans in one slot the older one's day counts.
        """
        slot = self.slots[j]
        if slot.lots != 0 or slot.loan == 0:
            return
        for other in self.slots:
            if other.lots > 0:
                other.opened = min(other.opened, slot.opened) if other.loan else slot.opened
                other.loan += slot.loan
                other.reserved += slot.reserved
                slot.loan = slot.reserved = 0
                return

    def settle_purchase(self, order: Order, gross: int) -> None:
        """Own cash set aside pays first, a new loan the rest."""
        fee = self.costs(gross, self.terms.commission)
        total = gross + fee
        own = max(0, min(self.pending_own, self.cash, total))
        loan = total - own
        slot = self.slots[order.slot]
        if slot.free:
            slot.stock = order.stock
            slot.opened = self.model.day
        if slot.loan == 0 and loan > 0:
            slot.opened = self.model.day
        slot.lots += order.fill
        if self.terms.t_plus_one:
            slot.locked += order.fill
        slot.loan += loan
        slot.reserved += reserved_for(loan, self.terms.initial_margin)
        if self.terms.of_purchase:
            self.sma = max(0, self.sma - used(gross, self.terms.initial_margin))
        self.cash -= own
        self.pending_own -= own
        self.pending_loan = max(0, self.pending_loan - loan)
        self.model.lender += fee - loan
        self.model.claims += loan
        self.model.count(self.cohort, "margin_purchases", loan)

    def settle_short_sale(self, order: Order, gross: int) -> None:
        """The net proceeds are frozen."""
        net = self.net_of_sale(gross)
        slot = self.slots[order.slot]
        if slot.free:
            slot.stock = order.stock
            slot.opened = self.model.day
        slot.lots -= order.fill
        slot.loan += net
        self.frozen += net
        if self.terms.of_purchase:
            self.sma = max(0, self.sma - used(gross, self.terms.short_margin))
        if self.terms.short_cover_t_plus_one:
            slot.locked += order.fill
        self.model.stocks[order.stock].lendable -= order.fill

    def settle_cover(self, order: Order, gross: int) -> None:
        """Frozen proceeds are released in proportion; what they do not pay is cash, or an overdraft."""
        fee = self.costs(gross, self.terms.commission)
        slot = self.slots[order.slot]
        freed = mul_div(slot.loan, order.fill, -slot.lots)
        slot.lots += order.fill
        slot.loan -= freed
        self.frozen -= freed
        self.cash += freed - gross - fee
        if self.terms.of_purchase:
            self.sma += released(gross, self.terms.short_margin)
        self.model.lender += fee
        self.model.stocks[order.stock].lendable += order.fill
