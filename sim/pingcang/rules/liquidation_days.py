"""A forced liquidation in daily tranches (liquidation_days): on each day a part of what is then still needed.

    part = ⌈needed / d⌉,   d = n − (days since its first day)

needed is the gross sale that restores the account (rules/forced_liquidation.py), or the value of all its positions
where everything is sold; n the days over which the liquidation is spread; d counts the days left with today. On the
last day, and after it, all that is needed is sold. Money in fen, rounded up.
Source: the part of an even schedule, worked out anew each day because prices move what is needed; house rules of
brokers and the exchanges leave the speed to the contract.
"""

from __future__ import annotations

from pingcang.arithmetic import ceil_div


def days_left(first_day: int, days: int, today: int) -> int:
    """Days of the liquidation that are left, today included; below 1 once they are over. Trading-day numbers."""
    return first_day + days - today


def part_of_today(needed: int, left: int) -> int:
    """What may be sold today of what is needed, `left` days being left (fen)."""
    return ceil_div(needed, left)
