"""What is computed from single runs of a dataset, all in one pass over each dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pingcang.arrays import Floats
from pingcang.validate.runs import Run, calm_days, calm_runs, crash_days, crash_runs, has_stocks
from pingcang.validate.targets import CALM, CRASH

Measure = Callable[[Run], float]


@dataclass(frozen=True)
class Quantity:
    """One number of a run, and what it needs."""

    name: str
    measure: Measure
    dataset: str = CRASH
    stocks: bool = False
    """Whether it needs --record stocks."""
    least_days: int = 0
    """Returns that the series must have, else the number would mean nothing."""


def evaluate(quantities: Sequence[Quantity], crash: xr.Dataset, calm: xr.Dataset | None) -> dict[str, Floats]:
    """Name -> value in each run of its dataset; one NaN for what is not computed."""
    missing = not_computed(quantities, crash, calm)
    values = {name: np.array([np.nan]) for name in missing}
    possible = [quantity for quantity in quantities if quantity.name not in missing]
    values |= _each(crash_runs(crash), [q for q in possible if q.dataset == CRASH])
    if calm is not None:
        values |= _each(calm_runs(calm), [q for q in possible if q.dataset == CALM])
    return {quantity.name: values[quantity.name] for quantity in quantities}


def not_computed(quantities: Sequence[Quantity], crash: xr.Dataset, calm: xr.Dataset | None) -> dict[str, str]:
    """Name -> what is missing, for each quantity that cannot be computed from these datasets."""
    days = {CRASH: _returns(crash_days(crash)), CALM: 0 if calm is None else _returns(calm_days(calm))}
    datasets = {CRASH: crash, CALM: calm}
    found = {q.name: _missing(q, datasets[q.dataset], days[q.dataset]) for q in quantities}
    return {name: why for name, why in found.items() if why}


def _missing(quantity: Quantity, dataset: xr.Dataset | None, days: int) -> str:
    if dataset is None:
        return "needs --calm" + (" with --record stocks" if quantity.stocks else "")
    if quantity.stocks and not has_stocks(dataset):
        return "needs --record stocks" + (" in the calm dataset" if quantity.dataset == CALM else "")
    if days < quantity.least_days:
        return f"series too short: {days} days, needs {quantity.least_days}"
    return ""


def _returns(days: slice) -> int:
    return int(days.stop) - int(days.start) - 1


def _each(runs: Iterator[Run], quantities: Sequence[Quantity]) -> dict[str, Floats]:
    if not quantities:
        return {}
    rows = [[quantity.measure(run) for quantity in quantities] for run in runs]
    return {quantity.name: column for quantity, column in zip(quantities, np.array(rows).T, strict=True)}
