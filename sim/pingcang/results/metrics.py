"""What a run comes down to: one number a metric and run, and their median and 5-95% range over the runs.

Glossary: I index, day t; drawdown D = max_t (1 − I_t / max_{u≤t} I_u); official: lent by brokers.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pingcang.results.units import unit_in

Floats = NDArray[np.float64]

UNITS: dict[str, tuple[str, str]] = {
    "drawdown": ("1", "Maximum drawdown of the index"),
    "trough_day": ("trading days", "Day of the trough of the maximum drawdown"),
    "financing_change": ("1", "Change of the official financing balance, first to last day"),
    "max_limit_down": ("stocks", "Stocks at limit-down on the worst day"),
    "max_suspended": ("stocks", "Suspended stocks on the worst day"),
    "margin_calls": ("1", "Margin calls"),
    "forced_sales": ("CNY", "Forced liquidation"),
    "preemptive_sales": ("CNY", "Pre-emptive sales"),
    "lender_loss": ("CNY", "Loss of the lenders"),
    "amplification": ("1", "Drawdown over drawdown without feedback"),
    "amplification_points": ("percentage points", "Drawdown less drawdown without feedback"),
}
"""Metric -> unit, long name."""

SMALLEST_BASE = 0.05
"""Below this drawdown without feedback no ratio is given: it would be noise over noise."""


def drawdown_path(index: Floats) -> Floats:
    """Fall from the highest level so far, a positive fraction; days are on the last axis."""
    path: Floats = 1.0 - index / np.maximum.accumulate(index, axis=-1)
    return path


def official_balance(dataset: xr.Dataset) -> xr.DataArray:
    """Financing balance lent by brokers, CNY (run, day); shadow finance is not in it."""
    return official(dataset, "financing_balance")


def official(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """A variable summed over the cohorts whose lender is a broker."""
    return dataset[name].sel(cohort=official_cohorts(dataset)).sum("cohort", keep_attrs=True)


def official_cohorts(dataset: xr.Dataset) -> list[str]:
    """The cohorts whose lender is a broker; all of them where the dataset does not say."""
    there = [str(cohort) for cohort in dataset["cohort"].values]
    names = json.loads(dataset.attrs.get("official_cohorts", "null"))
    return there if names is None else [cohort for cohort in names if cohort in there]


def per_run(dataset: xr.Dataset) -> xr.Dataset:
    """Every metric of every run as float64 (run), with `units` and `long_name`; NaN where there is none."""
    path = drawdown_path(dataset["index"].values)
    depth = path.max(axis=-1)
    values = {
        "drawdown": depth,
        "trough_day": dataset["day"].values[path.argmax(axis=-1)].astype(np.float64),
        "financing_change": _relative_change(official_balance(dataset).values),
        "max_limit_down": _worst_day(dataset["limit_down"]),
        "max_suspended": _worst_day(dataset["suspended"]),
        **{name: _total(dataset[name]) for name in ("margin_calls", "forced_sales", "preemptive_sales", "lender_loss")},
        **_amplification(dataset, depth),
    }
    described = {
        name: ("run", values[name], {"units": unit_in(unit, dataset.attrs), "long_name": long_name})
        for name, (unit, long_name) in UNITS.items()
    }
    return xr.Dataset(described, {"run": dataset["run"]})


def summarise(dataset: xr.Dataset) -> dict[str, dict[str, float | str | None]]:
    """Metric -> median, p05, p95 (None where no run has it) and unit, over the runs that succeeded."""
    values = per_run(dataset)
    return {str(name): _spread(values[name]) for name in values.data_vars}


def median_interval(values: Floats, level: float = 0.95, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    """Percentile-bootstrap confidence interval of the median of numbers without NaN, at least one.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 13.
    """
    draws = np.random.default_rng(seed).integers(values.size, size=(resamples, values.size))
    low, high = np.quantile(np.median(values[draws], axis=1), (0.5 - level / 2, 0.5 + level / 2))
    return float(low), float(high)


def _spread(metric: xr.DataArray) -> dict[str, float | str | None]:
    known = metric.values[~np.isnan(metric.values)]
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95)) if known.size else (None, None, None)
    return {
        "median": None if middle is None else float(middle),
        "p05": None if low is None else float(low),
        "p95": None if high is None else float(high),
        "unit": str(metric.attrs["units"]),
    }


def _relative_change(balance: Floats) -> Floats:
    first, last = balance[:, 0], balance[:, -1]
    change: Floats = np.divide(last - first, first, out=np.full(first.shape, np.nan), where=first > 0)
    return change


def _worst_day(stocks: xr.DataArray) -> Floats:
    return stocks.sum("board").max("day").values.astype(np.float64)


def _total(flow: xr.DataArray) -> Floats:
    return flow.sum([dim for dim in flow.dims if dim != "run"]).values.astype(np.float64)


def _amplification(dataset: xr.Dataset, depth: Floats) -> dict[str, Any]:
    if "index_no_feedback" not in dataset:
        nothing = np.full(depth.shape, np.nan)
        return {"amplification": nothing, "amplification_points": nothing}
    base = drawdown_path(dataset["index_no_feedback"].values).max(axis=-1)
    ratio = np.divide(depth, base, out=np.full(depth.shape, np.nan), where=base >= SMALLEST_BASE)
    return {"amplification": ratio, "amplification_points": 100.0 * (depth - base)}
