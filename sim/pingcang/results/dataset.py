"""One labelled dataset from many runs."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

import pingcang
from pingcang.results.audit import TABLES
from pingcang.results.dropped import dropped_attribute
from pingcang.results.ranges import told_ranges
from pingcang.results.units import unit_in
from pingcang.results.variables import VARIABLES, Variable

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from pingcang.scenario import LoadedScenario

COORDINATES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "run": (("run",), "1", "Run of the Monte Carlo"),
    "day": (("day",), "trading days", "Trading days since the start"),
    "date": (("day",), "", "Date"),
    "cohort": (("cohort",), "1", "Cohort of margin accounts"),
    "board": (("board",), "1", "Board"),
    "sector": (("sector",), "1", "Sector"),
    "ratio_bin": (("ratio_bin",), "1", "Maintenance ratio, a bin contains its lower edge"),
    "stock": (("stock",), "1", "Stock code"),
    "stock_board": (("stock",), "1", "Board of the stock"),
}
"""Coordinate -> dimensions, unit, long name. Dates carry no unit: xarray writes its own with them."""

STORED = (*VARIABLES, Variable("float_cap_start", (), "CNY", "Float market cap at the start"))
"""What the dataset holds: what was recorded day by day, and one number a run."""


@dataclass(frozen=True)
class RunResult:
    """What one run hands over.

    `variables`: name -> array with the dimensions of `STORED`, without run. `coordinates`: name -> labels,
    the same for every run. `audit`, `causes`: the rows of the tables beside the store, if they were recorded.
    """

    run: int
    variables: Mapping[str, NDArray[Any]]
    coordinates: Mapping[str, NDArray[Any] | Sequence[str]]
    audit: Mapping[str, NDArray[Any]] | None = None
    causes: pa.Table | None = None

    @property
    def tables(self) -> dict[str, Mapping[str, NDArray[Any]] | pa.Table]:
        """Name -> rows of the tables that were recorded (results/audit.py)."""
        return {name: rows for name in TABLES if (rows := getattr(self, name)) is not None}


def assemble(runs: Sequence[RunResult], attributes: Mapping[str, Any]) -> xr.Dataset:
    """The dataset of these runs, labelled and in their order."""
    if not runs:
        raise ValueError("a dataset needs at least one run")
    first = runs[0]
    coordinates = {"run": _coordinate("run", np.array([result.run for result in runs], dtype=np.int64))}
    days = len(first.coordinates["date"])
    coordinates["day"] = _coordinate("day", np.arange(days, dtype=np.int64))
    for name, labels in first.coordinates.items():
        coordinates[name] = _coordinate(name, labels)
    variables = {v.name: _stacked(v, runs, attributes) for v in STORED if v.name in first.variables}
    return xr.Dataset(variables, coordinates, attributes)


def _stacked(
    variable: Variable, runs: Sequence[RunResult], attributes: Mapping[str, Any]
) -> tuple[tuple[str, ...], NDArray[Any], dict[str, str]]:
    arrays = [np.asarray(result.variables[variable.name], dtype=variable.dtype) for result in runs]
    return (
        ("run", *variable.dims),
        np.stack(arrays),
        {"units": unit_in(variable.unit, attributes), "long_name": variable.long_name},
    )


def _coordinate(name: str, labels: NDArray[Any] | Sequence[str]) -> tuple[tuple[str, ...], Any, dict[str, str]]:
    dims, unit, long_name = COORDINATES[name]
    values = np.asarray(labels, dtype="datetime64[ns]" if name == "date" else None)
    return dims, values, {"long_name": long_name, **({"units": unit} if unit else {})}


def provenance(
    loaded: LoadedScenario, *, seed: int, record: Sequence[str], amplification: bool, command: str = ""
) -> dict[str, Any]:
    """Attributes that say where the numbers come from; lists as JSON text, which netCDF can hold too."""
    scenario = loaded.scenario
    return {
        "title": f"Pingcang: {scenario.name}",
        "scenario": scenario.name,
        "scenario_text": loaded.text,
        "scenario_hash": loaded.hash,
        "seed": seed,
        "scale": float(scenario.scale),
        **({} if scenario.currency is None else {"currency": scenario.currency}),
        "record": json.dumps(sorted(record)),
        "amplification": int(amplification),
        "official_cohorts": json.dumps(official_cohorts(loaded)),
        "versions": json.dumps(
            {"pingcang": pingcang.__version__, "numpy": np.__version__, "python": platform.python_version()}
        ),
        "command": command,
        **dropped_attribute(loaded),
    }


def official_cohorts(loaded: LoadedScenario) -> list[str]:
    """The cohorts whose lender is a broker: only these are in the official financing balance."""
    return [
        name
        for name, cohort in loaded.scenario.cohorts.items()
        if (cohort.contract.lender or ("shadow" if cohort.kind == "shadow" else "broker")) == "broker"
    ]


def run_attributes(runs: int, failures: Mapping[int, str]) -> dict[str, Any]:
    """The attributes that tell how many runs were asked for and which failed, with their tracebacks."""
    return {
        "runs": runs,
        "failed_runs": json.dumps(sorted(failures)),
        "failures": json.dumps({str(run): failures[run] for run in sorted(failures)}),
    }


def failed_runs(dataset: xr.Dataset) -> list[int]:
    """The runs that failed and are therefore not in the dataset."""
    return [int(run) for run in json.loads(dataset.attrs.get("failed_runs", "[]"))]


def left_out(dataset: xr.Dataset) -> str:
    """`2 failed and are left out: 2, 5`; empty if none failed."""
    failed = failed_runs(dataset)
    return f"{len(failed)} failed and are left out: {told_ranges(failed)}" if failed else ""
