"""Money as people read it: the size and name of the unit that suits the largest number."""

from __future__ import annotations

MONEY = ((1e12, "tn CNY"), (1e9, "bn CNY"), (1e6, "m CNY"), (1e3, "thousand CNY"), (1.0, "CNY"))


def money_unit(largest: float) -> tuple[float, str]:
    """CNY in the unit, and the unit's name: 1.13e12 -> (1e12, "tn CNY")."""
    return next((unit for unit in MONEY if largest >= unit[0]), MONEY[-1])
