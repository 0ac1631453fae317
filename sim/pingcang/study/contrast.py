"""One number of two arms over the runs that both have, and its difference run by run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pingcang.arrays import Floats
from pingcang.study.paired import (
    Estimate,
    Resampling,
    Statistic,
    difference,
    difference_of_proportions,
    jsonable,
    listwise,
    point,
)


@dataclass(frozen=True)
class Contrast:
    """A number in the base, in the other arm, and the other less the base with its paired 95 % interval."""

    base: float
    other: float
    difference: Estimate
    unit: str

    @property
    def still(self) -> bool:
        """Whether the two arms agree in every run."""
        return self.difference.n > 0 and self.difference.value == self.difference.se == 0

    @property
    def known(self) -> bool:
        """Whether the interval leaves out 0, so that the difference can be told from chance."""
        found = self.difference
        return found.n > 1 and bool(found.low > 0 or found.high < 0)

    def row(self) -> dict[str, Any]:
        """The columns of a table."""
        found = self.difference
        return {
            "base": self.base,
            "other": self.other,
            "difference": found.value,
            "ci_low": found.low,
            "ci_high": found.high,
            "se": found.se,
            "runs": found.n,
            "unit": self.unit,
        }

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it; None where there is no number."""
        return jsonable(self.row())


def contrast(base: Floats, other: Floats, unit: str, resampling: Resampling, statistic: Statistic = "mean") -> Contrast:
    """Mean or median of the runs of both arms, and of the differences; a run that lacks one number is left out."""
    a, b = listwise([base, other])
    return Contrast(point(a, statistic), point(b, statistic), difference(a, b, resampling, statistic), unit)


def contrast_of_shares(base: Floats, other: Floats) -> Contrast:
    """The same of zeros and ones, with the interval that fits probabilities."""
    a, b = listwise([base, other])
    return Contrast(point(a), point(b), difference_of_proportions(a, b), "1")


def contrasts(
    base: Mapping[str, Floats],
    other: Mapping[str, Floats],
    units: Mapping[str, str],
    resampling: Resampling,
    statistic: Statistic = "mean",
) -> dict[str, Contrast]:
    """Every number that both arms have."""
    return {
        name: contrast(base[name], other[name], units[name], resampling, statistic) for name in base if name in other
    }


def told(found: Iterable[tuple[str, Contrast]]) -> dict[str, Any]:
    """Contrasts by name, as JSON can hold them."""
    return {name: each.to_dict() for name, each in found}
