"""Readings as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.results.units import is_money, money_unit

if TYPE_CHECKING:
    from pingcang.leverage.monitor.reading import Reading

SIGNED = ("growth_", "to_record_2015", "borrowing_to_turnover", "advance_decline", "flow_beta", "short_correlation")
PLAIN = ("hhi_", "flow_", "short_correlation", "multiple")
"""Beginnings of keys of pure numbers that are no shares."""
SMALL_SHARE = 0.1
FOUR_DIGITS = 999.5
"""From here a number has four digits before the point once it is rounded."""


def amount(value: float, currency: str) -> str:
    """`2.39 tn CNY`."""
    size, unit = money_unit(abs(value), currency)
    return f"{three_digits(value / size)} {unit}" if value else f"0 {currency}"


def three_digits(value: float) -> str:
    """Three significant digits, or all before the point where there are more: `2.39`, `1,234`."""
    return f"{value:,.0f}" if abs(value) >= FOUR_DIGITS else f"{value:#.3g}".rstrip(".")


def value_text(reading: Reading) -> str:
    """The value with its unit: `2.39 tn CNY`, `+12.0 %`, `8.1 days`; a dash if it could not be read."""
    return "–" if reading.value is None else number_text(reading, reading.value)


def interval_text(reading: Reading) -> str:
    """`−28.5 % to −27.6 %`; empty without an interval."""
    return (
        ""
        if reading.interval is None
        else translated(" to ").join(number_text(reading, bound) for bound in reading.interval)
    )


def number_text(reading: Reading, value: float) -> str:
    """A number in the unit of a reading."""
    return _unsigned(reading, value).replace("-", "−")


def _unsigned(reading: Reading, value: float) -> str:
    sign = "+" if reading.key.startswith(SIGNED) else ""
    if is_money(reading.unit):
        return amount(value, reading.unit)
    if reading.unit == "trading days":
        number = f"{value:,.1f}" if reading.key == "holding_time" else f"{value:,.0f}"
        return translated("{number} day" if number == "1" else "{number} days").format(number=number)
    if reading.key.startswith("effective_"):
        return translated(f"{{number}} {reading.unit}").format(number=three_digits(value))
    if reading.unit != "1":
        return translated(f"{{number}} {reading.unit}").format(number=f"{value:{sign},.0f}")
    if reading.key.startswith(PLAIN):
        return f"{value:{sign}.4f}" if reading.key.startswith("hhi_") else f"{value:{sign}.2f}"
    digits = 2 if abs(value) < SMALL_SHARE else 1
    return f"{100 * value:{sign},.{digits}f} %"
