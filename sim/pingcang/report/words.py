"""Numbers as people read them, and small words around them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from pingcang.language import ENGLISH, current, translated
from pingcang.results import units
from pingcang.results.labels import label_of, scale_of
from pingcang.results.metrics import UNITS

DASH = "–"
_CURRENCY: ContextVar[str] = ContextVar("currency", default=units.CNY)
A_DAY = " a day"
"""Behind the unit of a rate."""
LARGE = 1_000
"""Counts from which on their differences need no decimals."""
POINTS = 100.0
"""Percentage points in one."""


@contextmanager
def in_currency(name: str) -> Iterator[None]:
    """Within, amounts are written in this currency, which is that of the dataset."""
    token = _CURRENCY.set(name)
    try:
        yield
    finally:
        _CURRENCY.reset(token)


def money_unit(largest: float) -> tuple[float, str]:
    """What one of the unit is that suits the largest amount, and its name: 1.13e12 -> (1e12, "tn CNY")."""
    size, name = units.money_unit(largest, _CURRENCY.get())
    return size, translated(name)


def number(value: float, digits: int = 1, *, sign: bool = False) -> str:
    """With thousands, a true minus, never −0; a dash where there is none."""
    if not math.isfinite(value):
        return DASH
    rounded = round(value, digits)
    if not rounded:
        return f"{0:.{digits}f}"
    return f"{rounded:{'+' if sign else ''},.{digits}f}".replace("-", "−")


def percent(fraction: float, digits: int = 1, *, sign: bool = False) -> str:
    """0.362 -> `36.2 %`."""
    return with_unit(number(POINTS * fraction, digits, sign=sign), "%")


def money(cny: float, *, sign: bool = False) -> str:
    """1.53e12 -> `1.53 tn CNY`."""
    size, unit = money_unit(abs(cny)) if math.isfinite(cny) else (1.0, "CNY")
    return with_unit(number(cny / size, 2 if size > 1 else 0, sign=sign), unit)


def money_spread(low: float, middle: float, high: float) -> str:
    """The middle, and in brackets the ends, in one unit: `845.73 (785.90 to 898.71) bn CNY`."""
    if low == middle == high:
        return money(middle)
    size, unit = money_unit(max(abs(low), abs(middle), abs(high)))
    ends = [number(value / size, 2 if size > 1 else 0) for value in (middle, low, high)]
    return with_unit(
        translated("{ends} ({ends_2} to {ends_3})").format(ends=ends[0], ends_2=ends[1], ends_3=ends[2]), unit
    )


def with_unit(text: str, unit: str) -> str:
    """The number and its unit with a space that no line breaks at."""
    return text if text == DASH or not unit else f"{text}\N{NO-BREAK SPACE}{unit}"


def tight(text: str) -> str:
    """Numbers with their units, `1.49 tn CNY to 1.78 tn CNY`, with spaces that no line breaks at but around `to`."""
    return translated(" to ").join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in text.split(translated(" to ")))


def counted(count: int, noun: str) -> str:
    """`1 run`, `12 runs`."""
    one = count == 1 and current() == ENGLISH
    return translated(f"{{count:,}} {noun}" if one else f"{{count:,}} {noun}s").format(count=count)


def day_of(date: np.datetime64) -> str:
    """`8 July 2015`."""
    day = date.astype("datetime64[D]").item()
    return translated("{day.day} {day:%B} {day.year}").format(day=day) if isinstance(day, dt.date) else DASH


def iso(date: np.datetime64) -> str:
    """`2015-07-08`."""
    return str(date)[:10]


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return (
        words[0]
        if len(words) == 1
        else translated("{listed} and {words}").format(listed=translated(", ").join(words[:-1]), words=words[-1])
        if words
        else ""
    )


class Metric:
    """Writes the numbers of one metric in the unit that suits the largest of them."""

    def __init__(self, name: str, unit: str, largest: float) -> None:
        self.label = translated(label_of(name))
        known = largest if math.isfinite(largest) else 0.0
        amount, rate, _ = unit.partition(A_DAY)
        fraction = name.startswith("p_") or (unit == "1" and name not in UNITS)
        self.factor, unit_name, self.digits = (POINTS, "%", 1) if fraction else scale_of(name, amount, known)
        named = "days" if unit == "trading days" else units.in_currency(unit_name, _CURRENCY.get())
        self.unit = translated(named) + translated(rate) if rate else translated(named)
        self.whole = self.digits == 0 and known >= LARGE

    def bare(self, value: float, *, sign: bool = False, more: int = 0) -> str:
        """The number without its unit."""
        return number(value * self.factor, self.digits + (0 if self.whole else more), sign=sign)

    def full(self, value: float, *, sign: bool = False, more: int = 0) -> str:
        """The number with its unit."""
        return with_unit(self.bare(value, sign=sign, more=more), self.unit)

    def change(self, value: float, *, more: int = 1) -> str:
        """A difference, signed; of percents in points."""
        return with_unit(
            self.bare(value, sign=True, more=more), translated("points") if self.unit == "%" else self.unit
        )
