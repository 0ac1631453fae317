"""What a trial is measured by: parts of a target set, and distances between daily paths.

A worker measures one run at a time and hands over numbers only: one a part, or one a day for a path. The centre
of the runs (median or mean) is taken afterwards, for a path day by day, and then held against what was real.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

Numbers = dict[str, list[float]]
"""Part -> the numbers of one run: one, or one a day for a path."""
Centre = Literal["median", "mean"]


@dataclass(frozen=True)
class Part:
    """One number that is held against a real one; parts with the same `row` share the row's weight."""

    name: str
    row: str
    real: float
    band: float
    label: str
    """The scenario that it is measured on."""

    def values(self, samples: np.ndarray, centre: Centre) -> np.ndarray:
        """The middle of the runs of each sample (sample, run, 1); NaN unless more than half have a number."""
        numbers = samples[:, :, 0]
        enough = 2 * np.isfinite(numbers).sum(axis=1) > numbers.shape[1]
        found = _middle(np.where(enough[:, None], numbers, 0.0), centre)
        return np.where(enough, found, np.nan)


@dataclass(frozen=True)
class PathPart(Part):
    """A daily path: its value is the root mean square of ln(simulated / real), `real` of which is 0."""

    variable: str = ""
    days: tuple[str, ...] = ()
    """Dates of the window, as 2015-06-12."""
    series: tuple[float, ...] = ()
    """The real values, in the variable's unit."""
    rebase: bool = False

    def values(self, samples: np.ndarray, centre: Centre) -> np.ndarray:
        """The distance of the middle path of each sample (sample, run, day); NaN unless it is above 0 throughout."""
        real = np.asarray(self.series)
        known = np.isfinite(samples).all(axis=(1, 2))
        middle = _middle(np.where(known[:, None, None], samples, 0.0), centre)
        positive = known & (middle > 0).all(axis=1)
        middle = np.where(positive[:, None], middle, 1.0)
        if self.rebase:
            middle, real = middle / middle[:, :1], real / real[0]
        return np.where(positive, np.sqrt(np.mean(np.log(middle / real) ** 2, axis=1)), np.nan)


def _middle(samples: np.ndarray, centre: Centre) -> np.ndarray:
    """Median or mean over the runs (axis 1), runs without a number left out."""
    gaps = not np.isfinite(samples).all()
    if centre == "median":
        return np.asarray(np.nanmedian(samples, axis=1) if gaps else np.median(samples, axis=1))
    return np.asarray(np.nanmean(samples, axis=1) if gaps else np.mean(samples, axis=1))


class Measures(Protocol):
    """Anything that measures a run; picklable."""

    @property
    def parts(self) -> Sequence[Part]:
        """The parts that it measures."""
        ...

    def __call__(self, label: str, dataset: xr.Dataset) -> Numbers:
        """The numbers of the parts of a label, from a dataset of one run."""
        ...


@dataclass(frozen=True)
class PathMeasures:
    """Measures the paths."""

    parts: tuple[PathPart, ...]

    def __call__(self, label: str, dataset: xr.Dataset) -> Numbers:
        """The values on the days of the window; NaN for a day that was not simulated."""
        dates = [str(date)[:10] for date in dataset["date"].values]
        numbers: Numbers = {}
        for part in self.parts:
            if part.label == label:
                by_day = dict(zip(dates, daily(dataset, part.variable).values[0].tolist(), strict=True))
                numbers[part.name] = [by_day.get(day, math.nan) for day in part.days]
        return numbers


@dataclass(frozen=True)
class AllMeasures:
    """Several measures as one."""

    members: tuple[Measures, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of all of them."""
        return tuple(part for member in self.members for part in member.parts)

    def __call__(self, label: str, dataset: xr.Dataset) -> Numbers:
        """The numbers of all of them."""
        return {name: numbers for member in self.members for name, numbers in member(label, dataset).items()}


def daily(dataset: xr.Dataset, variable: str) -> xr.DataArray:
    """A variable as (run, day): brokers' cohorts or all boards summed; of maintenance ratios the common one."""
    from pingcang.results.metrics import official

    if variable == "maintenance_ratio":
        return _whole_ratio(dataset)
    array = official(dataset, variable) if "cohort" in dataset[variable].dims else dataset[variable]
    return array.sum("board") if "board" in array.dims else array


def _whole_ratio(dataset: xr.Dataset) -> xr.DataArray:
    """Σ A / Σ L of brokers' cohorts, with L = E / (m − 1) and A = m L; one that owes nothing has no m and no part."""
    from pingcang.results.metrics import official

    ratio, equity = dataset["maintenance_ratio"], dataset["investor_equity"]
    owed = (equity / (ratio - 1)).fillna(0.0)
    assets = (ratio * owed).fillna(0.0)
    sums = dataset.assign(owed=owed, assets=assets)
    total = official(sums, "owed")
    return official(sums, "assets") / total.where(total > 0)


def daily_variables() -> list[str]:
    """The names of the variables that `daily` can give for every run."""
    from pingcang.results.variables import VARIABLES

    shapes = {("day",), ("day", "cohort"), ("day", "board")}
    return [variable.name for variable in VARIABLES if variable.when == "always" and variable.dims in shapes]
