"""The frontier of a rule: how deep the crash is against how much credit there is when nothing happens.

    depth  = median over the runs of the drawdown of the index
    credit = mean over the runs of brokers' mean financing balance in calm times

Point j dominates point i if it is not deeper and not poorer in credit, and at least one of the two paired differences
can be told from 0 (its 95 % interval leaves 0 out). All arms share their random numbers, so that points are told apart
far better than the intervals of their levels suggest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.results.units import currency_of
from pingcang.study.calm import measured
from pingcang.study.paired import Estimate, Resampling, aligned, common_runs, difference, estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from pingcang.arrays import Floats, Ints
    from pingcang.study.arms import Arm, Bench

REFERENCE = "reference"


@dataclass(frozen=True)
class CalmPoints:
    """The arms of a sweep in calm times, in the order of its points."""

    name: str
    """Of the calm scenario; `same` for the arms' own without news."""
    reference: Arm
    points: tuple[Arm, ...]

    @property
    def arms(self) -> tuple[Arm, ...]:
        """All of them, the reference first."""
        return (self.reference, *self.points)


@dataclass(frozen=True)
class FrontierPoint:
    """A point with its two numbers, their differences from the reference, and who does better than it."""

    values: tuple[Any, ...] | None
    """Of the levers; None for a reference that is none of the points."""
    label: str
    is_reference: bool
    depth: Estimate
    credit: Estimate
    depth_apart: Estimate
    credit_apart: Estimate
    dominated_by: str | None


@dataclass(frozen=True)
class Frontier:
    """All points over the runs that all arms have."""

    calm: str
    paths: tuple[str, ...]
    runs: int
    calm_runs: int
    seed: int
    currency: str
    points: tuple[FrontierPoint, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One row a point."""
        return pd.DataFrame(_row(self.paths, point) for point in self.points)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "calm": self.calm,
            "depth": "median of the drawdown",
            "credit": f"mean of brokers' mean financing balance in calm times, {self.currency}",
            "runs": self.runs,
            "calm_runs": self.calm_runs,
            "points": [
                {
                    "reference": point.is_reference,
                    "set": None if point.values is None else dict(zip(self.paths, point.values, strict=True)),
                    "depth": point.depth.to_dict(),
                    "credit": point.credit.to_dict(),
                    "depth_difference": point.depth_apart.to_dict(),
                    "credit_difference": point.credit_apart.to_dict(),
                    "dominated_by": point.dominated_by,
                }
                for point in self.points
            ],
        }


def frontier(
    paths: Sequence[str], values: Sequence[tuple[Any, ...]], arms: Sequence[Arm], calm: CalmPoints, bench: Bench
) -> Frontier:
    """Hold simulated points against each other; `arms` begin with the reference, `values` are of the others.

    A point that is the reference stands for it.
    """
    depths, runs = _numbers(arms, bench, lambda dataset: dataset.pingcang.drawdown.values)
    credits, quiet = _numbers(calm.arms, bench, lambda dataset: measured(dataset)["mean_credit"])
    same = [k for k, arm in enumerate(arms) if k and bench.store(arm) == bench.store(arms[0])]
    base, kept = (same[0], range(1, len(arms))) if same else (0, range(len(arms)))
    points = _points([None, *values], depths, credits, kept, base)
    return Frontier(
        calm.name, tuple(paths), runs.size, quiet.size, bench.seed, _currency(arms[0], bench), tuple(points)
    )


def _currency(arm: Arm, bench: Bench) -> str:
    with bench.open(arm) as dataset:
        return currency_of(dataset.attrs)


def _points(
    values: Sequence[tuple[Any, ...] | None],
    depths: Sequence[Floats],
    credits: Sequence[Floats],
    kept: Sequence[int],
    base: int,
) -> Iterator[FrontierPoint]:
    resampled, quietly = Resampling(depths[0].size), Resampling(credits[0].size)
    labels = [_label(values[k], is_reference=k == base) for k in kept]
    beaten = dominated([depths[k] for k in kept], [credits[k] for k in kept])
    for k, label, winner in zip(kept, labels, beaten, strict=True):
        yield FrontierPoint(
            values[k],
            label,
            k == base,
            estimate(depths[k], resampled, "median"),
            estimate(credits[k], quietly),
            difference(depths[base], depths[k], resampled, "median"),
            difference(credits[base], credits[k], quietly),
            None if winner is None else labels[winner],
        )


def dominated(depths: Sequence[Floats], credits: Sequence[Floats]) -> list[int | None]:
    """Of each point, by its drawdowns and calm credits by run, the shallowest one that dominates it, if any does."""
    depth, credit = [float(np.median(each)) for each in depths], [float(each.mean()) for each in credits]
    resampled, quietly = Resampling(depths[0].size), Resampling(credits[0].size)

    def beats(j: int, i: int) -> bool:
        if j == i or depth[j] > depth[i] or credit[j] < credit[i]:
            return False
        apart = difference(depths[i], depths[j], resampled, "median"), difference(credits[i], credits[j], quietly)
        return any(each.n > 1 and (each.low > 0 or each.high < 0) for each in apart)

    places = range(len(depths))
    better = ([j for j in places if beats(j, i)] for i in places)
    return [min(found, key=lambda j: (depth[j], -credit[j])) if found else None for found in better]


def _numbers(arms: Sequence[Arm], bench: Bench, read: Callable[[xr.Dataset], Floats]) -> tuple[list[Floats], Ints]:
    """One number of every run of every arm, over the runs that all arms have."""
    found: list[tuple[Floats, Ints]] = []
    for arm in arms:
        with bench.open(arm) as dataset:
            found.append((read(dataset), dataset["run"].values.astype(np.int64)))
    runs = common_runs(*(numbers for _, numbers in found))
    return [aligned(values, numbers, runs) for values, numbers in found], runs


def _row(paths: Sequence[str], point: FrontierPoint) -> dict[str, Any]:
    told: dict[str, Any] = dict(zip(paths, point.values or [REFERENCE] * len(paths), strict=True))
    for name in ("depth", "credit", "depth_apart", "credit_apart"):
        found: Estimate = getattr(point, name)
        told |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    return {**told, "reference": point.is_reference, "dominated_by": point.dominated_by or ""}


def _label(values: tuple[Any, ...] | None, *, is_reference: bool) -> str:
    if values is None:
        return REFERENCE
    told = ", ".join(map(_value, values))
    return f"{told} ({REFERENCE})" if is_reference else told


def _value(value: object) -> str:
    if isinstance(value, float) and abs(value) >= 1e5:
        return f"{value:.3g}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
