"""One dataset of a page: its runs, its dates, its scenario, and what is asked of them again and again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.errors import ScenarioError
from pingcang.results.metrics import drawdown_path
from pingcang.results.units import currency_of
from pingcang.scenario import load_text

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.arrays import Array, Floats
    from pingcang.scenario.schema import Scenario

QUANTILES = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
"""Of a fan, by the name of its column."""
MOMENTS = ("start", "trough", "end")


@dataclass(frozen=True)
class Arm:
    """A dataset under the name that figures give it."""

    name: str
    """`simulated`, or `base` and `other`: short and harmless."""
    label: str
    """As its user called it."""
    store: str
    dataset: xr.Dataset

    @property
    def told(self) -> dict[Any, Any]:
        """The attributes."""
        return self.dataset.attrs

    @property
    def currency(self) -> str:
        """The currency of its amounts; CNY where it names none."""
        return currency_of(self.told)

    @property
    def runs(self) -> int:
        """How many runs succeeded and are shown."""
        return int(self.dataset.sizes["run"])

    @property
    def days(self) -> int:
        """Trading days after the start."""
        return int(self.dataset.sizes["day"]) - 1

    @property
    def dates(self) -> Array:
        """The date of each day."""
        return self.dataset["date"].values

    @property
    def amplification(self) -> bool:
        """Whether every run was simulated without feedback, too."""
        return "index_no_feedback" in self.dataset

    @cached_property
    def metrics(self) -> xr.Dataset:
        """Every metric of every run."""
        found: xr.Dataset = self.dataset.pingcang.metrics
        return found

    def metric(self, name: str) -> Floats:
        """A metric of the runs that have it."""
        values: Floats = self.metrics[name].values
        return values[~np.isnan(values)]

    @cached_property
    def scenario(self) -> Scenario | None:
        """The scenario in the attributes; None if this version cannot read it."""
        try:
            return load_text(str(self.told["scenario_text"]), source=self.label).scenario
        except ScenarioError:
            return None

    @cached_property
    def official(self) -> list[str]:
        """Cohorts that owe to brokers."""
        names = json.loads(self.told.get("official_cohorts", "null"))
        return self.cohorts if names is None else [name for name in self.cohorts if name in names]

    @property
    def cohorts(self) -> list[str]:
        """Names of the cohorts."""
        return [str(name) for name in self.dataset["cohort"].values]

    @property
    def boards(self) -> list[str]:
        """Names of the boards."""
        return [str(name) for name in self.dataset["board"].values]

    @cached_property
    def trough(self) -> Array:
        """Day of the trough of each run."""
        found: Array = drawdown_path(self.dataset["index"].values).argmax(axis=-1)
        return found

    def at(self, name: str, moment: str) -> Array:
        """A variable of each run at the start, the run's own trough, or the end: (run, …)."""
        return self.picked(self.dataset[name].values, moment)

    def picked(self, values: Array, moment: str) -> Array:
        """Values (run, day, …) of each run at the start, the run's own trough, or the end: (run, …)."""
        day = {"start": np.zeros(self.runs, int), "trough": self.trough, "end": np.full(self.runs, self.days)}[moment]
        found: Array = values[np.arange(self.runs), day]
        return found

    def fan(self, series: xr.DataArray | Floats) -> pd.DataFrame:
        """Quantiles over the runs of a series (run, day): date, day, p05 to p95."""
        values = np.asarray(series, dtype=np.float64)
        rows = np.quantile(values, list(QUANTILES.values()), axis=0)
        told = dict(zip(QUANTILES, rows, strict=True))
        return pd.DataFrame(
            {"date": [str(date)[:10] for date in self.dates], "day": np.arange(len(self.dates)), **told}
        )

    def daily_mean(self, name: str) -> pd.DataFrame:
        """Mean over the runs of a variable (run, day, part): a column a part; NaN where nothing is known."""
        variable = self.dataset[name]
        parts = [str(part) for part in variable[variable.dims[-1]].values]
        return pd.DataFrame(variable.values.astype(np.float64).mean(axis=0), columns=parts)
