"""What each link does to the same market: one balance, run by run against the market without links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from experiments.equal_risk.answers import TN
from experiments.macro.answers import HIGH, LOW, SHADOW, TODAY, Plan

from pingcang.results.metrics import median_interval, per_run
from pingcang.scenario import LoadedScenario
from pingcang.study.arms import Arm, changed
from pingcang.study.equal_risk import balance_and_shadow
from pingcang.study.statistic import Floats

MIDDLE = (LOW + HIGH) / 2
"""CNY; the first balance that every search tries."""


@dataclass(frozen=True)
class Quantity:
    """One number of a run, as it is told."""

    name: str
    factor: float = 1.0
    digits: int = 2


QUANTITIES = {
    "drawdown": Quantity("drawdown, points", 100.0),
    "trough_day": Quantity("day of the trough", digits=1),
    "amplification_points": Quantity("drawdown added by margin orders, points"),
    "margin_calls": Quantity("margin calls, thousands", 1e-3, 0),
    "forced_sales": Quantity("forced sales, bn", 1e-9, 0),
    "preemptive_sales": Quantity("pre-emptive sales, bn", 1e-9, 0),
    "margin_purchases": Quantity("purchases on loans, bn", 1e-9, 0),
    "rescue_purchases": Quantity("rescue purchases, bn", 1e-9, 0),
    "financing_change": Quantity("change of the balance of brokers, %", 100.0, 1),
}
"""Metrics and flows of a run over all its days."""


def mechanism(plan: Plan) -> pd.DataFrame:
    """A row a setting and quantity: median without links or of the paired difference from it, with its interval."""
    today = plan.load(TODAY)
    runs = {setting.name: _numbers(plan, setting.of(today)) for setting in plan.settings}
    base = next(iter(runs.values()))
    rows = []
    for links, numbers in runs.items():
        for name, values in numbers.items():
            told = values if numbers is base else values - base[name]
            low, high = median_interval(told)
            rows.append({"links": links, "quantity": name, "median": np.median(told), "low": low, "high": high})
    return pd.DataFrame(rows)


def _numbers(plan: Plan, today: LoadedScenario) -> dict[str, Floats]:
    """Every quantity in every run."""
    lever = balance_and_shadow(today.scenario, SHADOW)
    arm = Arm(f"{MIDDLE / TN:.4g}tn", changed(today, lever(MIDDLE)), plan.runs, amplification=True)
    bench = plan.bench
    bench.simulate(arm)
    with bench.open(arm) as dataset:
        return {name: _of_runs(dataset, name) * each.factor for name, each in QUANTITIES.items()}


def _of_runs(dataset: xr.Dataset, name: str) -> Floats:
    if name in ("margin_purchases", "rescue_purchases"):
        flow = dataset[name].isel(day=slice(1, None))
        values: Floats = flow.sum([dim for dim in flow.dims if dim != "run"]).values.astype(np.float64)
        return values
    metric: Floats = per_run(dataset)[name].values
    return metric
