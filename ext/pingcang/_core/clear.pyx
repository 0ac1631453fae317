"""How a session's orders become prices. Twin: pingcang.reference.stock and .market.

Order of telling: adding up orders, drift of the reference prices, one price a stock, the loop over stocks.
"""

import numpy as np

from cython.parallel cimport prange
from libc.math cimport fabs, floor
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t

from pingcang.rules.price_limit import NO_LIMIT

from .book cimport BUY, PURCHASE, ROTATE, ROUTINE, SELL, SHORT, Ledger, Sheet, Tape
from .exact cimport flow_to, growth, impact_factor, impact_move, least, most
from .rng cimport normal_of, uniform_at

cdef double CEILING = NO_LIMIT


# ---- adding up -------------------------------------------------------------------------------------------------

cdef void add_block(
    Ledger book, Tape tape, Sheet sheet, int64_t[:, :, ::1] queue, int64_t[:, ::1] direct, Py_ssize_t p
) noexcept nogil:
    cdef int64_t row, sign
    cdef int32_t s
    for row in range(sheet.starts[p], sheet.starts[p] + sheet.counts[p]):
        s = sheet.stock[row]
        queue[p, sheet.side[row], s] += sheet.lots[row]
        sign = 1 if sheet.side[row] == BUY else -1
        if (sheet.kind[row] == ROTATE or sheet.kind[row] == PURCHASE) and tape.pinned[s] >= 0:
            book.flows[p, ROUTINE] += sign * sheet.lots[row] * tape.price[s] * tape.lot_value
        elif sheet.side[row] != SHORT:
            direct[p, s] += sign * sheet.lots[row]


def add_up(
    Ledger book,
    Tape tape,
    Sheet sheet,
    int64_t[:, :, ::1] queue,  # (blocks, sides, stocks) IN and OUT: lots ordered
    int64_t[:, ::1] direct,    # (blocks, stocks) IN and OUT: net lots that are not routine
    int threads,
):
    """Sum a cohort's orders by block, side and stock, and its routine value (fen) into its flows."""
    cdef Py_ssize_t p
    for p in prange(book.blocks, nogil=True, schedule="static", num_threads=threads):
        add_block(book, tape, sheet, queue, direct, p)


# ---- drift -----------------------------------------------------------------------------------------------------

def drift(
    double[::1] reference,            # IN and OUT ticks
    const double[::1] beta,           # IN
    const double[::1] fundamental,    # IN ticks
    const double[::1] news,           # IN today's dated news, as a return
    const double[::1] table,          # IN inverse normal distribution
    double common,
    double share,
    double volatility,
    double market_volatility,
    double reversion,
    uint64_t key,
    uint32_t day,
    uint32_t session,
):
    """Move every reference price by news, trend and herding, its own noise and the pull of fundamental value.

    Half the variance is taken off, so that noise alone leaves the expected price where it is.
    """
    cdef Py_ssize_t s
    cdef double own, pull, wide, convexity
    with nogil:
        for s in range(reference.shape[0]):
            own = volatility * normal_of(uniform_at(key, <uint32_t>s, day, session, 0), &table[0])
            pull = reversion * (fundamental[s] / reference[s] - 1.0)
            wide = beta[s] * market_volatility
            convexity = 0.5 * (volatility * volatility + wide * wide)
            reference[s] *= growth(beta[s] * common + news[s] * share + own + pull - convexity)


# ---- one stock -------------------------------------------------------------------------------------------------

cdef struct Rule:
    double depth
    double noise
    double transient_share
    double self_trade_share
    double turnover_response
    int64_t session
    int64_t sessions
    bint square_root
    bint feedback


cdef inline double curve(double reference, double net, double flow, double depth, bint square_root) noexcept nogil:
    """p*(N) rounded to the tick, not yet clipped to the band."""
    cdef double price = reference * impact_factor(net, flow, depth, square_root)
    return floor(price + 0.5) if price < CEILING else CEILING + 1.0


cdef inline int64_t noise_bids(Rule rule, double turnover, int64_t sessions) noexcept nogil:
    """Lots that the rest bids (or offers) at the limit in the first sessions of a day."""
    return <int64_t>floor(rule.noise * turnover * sessions / rule.sessions)


cdef inline int64_t whole(double lots) noexcept nogil:
    """Lots that a curve takes, rounded down, not below 0."""
    return <int64_t>most(0, <int64_t>floor(lots))


def clear(
    const uint8_t[::1] suspended,      # IN
    const double[::1] turnover,        # IN lots a day
    const int32_t[::1] low,            # IN ticks
    const int32_t[::1] high,           # IN ticks
    const int32_t[::1] previous,       # IN ticks, yesterday's close
    const double[::1] wanted,          # IN net flow that moves the price, lots
    const int64_t[:, ::1] ordered,     # (sides, stocks) IN lots
    const int64_t[::1] lendable,       # IN lots
    const uint8_t[::1] uptick,         # IN 1 where short sales need a session that does not fall
    int32_t[::1] price,                # IN and OUT ticks
    int8_t[::1] pinned,                # OUT -1 sealed at limit-down, 1 at limit-up
    double[::1] reference,             # IN and OUT ticks
    double[::1] transient,             # IN and OUT
    double[::1] day_flow,              # IN and OUT lots
    int64_t[::1] volume,               # IN and OUT lots today
    int64_t[::1] rest_lots,            # IN and OUT
    int64_t[:, ::1] filled,            # (sides, stocks) OUT lots
    double depth,
    double noise,
    double transient_share,
    double self_trade_share,
    double turnover_response,
    int64_t session,
    int64_t sessions,
    bint square_root,
    bint feedback,
):
    """One price inside the band and the executed lots of each side, for every stock that trades."""
    cdef Py_ssize_t s
    cdef Rule rule
    rule.depth, rule.noise, rule.transient_share = depth, noise, transient_share
    rule.self_trade_share, rule.turnover_response = self_trade_share, turnover_response
    rule.session, rule.sessions, rule.square_root = session, sessions, square_root
    rule.feedback = feedback
    with nogil:
        for s in range(price.shape[0]):
            if suspended[s]:
                filled[BUY, s] = 0
                filled[SELL, s] = 0
                filled[SHORT, s] = 0
                continue
            clear_stock(
                rule, s, turnover, low, high, previous, wanted, ordered, lendable, uptick, price, pinned, reference,
                transient, day_flow, volume, rest_lots, filled,
            )


cdef void clear_stock(
    Rule rule,
    Py_ssize_t s,
    const double[::1] turnover,
    const int32_t[::1] low,
    const int32_t[::1] high,
    const int32_t[::1] previous,
    const double[::1] wanted,
    const int64_t[:, ::1] ordered,
    const int64_t[::1] lendable,
    const uint8_t[::1] uptick,
    int32_t[::1] price,
    int8_t[::1] pinned,
    double[::1] reference,
    double[::1] transient,
    double[::1] day_flow,
    int64_t[::1] volume,
    int64_t[::1] rest_lots,
    int64_t[:, ::1] filled,
) noexcept nogil:
    cdef double depth = turnover[s] / rule.depth
    cdef int64_t noise = noise_bids(rule, turnover[s], rule.session + 1) - noise_bids(rule, turnover[s], rule.session)
    cdef int64_t buys = ordered[BUY, s], sells = ordered[SELL, s]
    cdef int64_t shorts = least(ordered[SHORT, s], lendable[s]), reach
    cdef double moved = <double>shorts if rule.feedback else 0.0
    cdef double net = wanted[s] - moved
    cdef double before = day_flow[s], p_ref = reference[s]
    cdef double ticks = curve(p_ref, net, before, depth, rule.square_root)
    cdef int32_t last = price[s]
    if shorts > 0 and ((uptick[s] and ticks < last) or ticks < low[s]):
        net += moved
        shorts = 0
        ticks = curve(p_ref, net, before, depth, rule.square_root)
    pinned[s] = 0
    if ticks < low[s]:
        reach = noise + whole(-flow_to(low[s], p_ref, before, depth, rule.square_root))
        sells = least(sells, buys + reach)
        price[s] = low[s]
        pinned[s] = -1
        if net < -<double>reach:
            net = -<double>reach
    elif ticks > high[s]:
        reach = noise + whole(flow_to(high[s], p_ref, before, depth, rule.square_root))
        buys = least(buys, sells + shorts + reach)
        price[s] = high[s]
        pinned[s] = 1
        if net > <double>reach:
            net = <double>reach
    else:
        price[s] = <int32_t>ticks
        volume[s] += <int64_t>floor(
            (turnover[s] * rule.self_trade_share)
            * (1.0 + rule.turnover_response * fabs(<double>price[s] / previous[s] - 1.0))
            / rule.sessions
        )
    buys = least(buys, sells + shorts + rest_lots[s])
    volume[s] += buys + sells + shorts
    rest_lots[s] -= buys - sells - shorts
    transient[s] += rule.transient_share * impact_move(net, before, depth, rule.square_root)
    reference[s] = p_ref * impact_factor(net, before, depth, rule.square_root)
    day_flow[s] = before + net
    filled[BUY, s] = buys
    filled[SELL, s] = sells
    filled[SHORT, s] = shorts
