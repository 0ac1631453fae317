"""Required margin: the account is judged by equity against what its positions require, not by a ratio.

    E = A − L,   R = a·V_long + b·V_short   (rounded up per account),   below the line k:  E < k·R

A assets, L liabilities, V_long and V_short the values held and sold short (fen); a and b requirements, k a line as a
multiple of the requirement (basis points). E may be negative. With k = 1, a = 25 % and b = 30 % this is the rule
itself; house requirements are higher rates, or lines above 1. Cash that cures a call, and cash that may leave, follow
from maintenance_ratio.missing_to and excess_over with E for A and R for L.

Forced liquidation. A sale of x at costs f takes f·x from E and a·x from R; the account is back at restore level r at

    E − f·x ≥ r·(R − a·x)   ⇒   x = (r·R − E) / (r·a − f)

A cover of y mends r·b − f' of the gap for each unit, f' its costs. Long positions are sold first, as far as loans and
interest can be repaid; short ones are covered for the rest, y = x_left·(r·a − f)/(r·b − f'); where they do not
suffice (suspended, sealed, locked), more long positions are sold, since a sale lowers R whatever becomes of its
proceeds. Everything is traded when E ≤ 0, or when a trade would cost more than it mends.

Source: FINRA Rule 4210(c): 25 % of the market value of long positions, 30 % of short ones (for shares of 5 USD and
above; cheaper ones need more, which one rate leaves out); 4210(b): minimum equity 2,000 USD.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE, UNLIMITED, ceil_div


def requirement(long: int, short: int, long_rate: int, short_rate: int) -> int:
    """R in fen, rounded up."""
    return ceil_div(long * long_rate + short * short_rate, ONE)


def falls_short(equity: int, required: int, line: int) -> bool:
    """Whether E < line·R."""
    return equity * ONE < line * required


def mended_by(restore: int, rate: int, costs: int) -> int:
    """What one unit of a trade takes off the gap r·R − E, in basis points of basis points: r·rate − costs."""
    return restore * rate - costs * ONE


def trade_to_restore(equity: int, required: int, restore: int, mended: int) -> int:
    """The gross value to trade (fen, rounded up); 0 at the restore level. `mended` > 0 is that of the traded side."""
    missing = restore * required - equity * ONE
    return min(ceil_div(missing * ONE, mended), UNLIMITED) if missing > 0 else 0


def instead(amount: int, mended: int, mended_instead: int) -> int:
    """The trade of the other side that mends as much as `amount` of this one (fen, rounded up)."""
    return min(ceil_div(amount * mended, mended_instead), UNLIMITED)


def room_for(equity: int, required: int, line: int, rate: int, costs: int) -> int:
    """The largest new position (gross, fen) with which the account still stands at the line.

    E − costs·G ≥ line·(R + rate·G), with a fen for R and for each of two fees, which are rounded up. line > 0.
    """
    room = equity * ONE - line * required - line - 2 * ONE
    return min(room * ONE // (line * rate + costs * ONE), UNLIMITED) if room > 0 else 0
