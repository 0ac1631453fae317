"""Money as people read it: the size and name of the unit that suits the largest number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CNY = "CNY"
"""The currency of money variables where a scenario names no other."""
MONEY = ((1e12, "tn "), (1e9, "bn "), (1e6, "m "), (1e3, "thousand "), (1.0, ""))


def money_unit(largest: float, currency: str = CNY) -> tuple[float, str]:
    """An amount in the unit, and the unit's name: 1.13e12 -> (1e12, "tn CNY")."""
    size, name = next((unit for unit in MONEY if largest >= unit[0]), MONEY[-1])
    return size, name + currency


def is_money(unit: str) -> bool:
    """Whether a unit is a currency: three capital letters (ISO 4217)."""
    return len(unit) == len(CNY) and unit.isascii() and unit.isalpha() and unit.isupper()


def currency_of(attributes: Mapping[str, Any]) -> str:
    """The currency of a dataset, by its attributes."""
    return str(attributes.get("currency", CNY))


def in_currency(unit: str, currency: str) -> str:
    """A unit of the tables, in another currency: `CNY a day` -> `USD a day`."""
    return unit.replace(CNY, currency)


def unit_in(unit: str, attributes: Mapping[str, Any]) -> str:
    """A unit of the tables of variables and metrics, in the currency of a dataset."""
    return in_currency(unit, currency_of(attributes))
