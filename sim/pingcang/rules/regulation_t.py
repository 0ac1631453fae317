"""Initial margin of the purchase, with the special memorandum account (SMA) of Regulation T.

    G ≤ SMA / q        a purchase of G, whatever part of it is borrowed; it uses q·G
    SMA ← SMA + q·G    a sale: the retention of 50 % of its proceeds, whether or not the account is restricted
    SMA ← SMA + D      cash paid in, SMA − W cash taken out, W ≤ SMA
    SMA ← max(SMA, E − q·V_long − q_s·V_short)   once a day, at the last close's valuation

A short sale of G uses q_s·G and a cover gives it back. q the initial margin of purchases, q_s the short margin (basis
points), E equity, V values (fen). SMA never falls with prices, so that an account whose equity lies between 25 and
50 % (*restricted*) can buy again with what it sold, and an old gain can still be lent upon. It is a line of credit
and no money. No purchase leads below the line at which nothing new is lent, whatever the SMA allows.

A change of q binds new purchases only: it takes nothing from the SMA. Departures: payment is due at once, not on the
day T + 3; interest does not reduce the SMA.
Source: Regulation T, 12 CFR 220.5 (SMA) and 220.12 (50 % of the purchase; 150 % of a short sale with its proceeds).
"""

from __future__ import annotations

from pingcang.arithmetic import ONE, UNLIMITED, ceil_div


def excess(equity: int, long: int, short: int, initial: int, short_margin: int) -> int:
    """E − q·V_long − q_s·V_short (fen, rounded down)."""
    return equity - ceil_div(long * initial + short * short_margin, ONE)


def buying_power(sma: int, initial: int) -> int:
    """The largest purchase that the SMA allows (fen, rounded down)."""
    return sma * ONE // initial


def used(gross: int, margin: int) -> int:
    """What a purchase or short sale takes from the SMA (fen, rounded up)."""
    return ceil_div(gross * margin, ONE)


def released(gross: int, margin: int) -> int:
    """What a sale or cover gives back (fen, rounded down)."""
    return gross * margin // ONE


def largest_loan_above(assets: int, liabilities: int, own: int, line: int, costs: int) -> int:
    """The largest loan beside `own` cash with which an account judged by its maintenance ratio stays at the line.

    A + loan − costs·(own + loan) ≥ line·(L + loan); a short sale is the same with own = 0.
    """
    room = assets * ONE - line * liabilities - costs * own - 2 * ONE
    each = line - ONE + costs
    if room <= 0:
        return 0
    return min(room // each, UNLIMITED) if each > 0 else UNLIMITED
