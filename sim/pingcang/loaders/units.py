"""Money in the wrong unit, found by its magnitude: what cannot be CNY is refused, with the unit it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pingcang.arrays import Bools, Floats
from pingcang.loaders.columns import WAN, YI, Column, with_unit
from pingcang.loaders.table import Table, refuse

UNITS = {1.0: "CNY", WAN: "万", YI: "亿", 1e6: "millions", 1000.0: "1,000 CNY"}


class Range(NamedTuple):
    """CNY between which a quantity lies, both included, and whether zero is possible besides."""

    low: float
    high: float
    zero: bool = False

    def out(self, values: Floats) -> Bools:
        """Where values cannot be; NaN can."""
        found: Bools = (values < self.low) | (values > self.high)
        return found & ~(values == 0) if self.zero else found


def unit_name(unit: float) -> str:
    """A unit in words."""
    return UNITS.get(unit, f"{unit:g} CNY")


def check_magnitude(table: Table, column: Column, found: Floats, within: Range) -> None:
    """DataError for values (CNY) that cannot be, saying which other unit they would make sense in."""
    bad = np.flatnonzero(within.out(found))
    if len(bad):
        part = len(bad) < np.count_nonzero(~np.isnan(found))
        in_part = ", in these rows alone: the file changes its unit" if part else ""
        told = f"{bounds(column, within)}; {hint(column, float(np.median(found[bad])), within, in_part)}"
        refuse(table, bad, column.name, lambda row: f"found {found[row] / column.unit:,.6g}, {told}")


def bounds(column: Column, within: Range) -> str:
    """What is allowed, in the column's unit."""
    low, high = within.low / column.unit, within.high / column.unit
    return f"must be between {low:,.6g} and {high:,.6g} {unit_name(column.unit)}"


def hint(column: Column, value: float, within: Range, in_part: str = "") -> str:
    """What a value (CNY) that cannot be looks like, and the way out; `in_part` says that other rows can be."""
    fits = looks_like(value, column.unit, within)
    if not fits:
        return "check the unit and the decimal point"
    unit, worth = fits
    return f"it looks like {unit_name(unit)} ({worth:,.6g} CNY){in_part}; {way_out(column, unit, in_part != '')}"


def looks_like(value: float, unit: float, within: Range) -> tuple[float, float] | None:
    """The unit in which a value (CNY, as read in `unit`) would be possible, and what it would be worth, CNY."""
    for other in (1.0, WAN, YI):
        worth = value / unit * other
        if other != unit and within.low <= worth <= within.high:
            return other, worth
    return None


def way_out(column: Column, unit: float, in_part: bool = False) -> str:
    """What a user can do about a column in another unit."""
    factor = unit / column.unit
    convert = f"multiply it by {factor:g}" if factor >= 1 else f"divide it by {1 / factor:g}"
    if in_part:
        return f"{convert} there"
    if not column.named_unit:
        return convert
    return f"rename the column {with_unit(column.name, unit)}, or {convert}"


def check_against(
    table: Table, column: Column, found: Floats, base: tuple[str, Floats], shares: tuple[float, float]
) -> None:
    """DataError if a column, as a share of a column that is right, has a median that cannot be: another unit."""
    name, against = base
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(found > 0, found / against, np.nan)
    if np.isnan(share).all():
        return
    low, high = shares
    middle = float(np.nanmedian(share))
    if low <= middle <= high:
        return
    row = int(np.nanargmin(np.abs(share - middle)))
    fits = [unit for unit in (1.0, WAN, YI) if low <= middle / column.unit * unit <= high]
    hint = f"it looks like {unit_name(fits[0])}; {way_out(column, fits[0])}" if fits else "check the unit"
    refuse(
        table,
        np.array([row]),
        column.name,
        lambda at: (
            f"found {found[at] / column.unit:,.6g} {unit_name(column.unit)}, {middle:.3g} of {name} as in half of the "
            f"rows, must be between {low:g} and {high:g} of it; {hint}"
        ),
    )


def check_range(table: Table, column: Column, found: Floats, low: float, high: float, unit: str) -> None:
    """DataError for values that are no money and cannot be."""
    bad = np.flatnonzero((found < low) | (found > high))
    if len(bad):
        refuse(
            table,
            bad,
            column.name,
            lambda row: (
                f"found {found[row] / column.unit:,.6g}, must be between {low / column.unit:,.6g} and "
                f"{high / column.unit:,.6g} {unit}; check the unit"
            ),
        )


def first_ten(items: Sequence[object]) -> str:
    """Up to ten items, and how many there are if there are more."""
    told = ", ".join(str(item) for item in items[:10])
    return told if len(items) <= 10 else f"{told} and {len(items) - 10:,} more"
