"""The monitor's dataset from tables of files, and the check that a dataset is one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pingcang.errors import DataError
from pingcang.leverage.variables import BY_NAME, REQUIRED
from pingcang.results.units import unit_in

ORIGINS = ("files", "simulation")


def check(dataset: xr.Dataset) -> None:
    """Refuse, as DataError with a line a problem, what is no dataset of `leverage.variables`."""
    problems = [*_attributes(dataset), *_dates(dataset)]
    problems += [f"{name}: is absent, and required" for name in REQUIRED if name not in dataset]
    for name in dataset.data_vars:
        problems += _variable(dataset, str(name))
    if problems:
        raise DataError(*(f"monitor: {each}" for each in problems))


def _attributes(dataset: xr.Dataset) -> list[str]:
    origin = dataset.attrs.get("origin")
    return [] if origin in ORIGINS else [f"origin: found {origin!r}, must be one of {', '.join(ORIGINS)}"]


def _dates(dataset: xr.Dataset) -> list[str]:
    if "date" not in dataset.coords or not np.issubdtype(dataset["date"].dtype, np.datetime64):
        return ["date: must be a coordinate of dates (datetime64)"]
    days = dataset["date"].values
    if not days.size:
        return ["date: there is no day"]
    wrong = np.flatnonzero(np.diff(days) <= np.timedelta64(0))
    if not wrong.size:
        return []
    first, second = (str(day)[:10] for day in days[wrong[0] : wrong[0] + 2])
    return [f"date: {second} stands after {first}; sort the days and keep each once"]


def _variable(dataset: xr.Dataset, name: str) -> list[str]:
    if name not in BY_NAME:
        return [f"{name}: is none of {', '.join(BY_NAME)}; rename or drop it"]
    expected, found = BY_NAME[name], dataset[name]
    problems = []
    if set(found.dims) - {"run"} != set(expected.dims):
        problems.append(f"{name}: found dimensions {found.dims}, must be {expected.dims}, and run if there are runs")
    units = unit_in(expected.units, dataset.attrs)
    if found.attrs.get("units") != units:
        problems.append(f"{name}: found units {found.attrs.get('units')!r}, must be {units!r}")
    return problems
