"""The account book in compiled loops: valuation, the open, the checks, the close, and the audit of the books.

Twin: pingcang.reference.account. Every kernel walks fixed blocks of accounts, so that sums and orders do not depend
on the number of threads; a block writes to its own row of `flows` only.

Order of telling: classes that hold the arrays, functions of one account, loops over blocks.
"""

import numpy as np

from cython.parallel cimport prange
from libc.math cimport floor
from libc.stdint cimport int8_t, int32_t, int64_t, uint32_t

from pingcang.randomness import ENTITIES_PER_COHORT, Purpose

from .exact cimport accrue, ceil_div, floor_div, least, most, mul_div
from .requirement cimport requirement
from .rng cimport uniform_at
from .standing cimport below, excess, missing

cdef int64_t MOST_BLOCKS = 16
cdef int64_t NO_QUOTA = -1

cdef enum:
    CHUNK = 256

cdef int DRAW_ACTIVE = Purpose.ACTIVE
cdef int DRAW_LOOK = Purpose.LOOK
cdef int DRAW_TOP_UP = Purpose.TOP_UP
cdef int DRAW_CREDIT_WITHDRAWAL = Purpose.CREDIT_WITHDRAWAL


cdef class Ledger:
    """A cohort's accounts as the kernels see them; the arrays stay those of the AccountBook."""

    def __init__(self, book, int64_t accounts_per_block):
        self.accounts, self.slots = len(book), book.slots
        self.blocks = most(1, least(MOST_BLOCKS, ceil_div(self.accounts, accounts_per_block)))
        self.block = ceil_div(self.accounts, self.blocks)
        self.first_entity = book.code * ENTITIES_PER_COHORT
        self.cash, self.frozen, self.debt, self.interest = book.cash, book.frozen, book.debt, book.interest
        self.remainder, self.booked = book.remainder, book.booked
        self.pending_loan, self.pending_own, self.presell = book.pending_loan, book.pending_own, book.presell
        self.state, self.whole, self.wants = book.state, book.whole, book.wants
        self.own_line, self.forced_on = book.own_line, book.forced_on
        self.deadline, self.quota = book.deadline, book.quota
        self.active_session, self.look_session = book.active_session, book.look_session
        self.stock, self.lots, self.locked, self.opened = book.stock, book.lots, book.locked, book.opened
        self.loan, self.reserved, self.sma = book.loan, book.reserved, book.sma
        self.flows = np.zeros((self.blocks, FLOWS), np.int64)
        self.arrays = book

    def take_flows(self):
        """The sums of all blocks since the last call, in the order of the enumeration, as integers."""
        cdef int64_t[FLOWS] total
        cdef Py_ssize_t p, f
        for f in range(FLOWS):
            total[f] = 0
            for p in range(self.blocks):
                total[f] += self.flows[p, f]
                self.flows[p, f] = 0
        return [total[f] for f in range(FLOWS)]


cdef class Tape:
    """What every account sees: prices, valuations, flags of the stocks, and the moment."""

    def __init__(self, stocks, keys, int64_t lot_value):
        self.stocks = len(stocks.price)
        self.price, self.mark, self.high, self.haircut = stocks.price, stocks.mark, stocks.high, stocks.haircut
        self.suspended, self.marginable, self.stopped = stocks.suspended, stocks.marginable, stocks.stopped
        self.pinned, self.lendable, self.liquidity = stocks.pinned, stocks.lendable, stocks.liquidity
        self.keys = keys
        self.lot_value = lot_value


cdef class Contract:
    """A cohort's terms today; the names are those of pingcang.accounts.terms.Terms."""

    def __init__(self, terms, edges):
        for name in (
            "short_seller", "official", "check_session", "whole_account", "marginable_only",
            "short_cover_t_plus_one", "lending_stopped", "t_plus_one", "warning_line", "close_out_line",
            "immediate_line", "restore_line", "withdrawal_line", "call_window", "policy", "initial_margin",
            "short_margin", "haircut", "financing_rate", "borrow_fee", "commission", "stamp_duty", "activity",
            "preemptive_size", "relief_return", "top_up_probability", "withdrawal_share", "minimum_order",
            "short_size", "cover_profit", "window_sessions", "liquidation_days", "due", "matured", "roll_over",
            "top_up_each_session", "long_requirement", "short_requirement", "minimum_equity", "of_purchase",
        ):
            setattr(self, name, getattr(terms, name))
        self.hazard_dmc = np.array(terms.hazard_dmc, np.float64)
        self.hazard = np.array(terms.hazard, np.float64)
        self.edges = edges
        self.limit_ratio = np.array([ratio for ratio, _ in terms.concentration], np.int64)
        self.limit_share = np.array([share for _, share in terms.concentration], np.int64)


cdef class Sheet:
    """The orders of one session, block by block; an account's orders stand together."""

    def __init__(self, Ledger book):
        capacity = book.blocks * book.block * (book.slots + 1)
        self.account, self.slot = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
        self.stock, self.lots = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
        self.fill = np.zeros(capacity, np.int32)
        self.side, self.kind = np.empty(capacity, np.uint8), np.empty(capacity, np.uint8)
        self.counts = np.zeros(book.blocks, np.int64)
        self.starts = np.arange(book.blocks, dtype=np.int64) * book.block * (book.slots + 1)

    def rows(self):
        """The session's orders as a dict of equal-length arrays; for records, not for loops."""
        place = np.concatenate(
            [np.arange(start, start + count) for start, count in zip(np.asarray(self.starts), np.asarray(self.counts))] or [[]]
        ).astype(np.int64)
        return {
            "account": np.asarray(self.account)[place],
            "slot": np.asarray(self.slot)[place],
            "stock": np.asarray(self.stock)[place],
            "lots": np.asarray(self.lots)[place],
            "fill": np.asarray(self.fill)[place],
            "side": np.asarray(self.side)[place],
            "kind": np.asarray(self.kind)[place],
        }


# ---- one account -----------------------------------------------------------------------------------------------

cdef Value value_of(Ledger book, Tape tape, Py_ssize_t i) noexcept nogil:
    """Assets and liabilities at the valuation prices."""
    cdef Value value
    cdef Py_ssize_t j
    cdef int64_t worth
    value.long = 0
    value.short = 0
    for j in range(book.slots):
        worth = <int64_t>book.lots[j, i] * tape.mark[book.stock[j, i]] * tape.lot_value
        if worth > 0:
            value.long += worth
        else:
            value.short -= worth
    value.assets = most(0, book.cash[i]) + book.frozen[i] + value.long
    value.liabilities = most(0, -book.cash[i]) + book.debt[i] + book.interest[i] + value.short
    return value


cdef void value_chunk(
    Ledger book, Tape tape, Py_ssize_t first, Py_ssize_t count, int64_t *assets, int64_t *liabilities
) noexcept nogil:
    """The same of up to CHUNK accounts, slot by slot, so that memory is read in order."""
    cdef Py_ssize_t i, j
    cdef int64_t worth, gain, lot_value = tape.lot_value
    cdef const int32_t *mark = &tape.mark[0]
    cdef const int32_t *lots
    cdef const int32_t *stock
    for i in range(count):
        assets[i] = most(0, book.cash[first + i]) + book.frozen[first + i]
        liabilities[i] = most(0, -book.cash[first + i]) + book.debt[first + i] + book.interest[first + i]
    for j in range(book.slots):
        lots = &book.lots[j, first]
        stock = &book.stock[j, first]
        for i in range(count):
            worth = <int64_t>lots[i] * mark[stock[i]] * lot_value
            gain = worth if worth > 0 else 0
            assets[i] += gain
            liabilities[i] += gain - worth


cdef double draw(Tape tape, int purpose, uint32_t entity) noexcept nogil:
    """The uniform number of an entity for a purpose at this moment."""
    return uniform_at(tape.keys[purpose], entity, tape.day, tape.session, 0)


cdef inline int64_t line_of(Ledger book, Contract contract, Py_ssize_t i) noexcept nogil:
    return book.own_line[i] if book.own_line[i] else contract.close_out_line


cdef inline int64_t forcing_line(Ledger book, Contract contract, Py_ssize_t i) noexcept nogil:
    if contract.check_session and contract.window_sessions == 0:
        return most(line_of(book, contract, i), contract.immediate_line)
    return contract.immediate_line


cdef inline int64_t sessions_so_far(Tape tape, int64_t session) noexcept nogil:
    """Sessions since day 0 that are over at the end of one of today's."""
    return <int64_t>tape.day * tape.sessions + session + 1


cdef bint is_due(Ledger book, Py_ssize_t i, Py_ssize_t j, int64_t latest) noexcept nogil:
    """Whether a position with a loan was opened on the latest day that is due, or before (rules/contract_term.py)."""
    return book.opened[j, i] <= latest and book.loan[j, i] > 0 and book.lots[j, i] > 0


cdef void force(Ledger book, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    book.state[i] = FORCED
    book.forced_on[i] = 0
    book.quota[i] = NO_QUOTA
    book.flows[p, FORCED_ACCOUNTS] += 1
    book.pending_loan[i] = 0
    book.pending_own[i] = 0
    book.presell[i] = 0


cdef inline int64_t repay_slot(Ledger book, Py_ssize_t i, Py_ssize_t j, int64_t money) noexcept nogil:
    """What of `money` goes into the loan of one slot; its reserved margin shrinks pro rata."""
    cdef int64_t part
    if book.lots[j, i] < 0 or book.loan[j, i] == 0 or money == 0:
        return 0
    part = least(money, book.loan[j, i])
    book.reserved[j, i] -= mul_div(book.reserved[j, i], part, book.loan[j, i])
    book.loan[j, i] -= part
    return part


cdef int64_t repay(
    Ledger book, Py_ssize_t i, int64_t money, Py_ssize_t first, Py_ssize_t p, int64_t *left
) noexcept nogil:
    """Interest, then the loan of slot `first` (none if -1), then the others; returns the principal repaid."""
    cdef int64_t paid = least(money, book.interest[i])
    cdef int64_t principal = 0, part
    cdef Py_ssize_t j
    book.interest[i] -= paid
    money -= paid
    if first >= 0:
        part = repay_slot(book, i, first, money)
        principal += part
        money -= part
    for j in range(book.slots):
        if j != first:
            part = repay_slot(book, i, j, money)
            principal += part
            money -= part
    book.debt[i] -= principal
    book.flows[p, LENDER] += paid + principal
    book.flows[p, CLAIMS] -= paid + principal
    left[0] = money
    return principal


cdef void repay_from_cash(Ledger book, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    cdef int64_t left
    if book.cash[i] > 0:
        repay(book, i, book.cash[i], -1, p, &left)
        book.cash[i] = left


cdef void close_out(Ledger book, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    """Nothing is left to sell: what cash cannot pay is the lender's loss."""
    cdef int64_t written_off, overdraft
    cdef Py_ssize_t j
    repay_from_cash(book, i, p)
    written_off = book.debt[i] + book.interest[i]
    overdraft = most(0, -book.cash[i])
    book.cash[i] += overdraft
    book.interest[i] = 0
    book.debt[i] = 0
    for j in range(book.slots):
        book.loan[j, i] = 0
        book.reserved[j, i] = 0
    book.booked[i] += written_off + overdraft
    book.flows[p, CLAIMS] -= written_off
    book.flows[p, LENDER] -= overdraft
    book.flows[p, LENDER_LOSS] += written_off + overdraft
    book.state[i] = CLOSED
    book.flows[p, CLOSED_ACCOUNTS] += 1


cdef void check_forced(Ledger book, Tape tape, Contract contract, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    cdef Py_ssize_t j
    cdef bint empty = True
    cdef Value value
    for j in range(book.slots):
        if book.lots[j, i] != 0:
            empty = False
    if empty:
        close_out(book, i, p)
        return
    if contract.whole_account or book.whole[i]:
        return
    value = value_of(book, tape, i)
    if not below(contract, value, contract.restore_line):
        book.state[i] = NORMAL


cdef void check_account(
    Ledger book, Tape tape, Contract contract, Value value, Py_ssize_t i, Py_ssize_t p
) noexcept nogil:
    """Start a forced liquidation that nothing delays, or end one that is done."""
    if book.state[i] == CLOSED:
        return
    if book.state[i] == FORCED:
        check_forced(book, tape, contract, i, p)
    elif below(contract, value, forcing_line(book, contract, i)):
        force(book, i, p)


cdef int64_t top_up(
    Ledger book, Tape tape, Contract contract, double probability, Value value, Py_ssize_t i, Py_ssize_t p
) noexcept nogil:
    """What the holder pays in to reach the restore level, with a probability; 0 otherwise."""
    cdef int64_t amount
    if draw(tape, DRAW_TOP_UP, book.first_entity + <uint32_t>i) >= probability:
        return 0
    amount = missing(contract, value, contract.restore_line)
    book.cash[i] += amount
    book.booked[i] += amount
    book.flows[p, OUTSIDE] -= amount
    if contract.of_purchase:
        book.sma[i] += amount
    return amount


cdef void answer_call(Ledger book, Tape tape, Contract contract, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    """Top up with probability q; forced from the open of the call's last day, unless restored."""
    cdef Value value = value_of(book, tape, i)
    value.assets += top_up(book, tape, contract, contract.top_up_probability, value, i, p)
    if tape.day >= book.forced_on[i]:
        if below(contract, value, contract.restore_line):
            force(book, i, p)
        else:
            book.state[i] = NORMAL


cdef void call(Ledger book, Tape tape, Contract contract, int64_t session, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    """Issue a call after a session of today: its window is in days, or in sessions (rules/call_window.py)."""
    book.state[i] = CALLED
    book.flows[p, MARGIN_CALLS] += 1
    if contract.window_sessions == 0:
        book.forced_on[i] = <int32_t>(tape.day + contract.call_window)
        book.deadline[i] = 0
        return
    book.deadline[i] = <int32_t>(sessions_so_far(tape, session) + contract.window_sessions)
    book.forced_on[i] = <int32_t>floor_div(book.deadline[i] - 1, tape.sessions)


cdef void check_call(
    Ledger book, Tape tape, Contract contract, Value value, Py_ssize_t i, Py_ssize_t p
) noexcept nogil:
    """After a session: call whom the contract calls within the day; cure, or enforce, the calls in hours."""
    if book.state[i] == NORMAL:
        if contract.check_session and contract.window_sessions > 0:
            if below(contract, value, line_of(book, contract, i)):
                call(book, tape, contract, tape.session, i, p)
        return
    if book.state[i] != CALLED or book.deadline[i] == 0:
        return
    value.assets += top_up(book, tape, contract, contract.top_up_each_session, value, i, p)
    if not below(contract, value, contract.restore_line):
        book.state[i] = NORMAL
    elif sessions_so_far(tape, tape.session) >= book.deadline[i]:
        force(book, i, p)


cdef inline void check_one(
    Ledger book, Tape tape, Contract contract, Value value, Py_ssize_t i, Py_ssize_t p
) noexcept nogil:
    check_account(book, tape, contract, value, i, p)
    if contract.window_sessions > 0 or book.state[i] == CALLED:
        check_call(book, tape, contract, value, i, p)


cdef void plan_account(Ledger book, Tape tape, Contract contract, Py_ssize_t i) noexcept nogil:
    """Draw the session in which the account rotates, if any, and the one in which it looks at its line."""
    cdef uint32_t entity = book.first_entity + <uint32_t>i
    cdef double u = draw(tape, DRAW_ACTIVE, entity)
    book.active_session[i] = -1
    if u < contract.activity:
        book.active_session[i] = <int8_t>least(<int64_t>floor(u / contract.activity * tape.sessions), tape.sessions - 1)
    book.look_session[i] = <int8_t>floor(draw(tape, DRAW_LOOK, entity) * tape.sessions)


cdef void accrue_interest(
    Ledger book, Tape tape, Contract contract, int64_t calendar_days, Py_ssize_t i, Py_ssize_t p
) noexcept nogil:
    cdef Value value = value_of(book, tape, i)
    cdef int64_t due = accrue(
        book.debt[i], contract.financing_rate, value.short, contract.borrow_fee, calendar_days, &book.remainder[i]
    )
    book.interest[i] += due
    book.booked[i] -= due
    book.flows[p, CLAIMS] += due


cdef void remember_excess(Ledger book, Tape tape, Contract contract, Py_ssize_t i) noexcept nogil:
    """The SMA rises to the excess over the initial margin at the last close (rules/regulation_t.py)."""
    cdef Value value = value_of(book, tape, i)
    cdef int64_t margin = requirement(value.long, value.short, contract.initial_margin, contract.short_margin)
    book.sma[i] = most(book.sma[i], value.assets - value.liabilities - margin)


cdef void open_account(
    Ledger book, Tape tape, Contract contract, int64_t calendar_days, double credit_withdrawal, Py_ssize_t i,
    Py_ssize_t p,
) noexcept nogil:
    cdef Py_ssize_t j
    if book.state[i] == CLOSED:
        return
    if book.state[i] == FORCED:
        book.flows[p, FORCED_ACCOUNTS] += 1
        book.quota[i] = NO_QUOTA
    if contract.of_purchase:
        remember_excess(book, tape, contract, i)
    accrue_interest(book, tape, contract, calendar_days, i, p)
    for j in range(book.slots):
        book.locked[j, i] = 0
    if book.state[i] == CALLED and book.deadline[i] == 0:
        answer_call(book, tape, contract, i, p)
    plan_account(book, tape, contract, i)
    if credit_withdrawal > 0.0 and book.state[i] != FORCED:
        if draw(tape, DRAW_CREDIT_WITHDRAWAL, book.first_entity + <uint32_t>i) < credit_withdrawal:
            book.whole[i] = 1
            force(book, i, p)


cdef void withdraw(Ledger book, Contract contract, Value value, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    """Take out a share of the free cash that stands above the withdrawal line."""
    cdef int64_t room = excess(contract, value, contract.withdrawal_line)
    cdef int64_t free = least(room, book.cash[i] - book.pending_own[i])
    cdef int64_t amount
    if contract.of_purchase:
        free = least(free, book.sma[i])
    if free <= 0 or value.liabilities == 0:
        return
    amount = <int64_t>floor(contract.withdrawal_share * <double>free)
    book.cash[i] -= amount
    book.booked[i] -= amount
    book.flows[p, OUTSIDE] += amount
    if contract.of_purchase:
        book.sma[i] -= amount


cdef void roll_over(Ledger book, Tape tape, Contract contract, Value value, Py_ssize_t i) noexcept nogil:
    """Loans that are due begin anew while the account stands at its close-out line."""
    cdef Py_ssize_t j
    if book.state[i] == FORCED or below(contract, value, line_of(book, contract, i)):
        return
    for j in range(book.slots):
        if is_due(book, i, j, contract.due):
            book.opened[j, i] = tape.day


cdef void close_account(Ledger book, Tape tape, Contract contract, Py_ssize_t i, Py_ssize_t p) noexcept nogil:
    """Roll loans over; issue, cure or skip the call."""
    cdef Value value
    if book.state[i] == CLOSED:
        return
    value = value_of(book, tape, i)
    check_account(book, tape, contract, value, i, p)
    if contract.roll_over:
        roll_over(book, tape, contract, value, i)
    if contract.check_session:
        return
    value = value_of(book, tape, i)
    if book.state[i] == NORMAL and below(contract, value, line_of(book, contract, i)):
        call(book, tape, contract, tape.sessions - 1, i, p)
    elif book.state[i] == CALLED and not below(contract, value, contract.restore_line):
        book.state[i] = NORMAL
    elif book.state[i] == NORMAL:
        withdraw(book, contract, value, i, p)


# ---- loops over blocks -----------------------------------------------------------------------------------------

cdef void open_block(
    Ledger book, Tape tape, Contract contract, int64_t calendar_days, double credit_withdrawal, Py_ssize_t p
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(p * book.block, least((p + 1) * book.block, book.accounts)):
        open_account(book, tape, contract, calendar_days, credit_withdrawal, i, p)


cdef void check_block(Ledger book, Tape tape, Contract contract, Py_ssize_t p) noexcept nogil:
    cdef Py_ssize_t first = p * book.block, last = least((p + 1) * book.block, book.accounts), i, count
    cdef int64_t assets[CHUNK]
    cdef int64_t liabilities[CHUNK]
    cdef Value value
    if contract.long_requirement:  # which asks for longs and shorts apart
        for i in range(first, last):
            check_one(book, tape, contract, value_of(book, tape, i), i, p)
        return
    value.long = value.short = 0
    while first < last:
        count = least(CHUNK, last - first)
        value_chunk(book, tape, first, count, assets, liabilities)
        for i in range(count):
            value.assets, value.liabilities = assets[i], liabilities[i]
            check_one(book, tape, contract, value, first + i, p)
        first += count


cdef void close_block(Ledger book, Tape tape, Contract contract, Py_ssize_t p) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(p * book.block, least((p + 1) * book.block, book.accounts)):
        close_account(book, tape, contract, i, p)


cdef void mark_block(
    Ledger book, Tape tape, int64_t[::1] assets, int64_t[::1] liabilities, Py_ssize_t p
) noexcept nogil:
    cdef Py_ssize_t first = p * book.block, last = least((p + 1) * book.block, book.accounts), count
    while first < last:
        count = least(CHUNK, last - first)
        value_chunk(book, tape, first, count, &assets[first], &liabilities[first])
        first += count


def open_day(Ledger book, Tape tape, Contract contract, int64_t calendar_days, double credit_withdrawal, int threads):
    """Interest since the last trading day; unlock T+1, answer calls, withdraw credit, draw today's moments."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        open_block(book, tape, contract, calendar_days, credit_withdrawal, p)


def check(Ledger book, Tape tape, Contract contract, int threads):
    """After a session: end forced liquidations that are done, start those that nothing delays."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        check_block(book, tape, contract, p)


def close_day(Ledger book, Tape tape, Contract contract, int threads):
    """Calls issued and cured, cash withdrawn."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        close_block(book, tape, contract, p)


def mark(
    Ledger book,
    Tape tape,
    int64_t[::1] assets,       # OUT fen
    int64_t[::1] liabilities,  # OUT fen
    int threads,
):
    """Assets and liabilities of every account at the valuation prices."""
    cdef Py_ssize_t p
    if assets.shape[0] != book.accounts or liabilities.shape[0] != book.accounts:
        raise ValueError(f"assets and liabilities must have {book.accounts} entries, one an account")
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        mark_block(book, tape, assets, liabilities, p)


# ---- the audit -------------------------------------------------------------------------------------------------

cdef void sum_block(Ledger book, int64_t[:, ::1] sums, int64_t[:, ::1] held, Py_ssize_t p) noexcept nogil:
    cdef Py_ssize_t first = p * book.block, last = least((p + 1) * book.block, book.accounts), i, j
    for i in range(first, last):
        sums[p, 0] += book.cash[i] + book.frozen[i]
        sums[p, 1] += book.debt[i] + book.interest[i]
    for j in range(book.slots):
        for i in range(first, last):
            held[p, book.stock[j, i]] += book.lots[j, i]


def totals(Ledger book, int64_t[:, ::1] held, int threads):
    """(Σ cash and frozen proceeds, Σ debt and interest) of a cohort, fen; adds its lots to `held`.

    held: (blocks, stocks) int64, zeroed by the caller; IN and OUT.
    """
    cdef Py_ssize_t p
    cdef int64_t[:, ::1] sums = np.zeros((book.blocks, 2), np.int64)
    if held.shape[0] != book.blocks:
        raise ValueError(f"held must have {book.blocks} rows, one a block")
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        sum_block(book, sums, held, p)
    total = np.asarray(sums).sum(axis=0)
    return int(total[0]), int(total[1])


cdef bint balances(Ledger book, Py_ssize_t i) noexcept nogil:
    """Whether an account's slots add up to its debt and frozen proceeds, and its money to what was posted."""
    cdef Py_ssize_t j
    cdef int64_t debt = 0, frozen = 0
    for j in range(book.slots):
        if book.lots[j, i] < 0:
            frozen += book.loan[j, i]
        else:
            debt += book.loan[j, i]
        if book.loan[j, i] < 0 or book.reserved[j, i] < 0:
            return False
    if debt != book.debt[i] or frozen != book.frozen[i]:
        return False
    return book.cash[i] + frozen - debt - book.interest[i] == book.booked[i]


cdef Py_ssize_t first_wrong(Ledger book, Py_ssize_t p) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(p * book.block, least((p + 1) * book.block, book.accounts)):
        if not balances(book, i):
            return i
    return -1


def out_of_balance(Ledger book, int threads):
    """The first account whose own books do not balance; -1 if all do."""
    cdef Py_ssize_t p
    cdef int64_t[::1] wrong = np.full(book.blocks, -1, np.int64)
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        wrong[p] = first_wrong(book, p)
    bad = np.asarray(wrong)
    return int(bad[bad >= 0].min()) if (bad >= 0).any() else -1


def financed(Ledger book, int64_t[::1] by_stock):
    """Add the loans of long positions to `by_stock` (fen, one entry a stock; IN and OUT)."""
    cdef Py_ssize_t i, j
    with nogil:
        for j in range(book.slots):
            for i in range(book.accounts):
                if book.lots[j, i] >= 0:
                    by_stock[book.stock[j, i]] += book.loan[j, i]
