"""A simulated market as the monitor of real balances reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pingcang.leverage.monitor.calendar import as_date
from pingcang.leverage.monitor.scorecard import monitor
from pingcang.leverage.monitor.simulated import from_results
from pingcang.leverage.monitor.source import latest_thresholds
from pingcang.results.variables import VARIABLES

if TYPE_CHECKING:
    from pingcang.arrays import Floats
    from pingcang.leverage.monitor.scorecard import Monitor
    from pingcang.leverage.thresholds import Thresholds
    from pingcang.report.arm import Arm

FROM = {
    "financing_balance": ("financing_balance",),
    "shadow_balance": ("financing_balance",),
    "balance_to_float": ("financing_balance", "short_balance", "float_cap_start", "index"),
    "margin_share": ("margin_purchases", "turnover"),
    "maintenance_ratio": ("maintenance_ratio", "investor_equity"),
    "multiple": ("maintenance_ratio", "investor_equity"),
    "short_to_financing": ("short_balance", "financing_balance"),
    "largest_sector": ("financing_balance_sector",),
    "effective_sector": ("financing_balance_sector",),
}
"""Readings of the table, and the variables of the dataset that each comes from."""
SECTORS = "financing_balance_sector"
READ = (
    "financing_balance", "short_balance", "margin_purchases", "maintenance_ratio", "investor_equity", "turnover",
    "limit_up", "limit_down",
)  # fmt: skip
"""Variables without which the monitor does not begin; one that an old dataset lacks is unknown on every day."""


@dataclass(frozen=True)
class Levered:
    """An arm with what the monitor reads of it."""

    arm: Arm

    @cached_property
    def monitor(self) -> Monitor:
        """The reading of its whole run."""
        return monitor(self._read)

    @cached_property
    def thresholds(self) -> Thresholds | None:
        """The latest ready-made ones that are not later than its start."""
        return latest_thresholds(self._read, as_date(self.arm.dates[0]))

    @cached_property
    def _read(self) -> xr.Dataset:
        return from_results(_with_unknown(self.arm.dataset))

    @property
    def absent(self) -> list[str]:
        """Variables that the dataset of an older version lacks."""
        return [name for name in (*READ, SECTORS) if name not in self.arm.dataset]

    def series(self, key: str) -> Floats | None:
        """A reading by run and day; None if it has no value."""
        if key not in self.monitor.series:
            return None
        found = self.monitor.series[key].transpose("run", "date").values.astype(np.float64)
        return found if np.isfinite(found).any() else None

    def at(self, key: str, moment: str) -> Floats:
        """A reading that has a value, of each run at the start, the trough of its own index, or the end."""
        series = self.series(key)
        assert series is not None
        return self.arm.picked(series, moment)


def _with_unknown(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with NaN where an older version recorded nothing that the monitor reads."""
    dims = {variable.name: ("run", *variable.dims) for variable in VARIABLES}
    absent = {
        name: xr.DataArray(np.full([dataset.sizes[dim] for dim in dims[name]], np.nan), dims=dims[name])
        for name in READ
        if name not in dataset
    }
    return dataset.assign(absent)
