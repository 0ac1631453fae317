"""What an account holds: slots, money, valuation, and the repayment of what it owes.

Twin: `ext/pingcang/_core/book.pyx`.

Glossary: A assets, L liabilities, m = A/L maintenance ratio (fen, fen, basis points); a slot is one position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from pingcang.accounts.book import FORCED, NO_QUOTA, NO_SESSION, NORMAL
from pingcang.accounts.terms import OWN_HAIRCUT, Terms
from pingcang.arithmetic import ONE, ceil_div, mul_div
from pingcang.reference.standing import Value
from pingcang.rules.initial_margin import counted

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

    def is_due(self, latest: int) -> bool:
        """Whether it holds a position with a loan, opened on the latest day that is due or before."""
        return self.opened <= latest and self.loan > 0 and self.lots > 0


@dataclass
class Order:
    """What an account wants in one session; `fill` is what it got."""

    account: Holding
    slot: int
    stock: int
    lots: int
    side: int
    kind: int
    fill: int = 0


class Holding(mesa.Agent):
    """What one margin account holds and owes, and what it is worth."""

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
        self.sma = 0
        self.state = NORMAL
        self.whole = False
        self.forced_on = 0
        self.deadline = 0
        self.quota = NO_QUOTA
        self.active_session = NO_SESSION
        self.look_session = NO_SESSION

    @property
    def terms(self) -> Terms:
        """Today's contract and behaviour of the cohort."""
        return self.model.terms[self.cohort]

    @property
    def line(self) -> int:
        """Close-out line, basis points."""
        return self.own_line or self.terms.close_out_line

    @property
    def debt(self) -> int:
        """Financing debt (fen): the loans of all positions that are not short."""
        return sum(slot.loan for slot in self.slots if slot.lots >= 0)

    @property
    def closes_whole(self) -> bool:
        """Whether a forced liquidation sells everything."""
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
        overdraft = max(0, -self.cash)
        assets = max(0, self.cash) + self.frozen + long
        return Value(assets, overdraft + self.debt + self.interest + short, long, short)

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

    def force(self) -> None:
        """From now on the lender sells; the account's own plans are off."""
        self.state = FORCED
        self.forced_on = 0
        self.quota = NO_QUOTA
        self.model.count(self.cohort, "forced_accounts", 1)
        self.pending_loan = self.pending_own = self.presell = 0

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
