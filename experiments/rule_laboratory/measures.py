"""What a run of an arm comes down to, in the crash and in calm times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pingcang.results.metrics import drawdown_path, official, per_run
from pingcang.study import calm

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Measure:
    """A number of a run, and how a page shows it: levels and differences in one unit."""

    name: str
    unit: str
    """Of the numbers: CNY, 1 for shares, or what is counted."""
    shown: str
    """Of levels on the page; a difference of percentages is told in points."""
    factor: float
    digits: int = 1

    @property
    def heading(self) -> str:
        """Of a column."""
        return f"{self.name}, {self.shown}"


CRASH = {
    "drawdown": Measure("drawdown", "1", "%", 100, 2),
    "drawdown_equal": Measure("drawdown, equal weight", "1", "%", 100, 2),
    "forced_sales": Measure("forced sales", "CNY", "bn CNY", 1e-9),
    "margin_calls": Measure("margin calls", "calls", "thousand", 1e-3),
    "lender_loss": Measure("loss of lenders", "CNY", "bn CNY", 1e-9, 2),
    "broker_loss": Measure("of which brokers", "CNY", "bn CNY", 1e-9, 3),
    "closed_accounts": Measure("accounts closed out", "accounts", "thousand", 1e-3),
    "financing_change": Measure("change of brokers' balance", "1", "%", 100, 2),
    "limit_down_days": Measure("stock-days at limit-down", "stock-days", "thousand", 1e-3, 2),
}
CALM = {
    "mean_credit": Measure("brokers' mean credit", "CNY", "bn CNY", 1e-9),
    "margin_purchases": Measure("margin purchases a day", "CNY a day", "bn CNY", 1e-9, 2),
    "turnover": Measure("turnover a day", "CNY a day", "bn CNY", 1e-9),
    "drawdown": Measure("drawdown", "1", "%", 100, 2),
}


def crash_numbers(dataset: xr.Dataset) -> pd.DataFrame:
    """CRASH by run."""
    found = per_run(dataset)
    known = {name: found[name].values for name in ("drawdown", "forced_sales", "margin_calls", "lender_loss")}
    return _by_run(
        dataset,
        known
        | {
            "drawdown_equal": drawdown_path(dataset["index_equal_weight"].values).max(axis=1),
            "closed_accounts": dataset["closed_accounts"].sum(("day", "cohort")).values,
            "broker_loss": official(dataset, "lender_loss_cohort").sum("day").values,
            "financing_change": found["financing_change"].values,
            "limit_down_days": dataset["limit_down"].sum(("day", "board")).values,
        },
    )


def calm_numbers(dataset: xr.Dataset) -> pd.DataFrame:
    """CALM by run."""
    found = calm.measured(dataset)
    return _by_run(dataset, {name: found[name] for name in CALM})


def _by_run(dataset: xr.Dataset, values: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(values, index=pd.Index(dataset["run"].values, name="run")).astype(float)
