"""One margin account, written plainly: what it holds, when it acts, what it orders, how its orders settle.

This is the specification; `ext/pingcang/_core/decide.pyx` and `settle.pyx` do the same for thousands of accounts at
once and must agree with it in every fen and every lot.

Glossary: A assets, L liabilities, m = A/L maintenance ratio (fen, fen, basis points); a slot is one position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from pingcang.accounts.book import CALLED, CLOSED, FORCED, NO_SESSION, NORMAL
from pingcang.accounts.terms import OWN_HAIRCUT, Terms
from pingcang.arithmetic import ONE, ceil_div, floor_int, interpolate, mul_div, mul_div_up
from pingcang.market.orders import BUY, COVER, FORCE, MOST_LOTS, PREEMPT, PURCHASE, ROTATE, SELL, SHORT, SHORT_SALE
from pingcang.randomness import Purpose
from pingcang.rules.distance_to_call import distance_to_call
from pingcang.rules.forced_liquidation import sale_to_restore
from pingcang.rules.initial_margin import counted, largest_loan, reserved_for
from pingcang.rules.interest import accrue
from pingcang.rules.maintenance_ratio import excess_over, is_below, missing_to

if TYPE_CHECKING:
    from pingcang.reference.market import ReferenceMarket


@dataclass
class Slot:
    """One position: stock, lots (below 0 sold short), lots locked today, loan or frozen proceeds, reserved margin."""

    stock: int
    lots: int
    loan: int
    reserved: int
    locked: int = 0
    opened: int = 0

    @property
    def free(self) -> bool:
        """Neither lots nor debt stand in it."""
        return self.lots == 0 and self.loan == 0


@dataclass
class Order:
    """What an account wants in one session; `fill` is what it got."""

    account: Account
    slot: int
    stock: int
    lots: int
    side: int
    kind: int
    fill: int = 0


@dataclass
class Value:
    """An account at today's valuation: assets, liabilities, and the risky part of each (fen)."""

    assets: int
    liabilities: int
    long: int
    short: int


class Account(mesa.Agent):
    """One margin account of a cohort."""

    model: ReferenceMarket

    def __init__(
        self, model: ReferenceMarket, cohort: str, entity: int, cash: int, slots: list[Slot], own_line: int
    ) -> None:
        super().__init__(model)
        self.cohort = cohort
        self.entity = entity
        self.cash = cash
        self.slots = slots
        self.own_line = own_line
        self.frozen = sum(slot.loan for slot in slots if slot.lots < 0)
        self.interest = 0
        self.remainder = 0
        self.pending_loan = 0
        self.pending_own = 0
        self.wants = False
        self.presell = 0
        self.state = NORMAL
        self.whole = False
        self.forced_on = 0
        self.active_session = NO_SESSION
        self.look_session = NO_SESSION

    # ---- what it is -------------------------------------------------------------------------------------------

    @property
    def terms(self) -> Terms:
        return self.model.terms[self.cohort]

    @property
    def line(self) -> int:
        return self.own_line or self.terms.close_out_line

    @property
    def debt(self) -> int:
        return sum(slot.loan for slot in self.slots if slot.lots >= 0)

    @property
    def closes_whole(self) -> bool:
        return self.terms.whole_account or self.whole

    def value(self) -> Value:
        """Assets and liabilities at today's valuation prices."""
        long = short = 0
        for slot in self.slots:
            worth = slot.lots * self.model.mark_unit(slot.stock)
            if slot.lots > 0:
                long += worth
            else:
                short -= worth
        assets = self.cash + self.frozen + long
        return Value(assets, self.debt + self.interest + short, long, short)

    def available_margin(self) -> int:
        """保证金可用余額: what new loans and short sales may still bind (fen)."""
        available = self.cash - self.interest
        for slot in self.slots:
            worth = slot.lots * self.model.mark_unit(slot.stock)
            haircut = self.haircut(slot.stock)
            if slot.lots >= 0:
                available += counted(worth - slot.loan, haircut) - slot.reserved
            else:
                available += counted(slot.loan + worth, haircut) - ceil_div(-worth * self.terms.short_margin, ONE)
        return available

    def haircut(self, stock: int) -> int:
        """The haircut of a stock in this account's contract (basis points)."""
        own = self.terms.haircut
        return self.model.stocks[stock].haircut if own == OWN_HAIRCUT else own

    # ---- the open ---------------------------------------------------------------------------------------------

    def open_day(self, day: int, sessions: int) -> None:
        """Unlock what was bought yesterday, answer or suffer a call, and draw today's moments."""
        if self.state == CLOSED:
            return
        for slot in self.slots:
            slot.locked = 0
        if self.state == CALLED:
            self.answer_call(day)
        self.plan(day, sessions)

    def answer_call(self, day: int) -> None:
        """Top up with probability q; forced from the open of the call's last day, unless restored."""
        value = self.value()
        if self.model.uniform(Purpose.TOP_UP, self.entity) < self.terms.top_up_probability:
            amount = missing_to(value.assets, value.liabilities, self.terms.restore_line)
            self.cash += amount
            value.assets += amount
            self.model.outside -= amount
        if day >= self.forced_on:
            if is_below(value.assets, value.liabilities, self.terms.restore_line):
                self.force()
            else:
                self.state = NORMAL

    def plan(self, day: int, sessions: int) -> None:
        """Draw the session in which the account rotates, if any, and the one in which it looks at its line."""
        u, activity = self.model.uniform(Purpose.ACTIVE, self.entity), self.terms.activity
        self.active_session = min(floor_int(u / activity * sessions), sessions - 1) if u < activity else NO_SESSION
        self.look_session = floor_int(self.model.uniform(Purpose.LOOK, self.entity) * sessions)

    def withdraw_credit(self, share: float) -> None:
        """The lender calls in the whole loan of a drawn share of accounts."""
        if self.state in (NORMAL, CALLED) and self.model.uniform(Purpose.CREDIT_WITHDRAWAL, self.entity) < share:
            self.whole = True
            self.force()

    def force(self) -> None:
        """From now on the lender sells; the account's own plans are off."""
        self.state = FORCED
        self.model.count(self.cohort, "forced_accounts", 1)
        self.pending_loan = self.pending_own = self.presell = 0

    # ---- decisions --------------------------------------------------------------------------------------------

    def decide(self, session: int) -> list[Order]:
        """The orders of this session: of the lender, of fear, of routine, or of a purchase that is still wanted."""
        if self.state == CLOSED:
            return []
        if self.state == FORCED:
            return self.forced_orders()
        if self.presell > 0 and self.model.return_today > self.terms.relief_return:
            self.presell = 0
        if self.presell == 0 and self.look_session == session:
            self.look()
        if self.presell > 0:
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
            amount = sale_to_restore(
                value.assets, value.liabilities, self.terms.restore_line, self.terms.sale_costs
            )
        return self.spread(amount, FORCE)

    def look(self) -> None:
        """Sell before a call with the hazard of the distance to it."""
        value = self.value()
        if value.liabilities == 0 or value.long + value.short == 0:
            return
        dmc = distance_to_call(
            value.assets, value.liabilities, self.line, value.long, value.short, self.model.dmc_volatility
        )
        hazard = interpolate(self.terms.hazard_dmc, self.terms.hazard, dmc)
        if self.model.uniform(Purpose.PREEMPT, self.entity) < hazard:
            self.presell = floor_int(self.terms.preemptive_size * float(self.debt + value.short))
            self.pending_loan = self.pending_own = 0

    def rotation(self) -> list[Order]:
        """Sell one position, drawn among those that can be sold."""
        sellable = [j for j in range(len(self.slots)) if self.sellable(j) > 0]
        if not sellable:
            return []
        j = sellable[floor_int(self.model.uniform(Purpose.ROTATE, self.entity) * len(sellable))]
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
        own = max(0, min(self.pending_own, self.cash))
        loan = min(self.pending_loan, self.loan_limit(stock, own, value))
        budget = loan + own
        if budget == 0 or float(budget) < self.terms.minimum_order * float(value.assets):
            return []
        price = self.model.stocks[stock].price if loan > 0 else self.model.stocks[stock].high
        lots = budget * ONE // (price * self.model.lot_value * (ONE + self.terms.commission))
        lots = min(lots, MOST_LOTS - self.slots[slot].lots)
        if lots < 1:
            return []
        return [Order(self, slot, stock, lots, BUY, PURCHASE)]

    def loan_limit(self, stock: int, own: int, value: Value) -> int:
        """The largest new loan for a stock; 0 where the contract forbids one."""
        listed = self.model.stocks[stock]
        if self.terms.marginable_only and not listed.marginable:
            return 0
        if self.terms.official and listed.purchases_stopped:
            return 0
        if is_below(value.assets, value.liabilities, self.terms.warning_line):
            return 0
        return largest_loan(self.available_margin(), own, self.haircut(stock), self.terms.initial_margin)

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
        available = self.available_margin()
        if slot is None or self.slots[slot].lots > 0 or available <= 0:
            return []
        margin = floor_int(self.terms.short_size * float(available))
        lots = margin * ONE // self.terms.short_margin // self.model.unit(stock)
        lots = min(lots, listed.lendable, MOST_LOTS + self.slots[slot].lots)
        if lots < 1:
            return []
        return [Order(self, slot, stock, lots, SHORT, SHORT_SALE)]

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
        return Order(self, j, self.slots[j].stock, lots, side, kind)

    # ---- spreading a sale -------------------------------------------------------------------------------------

    def spread(self, amount: int | None, kind: int) -> list[Order]:
        """Orders worth `amount` (None: everything): positions that trade freely first, pinned ones for the rest.

        Long positions are sold, then short ones are covered.
        """
        wanted = [0] * len(self.slots)
        for side, tradable in ((SELL, self.sellable), (BUY, self.coverable)):
            for pinned in (False, True):
                tier = [j for j in range(len(self.slots)) if tradable(j) > 0 and self.is_pinned(j, side) == pinned]
                amount = self.spread_tier(amount, tier, tradable, wanted)
        return [
            self.order(j, lots, SELL if self.slots[j].lots > 0 else BUY, kind)
            for j, lots in enumerate(wanted)
            if lots > 0
        ]

    def is_pinned(self, j: int, side: int) -> bool:
        """Sealed at the limit against which this side would trade in vain."""
        pinned = self.model.stocks[self.slots[j].stock].pinned
        return pinned < 0 if side == SELL else pinned > 0

    def spread_tier(self, amount: int | None, tier: list[int], tradable: object, wanted: list[int]) -> int | None:
        """Fill `wanted` from one tier by the contract's policy; what is left of the amount."""
        lots = {j: tradable(j) for j in tier}  # type: ignore[operator]
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

    # ---- settlement -------------------------------------------------------------------------------------------

    def settle(self, order: Order, price: int) -> None:
        """Exchange lots for money at the clearing price, to the fen."""
        if order.fill == 0:
            return
        gross = order.fill * price * self.model.lot_value
        if order.kind == FORCE:
            self.model.count(self.cohort, "forced_sales", gross)
        elif order.kind == PREEMPT:
            self.model.count(self.cohort, "preemptive_sales", gross)
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
        self.cash += surplus
        self.hand_on_loan(order.slot)
        if order.kind == ROTATE:
            self.pending_loan += floor_int(self.model.appetite[self.cohort] * float(principal))
            self.pending_own += surplus
            self.wants = True

    def net_of_sale(self, gross: int) -> int:
        fee, tax = self.costs(gross, self.terms.commission), self.costs(gross, self.terms.stamp_duty)
        self.model.lender += fee
        self.model.exchequer += tax
        return gross - fee - tax

    def repay(self, money: int, first: int | None) -> tuple[int, int]:
        """Pay interest, then the loan of slot `first`, then the others in order; (principal repaid, money left)."""
        paid = min(money, self.interest)
        self.interest -= paid
        money -= paid
        principal = 0
        order = ([] if first is None else [first]) + [j for j in range(len(self.slots)) if j != first]
        for j in order:
            slot = self.slots[j]
            if slot.lots < 0 or slot.loan == 0 or money == 0:
                continue
            part = min(money, slot.loan)
            slot.reserved -= mul_div(slot.reserved, part, slot.loan)
            slot.loan -= part
            principal += part
            money -= part
        self.model.lender += paid + principal
        self.model.claims -= paid + principal
        return principal, money

    def repay_from_cash(self) -> None:
        """Use free cash against what is owed."""
        if self.cash > 0:
            _, self.cash = self.repay(self.cash, None)

    def hand_on_loan(self, j: int) -> None:
        """A loan whose position is gone stands on the lowest other position, so that the slot is free again."""
        slot = self.slots[j]
        if slot.lots != 0 or slot.loan == 0:
            return
        for other in self.slots:
            if other.lots > 0:
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
        slot.lots += order.fill
        if self.terms.t_plus_one:
            slot.locked += order.fill
        slot.loan += loan
        slot.reserved += reserved_for(loan, self.terms.initial_margin)
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
        if self.terms.short_cover_t_plus_one:
            slot.locked += order.fill
        self.model.stocks[order.stock].lendable -= order.fill

    def settle_cover(self, order: Order, gross: int) -> None:
        """Frozen proceeds are released in proportion; what they do not pay is cash, or an overdraft."""
        fee = self.costs(gross, self.terms.commission)
        slot = self.slots[order.slot]
        released = mul_div(slot.loan, order.fill, -slot.lots)
        slot.lots += order.fill
        slot.loan -= released
        self.frozen -= released
        self.cash += released - gross - fee
        self.model.lender += fee
        self.model.stocks[order.stock].lendable += order.fill

    # ---- checks -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """After a session: end a forced liquidation that is done, start one where the contract allows no delay."""
        if self.state == FORCED:
            self.check_forced()
        elif self.state in (NORMAL, CALLED):
            value = self.value()
            if is_below(value.assets, value.liabilities, self.forcing_line):
                self.force()

    @property
    def forcing_line(self) -> int:
        """Below it nothing is waited for."""
        return max(self.line, self.terms.immediate_line) if self.terms.check_session else self.terms.immediate_line

    def check_forced(self) -> None:
        if all(slot.lots == 0 for slot in self.slots):
            self.close_out()
            return
        value = self.value()
        if not self.closes_whole and not is_below(value.assets, value.liabilities, self.terms.restore_line):
            self.state = NORMAL

    def close_out(self) -> None:
        """Nothing is left to sell: what cash cannot pay is the lender's loss."""
        self.repay_from_cash()
        written_off = self.debt + self.interest
        overdraft = max(0, -self.cash)
        self.cash += overdraft
        self.interest = 0
        for slot in self.slots:
            slot.loan = slot.reserved = 0
        self.model.claims -= written_off
        self.model.lender -= overdraft
        self.model.lender_loss += written_off + overdraft
        self.state = CLOSED
        self.model.count(self.cohort, "closed_accounts", 1)

    # ---- the close --------------------------------------------------------------------------------------------

    def close_day(self, day: int, calendar_days: int) -> None:
        """Accrue interest, then issue, cure or skip the call."""
        if self.state == CLOSED:
            return
        self.accrue_interest(calendar_days)
        self.check()
        if self.terms.check_session:
            return
        value = self.value()
        if self.state == NORMAL and is_below(value.assets, value.liabilities, self.line):
            self.state = CALLED
            self.forced_on = day + self.terms.call_window
            self.model.count(self.cohort, "margin_calls", 1)
        elif self.state == CALLED and not is_below(value.assets, value.liabilities, self.terms.restore_line):
            self.state = NORMAL
        elif self.state == NORMAL:
            self.withdraw(value)

    def accrue_interest(self, calendar_days: int) -> None:
        value = self.value()
        owed = self.debt * self.terms.financing_rate + value.short * self.terms.borrow_fee
        due, self.remainder = accrue(owed, calendar_days, self.remainder)
        self.interest += due
        self.model.claims += due

    def withdraw(self, value: Value) -> None:
        """Take out a share of the free cash that stands above the withdrawal line."""
        room = excess_over(value.assets, value.liabilities, self.terms.withdrawal_line)
        free = min(room, self.cash - self.pending_own)
        if free <= 0 or value.liabilities == 0:
            return
        amount = floor_int(self.terms.withdrawal_share * float(free))
        self.cash -= amount
        self.model.outside += amount
