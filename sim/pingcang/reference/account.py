"""One margin account, written plainly: its day from the open to the close.

This is the specification. What it holds stands in `holding`, what it orders in `decisions`, how its orders settle in
`settlement`; the kernels of the same names in `ext/pingcang/_core/` do the same for thousands of accounts at once and
must agree in every fen and every lot.
"""

from __future__ import annotations

from pingcang.accounts.book import CALLED, CLOSED, FORCED, NO_QUOTA, NO_SESSION, NORMAL
from pingcang.arithmetic import clip, floor_int
from pingcang.randomness import Purpose
from pingcang.reference.decisions import Decisions
from pingcang.reference.settlement import Settlement
from pingcang.reference.standing import Value, below, excess, missing
from pingcang.rules.interest import accrue
from pingcang.rules.regulation_t import excess as excess_over_initial


class Account(Decisions, Settlement):
    """One margin account of a cohort."""

    # ---- the open ---------------------------------------------------------------------------------------------

    def open_day(self, day: int, sessions: int) -> None:
        """Accrue interest, unlock what was bought yesterday, answer or suffer a call, and draw today's moments."""
        if self.state == CLOSED:
            return
        if self.state == FORCED:
            self.quota = NO_QUOTA
        if self.terms.of_purchase:
            self.remember_excess()
        self.accrue_interest(self.model.days[day].calendar_days)
        for slot in self.slots:
            slot.locked = 0
        if self.state == CALLED and self.deadline == 0:
            self.answer_call(day)
        self.plan(day, sessions)

    def remember_excess(self) -> None:
        """The SMA rises to the excess over the initial margin at the last close."""
        value, terms = self.value(), self.terms
        over = excess_over_initial(value.equity, value.long, value.short, terms.initial_margin, terms.short_margin)
        self.sma = max(self.sma, over)

    def answer_call(self, day: int) -> None:
        """Top up with probability q; forced from the open of the call's last day, unless restored."""
        value = self.value()
        self.top_up(self.terms.top_up_probability, value)
        if day >= self.forced_on:
            if below(self.terms, value, self.terms.restore_line):
                self.force()
            else:
                self.state = NORMAL

    def top_up(self, probability: float, value: Value) -> None:
        """The holder pays in what is missing to the restore level, with a probability."""
        if self.model.uniform(Purpose.TOP_UP, self.entity) < probability:
            amount = missing(self.terms, value, self.terms.restore_line)
            self.cash += amount
            value.assets += amount
            self.model.outside -= amount
            if self.terms.of_purchase:
                self.sma += amount

    def plan(self, day: int, sessions: int) -> None:
        """Draw the session in which the account rotates, if any, and the one in which it looks at its line."""
        terms = self.terms
        memory = self.model.memory[self.cohort]
        activity = clip(terms.activity * (1.0 + terms.activity_memory * memory), 0.0, 1.0)
        u = self.model.uniform(Purpose.ACTIVE, self.entity)
        self.active_session = min(floor_int(u / activity * sessions), sessions - 1) if u < activity else NO_SESSION
        self.look_session = floor_int(self.model.uniform(Purpose.LOOK, self.entity) * sessions)

    def withdraw_credit(self, share: float) -> None:
        """The lender calls in the whole loan of a drawn share of accounts."""
        if self.state in (NORMAL, CALLED) and self.model.uniform(Purpose.CREDIT_WITHDRAWAL, self.entity) < share:
            self.whole = True
            self.force()

    # ---- checks -----------------------------------------------------------------------------------------------

    def check(self) -> None:
        """After a session: end a forced liquidation that is done, start one where the contract allows no delay."""
        if self.state == FORCED:
            self.check_forced()
        elif self.state in (NORMAL, CALLED):
            value = self.value()
            if below(self.terms, value, self.forcing_line):
                self.force()

    @property
    def forcing_line(self) -> int:
        """Below it nothing is waited for."""
        at_once = self.terms.check_session and self.terms.window_sessions == 0
        return max(self.line, self.terms.immediate_line) if at_once else self.terms.immediate_line

    def check_call(self) -> None:
        """After a session: call whom the contract calls within the day; cure, or enforce, the calls in hours."""
        value = self.value()
        if self.state == NORMAL and self.terms.check_session and self.terms.window_sessions > 0:
            if below(self.terms, value, self.line):
                self.call(self.model.sessions_so_far)
        elif self.state == CALLED and self.deadline > 0:
            self.top_up(self.terms.top_up_each_session, value)
            if not below(self.terms, value, self.terms.restore_line):
                self.state = NORMAL
            elif self.model.sessions_so_far >= self.deadline:
                self.force()

    def call(self, sessions_so_far: int) -> None:
        """Issue a call; its window is in days, or in sessions."""
        self.state = CALLED
        self.model.count(self.cohort, "margin_calls", 1)
        if self.terms.window_sessions == 0:
            self.forced_on, self.deadline = self.model.day + self.terms.call_window, 0
            return
        self.deadline = sessions_so_far + self.terms.window_sessions
        self.forced_on = (self.deadline - 1) // self.model.sessions

    def check_forced(self) -> None:
        """Closed out when nothing is left to sell; free again at the restore level."""
        if all(slot.lots == 0 for slot in self.slots):
            self.close_out()
            return
        value = self.value()
        if not self.closes_whole and not below(self.terms, value, self.terms.restore_line):
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

    def close_day(self, day: int) -> None:
        """Roll loans over; issue, cure or skip the call."""
        if self.state == CLOSED:
            return
        self.check()
        if self.terms.roll_over:
            self.roll_over(day)
        if self.terms.check_session:
            return
        value = self.value()
        if self.state == NORMAL and below(self.terms, value, self.line):
            self.call((day + 1) * self.model.sessions)
        elif self.state == CALLED and not below(self.terms, value, self.terms.restore_line):
            self.state = NORMAL
        elif self.state == NORMAL:
            self.withdraw(value)

    def accrue_interest(self, calendar_days: int) -> None:
        """Add the interest of some calendar days to what is owed; carry the remainder."""
        value = self.value()
        owed = self.debt * self.terms.financing_rate + value.short * self.terms.borrow_fee
        due, self.remainder = accrue(owed, calendar_days, self.remainder)
        self.interest += due
        self.model.claims += due

    def roll_over(self, day: int) -> None:
        """Loans that are due begin anew while the account stands at its close-out line."""
        value = self.value()
        if self.state not in (NORMAL, CALLED) or below(self.terms, value, self.line):
            return
        for slot in self.slots:
            if slot.is_due(self.terms.due):
                slot.opened = day

    def withdraw(self, value: Value) -> None:
        """Take out a share of the free cash that stands above the withdrawal line."""
        room = excess(self.terms, value, self.terms.withdrawal_line)
        free = min(room, self.cash - self.pending_own)
        if self.terms.of_purchase:
            free = min(free, self.sma)
        if free <= 0 or value.liabilities == 0:
            return
        amount = floor_int(self.terms.withdrawal_share * float(free))
        self.cash -= amount
        self.model.outside += amount
        if self.terms.of_purchase:
            self.sma -= amount
