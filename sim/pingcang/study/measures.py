"""What the runs of an arm come down to: every metric of every run, and what did not run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.arrays import Floats, Ints
from pingcang.results.metrics import UNITS
from pingcang.study.paired import (
    Estimate,
    Resampling,
    Statistic,
    aligned,
    common_runs,
    difference,
    difference_of_proportions,
    estimate,
    exceeds,
    listwise,
    proportion,
    variance_reduction,
)

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.study.arms import Arm, Bench

THRESHOLD = 0.25
"""x in P(drawdown > x)."""
RECOVERED = "p_recovered"


@dataclass(frozen=True)
class ArmRuns:
    """Metrics of the runs of an arm; a probability is a metric of zeros and ones."""

    runs: Ints
    """Numbers of the runs that succeeded."""
    values: Mapping[str, Floats]
    """Metric -> numbers, in the order of `runs`; NaN where a run has none."""
    failed: tuple[int, ...]
    """Runs that failed; they are in no statistic."""

    def of(self, common: Ints) -> dict[str, Floats]:
        """The metrics of the common runs, in their order."""
        return {name: aligned(values, self.runs, common) for name, values in self.values.items()}


@dataclass(frozen=True)
class PairedMetric:
    """A metric of two arms over the runs that both have, and the difference run by run."""

    base: Estimate
    other: Estimate
    difference: Estimate
    variance_reduction: float


def measured(bench: Bench, arm: Arm, threshold: float = THRESHOLD) -> ArmRuns:
    """Metrics of the runs that the arm asks for."""
    with bench.open(arm) as dataset:
        return measure(dataset, threshold, runs=arm.runs)


def measure(dataset: xr.Dataset, threshold: float = THRESHOLD, *, runs: int | None = None) -> ArmRuns:
    """Metrics of a result dataset: those of `pingcang run`, time to recover, and two probabilities.

    `runs`: how many were asked for, if the dataset knows of more.
    """
    metrics = dataset.pingcang.metrics
    values = {str(name): metrics[name].values for name in metrics.data_vars}
    recovery = dataset.pingcang.time_to_recover.values
    values["time_to_recover"] = recovery
    values[probability_name(threshold)] = exceeds(values["drawdown"], threshold)
    values[RECOVERED] = (~np.isnan(recovery)).astype(np.float64)
    failed = [run for run in dataset.pingcang.failed_runs if runs is None or run < runs]
    return ArmRuns(dataset["run"].values.astype(np.int64), values, tuple(failed))


def metric_names(threshold: float = THRESHOLD) -> list[str]:
    """Every metric that `measure` gives."""
    return [*UNITS, "time_to_recover", probability_name(threshold), RECOVERED]


def probability_name(threshold: float) -> str:
    """The metric P(drawdown > x): p_drawdown_over_25 for 0.25."""
    return f"p_drawdown_over_{100 * threshold:g}"


def is_probability(metric: str) -> bool:
    """Whether the metric is of zeros and ones."""
    return metric.startswith("p_")


def unit_of(metric: str) -> str:
    """Unit of a metric, as in the table of metrics."""
    if metric == "time_to_recover":
        return "trading days"
    return UNITS[metric][0] if metric in UNITS else "1"


def shared_runs(arms: Sequence[ArmRuns]) -> Ints:
    """The runs that every arm has."""
    return common_runs(*(arm.runs for arm in arms))


def one_arm(metric: str, values: Floats, resampling: Resampling, statistic: Statistic) -> Estimate:
    """The metric of one arm: mean or median with its bootstrap interval, a share with Wilson's."""
    return proportion(values) if is_probability(metric) else estimate(values, resampling, statistic)


def paired_metric(
    metric: str, base: Floats, other: Floats, resampling: Resampling, statistic: Statistic
) -> PairedMetric:
    """The metric of two arms over the same runs; a run that lacks it in one arm is left out of both."""
    a, b = listwise([base, other])
    apart = difference_of_proportions(a, b) if is_probability(metric) else difference(a, b, resampling, statistic)
    return PairedMetric(
        one_arm(metric, a, resampling, statistic),
        one_arm(metric, b, resampling, statistic),
        apart,
        variance_reduction(a, b),
    )


def interval_row(name: str, found: Estimate) -> dict[str, float]:
    """NAME, NAME_low, NAME_high."""
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def difference_row(metric: str, found: PairedMetric) -> dict[str, Any]:
    """The columns of a table that tell what differs, how surely, and in which unit."""
    return {
        "difference": found.difference.value,
        "ci_low": found.difference.low,
        "ci_high": found.difference.high,
        "se": found.difference.se,
        "variance_reduction": found.variance_reduction,
        "runs": found.difference.n,
        "unit": unit_of(metric),
    }
