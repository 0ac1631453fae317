"""Three ways to round the same chain: as it was published, every factor once, and not at all."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

from pingcang.leverage.thresholds.chain import RESULTS, Keep
from pingcang.leverage.thresholds.spec import PrintedStep

Rounding = Literal["nearest", "down", "up"]
MODES = {"nearest": ROUND_HALF_UP, "down": ROUND_FLOOR, "up": ROUND_CEILING}
TN = 1e12
SIGNIFICANT = 12
"""Digits that are trusted in a product of floats: 2.457 is not to be taken for 2.4570000000000003."""
INTERMEDIATE = ("discounted_official", "discounted_broad")


def size_of(name: str) -> float:
    """What one of a result's printed numbers is: a trillion of money, 1 of anything else."""
    return TN if RESULTS[name].unit == "CNY" else 1.0


def rounded(value: float, digits: int, rounding: Rounding = "nearest", size: float = 1.0) -> float:
    """The value with so many decimals in units of `size`, halves away from zero."""
    exact = Decimal(f"{value / size:.{SIGNIFICANT}g}")
    kept = exact.quantize(Decimal(1).scaleb(-digits), rounding=MODES[rounding])
    return float(kept * Decimal(size))


def as_printed(steps: Iterable[PrintedStep]) -> Keep:
    """Round each result as its step says; results without a step stay as they are."""
    by_result: dict[str, PrintedStep] = {step.result: step for step in steps}

    def keep(name: str, value: float) -> float:
        step = by_result.get(name)
        return value if step is None else rounded(value, step.digits, step.rounding, size_of(name))

    return keep


def once_each(steps: Iterable[PrintedStep]) -> Keep:
    """Round each factor and each line once, to the nearest at its printed digits, and nothing in between."""
    kept = [step for step in steps if step.result not in INTERMEDIATE]
    return as_printed(step.model_copy(update={"rounding": "nearest"}) for step in kept)
