"""Numbers with their units as they stand in a sentence: `410 bn CNY`, `35.2 %`, `+0.17 points [+0.15, +0.19]`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pingcang.results.units import CNY, is_money, money_unit
from pingcang.study.contrast import Contrast

A_DAY = " a day"
MOST_DECIMALS = 4


@dataclass(frozen=True)
class Scale:
    """Multiply by the factor, round to so many decimals, and put the unit behind."""

    factor: float
    unit: str
    decimals: int

    def plain(self, value: float) -> str:
        """`410 bn CNY`."""
        return _zero_if_so(self._text(value, "")) + self.unit

    def signed(self, value: float) -> str:
        """`+19`, `−0.2`, `0`; without the unit."""
        return _zero_if_so(self._text(value, "+"))

    def _text(self, value: float, sign: str) -> str:
        return f"{value * self.factor:{sign},.{self.decimals}f}".replace("-", "−")


def level_scale(unit: str, values: Iterable[float]) -> Scale:
    """For levels: one unit for all of them, three digits of the largest."""
    largest = _largest(values)
    money, a_day, _ = unit.partition(A_DAY)
    if is_money(money):
        size, name = money_unit(largest, money)
        return Scale(1 / size, f" {name}{a_day}", _decimals(largest / size, most=2))
    if unit == "1":
        return Scale(100.0, " %", max(1, _decimals(100 * largest, most=MOST_DECIMALS) - 1))
    return Scale(1.0, f" {unit}" if unit else "", 0)


def difference_scale(unit: str, values: Iterable[float]) -> Scale:
    """For differences: percentages in points, money in a unit of its own, at least two digits of the largest."""
    largest = _largest(values)
    if unit == "1":
        return Scale(100.0, " points", max(1, _decimals(100 * largest, most=MOST_DECIMALS)))
    if is_money(unit.partition(A_DAY)[0]):
        return level_scale(unit, [largest])
    return Scale(1.0, f" {unit}" if unit else "", 0 if largest >= 10 else 1)


@dataclass(frozen=True)
class Written:
    """How the numbers of one contrast are written."""

    levels: Scale
    differences: Scale

    @classmethod
    def of(cls, found: Contrast) -> Written:
        """The units that suit it."""
        apart = found.difference
        return cls(
            level_scale(found.unit, (found.base, found.other)),
            difference_scale(found.unit, (apart.value, apart.low, apart.high)),
        )

    def difference(self, found: Contrast) -> str:
        """`−19 bn CNY [−22, −16]`; without an interval where one run cannot give one."""
        told, scale = found.difference, self.differences
        value = f"{scale.signed(told.value)}{scale.unit}"
        if told.n < 2 or not math.isfinite(told.low):
            return value
        return f"{value} [{scale.signed(told.low)}, {scale.signed(told.high)}]"


def amount(value: float, currency: str = CNY) -> str:
    """A stated sum of money as it was stated: `1.2 tn CNY`."""
    size, name = money_unit(abs(value), currency)
    return f"{value / size:,.6g} {name}"


def _zero_if_so(text: str) -> str:
    return text if any(digit in text for digit in "123456789") else "0"


def _largest(values: Iterable[float]) -> float:
    return max((abs(value) for value in values if math.isfinite(value)), default=0.0)


def _decimals(largest: float, most: int) -> int:
    """Decimals that leave three digits of a number; none of a large one."""
    return min(most, max(0, 2 - math.floor(math.log10(largest)))) if largest > 0 else 0
