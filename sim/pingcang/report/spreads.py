"""The spread of a number over the runs: median and 5–95 %, as words and as a row of a CSV."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pingcang.arrays import Floats
from pingcang.language import translated
from pingcang.report.words import DASH, money_spread, number


def spread(values: Floats) -> tuple[float, float, float]:
    """5 %, median, 95 % of the values that are known; NaN if none is."""
    known = values[np.isfinite(values)]
    if not known.size:
        return (np.nan, np.nan, np.nan)
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def in_brackets(values: Floats, write: Callable[[float], str]) -> str:
    """`2.07 (1.99 to 2.13)`; the number alone from one run."""
    low, middle, high = spread(values)
    return (
        write(middle)
        if values.size == 1 or np.isnan(middle)
        else translated("{middle} ({low} to {high})").format(middle=write(middle), low=write(low), high=write(high))
    )


def money_in_brackets(values: Floats) -> str:
    """`845.73 (785.90 to 898.71) bn CNY`; one number if all runs agree."""
    low, middle, high = spread(values)
    return DASH if np.isnan(middle) else money_spread(low, middle, high)


def ratio(value: float) -> str:
    """With two decimals."""
    return number(value, 2)


def row_of(of: dict[str, str], variable: str, values: Floats) -> dict[str, str | float]:
    """Whose and which number it is, then 5 %, median, 95 %."""
    low, middle, high = spread(values)
    return {**of, "variable": variable, "p05": low, "median": middle, "p95": high}
