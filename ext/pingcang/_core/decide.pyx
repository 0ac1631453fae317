"""What accounts order in a session. Twin: pingcang.reference.account, section decisions.

Most accounts do nothing in a session; they are left after a look at five small columns. The rest write their orders
to their block's part of the sheet, in order of account and slot.

Order of telling: the desk an account writes on, what can be traded, spreading a sale, the decisions, the loop.
"""

from cython.parallel cimport prange
from libc.math cimport floor
from libc.stdint cimport INT32_MIN, int32_t, int64_t, uint8_t, uint32_t

from pingcang.market.orders import MOST_LOTS
from pingcang.randomness import Purpose

from .book cimport (
    BUY,
    CLOSED,
    COVER,
    FORCE,
    FORCED,
    MATURITY,
    NORMAL,
    PREEMPT,
    PURCHASE,
    ROTATE,
    SELL,
    SHORT,
    SHORT_SALE,
    Contract,
    Ledger,
    Sheet,
    Tape,
    Value,
    draw,
    is_due,
    repay_from_cash,
    value_of,
)
from .concentration cimport Room, loan_in, room_in
from .exact cimport (
    ONE,
    ceil_div,
    ceiling,
    floor_div,
    interpolate,
    least,
    most,
    mul_div,
    mul_div_up,
)
from .requirement cimport instead
from .standing cimport (
    distance,
    largest_loan_to,
    largest_short_sale_to,
    lending_line,
    lends_nothing,
    mended_by_cover,
    mended_by_sale,
    to_restore,
)

cdef enum:
    MOST_SLOTS = 64

cdef int64_t LARGEST = MOST_LOTS
cdef int64_t EVERYTHING = -1
cdef int64_t NEVER = INT32_MIN
cdef int DRAW_PREEMPT = Purpose.PREEMPT
cdef int DRAW_ROTATE = Purpose.ROTATE
cdef int DRAW_CHOOSE = Purpose.CHOOSE


# ---- the desk --------------------------------------------------------------------------------------------------

cdef void write(
    Sheet sheet, Py_ssize_t p, Py_ssize_t i, Py_ssize_t j, int32_t stock, int64_t lots, uint8_t side, uint8_t kind
) noexcept nogil:
    """Put one order on the sheet."""
    cdef int64_t row = sheet.starts[p] + sheet.counts[p]
    sheet.account[row] = <int32_t>i
    sheet.slot[row] = <int32_t>j
    sheet.stock[row] = stock
    sheet.lots[row] = <int32_t>lots
    sheet.fill[row] = 0
    sheet.side[row] = side
    sheet.kind[row] = kind
    sheet.counts[p] += 1


# ---- what can be traded ----------------------------------------------------------------------------------------

cdef inline int64_t sellable(Ledger book, Tape tape, Py_ssize_t i, Py_ssize_t j) noexcept nogil:
    if tape.suspended[book.stock[j, i]]:
        return 0
    return most(0, <int64_t>book.lots[j, i] - book.locked[j, i])


cdef inline int64_t coverable(Ledger book, Tape tape, Py_ssize_t i, Py_ssize_t j) noexcept nogil:
    if tape.suspended[book.stock[j, i]]:
        return 0
    return most(0, -<int64_t>book.lots[j, i] - book.locked[j, i])


cdef inline int64_t tradable(Ledger book, Tape tape, Py_ssize_t i, Py_ssize_t j, int side) noexcept nogil:
    return sellable(book, tape, i, j) if side == SELL else coverable(book, tape, i, j)


cdef inline bint is_pinned(Ledger book, Tape tape, Py_ssize_t i, Py_ssize_t j, int side) noexcept nogil:
    """Sealed at the limit against which this side would trade in vain."""
    return tape.pinned[book.stock[j, i]] < 0 if side == SELL else tape.pinned[book.stock[j, i]] > 0


cdef inline int64_t unit_of(Tape tape, int32_t stock) noexcept nogil:
    return <int64_t>tape.price[stock] * tape.lot_value


cdef inline int64_t gross_to_repay(Contract contract, int64_t owed) noexcept nogil:
    """The gross sale whose net proceeds repay an amount."""
    return mul_div_up(owed, ONE, ONE - contract.commission - contract.stamp_duty)


cdef inline int64_t haircut_of(Tape tape, Contract contract, int32_t stock) noexcept nogil:
    return contract.haircut if contract.haircut >= 0 else tape.haircut[stock]


cdef inline bint is_free(Ledger book, Py_ssize_t i, Py_ssize_t j) noexcept nogil:
    return book.lots[j, i] == 0 and book.loan[j, i] == 0


cdef Py_ssize_t slot_for(Ledger book, Py_ssize_t i, int32_t stock) noexcept nogil:
    """The stock's own slot, else the lowest free one, else -1."""
    cdef Py_ssize_t j
    for j in range(book.slots):
        if book.stock[j, i] == stock and not is_free(book, i, j):
            return j
    for j in range(book.slots):
        if is_free(book, i, j):
            return j
    return -1


cdef inline int64_t counted(int64_t gain, int64_t haircut) noexcept nogil:
    """g(x) of rules/initial_margin.py."""
    return mul_div(gain, haircut, ONE) if gain > 0 else gain


cdef int64_t available_margin(Ledger book, Tape tape, Contract contract, Py_ssize_t i) noexcept nogil:
    """What new loans and short sales may still bind (rules/initial_margin.py)."""
    cdef int64_t available = book.cash[i] - book.interest[i]
    cdef int64_t worth, haircut
    cdef Py_ssize_t j
    for j in range(book.slots):
        worth = <int64_t>book.lots[j, i] * tape.mark[book.stock[j, i]] * tape.lot_value
        haircut = haircut_of(tape, contract, book.stock[j, i])
        if worth >= 0:
            available += counted(worth - book.loan[j, i], haircut) - book.reserved[j, i]
        else:
            available += counted(book.loan[j, i] + worth, haircut) - mul_div_up(-worth, contract.short_margin, ONE)
    return available


cdef int64_t choose(Tape tape, Contract contract, uint32_t entity) noexcept nogil:
    """A stock drawn by the cohort's attention, or -1: the first whose cumulated weight exceeds the drawn one."""
    cdef Py_ssize_t n = contract.edges.shape[0], low = 0, high = n, middle
    cdef int64_t place
    if n == 0 or contract.edges[n - 1] == 0:
        return -1
    place = <int64_t>floor(draw(tape, DRAW_CHOOSE, entity) * <double>contract.edges[n - 1])
    while low < high:
        middle = (low + high) // 2
        if contract.edges[middle] > place:
            high = middle
        else:
            low = middle + 1
    return least(low, n - 1)


# ---- spreading a sale ------------------------------------------------------------------------------------------

cdef double rank(Ledger book, Tape tape, Contract contract, Py_ssize_t i, Py_ssize_t j, int64_t worth) noexcept nogil:
    """What a sale starts from: the most liquid position, or the largest."""
    return tape.liquidity[book.stock[j, i]] if contract.policy == 1 else <double>worth


cdef int64_t spread_one_by_one(
    Ledger book, Tape tape, Contract contract, Py_ssize_t i, int64_t amount, int64_t *lots, int64_t *wanted
) noexcept nogil:
    """Fill positions from the highest rank down; ties in order of slot."""
    cdef bint used[MOST_SLOTS]
    cdef Py_ssize_t j, k, best
    cdef double top, here
    cdef int64_t unit
    for j in range(book.slots):
        used[j] = lots[j] == 0
    for k in range(book.slots):
        if amount <= 0:
            break
        best = -1
        top = 0.0
        for j in range(book.slots):
            if not used[j]:
                here = rank(book, tape, contract, i, j, lots[j] * unit_of(tape, book.stock[j, i]))
                if best < 0 or here > top:
                    best = j
                    top = here
        if best < 0:
            break
        used[best] = True
        unit = unit_of(tape, book.stock[best, i])
        wanted[best] = least(lots[best], ceil_div(amount, unit))
        amount -= wanted[best] * unit
    return most(0, amount)


cdef int64_t spread_tier(
    Ledger book, Tape tape, Contract contract, Py_ssize_t i, int64_t amount, int64_t *lots, int64_t *wanted
) noexcept nogil:
    """Fill `wanted` from one tier by the contract's policy; what is left of the amount."""
    cdef int64_t total = 0, unit
    cdef Py_ssize_t j
    for j in range(book.slots):
        total += lots[j] * unit_of(tape, book.stock[j, i])
    if amount == EVERYTHING or amount >= total:
        for j in range(book.slots):
            if lots[j] > 0:
                wanted[j] = lots[j]
        return EVERYTHING if amount == EVERYTHING else amount - total
    if contract.policy != 0:
        return spread_one_by_one(book, tape, contract, i, amount, lots, wanted)
    for j in range(book.slots):
        if lots[j] > 0:
            unit = unit_of(tape, book.stock[j, i])
            wanted[j] = least(lots[j], ceil_div(mul_div_up(amount, lots[j] * unit, total), unit))
    return 0


cdef int64_t spread_side(
    Ledger book, Tape tape, Contract contract, Py_ssize_t i, int64_t amount, int side, int64_t *wanted
) noexcept nogil:
    """Positions that trade freely first, pinned ones for the rest."""
    cdef int64_t lots[MOST_SLOTS]
    cdef Py_ssize_t j
    cdef int pinned
    for pinned in range(2):
        for j in range(book.slots):
            lots[j] = 0
            if is_pinned(book, tape, i, j, side) == pinned:
                lots[j] = tradable(book, tape, i, j, side)
        amount = spread_tier(book, tape, contract, i, amount, lots, wanted)
    return amount


cdef void spread(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i, int64_t amount, uint8_t kind
) noexcept nogil:
    """Orders worth `amount`, or for everything: long positions repay loans, short ones are covered for the rest.

    A forced sale by requirement measures what it must mend in sales of long positions (rules/requirement.py).
    """
    cdef int64_t sale = amount
    cdef bint by_requirement = contract.long_requirement > 0 and kind == FORCE and amount != EVERYTHING
    if amount != EVERYTHING:
        sale = least(amount, gross_to_repay(contract, book.debt[i] + book.interest[i]))
    spread_sides(book, tape, contract, sheet, p, i, amount, sale, by_requirement, kind)


cdef void spread_sides(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i, int64_t amount, int64_t sale,
    bint by_requirement, uint8_t kind,
) noexcept nogil:
    """Orders worth `amount`, of which long positions are sold for at most `sale`."""
    cdef int64_t wanted[MOST_SLOTS]
    cdef int64_t cover = amount, left
    cdef Py_ssize_t j
    for j in range(book.slots):
        wanted[j] = 0
    left = spread_side(book, tape, contract, i, sale, SELL, wanted)
    if amount != EVERYTHING:
        cover = amount - (sale - left)
    if by_requirement:
        cover = instead(cover, mended_by_sale(contract), mended_by_cover(contract))
    left = spread_side(book, tape, contract, i, cover, BUY, wanted)
    if by_requirement and left > 0:
        sale = least(amount, sale + instead(left, mended_by_cover(contract), mended_by_sale(contract)))
        spread_side(book, tape, contract, i, sale, SELL, wanted)
    for j in range(book.slots):
        if wanted[j] > 0:
            write(sheet, p, i, j, book.stock[j, i], wanted[j], SELL if book.lots[j, i] > 0 else BUY, kind)


# ---- decisions -------------------------------------------------------------------------------------------------

cdef void forced_orders(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i
) noexcept nogil:
    """Repay from free cash, then sell what restores the ratio, or everything."""
    cdef int64_t amount = EVERYTHING
    cdef Value value
    repay_from_cash(book, i, p)
    value = value_of(book, tape, i)
    if not (contract.whole_account or book.whole[i]):
        amount = to_restore(contract, value)
    if book.forced_on[i] == 0:
        book.forced_on[i] = tape.day
    if book.forced_on[i] + contract.liquidation_days - tape.day > 1:
        forced_part(book, tape, contract, sheet, p, i, amount, value)
    else:
        spread(book, tape, contract, sheet, p, i, amount, FORCE)


cdef void forced_part(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i, int64_t amount, Value value
) noexcept nogil:
    """What is left of today's part of a liquidation that is spread over days (rules/liquidation_days.py)."""
    cdef int64_t needed = value.long + value.short if amount == EVERYTHING else amount, part
    if book.quota[i] < 0:
        book.quota[i] = ceil_div(needed, book.forced_on[i] + contract.liquidation_days - tape.day)
    part = least(needed, book.quota[i])
    if amount == EVERYTHING:
        spread_sides(book, tape, contract, sheet, p, i, part, part, False, FORCE)
    else:
        spread(book, tape, contract, sheet, p, i, part, FORCE)


cdef bint maturity_orders(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i
) noexcept nogil:
    """Sell positions whose loans are due, as far as their loans, and the account's interest first, need it."""
    cdef int64_t interest = book.interest[i], lots
    cdef bint any = False
    cdef Py_ssize_t j
    for j in range(book.slots):
        if is_due(book, i, j, contract.matured):
            lots = ceil_div(gross_to_repay(contract, book.loan[j, i] + interest), unit_of(tape, book.stock[j, i]))
            lots = least(lots, sellable(book, tape, i, j))
            if lots > 0:
                write(sheet, p, i, j, book.stock[j, i], lots, SELL, MATURITY)
                interest = 0
                any = True
    return any


cdef void look(Ledger book, Tape tape, Contract contract, Py_ssize_t p, Py_ssize_t i) noexcept nogil:
    """Sell before a call with the hazard of the distance to it (rules/distance_to_call.py)."""
    cdef Value value = value_of(book, tape, i)
    cdef int64_t line
    cdef double dmc, hazard
    if value.liabilities == 0 or value.long + value.short == 0:
        return
    line = book.own_line[i] if book.own_line[i] else contract.close_out_line
    dmc = distance(contract, value, line, tape.dmc_volatility)
    hazard = interpolate(&contract.hazard_dmc[0], &contract.hazard[0], contract.hazard.shape[0], dmc)
    if draw(tape, DRAW_PREEMPT, book.first_entity + <uint32_t>i) < hazard:
        repay_from_cash(book, i, p)
        book.presell[i] = <int64_t>floor(contract.preemptive_size * <double>(book.debt[i] + value.short))
        book.pending_loan[i] = 0
        book.pending_own[i] = 0


cdef inline int64_t rotatable(Ledger book, Tape tape, Py_ssize_t i, Py_ssize_t j, bint sealed) noexcept nogil:
    """Lots of a position that can be sold, of the sealed ones or of those that trade freely."""
    return sellable(book, tape, i, j) if is_pinned(book, tape, i, j, SELL) == sealed else 0


cdef bint rotate(Ledger book, Tape tape, Sheet sheet, Py_ssize_t p, Py_ssize_t i) noexcept nogil:
    """Sell one position: of those that trade freely one is drawn, else one that is sealed at limit-down."""
    return rotate_one(book, tape, sheet, p, i, False) or rotate_one(book, tape, sheet, p, i, True)


cdef bint rotate_one(
    Ledger book, Tape tape, Sheet sheet, Py_ssize_t p, Py_ssize_t i, bint sealed
) noexcept nogil:
    cdef Py_ssize_t j, count = 0, chosen
    for j in range(book.slots):
        if rotatable(book, tape, i, j, sealed) > 0:
            count += 1
    if count == 0:
        return False
    chosen = <Py_ssize_t>floor(draw(tape, DRAW_ROTATE, book.first_entity + <uint32_t>i) * count)
    for j in range(book.slots):
        if rotatable(book, tape, i, j, sealed) > 0:
            if chosen == 0:
                write(sheet, p, i, j, book.stock[j, i], rotatable(book, tape, i, j, sealed), SELL, ROTATE)
                return True
            chosen -= 1
    return False


cdef int64_t margin_for_loans(Ledger book, Tape tape, Contract contract, Py_ssize_t i, Value value) noexcept nogil:
    """Available margin (rules/initial_margin.py), or buying power of the SMA; 0 where nothing new is lent."""
    if lends_nothing(contract, value):
        return 0
    if contract.of_purchase:
        return mul_div(book.sma[i], ONE, contract.initial_margin)
    return most(0, available_margin(book, tape, contract, i))


cdef int64_t loan_by_margin(
    Tape tape, Contract contract, int32_t stock, int64_t own, int64_t available
) noexcept nogil:
    """The largest loan beside own cash that the initial margin allows."""
    cdef int64_t left
    if contract.of_purchase:
        return most(0, available - own)
    left = available - mul_div_up(own, ONE - haircut_of(tape, contract, stock), ONE)
    return mul_div(left, ONE, contract.initial_margin) if left > 0 else 0


cdef int64_t loan_limit(
    Ledger book, Tape tape, Contract contract, Py_ssize_t i, Value value, int32_t stock, int64_t own, int64_t available
) noexcept nogil:
    """The largest new loan for a stock; 0 where the contract forbids one."""
    cdef int64_t loan = loan_by_margin(tape, contract, stock, own, available)
    if loan == 0 or (contract.marginable_only and not tape.marginable[stock]):
        return 0
    if contract.official and tape.stopped[stock]:
        return 0
    if contract.of_purchase or contract.long_requirement:
        loan = least(loan, largest_loan_to(contract, value, lending_line(book, contract, i), own))
    return loan


cdef void purchase(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i
) noexcept nogil:
    """Buy a stock drawn by attention with the wanted loan and the cash set aside, as far as margin allows.

    Many accounts want what they cannot pay for, session after session: what needs no stock is asked first.
    """
    cdef Value value = value_of(book, tape, i)
    cdef double smallest = contract.minimum_order * <double>value.assets
    cdef int64_t own = most(0, least(book.pending_own[i], book.cash[i]))
    cdef int64_t available = 0, chosen, loan, budget, price, lots
    cdef Room room
    cdef int32_t stock
    cdef Py_ssize_t j
    if book.pending_loan[i] + own == 0 or <double>(book.pending_loan[i] + own) < smallest:
        return
    if book.pending_loan[i] > 0:
        available = margin_for_loans(book, tape, contract, i, value)
    if available == 0 and (own == 0 or <double>own < smallest):
        return
    chosen = choose(tape, contract, book.first_entity + <uint32_t>i)
    stock = <int32_t>chosen
    if chosen < 0 or tape.suspended[stock] or tape.pinned[stock] > 0:
        return
    j = slot_for(book, i, stock)
    if j < 0 or book.lots[j, i] < 0:
        return
    room = room_in(book, tape, contract, value, i, j)
    own = least(own, room.own)
    loan = least(book.pending_loan[i], loan_limit(book, tape, contract, i, value, stock, own, available))
    loan = least(loan, loan_in(room, own))
    budget = loan + own
    if <double>budget < smallest:
        return
    price = tape.price[stock] if loan > 0 else ceiling(tape.price[stock], tape.high[stock])
    lots = mul_div(budget, ONE, price * tape.lot_value * (ONE + contract.commission))
    lots = least(lots, LARGEST - book.lots[j, i])
    if lots >= 1:
        write(sheet, p, i, j, stock, lots, BUY, PURCHASE)


cdef bint wants_cover(Ledger book, Tape tape, Contract contract, Py_ssize_t i, Py_ssize_t j) noexcept nogil:
    """Recalled by the lender, or fallen by the wanted profit."""
    cdef int64_t worth = -<int64_t>book.lots[j, i] * unit_of(tape, book.stock[j, i])
    return contract.lending_stopped or <double>worth <= <double>book.loan[j, i] * (1.0 - contract.cover_profit)


cdef int64_t margin_for_shorts(Ledger book, Tape tape, Contract contract, Py_ssize_t i) noexcept nogil:
    """What new short sales may bind: available margin, or the SMA."""
    if contract.long_requirement and lends_nothing(contract, value_of(book, tape, i)):
        return 0
    return book.sma[i] if contract.of_purchase else available_margin(book, tape, contract, i)


cdef int64_t short_sale_limit(
    Ledger book, Tape tape, Contract contract, Py_ssize_t i, int64_t available
) noexcept nogil:
    """The value of a new short sale: so much as a share of the margin carries, and no line is crossed."""
    cdef int64_t worth = mul_div(
        <int64_t>floor(contract.short_size * <double>available), ONE, contract.short_margin
    )
    if contract.of_purchase or contract.long_requirement:
        worth = least(worth, largest_short_sale_to(
            contract, value_of(book, tape, i), lending_line(book, contract, i)
        ))
    return worth


cdef bint short_sale(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i
) noexcept nogil:
    """Borrow and sell a stock drawn by attention, with a share of the available margin."""
    cdef int64_t chosen = choose(tape, contract, book.first_entity + <uint32_t>i)
    cdef int32_t stock = <int32_t>chosen
    cdef int64_t available, lots
    cdef Py_ssize_t j
    if chosen < 0 or tape.suspended[stock] or tape.pinned[stock] < 0 or not tape.marginable[stock]:
        return False
    j = slot_for(book, i, stock)
    available = margin_for_shorts(book, tape, contract, i)
    if j < 0 or available <= 0 or not (book.lots[j, i] < 0 or is_free(book, i, j)):
        return False
    lots = floor_div(short_sale_limit(book, tape, contract, i, available), unit_of(tape, stock))
    lots = least(least(lots, tape.lendable[stock]), LARGEST + book.lots[j, i])
    if lots < 1:
        return False
    write(sheet, p, i, j, stock, lots, SHORT, SHORT_SALE)
    return True


cdef bint short_orders(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i
) noexcept nogil:
    """Cover what is recalled or has paid off; else sell another stock short."""
    cdef bint covered = False
    cdef Py_ssize_t j
    for j in range(book.slots):
        if coverable(book, tape, i, j) > 0 and wants_cover(book, tape, contract, i, j):
            write(sheet, p, i, j, book.stock[j, i], coverable(book, tape, i, j), BUY, COVER)
            covered = True
    if covered or contract.lending_stopped:
        return covered
    return short_sale(book, tape, contract, sheet, p, i)


cdef bint is_empty(Ledger book, Py_ssize_t i) noexcept nogil:
    cdef Py_ssize_t j
    for j in range(book.slots):
        if book.lots[j, i] != 0:
            return False
    return True


cdef void decide_account(
    Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p, Py_ssize_t i
) noexcept nogil:
    """Of the lender, of loans that are due, of fear, of routine, or of a purchase that is still wanted."""
    if book.state[i] == CLOSED:
        return
    if book.state[i] == FORCED:
        forced_orders(book, tape, contract, sheet, p, i)
        return
    if contract.matured != NEVER and maturity_orders(book, tape, contract, sheet, p, i):
        return
    if book.presell[i] > 0 and tape.return_today > contract.relief_return:
        book.presell[i] = 0
    if book.presell[i] == 0 and book.look_session[i] == tape.session:
        look(book, tape, contract, p, i)
    if book.presell[i] > 0:
        if is_empty(book, i):
            book.presell[i] = 0
        spread(book, tape, contract, sheet, p, i, book.presell[i], PREEMPT)
        return
    if book.active_session[i] == tape.session:
        if contract.short_seller:
            if short_orders(book, tape, contract, sheet, p, i):
                return
        elif rotate(book, tape, sheet, p, i):
            return
    if book.state[i] == NORMAL and book.wants[i]:
        purchase(book, tape, contract, sheet, p, i)


# ---- the loop --------------------------------------------------------------------------------------------------

cdef bint has_due(Ledger book, Contract contract, Py_ssize_t i) noexcept nogil:
    cdef Py_ssize_t j
    for j in range(book.slots):
        if is_due(book, i, j, contract.matured):
            return True
    return False


cdef inline bint is_idle(Ledger book, Tape tape, Contract contract, Py_ssize_t i) noexcept nogil:
    return (
        book.state[i] != FORCED
        and book.presell[i] == 0
        and not book.wants[i]
        and book.active_session[i] != tape.session
        and book.look_session[i] != tape.session
        and (contract.matured == NEVER or not has_due(book, contract, i))
    )


cdef void decide_block(Ledger book, Tape tape, Contract contract, Sheet sheet, Py_ssize_t p) noexcept nogil:
    cdef Py_ssize_t i
    sheet.counts[p] = 0
    for i in range(p * book.block, least((p + 1) * book.block, book.accounts)):
        if not is_idle(book, tape, contract, i):
            decide_account(book, tape, contract, sheet, p, i)


def decide(Ledger book, Tape tape, Contract contract, Sheet sheet, int threads):
    """Write the session's orders of a cohort to its sheet."""
    cdef Py_ssize_t p
    if book.slots > MOST_SLOTS:
        raise ValueError(f"an account has at most {MOST_SLOTS} slots, not {book.slots}")
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        decide_block(book, tape, contract, sheet, p)
