"""Interest and borrow fees: debt × rate in basis points × calendar days / 3,600,000, the remainder carried.

Source: broker contracts charge 1/360 of the yearly rate a calendar day.
"""

from __future__ import annotations

from pingcang.arithmetic import ONE

DAY_COUNT = 360 * ONE


def accrue(owed_times_rate: int, days: int, remainder: int) -> tuple[int, int]:
    """Interest in fen of `days` calendar days, and the remainder in fen/3,600,000 to carry.

    `owed_times_rate` is Σ amount (fen) × rate (basis points a year).
    """
    return divmod(owed_times_rate * days + remainder, DAY_COUNT)
