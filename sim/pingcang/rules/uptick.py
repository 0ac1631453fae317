"""The uptick rule after a fall: it binds a stock only while the stock has fallen far.

    fallen   ⇔   (previous − price) · 10000 ≥ x · previous,   prices in ticks, x in basis points

It binds from the session after the one that clears so low, for the rest of that day and the next trading day.
Source: SEC Rule 201 of Regulation SHO (2010): a fall of 10 % from the last close, the remainder of the day and the
following day. There a short sale must be above the best bid; here it fills where a session clears at or above the last
price.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE


def has_fallen(price: int, previous: int, after_fall: int) -> bool:
    """Whether a price stands so far below the previous close."""
    return (previous - price) * ONE >= after_fall * previous
