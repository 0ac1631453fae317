"""A number as it is printed: its digits say how exact it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

Unit = Literal[
    "tn CNY", "bn CNY", "1e8 CNY", "bn USD", "m USD", "%", "1", "million", "stocks", "points", "tn USD", "trading days"
]
FACTORS: dict[str, tuple[str, str]] = {
    "tn CNY": ("1e12", "CNY"),
    "bn CNY": ("1e9", "CNY"),
    "1e8 CNY": ("1e8", "CNY"),
    "tn USD": ("1e12", "USD"),
    "bn USD": ("1e9", "USD"),
    "m USD": ("1e6", "USD"),
    "%": ("0.01", "1"),
    "1": ("1", "1"),
    "million": ("1e6", "1"),
    "stocks": ("1", "stocks"),
    "points": ("1", "1"),
    "trading days": ("1", "trading days"),
}
"""Each unit as a factor of the unit that values are kept in."""


@dataclass(frozen=True)
class Printed:
    """A printed number, or a range of two (`11 to 12`)."""

    text: str
    unit: str

    @property
    def bounds(self) -> tuple[float, float]:
        """What rounds to the printed digits, at both ends of a range, in the unit that values are kept in."""
        low, high = self._ends()
        factor = Decimal(FACTORS[self.unit][0])
        return float((low - _half(low)) * factor), float((high + _half(high)) * factor)

    @property
    def value(self) -> float:
        """The number, the middle of a range."""
        low, high = self._ends()
        return float((low + high) / 2 * Decimal(FACTORS[self.unit][0]))

    @property
    def tolerance(self) -> float:
        """Half a unit of the last printed digit."""
        return float(_half(self._ends()[0]) * Decimal(FACTORS[self.unit][0]))

    @property
    def base_unit(self) -> str:
        """The unit that values are kept in: CNY, USD, 1, stocks."""
        return FACTORS[self.unit][1]

    def holds(self, low: float, high: float | None = None) -> bool:
        """Whether a value, or any of a range of values, rounds to what is printed."""
        least, most = self.bounds
        slack = 1e-12 * max(abs(least), abs(most))
        return low <= most + slack and (low if high is None else high) >= least - slack

    def __str__(self) -> str:
        mark = "" if self.unit == "1" else self.unit
        return f"{self.text} {mark.replace('1e8 CNY', '亿 CNY')}".strip()

    def _ends(self) -> tuple[Decimal, Decimal]:
        parts = [number(part) for part in self.text.split(" to ")]
        return parts[0], parts[-1]


def number(text: str) -> Decimal:
    """The digits of a printed number, without its thousands separators; ValueError for anything else."""
    try:
        found = Decimal(text.replace(",", "").replace("−", "-").strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is no printed number; write it as 4.27, 22,664 or 11 to 12") from None
    if not found.is_finite():
        raise ValueError(f"{text!r} is no printed number; write it as 4.27, 22,664 or 11 to 12")
    return found


def _half(value: Decimal) -> Decimal:
    return Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)
