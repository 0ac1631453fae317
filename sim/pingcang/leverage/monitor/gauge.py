"""A gauge: what is read off a dataset, from which variables, by which formula, and how it is judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pingcang.leverage.monitor.calendar import as_date, stretches
from pingcang.leverage.monitor.reading import Group, Light, Reading
from pingcang.results.units import CNY, currency_of

Measure = Callable[[xr.Dataset], xr.DataArray]
WHOLE_MARKET = "all"
"""The attribute `exchange` of a balance of both exchanges."""
LOWEST, HIGHEST = 0.05, 0.95
"""Quantiles of the runs that an interval spans."""


@dataclass(frozen=True)
class Gauge:
    """One row of the scorecard before it is read. `measure` gives (date) or a number, and `run` if there are runs."""

    key: str
    group: Group
    label: str
    unit: str
    inputs: tuple[str, ...]
    formula: str
    measure: Measure
    optional: tuple[str, ...] = ()
    """Variables that are used where they are there."""
    days: int = 0
    """Uninterrupted trading days that are needed before the day."""
    judge: Callable[[float], Light] | None = None
    line: str = ""
    """The lines that `judge` knows, in words, with their source."""
    about_2015: bool = False
    """Whether it compares with the record of 2015, which was of both exchanges of China and in CNY."""
    otherwise: str = ""
    """Why there may be no number although everything is known."""

    def used(self, dataset: xr.Dataset) -> tuple[str, ...]:
        """The variables that it is computed from in this dataset."""
        return (*self.inputs, *(name for name in self.optional if name in dataset))


def measured(gauge: Gauge, dataset: xr.Dataset) -> xr.DataArray | None:
    """What the gauge gives on every day, or as one number; None where a variable is absent."""
    if any(name not in dataset for name in gauge.inputs) or (gauge.about_2015 and not_of_china(dataset)):
        return None
    return gauge.measure(dataset).assign_attrs(units=gauge.unit, long_name=gauge.label)


def read(gauge: Gauge, found: xr.DataArray | None, dataset: xr.Dataset, needed: Mapping[str, str]) -> Reading:
    """The reading on the last day of the dataset; `needed`: how to provide each variable that is absent."""
    if found is None:
        absent = [needed[name] for name in gauge.inputs if name not in dataset]
        return _without(gauge, dataset, "; ".join(dict.fromkeys(absent)) or not_of_china(dataset))
    values = np.atleast_1d((found.isel(date=-1) if "date" in found.dims else found).values.astype(np.float64))
    known = values[np.isfinite(values)]
    if not known.size:
        return _without(gauge, dataset, why_unknown(gauge, dataset))
    low, value, high = (float(bound) for bound in np.quantile(known, (LOWEST, 0.5, HIGHEST)))
    return Reading(
        gauge.key,
        gauge.group,
        gauge.label,
        gauge.unit,
        value,
        (low, high) if "run" in found.dims and found.sizes["run"] > 1 else None,
        last_day(dataset),
        gauge.judge(value) if gauge.judge else None,
        gauge.line if gauge.judge else "",
        gauge.used(dataset),
        gauge.formula,
        "",
    )


def not_of_china(dataset: xr.Dataset) -> str:
    """Why lines of China's whole market do not apply to a dataset; empty if they do."""
    currency, exchange = currency_of(dataset.attrs), str(dataset.attrs.get("exchange", WHOLE_MARKET))
    if currency != CNY:
        return f"a balance in CNY; this one is in {currency}"
    if exchange != WHOLE_MARKET:
        return f"the balance of both exchanges; this one is of {exchange} alone"
    return ""


def last_day(dataset: xr.Dataset) -> dt.date:
    """The day that is read: the last one of the dataset."""
    return as_date(dataset["date"].values[-1])


def why_unknown(gauge: Gauge, dataset: xr.Dataset) -> str:
    """Why a number cannot be computed although its variables are there."""
    day = last_day(dataset)
    lacking = _not_known(dataset[list(gauge.inputs)])
    if lacking:
        return "; ".join(_when(names, day, last) for last, names in lacking.items())
    number = stretches(dataset["date"].values)
    there = int((number == number[-1]).sum()) - 1
    if there < gauge.days:
        return f"{gauge.days} trading day{'s' * (gauge.days > 1)} before {day} without a gap; the data have {there}"
    return gauge.otherwise or f"a value of {' or '.join(gauge.inputs)} that is lacking in the days up to {day}"


def _not_known(inputs: xr.Dataset) -> dict[dt.date | None, list[str]]:
    """The inputs without a value on the last day, by the last day that they have one on."""
    found: dict[dt.date | None, list[str]] = {}
    for name, variable in inputs.data_vars.items():
        known = np.flatnonzero(variable.notnull().any([dim for dim in variable.dims if dim != "date"]).values)
        if not known.size:
            found.setdefault(None, []).append(str(name))
        elif known[-1] != inputs.sizes["date"] - 1:
            found.setdefault(as_date(inputs["date"].values[known[-1]]), []).append(str(name))
    return found


def _when(names: list[str], day: dt.date, last: dt.date | None) -> str:
    told = " and ".join(names)
    return f"{told} on any day up to {day}" if last is None else f"{told} on {day} (last known on {last}: --on {last})"


def _without(gauge: Gauge, dataset: xr.Dataset, missing: str) -> Reading:
    return Reading(
        gauge.key,
        gauge.group,
        gauge.label,
        gauge.unit,
        None,
        None,
        None,
        None,
        "",
        gauge.used(dataset),
        gauge.formula,
        missing,
    )
