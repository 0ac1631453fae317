"""C face of the account book: what kernels share.

Legend: i account of a cohort, j slot, s stock, p block of accounts; money in fen, lines in basis points, prices in
ticks, quantities in lots.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t

cdef enum:
    NORMAL = 0
    CALLED = 1
    FORCED = 2
    CLOSED = 3

cdef enum:
    BUY = 0
    SELL = 1
    SHORT = 2

cdef enum:
    ROTATE = 0
    PURCHASE = 1
    PREEMPT = 2
    FORCE = 3
    SHORT_SALE = 4
    COVER = 5
    MATURITY = 6

# What a block of accounts adds to the day's figures and to the purses of others.
cdef enum:
    MARGIN_PURCHASES = 0
    FORCED_SALES = 1
    PREEMPTIVE_SALES = 2
    MARGIN_CALLS = 3
    FORCED_ACCOUNTS = 4
    CLOSED_ACCOUNTS = 5
    LENDER = 6
    EXCHEQUER = 7
    OUTSIDE = 8
    CLAIMS = 9
    LENDER_LOSS = 10
    ROUTINE = 11
    MATURITY_SALES = 12
    FLOWS = 13

cdef struct Value:
    int64_t assets
    int64_t liabilities
    int64_t long
    int64_t short

cdef class Ledger:
    cdef readonly Py_ssize_t accounts, slots, blocks, block
    cdef uint32_t first_entity
    cdef int64_t[::1] cash, frozen, debt, interest, remainder, booked, pending_loan, pending_own, presell
    cdef int64_t[::1] quota, sma
    cdef uint8_t[::1] state, whole, wants
    cdef int32_t[::1] own_line, forced_on, deadline
    cdef int8_t[::1] active_session, look_session
    cdef int32_t[:, ::1] stock, lots, locked, opened
    cdef int64_t[:, ::1] loan, reserved
    cdef int64_t[:, ::1] flows
    cdef object arrays

cdef class Tape:
    cdef readonly Py_ssize_t stocks
    cdef int32_t[::1] price, mark, high, haircut
    cdef uint8_t[::1] suspended, marginable, stopped
    cdef int8_t[::1] pinned
    cdef int64_t[::1] lendable
    cdef double[::1] liquidity
    cdef uint64_t[::1] keys
    cdef readonly int64_t lot_value
    cdef public int32_t day, session, sessions
    cdef public double return_today, dmc_volatility

cdef class Contract:
    cdef public bint short_seller, official, check_session, whole_account, marginable_only
    cdef public bint short_cover_t_plus_one, lending_stopped, t_plus_one, roll_over
    cdef public int64_t warning_line, close_out_line, immediate_line, restore_line, withdrawal_line, call_window
    cdef public int64_t window_sessions, liquidation_days, due, matured
    cdef public int64_t policy, initial_margin, short_margin, haircut, financing_rate, borrow_fee
    cdef public int64_t commission, stamp_duty
    cdef public int64_t long_requirement, short_requirement, minimum_equity
    cdef public bint of_purchase
    cdef public double activity, appetite, preemptive_size, relief_return, top_up_probability, withdrawal_share
    cdef public double minimum_order, short_size, cover_profit, top_up_each_session
    cdef double[::1] hazard_dmc, hazard
    cdef int64_t[::1] edges, limit_ratio, limit_share

cdef class Sheet:
    cdef int32_t[::1] account, slot, stock, lots, fill
    cdef uint8_t[::1] side, kind
    cdef int64_t[::1] counts, starts

cdef Value value_of(Ledger book, Tape tape, Py_ssize_t i) noexcept nogil
cdef double draw(Tape tape, int purpose, uint32_t entity) noexcept nogil
cdef bint is_due(Ledger book, Py_ssize_t i, Py_ssize_t j, int64_t latest) noexcept nogil
cdef void force(Ledger book, Py_ssize_t i, Py_ssize_t p) noexcept nogil
cdef int64_t repay(Ledger book, Py_ssize_t i, int64_t money, Py_ssize_t first, Py_ssize_t p, int64_t *left) noexcept nogil
cdef void repay_from_cash(Ledger book, Py_ssize_t i, Py_ssize_t p) noexcept nogil
