"""Exact fills, and what they do to the accounts, to the fen. Twin: pingcang.reference.account, section settlement.

Order of telling: the fill of an order, the four kinds of settlement, the loop over blocks, whole portfolios, and the
sharing out of an amount.
"""

from cython.parallel cimport prange
from libc.math cimport floor
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from .book cimport (
    BUY,
    EXCHEQUER,
    CLAIMS,
    FORCE,
    FORCED_SALES,
    LENDER,
    MARGIN_PURCHASES,
    MATURITY,
    MATURITY_SALES,
    PREEMPT,
    PREEMPTIVE_SALES,
    PURCHASE,
    ROTATE,
    SELL,
    SHORT,
    Contract,
    Ledger,
    Sheet,
    Tape,
    repay,
)
from .exact cimport ONE, fill_of, least, most, mul_div, mul_div_up
from .rng cimport uniform_at


cdef inline int64_t phase_of(uint64_t key, Py_ssize_t s, Tape tape, int side, int64_t total) noexcept nogil:
    """The place at which rationing of one side of a stock starts; draw 0 sells, 1 buys, 2 short sales."""
    cdef uint32_t number = 1 if side == BUY else 0 if side == SELL else 2
    return <int64_t>floor(uniform_at(key, <uint32_t>s, tape.day, tape.session, number) * <double>total)


cdef inline int64_t fill_order(
    uint64_t key,
    Tape tape,
    const int64_t[:, ::1] ordered,
    const int64_t[:, ::1] filled,
    int64_t[:, :, ::1] ahead,
    Py_ssize_t p,
    Py_ssize_t s,
    int side,
    int64_t lots,
) noexcept nogil:
    """Lots that the next order of a side receives; `ahead` counts the lots ordered before it."""
    cdef int64_t total = ordered[side, s], got = filled[side, s], before
    if got == total:
        return lots
    before = ahead[p, side, s]
    ahead[p, side, s] = before + lots
    if got == 0:
        return 0
    return fill_of(got, total, before, lots, phase_of(key, s, tape, side, total))


# ---- settlement ------------------------------------------------------------------------------------------------

cdef inline int64_t costs(int64_t gross, int64_t rate) noexcept nogil:
    """Commission or duty, rounded up to the fen."""
    return mul_div_up(gross, rate, ONE)


cdef int64_t net_of_sale(Ledger book, Contract contract, Py_ssize_t p, int64_t gross) noexcept nogil:
    """Proceeds after commission and duty, which are rounded up but never exceed the sale."""
    cdef int64_t fee = least(gross, costs(gross, contract.commission))
    cdef int64_t tax = least(gross - fee, costs(gross, contract.stamp_duty))
    book.flows[p, LENDER] += fee
    book.flows[p, EXCHEQUER] += tax
    return gross - fee - tax


cdef void hand_on_loan(Ledger book, Py_ssize_t i, Py_ssize_t j) noexcept nogil:
    """A loan whose position is gone stands on the lowest other position, so that the slot is free again; of two
    loans in one slot the older one's day counts."""
    cdef Py_ssize_t k
    if book.lots[j, i] != 0 or book.loan[j, i] == 0:
        return
    for k in range(book.slots):
        if book.lots[k, i] > 0:
            if book.loan[k, i] == 0 or book.opened[j, i] < book.opened[k, i]:
                book.opened[k, i] = book.opened[j, i]
            book.loan[k, i] += book.loan[j, i]
            book.reserved[k, i] += book.reserved[j, i]
            book.loan[j, i] = 0
            book.reserved[j, i] = 0
            return


cdef void settle_sale(
    Ledger book, Contract contract, Py_ssize_t p, Py_ssize_t i, Py_ssize_t j, int64_t fill, int64_t gross, uint8_t kind
) noexcept nogil:
    """Proceeds repay interest, the position's own loan, then the other loans; the rest is cash."""
    cdef int64_t net = net_of_sale(book, contract, p, gross), surplus, principal
    book.lots[j, i] -= <int32_t>fill
    principal = repay(book, i, net, j, p, &surplus)
    if contract.of_purchase:
        book.sma[i] += mul_div(gross, contract.initial_margin, ONE)
    book.cash[i] += surplus
    book.booked[i] += net
    hand_on_loan(book, i, j)
    if kind == ROTATE:
        book.pending_loan[i] += <int64_t>floor(contract.appetite * <double>principal)
        book.pending_own[i] += surplus
        book.wants[i] = 1


cdef inline void occupy(Ledger book, Tape tape, Py_ssize_t i, Py_ssize_t j, int32_t stock) noexcept nogil:
    """A free slot takes a new stock."""
    if book.lots[j, i] == 0 and book.loan[j, i] == 0:
        book.stock[j, i] = stock
        book.opened[j, i] = tape.day


cdef void settle_purchase(
    Ledger book, Tape tape, Contract contract, Py_ssize_t p, Py_ssize_t i, Py_ssize_t j, int32_t stock, int64_t fill,
    int64_t gross,
) noexcept nogil:
    """Own cash set aside pays first, a new loan the rest."""
    cdef int64_t fee = costs(gross, contract.commission)
    cdef int64_t total = gross + fee
    cdef int64_t own = most(0, least(least(book.pending_own[i], book.cash[i]), total))
    cdef int64_t loan = total - own
    occupy(book, tape, i, j, stock)
    if book.loan[j, i] == 0 and loan > 0:
        book.opened[j, i] = tape.day
    book.lots[j, i] += <int32_t>fill
    if contract.t_plus_one:
        book.locked[j, i] += <int32_t>fill
    book.loan[j, i] += loan
    book.debt[i] += loan
    book.reserved[j, i] += mul_div_up(loan, contract.initial_margin, ONE)
    if contract.of_purchase:
        book.sma[i] = most(0, book.sma[i] - mul_div_up(gross, contract.initial_margin, ONE))
    book.cash[i] -= own
    book.booked[i] -= total
    book.pending_own[i] -= own
    book.pending_loan[i] = most(0, book.pending_loan[i] - loan)
    book.flows[p, LENDER] += fee - loan
    book.flows[p, CLAIMS] += loan
    book.flows[p, MARGIN_PURCHASES] += loan


cdef void settle_short_sale(
    Ledger book, Tape tape, Contract contract, Py_ssize_t p, Py_ssize_t i, Py_ssize_t j, int32_t stock, int64_t fill,
    int64_t gross,
) noexcept nogil:
    """The net proceeds are frozen."""
    cdef int64_t net = net_of_sale(book, contract, p, gross)
    occupy(book, tape, i, j, stock)
    book.lots[j, i] -= <int32_t>fill
    book.loan[j, i] += net
    book.frozen[i] += net
    book.booked[i] += net
    if contract.of_purchase:
        book.sma[i] = most(0, book.sma[i] - mul_div_up(gross, contract.short_margin, ONE))
    if contract.short_cover_t_plus_one:
        book.locked[j, i] += <int32_t>fill


cdef void settle_cover(
    Ledger book, Contract contract, Py_ssize_t p, Py_ssize_t i, Py_ssize_t j, int64_t fill, int64_t gross
) noexcept nogil:
    """Frozen proceeds are released in proportion; what they do not pay is cash, or an overdraft."""
    cdef int64_t fee = costs(gross, contract.commission)
    cdef int64_t released = mul_div(book.loan[j, i], fill, -<int64_t>book.lots[j, i])
    book.lots[j, i] += <int32_t>fill
    book.loan[j, i] -= released
    book.frozen[i] -= released
    book.cash[i] += released - gross - fee
    book.booked[i] -= gross + fee
    book.flows[p, LENDER] += fee
    if contract.of_purchase:
        book.sma[i] += mul_div(gross, contract.short_margin, ONE)


cdef void settle_order(
    Ledger book, Tape tape, Contract contract, Sheet sheet, int64_t[:, ::1] returned, Py_ssize_t p, int64_t row
) noexcept nogil:
    cdef Py_ssize_t i = sheet.account[row], j = sheet.slot[row]
    cdef int32_t s = sheet.stock[row]
    cdef int64_t fill = sheet.fill[row]
    cdef int64_t gross = fill * tape.price[s] * tape.lot_value
    if fill == 0:
        return
    if sheet.side[row] == SELL and sheet.kind[row] == FORCE:
        book.flows[p, FORCED_SALES] += gross
    if sheet.kind[row] == FORCE:
        book.quota[i] = most(book.quota[i] - gross, 0) if book.quota[i] > 0 else book.quota[i]
    if sheet.kind[row] == MATURITY:
        book.flows[p, MATURITY_SALES] += gross
    if sheet.side[row] == SELL and sheet.kind[row] == PREEMPT:
        book.flows[p, PREEMPTIVE_SALES] += gross
    if sheet.kind[row] == PREEMPT:
        book.presell[i] = most(0, book.presell[i] - gross)
    if sheet.side[row] == SELL:
        settle_sale(book, contract, p, i, j, fill, gross, sheet.kind[row])
    elif sheet.side[row] == SHORT:
        settle_short_sale(book, tape, contract, p, i, j, s, fill, gross)
    elif sheet.kind[row] == PURCHASE:
        settle_purchase(book, tape, contract, p, i, j, s, fill, gross)
        if fill == sheet.lots[row]:
            book.wants[i] = 0
    else:
        settle_cover(book, contract, p, i, j, fill, gross)
        returned[p, s] += fill


# ---- the loop --------------------------------------------------------------------------------------------------

cdef void settle_block(
    Ledger book,
    Tape tape,
    Contract contract,
    Sheet sheet,
    const int64_t[:, ::1] ordered,
    const int64_t[:, ::1] filled,
    int64_t[:, :, ::1] ahead,
    int64_t[:, ::1] returned,
    uint64_t key,
    Py_ssize_t p,
) noexcept nogil:
    cdef int64_t row
    for row in range(sheet.starts[p], sheet.starts[p] + sheet.counts[p]):
        sheet.fill[row] = <int32_t>fill_order(
            key, tape, ordered, filled, ahead, p, sheet.stock[row], sheet.side[row], sheet.lots[row]
        )
        settle_order(book, tape, contract, sheet, returned, p, row)


def settle(
    Ledger book,
    Tape tape,
    Contract contract,
    Sheet sheet,
    const int64_t[:, ::1] ordered,  # (sides, stocks) IN lots ordered by everybody
    const int64_t[:, ::1] filled,   # (sides, stocks) IN lots executed
    int64_t[:, :, ::1] ahead,       # (blocks, sides, stocks) IN and OUT lots ordered before each block
    int64_t[:, ::1] returned,       # (blocks, stocks) IN and OUT borrowed lots bought back
    uint64_t key,
    int threads,
):
    """Fill and settle a cohort's orders at the clearing prices."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        settle_block(book, tape, contract, sheet, ordered, filled, ahead, returned, key, p)


def fill_portfolio(
    Tape tape,
    int64_t[::1] wanted,            # IN signed lots, one a stock: above 0 bought
    int64_t[::1] fills,             # OUT lots executed, not signed
    const int64_t[:, ::1] ordered,  # (sides, stocks) IN
    const int64_t[:, ::1] filled,   # (sides, stocks) IN
    int64_t[:, :, ::1] ahead,       # (1, sides, stocks) IN and OUT
    uint64_t key,
):
    """Exact fills of one portfolio's orders."""
    cdef Py_ssize_t s
    with nogil:
        for s in range(wanted.shape[0]):
            if wanted[s] > 0:
                fills[s] = fill_order(key, tape, ordered, filled, ahead, 0, s, BUY, wanted[s])
            elif wanted[s] < 0:
                fills[s] = fill_order(key, tape, ordered, filled, ahead, 0, s, SELL, -wanted[s])
            else:
                fills[s] = 0


def share_out(int64_t amount, const int64_t[::1] weights, int64_t total, int64_t[::1] parts):
    """parts[s] = ⌊amount · weights[s] / total⌋, without overflow; weights IN, parts OUT, total above 0."""
    cdef Py_ssize_t s
    with nogil:
        for s in range(weights.shape[0]):
            parts[s] = mul_div(amount, weights[s], total)
