"""A comparison taken apart: whose sales, calls and losses differ, and on which board or in which sector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.results.metrics import drawdown_path
from pingcang.results.units import unit_in
from pingcang.study.contrast import Contrast, contrasts, told

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.arrays import Floats, Ints
    from pingcang.study.paired import Resampling, Statistic

Values = dict[str, "Floats"]
"""Metric -> numbers by run."""


@dataclass(frozen=True)
class Quantity:
    """A number of a run and of a part of the market."""

    unit: str
    long_name: str


COHORT = {
    "forced_sales": Quantity("CNY", "Forced sales"),
    "preemptive_sales": Quantity("CNY", "Pre-emptive sales"),
    "margin_calls": Quantity("calls", "Margin calls"),
    "forced_account_days": Quantity("account-days", "Account-days in forced liquidation"),
    "closed_accounts": Quantity("accounts", "Accounts closed out"),
    "negative_equity": Quantity("accounts", "Negative equity, worst day"),
    "lender_loss": Quantity("CNY", "Loss of their lenders"),
    "equity_at_trough": Quantity("CNY", "Equity at the trough"),
    "equity_at_end": Quantity("CNY", "Equity, last day"),
    "financing_change": Quantity("1", "Change of financing balance"),
}
BOARD = {
    "limit_down_days": Quantity("stock-days", "Limit-down stock-days"),
    "suspended_days": Quantity("stock-days", "Suspended stock-days"),
    "turnover": Quantity("CNY", "Turnover"),
}
SECTOR = {
    "drawdown": Quantity("1", "Drawdown"),
    "financing_change": Quantity("1", "Change of brokers' balance"),
}
QUANTITIES: Mapping[str, Mapping[str, Quantity]] = {"cohort": COHORT, "board": BOARD, "sector": SECTOR}
"""Dimension -> what is told of each of its parts. Flows are sums over the days after the start, changes go
from the first day to the last, negative equity counts accounts that owe more than they hold."""


@dataclass(frozen=True)
class Breakdown:
    """Dimension -> name of the part -> metric -> contrast, over the parts that both arms have."""

    parts: dict[str, dict[str, dict[str, Contrast]]]

    @property
    def table(self) -> pd.DataFrame:
        """One row a part and metric."""
        return pd.DataFrame(
            {"dimension": dimension, "name": name, "metric": metric, **found.row()}
            for dimension, names in self.parts.items()
            for name, metrics in names.items()
            for metric, found in metrics.items()
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            dimension: {name: told(metrics.items()) for name, metrics in names.items()}
            for dimension, names in self.parts.items()
        }


def break_down(base: xr.Dataset, other: xr.Dataset, resampling: Resampling, statistic: Statistic) -> Breakdown:
    """Take apart two datasets that hold the same runs in the same order."""
    found: dict[str, dict[str, dict[str, Contrast]]] = {}
    for dimension, measure in MEASURES.items():
        units = {name: unit_in(quantity.unit, base.attrs) for name, quantity in QUANTITIES[dimension].items()}
        first, second = measure(base), measure(other)
        found[dimension] = {
            name: contrasts(first[name], second[name], units, resampling, statistic) for name in first if name in second
        }
    return Breakdown(found)


def by_cohort(dataset: xr.Dataset) -> dict[str, Values]:
    """COHORT of every cohort, by run."""
    trough = drawdown_path(dataset["index"].values).argmax(axis=-1)
    return {name: _of_cohort(dataset.sel(cohort=name), trough) for name in _names(dataset, "cohort")}


def _of_cohort(cohort: xr.Dataset, trough: Ints) -> Values:
    equity = _days(cohort, "investor_equity")
    return {
        "forced_sales": _total(cohort, "forced_sales"),
        "preemptive_sales": _total(cohort, "preemptive_sales"),
        "margin_calls": _total(cohort, "margin_calls"),
        "forced_account_days": _total(cohort, "forced_accounts"),
        "closed_accounts": _total(cohort, "closed_accounts"),
        "negative_equity": _days(cohort, "negative_equity").max(axis=1),
        "lender_loss": _total(cohort, "lender_loss_cohort"),
        "equity_at_trough": np.take_along_axis(equity, trough[:, None], axis=1)[:, 0],
        "equity_at_end": equity[:, -1],
        "financing_change": _change(_days(cohort, "financing_balance")),
    }


def by_board(dataset: xr.Dataset) -> dict[str, Values]:
    """BOARD of every board, by run."""
    variables = {"limit_down_days": "limit_down", "suspended_days": "suspended", "turnover": "turnover"}
    return {
        name: {metric: _total(dataset.sel(board=name), variable) for metric, variable in variables.items()}
        for name in _names(dataset, "board")
    }


def by_sector(dataset: xr.Dataset) -> dict[str, Values]:
    """SECTOR of every sector, by run."""
    return {
        name: {
            "drawdown": drawdown_path(_days(dataset.sel(sector=name), "index_sector")).max(axis=1),
            "financing_change": _change(_days(dataset.sel(sector=name), "financing_balance_sector")),
        }
        for name in _names(dataset, "sector")
    }


MEASURES: dict[str, Callable[[xr.Dataset], dict[str, Values]]] = {
    "cohort": by_cohort,
    "board": by_board,
    "sector": by_sector,
}


def _names(dataset: xr.Dataset, dimension: str) -> list[str]:
    return [str(name) for name in dataset[dimension].values]


def _days(part: xr.Dataset, variable: str) -> Floats:
    return part[variable].transpose("run", "day").values.astype(np.float64)


def _total(part: xr.Dataset, variable: str) -> Floats:
    """Sum over the days after the start, whose own entry is historic."""
    total: Floats = _days(part, variable)[:, 1:].sum(axis=1)
    return total


def _change(balance: Floats) -> Floats:
    first, last = balance[:, 0], balance[:, -1]
    change: Floats = np.divide(last - first, first, out=np.full(first.shape, np.nan), where=first > 0)
    return change
