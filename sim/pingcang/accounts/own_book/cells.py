"""Columns of Arrow as numpy arrays of integers: money in fen, ratios in basis points, dates in days.

Every reader gives the numbers (0 where there is none) and which cells are empty; NaN is empty too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from pingcang.accounts.own_book.columns import LARGEST_MONEY, LARGEST_WHOLE
from pingcang.arrays import Bools, Ints

_NOISE = 1e-3
"""A float that misses a whole number by less is that number in its nearest binary form."""


class Cells(NamedTuple):
    """Some rows of a column."""

    value: Ints
    empty: Bools
    too_large: Bools
    broken: Bools
    """What was no whole number of its unit: money is rounded to the nearest fen, half to even."""


def money(column: Any) -> Cells:
    """Yuan as fen."""
    return _scaled(column, 2, LARGEST_MONEY)


def whole(column: Any) -> Cells:
    """Whole numbers; `broken` where they are none."""
    return _scaled(column, 0, LARGEST_WHOLE)


def ratio(column: Any) -> Cells:
    """Ratios as basis points; `broken` where they have more than four decimals."""
    return _scaled(column, 4, LARGEST_WHOLE)


def _scaled(column: Any, digits: int, largest: int) -> Cells:
    """The cells times 10^digits, rounded half to even."""
    if kinds.is_decimal(column.type):
        return _decimals(column, digits, largest)
    empty = _numpy(pc.is_null(column, nan_is_null=True))
    if kinds.is_integer(column.type):
        return _integers(_numpy(column.fill_null(0)), empty, 10**digits, largest)
    return _floats(_numpy(column.fill_null(0.0)), empty, 10.0**digits, largest)


def _integers(number: Any, empty: Bools, unit: int, largest: int) -> Cells:
    most = largest // unit
    too_large = (number > most) | (number < -most) if number.dtype.kind == "i" else number > most
    value = np.where(too_large, 0, number).astype(np.int64) * unit
    return Cells(value, empty, too_large, np.zeros(len(value), np.bool_))


def _floats(number: Any, empty: Bools, unit: float, largest: int) -> Cells:
    scaled = np.where(empty, 0.0, number).astype(np.float64) * unit
    too_large = ~(np.abs(scaled) <= float(largest))
    scaled[too_large] = 0.0
    value = np.rint(scaled)
    broken = np.abs(scaled - value) > np.maximum(_NOISE, np.abs(value) * 2.0**-51)
    return Cells(value.astype(np.int64), empty, too_large, broken)


def _decimals(column: Any, digits: int, largest: int) -> Cells:
    unit = 10**digits
    limit = pa.scalar(Decimal(largest) / unit)
    number = column.cast(pa.decimal128(column.type.precision, column.type.scale)).fill_null(Decimal(0))
    too_large = pc.greater(pc.abs(number), limit)
    number = pc.if_else(too_large, pa.scalar(Decimal(0), number.type), number)
    rounded = pc.round(number, digits, "half_to_even") if number.type.scale > digits else number
    broken = _numpy(pc.not_equal(rounded, number))
    value = rounded.cast(pa.decimal128(24, digits))
    value = pc.multiply(value, pa.scalar(Decimal(unit), pa.decimal128(digits + 1, 0))).cast(pa.int64())
    return Cells(_numpy(value), _numpy(column.is_null()), _numpy(too_large), broken)


def days(column: Any) -> tuple[Ints, Bools]:
    """Dates as days since 1970, and which cells are empty."""
    dates = column.cast(pa.date32(), safe=False)
    return _numpy(dates.cast(pa.int32()).fill_null(0)).astype(np.int64), _numpy(column.is_null())


def words(column: Any, known: Any) -> tuple[Ints, Bools]:
    """Position of each word in `known`, -1 where it is none of them, and which cells are empty."""
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    place = pc.index_in(column, value_set=known.cast(column.type))
    return _numpy(place.fill_null(-1)).astype(np.int64), _numpy(column.is_null())


def ids(column: Any) -> Any:
    """Ids in the one of two forms in which they are compared: 64-bit numbers or text."""
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.int64() if kinds.is_integer(column.type) else pa.large_string())


def _numpy(column: Any) -> Any:
    return column.to_numpy(zero_copy_only=False)
