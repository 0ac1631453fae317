"""The building blocks of a scenario: strict models and the few value types that every section shares."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

BASIS_POINTS = 10_000
LARGEST = 1e18
"""Numbers beyond it are slips, and would not fit 64 bits."""


class Section(BaseModel):
    """A section of a scenario: frozen, complete, and closed to keys it does not know.

    A validator of a whole section begins its message with the key that is wrong (`st: 7 of 5 stocks`); the
    message is then printed with that key's path and line.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=False,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_default=True,
    )


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true/false is not a number; write the number itself")
    if isinstance(value, str):
        raise ValueError(f"{value[:60]!r} is text, not a number; write it plainly, as 0.05 or 1.3e9")
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) > LARGEST:
        raise ValueError(f"{value:g} is beyond {LARGEST:g} in size; check the unit")
    return value


def _day(value: Any) -> Any:
    # pydantic would take 20150612 for seconds since 1970.
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{str(value)[:60]!r} is not a date; write it as 2015-06-12")


def _whole_basis_points(value: float) -> float:
    if abs(value * BASIS_POINTS - round(value * BASIS_POINTS)) > 1e-6:
        raise ValueError(f"{value} is not a whole number of basis points; round it to four decimals")
    return value


def _listed(numbers: list[float]) -> str:
    shown = ", ".join(f"{number:g}" for number in numbers[:8])
    return f"{shown}, …" if len(numbers) > 8 else shown


def _rising(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    abscissae = [x for x, _ in points]
    if any(not math.isfinite(number) for point in points for number in point):
        raise ValueError("every number must be finite")
    if any(later <= earlier for earlier, later in pairwise(abscissae)):
        raise ValueError(f"the first column must rise from row to row; it is {_listed(abscissae)}")
    return points


def _not_negative(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    values = [y for _, y in points]
    if min(values) < 0 or max(values) <= 0:
        raise ValueError(f"weights must not be below 0, and one must be above; they are {_listed(values)}")
    return points


def _shares(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    values = [y for _, y in points]
    if min(values) < 0 or max(values) > 1:
        raise ValueError(f"shares lie between 0 and 1; they are {_listed(values)}")
    return points


def _quantiles(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    _rising(points)
    if points[0][0] != 0 or points[-1][0] != 1:
        raise ValueError("a distribution begins with a row of probability 0 and ends with one of probability 1")
    values = [y for _, y in points]
    if any(later < earlier for earlier, later in pairwise(values)):
        raise ValueError(f"quantiles must not fall from row to row; they are {_listed(values)}")
    return points


Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_number)]
Flag = Annotated[bool, Field(strict=True)]
"""true or false, nothing that merely sounds like it."""
Day = Annotated[dt.date, BeforeValidator(_day)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Count = Annotated[Whole, Field(ge=0)]
Money = Annotated[Number, Field(ge=0, le=1e16)]
"""An amount in CNY (yuan)."""
Ratio = Annotated[NotNegative, AfterValidator(_whole_basis_points), Field(le=1000)]
"""A ratio or rate that the engine holds in whole basis points, e.g. 1.30 or 0.0835."""
PositiveRatio = Annotated[Ratio, Field(gt=0)]
"""A ratio by which something is divided."""
Haircut = Annotated[NotNegative, AfterValidator(_whole_basis_points), Field(le=1)]
"""Collateral value as a share of market value (折算率), in whole basis points."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$", max_length=64)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Table = Annotated[list[tuple[Number, Number]], Field(min_length=1, max_length=1000), AfterValidator(_rising)]
"""A curve as rows [x, y], x rising; linear between the rows, constant outside them."""
Weights = Annotated[Table, AfterValidator(_not_negative)]
"""A curve of weights: none below 0, and not all of them 0."""
Shares = Annotated[Table, AfterValidator(_shares)]
"""A curve of shares between 0 and 1."""
Limits = Annotated[list[tuple[Ratio, Haircut]], Field(min_length=1, max_length=20), AfterValidator(_rising)]
"""A staircase of shares as rows [ratio, share], ratios rising: each share holds from its ratio up to the next."""
Quantiles = Annotated[list[tuple[Number, Number]], Field(min_length=2, max_length=1000), AfterValidator(_quantiles)]
"""A distribution as rows [probability, value], from probability 0 to 1; linear between the rows."""


def basis_points(ratio: float) -> int:
    """The whole basis points of a ratio or rate: 1.30 -> 13000."""
    return round(ratio * BASIS_POINTS)
