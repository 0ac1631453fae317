"""Two arms with the same random numbers: what changes, for whom, by how much, how surely, and from which day on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.arrays import Ints
from pingcang.errors import ScenarioError
from pingcang.results.audit import audit_path
from pingcang.results.units import CNY, currency_of, in_currency
from pingcang.results.variables import VARIABLES
from pingcang.study.arms import Arm, Bench, simulate_all
from pingcang.study.breakdown import Breakdown, break_down
from pingcang.study.calm import Calm, CalmArms, calm_cost
from pingcang.study.changes import Change, changes
from pingcang.study.lenders import Capital, Lenders, lenders
from pingcang.study.measures import (
    THRESHOLD,
    ArmRuns,
    PairedMetric,
    difference_row,
    interval_row,
    measure,
    paired_metric,
    shared_runs,
)
from pingcang.study.paired import Resampling, Statistic, first_day_apart, jsonable, number_or_none
from pingcang.study.prose import paragraph
from pingcang.study.sellers import Forced, forced_accounts, same_accounts, sellers

if TYPE_CHECKING:
    import xarray as xr

AUDIT = "audit"
RUNS_A_BLOCK = 32
"""Runs whose days are compared at once, so that memory does not grow with their number."""


@dataclass(frozen=True)
class Side:
    """One arm of a comparison."""

    label: str
    scenario: str
    scenario_hash: str
    store: Path
    failed_runs: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"label": self.label, "scenario": self.scenario, "hash": self.scenario_hash, "store": str(self.store)}


@dataclass(frozen=True)
class Comparison:
    """The other arm against the base, over the runs that both have."""

    base: Side
    other: Side
    seed: int
    runs: Ints
    """Numbers of the runs that are compared."""
    statistic: Statistic
    threshold: float
    metrics: dict[str, PairedMetric]
    days_apart: Ints
    """Of each run the first day on which any variable differs bit for bit; −1 where none does."""
    dates: np.ndarray[Any, np.dtype[np.datetime64]]
    changed: tuple[Change, ...]
    """The keys that differ between the arms."""
    breakdown: Breakdown
    lenders: Lenders
    currency: str = CNY
    sellers: dict[str, Forced] | None = None
    """Who was forced where, by cohort; only if both arms were recorded with the audit of their accounts."""
    calm: Calm | None = None

    @property
    def first_day_apart(self) -> int | None:
        """The first day on which the arms differ in any run; None if they never do."""
        apart = self.days_apart[self.days_apart >= 0]
        return int(apart.min()) if apart.size else None

    @property
    def date_apart(self) -> str | None:
        """The date of that day."""
        day = self.first_day_apart
        return None if day is None else str(self.dates[day])[:10]

    @property
    def text(self) -> str:
        """The comparison in a paragraph."""
        return paragraph(self)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """What is written beside the JSON object: metrics, their breakdown, and calm times."""
        calm = {} if self.calm is None else {"compare_calm": self.calm.table}
        return {"compare": self.table, "compare_breakdown": self.breakdown.table, **calm}

    @property
    def table(self) -> pd.DataFrame:
        """One row a metric: base, other, difference with interval and standard error, and what pairing paid."""
        rows = {name: self._row(name) for name in self.metrics}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("metric")

    def _row(self, name: str) -> dict[str, Any]:
        found = self.metrics[name]
        row = {**interval_row("base", found.base), **interval_row("other", found.other), **difference_row(name, found)}
        return row | {"unit": in_currency(row["unit"], self.currency)}

    def to_dict(self) -> dict[str, Any]:
        """The object of `--json`; None where there is no number."""
        return {
            "base": self.base.to_dict(),
            "other": self.other.to_dict(),
            "seed": self.seed,
            "runs": int(self.runs.size),
            "statistic": self.statistic,
            "failed_runs": {"base": list(self.base.failed_runs), "other": list(self.other.failed_runs)},
            "first_day_apart": self.first_day_apart,
            "date_apart": self.date_apart,
            "variance_reduction": number_or_none(self.metrics["drawdown"].variance_reduction),
            "metrics": {name: jsonable(self._row(name)) for name in self.metrics},
            "changed": {each.key: each.to_dict() for each in self.changed},
            "breakdown": self.breakdown.to_dict(),
            "forced_accounts": _sellers(self.sellers),
            "lenders": self.lenders.to_dict(),
            "calm": None if self.calm is None else self.calm.to_dict(),
            "text": self.text,
        }


def compare(
    base: Arm,
    other: Arm,
    bench: Bench,
    *,
    threshold: float = THRESHOLD,
    statistic: Statistic = "mean",
    capital: Capital | None = None,
    calm: CalmArms | None = None,
    on_progress: Callable[[Arm, float], None] | None = None,
) -> Comparison:
    """Simulate what is missing of both arms and compare them.

    `threshold` is the x of P(drawdown > x); `statistic` mean or median of the runs, and of the differences; `capital`
    what losses of brokers are held against; `calm` the same two arms in calm times. `RunsFailedError` if all runs of
    an arm fail.
    """
    simulate_all(bench, (base, other, *(() if calm is None else (calm.base, calm.other))), on_progress)
    found = _between(base, other, bench, threshold, statistic, capital)
    return found if calm is None else replace(found, calm=calm_cost(calm, bench, statistic))


def _between(
    base: Arm, other: Arm, bench: Bench, threshold: float, statistic: Statistic, capital: Capital | None
) -> Comparison:
    """Two arms that are simulated."""
    with bench.open(base) as a, bench.open(other) as b:
        first, second = measure(a, threshold, runs=base.runs), measure(b, threshold, runs=other.runs)
        runs = shared_runs((first, second))
        left, right, resampling = a.sel(run=runs), b.sel(run=runs), Resampling(runs.size)
        return Comparison(
            base=_side(base, bench, first),
            other=_side(other, bench, second),
            seed=bench.seed,
            runs=runs,
            statistic=statistic,
            threshold=threshold,
            metrics=compared(first, second, statistic),
            days_apart=days_apart(a, b, runs),
            dates=a["date"].values,
            changed=changes(base.loaded.scenario, other.loaded.scenario),
            breakdown=break_down(left, right, resampling, statistic),
            lenders=lenders(left, right, capital, resampling, statistic),
            currency=_currency(a, b),
            sellers=_who(base, other, bench, resampling, runs, statistic),
        )


def _currency(a: xr.Dataset, b: xr.Dataset) -> str:
    first, second = currency_of(a.attrs), currency_of(b.attrs)
    if first != second:
        raise ScenarioError(
            f"compare: the base counts in {first}, the other arm in {second}; compare arms in one currency"
        )
    return first


def _who(
    base: Arm, other: Arm, bench: Bench, resampling: Resampling, runs: Ints, statistic: Statistic
) -> dict[str, Forced] | None:
    if not {AUDIT} <= set(base.record) & set(other.record):
        return None
    first, second = (forced_accounts(audit_path(bench.store(arm)), runs) for arm in (base, other))
    cohorts = same_accounts(base.loaded.scenario, other.loaded.scenario)
    return sellers(first, second, cohorts, resampling, statistic, base.loaded.scenario.scale)


def _sellers(found: Mapping[str, Forced] | None) -> dict[str, Any] | None:
    return None if found is None else {name: each.to_dict() for name, each in found.items()}


def compared(base: ArmRuns, other: ArmRuns, statistic: Statistic = "mean") -> dict[str, PairedMetric]:
    """Every metric that both arms have, over the runs that both have, all resampled alike."""
    runs = shared_runs((base, other))
    resampling = Resampling(runs.size)
    first, second = base.of(runs), other.of(runs)
    return {
        name: paired_metric(name, first[name], second[name], resampling, statistic) for name in first if name in second
    }


def days_apart(a: xr.Dataset, b: xr.Dataset, runs: Ints) -> Ints:
    """Of each of the runs the first day on which any daily variable of the datasets differs; −1 where none does."""
    names = [variable.name for variable in VARIABLES if variable.dims[0] == "day"]
    daily = [name for name in names if name in a and name in b]
    found = []
    for start in range(0, runs.size, RUNS_A_BLOCK):
        block = runs[start : start + RUNS_A_BLOCK]
        left, right = ({name: data[name].sel(run=block).values for name in daily} for data in (a, b))
        found.append(first_day_apart(left, right))
    return np.concatenate(found)


def _side(arm: Arm, bench: Bench, found: ArmRuns) -> Side:
    return Side(arm.label, arm.loaded.scenario.name, arm.loaded.hash, bench.store(arm), found.failed)
