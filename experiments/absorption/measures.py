"""What a run of the study comes down to, and how its numbers are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from experiments.absorption.cells import Cell, arm
from experiments.common.tables import interval_text

from pingcang.results.metrics import SMALLEST_BASE, drawdown_path, official
from pingcang.study.paired import Estimate, Resampling, difference, estimate, proportion

if TYPE_CHECKING:
    from pingcang.arrays import Floats
    from pingcang.study.arms import Arm, Bench

HOT = "electronics"


@dataclass(frozen=True)
class Measure:
    """A number of a run, and how it is shown: multiplied by a factor, with some decimals."""

    name: str
    unit: str
    factor: float = 1.0
    digits: int = 1
    share: bool = False
    """Zeros and ones, told as a probability."""


MEASURES = {
    "drawdown": Measure("drawdown, index", "%", 100),
    "drawdown_equal": Measure("drawdown, equal weight", "%", 100),
    "points": Measure("added by margin orders", "points"),
    "amplification": Measure("amplification", "×", digits=2),
    "beyond_25": Measure("P(drawdown > 25 %)", "%", 100, 0, share=True),
    "beyond_40": Measure("P(drawdown > 40 %)", "%", 100, 0, share=True),
    "forced": Measure("forced sales", "bn CNY", 1e-9, 0),
    "forced_brokers": Measure("of which by brokers", "bn CNY", 1e-9, 0),
    "preemptive": Measure("pre-emptive sales", "bn CNY", 1e-9, 0),
    "lender_loss": Measure("loss of lenders", "bn CNY", 1e-9, 1),
    "balance": Measure("change of brokers' balance", "%", 100),
    "recovered": Measure("back at its peak by day 45", "%", 100, 0, share=True),
    "rebound": Measure("of the fall made good by day 45", "%", 100, 0),
    "limit_down": Measure("limit-down on the worst day", "stocks", digits=0),
    "hot_drawdown": Measure("drawdown of electronics", "%", 100),
    "other_drawdown": Measure("drawdown of all others", "%", 100),
}


def numbers(dataset: xr.Dataset, still: xr.DataArray | None = None) -> pd.DataFrame:
    """MEASURES by run; `still` is the index without the price effect of margin orders, (run, day).

    It belongs to the run of the same number; runs that it lacks have no amplification.
    """
    index = dataset["index"].values
    depth = drawdown_path(index).max(axis=1)
    still = dataset.get("index_no_feedback", still)
    base = np.full(len(depth), np.nan)
    if still is not None:
        base = drawdown_path(still.reindex(run=dataset["run"]).values).max(axis=1)
    hot, others = _sectors(dataset)
    found = {
        "drawdown": depth,
        "drawdown_equal": drawdown_path(dataset["index_equal_weight"].values).max(axis=1),
        "points": 100 * (depth - base),
        "amplification": np.where(base >= SMALLEST_BASE, depth / base, np.nan),
        "beyond_25": (depth > 0.25).astype(float),
        "beyond_40": (depth > 0.40).astype(float),
        "forced": _total(dataset["forced_sales"]),
        "forced_brokers": official(dataset, "forced_sales").sum("day").values,
        "preemptive": _total(dataset["preemptive_sales"]),
        "lender_loss": _total(dataset["lender_loss"]),
        "balance": _change(official(dataset, "financing_balance").values),
        "recovered": (~np.isnan(dataset.pingcang.time_to_recover.values)).astype(float),
        "rebound": _rebound(index),
        "limit_down": dataset["limit_down"].sum("board").max("day").values.astype(float),
        "hot_drawdown": hot,
        "other_drawdown": others,
    }
    return pd.DataFrame(found, index=pd.Index(dataset["run"].values, name="run"))


def _total(flow: xr.DataArray) -> Floats:
    total: Floats = flow.sum([dim for dim in flow.dims if dim != "run"]).values
    return total


def _change(balance: Floats) -> Floats:
    change: Floats = balance[:, -1] / balance[:, 0] - 1
    return change


def _rebound(index: Floats) -> Floats:
    """(last − trough) / (peak before it − trough)."""
    path = drawdown_path(index)
    runs, trough = np.arange(len(index)), path.argmax(axis=1)
    low = index[runs, trough]
    peak = np.maximum.accumulate(index, axis=1)[runs, trough]
    rebound: Floats = (index[:, -1] - low) / (peak - low)
    return rebound


def _sectors(dataset: xr.Dataset) -> tuple[Floats, Floats]:
    by_sector = dataset["index_sector"]
    hot = drawdown_path(by_sector.sel(sector=HOT).values).max(axis=1)
    others = drawdown_path(by_sector.sel(sector="other").values).max(axis=1)
    return hot, others


@dataclass
class Numbers:
    """The numbers of every cell, read once; cells of one market share the counterfactual of its base."""

    bench: Bench
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Of every cell: another scale, fewer days."""
    failed: dict[str, list[int]] = field(default_factory=dict)
    """Cell -> its runs that failed and are in no number."""
    _read: dict[tuple[str, int, str], pd.DataFrame] = field(default_factory=dict)
    _still: dict[str, xr.DataArray] = field(default_factory=dict)

    def arm(self, cell: Cell) -> Arm:
        """The cell as it is simulated."""
        return arm(cell, self.overrides)

    def open(self, cell: Cell) -> xr.Dataset:
        """The cell's dataset."""
        return self.bench.open(self.arm(cell))

    def of(self, cell: Cell, base: Cell | None = None) -> pd.DataFrame:
        """The cell's numbers; `base` is the cell whose index without feedback is its own, too."""
        key = cell.name, cell.runs, "" if base is None else base.name
        if key not in self._read:
            with self.open(cell) as dataset:
                self._read[key] = numbers(dataset, None if base is None else self._without_feedback(base))
                if failed := [run for run in dataset.pingcang.failed_runs if run < cell.runs]:
                    self.failed[cell.name] = failed
        return self._read[key]

    def _without_feedback(self, base: Cell) -> xr.DataArray:
        if base.name not in self._still:
            with self.open(base) as dataset:
                self._still[base.name] = dataset["index_no_feedback"].load()
        return self._still[base.name]


def together(frames: dict[str, pd.DataFrame], measure: str) -> dict[str, Floats]:
    """One measure of several cells over the runs that all have."""
    joined = pd.concat({name: frame[measure] for name, frame in frames.items()}, axis=1, join="inner")
    return {name: joined[name].to_numpy(dtype=np.float64) for name in frames}


def told(frame: pd.DataFrame, measure: str) -> Estimate:
    """Mean (or probability) of a measure over the runs of a cell, with its interval."""
    values = frame[measure].to_numpy(dtype=np.float64)
    return proportion(values) if MEASURES[measure].share else estimate(values)


def apart(a: pd.DataFrame, b: pd.DataFrame, measure: str) -> Estimate:
    """Mean of b less a over the runs of both, paired."""
    pair = together({"a": a, "b": b}, measure)
    return difference(pair["a"], pair["b"], Resampling(len(pair["a"])))


def text(found: Estimate, measure: str) -> str:
    """`42.3 [41.9, 42.7]` in the measure's unit, without signs."""
    shown = MEASURES[measure]
    if np.isnan(found.value):
        return "–"
    value, low, high = (f"{number * shown.factor:,.{shown.digits}f}" for number in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]".replace("-", "−")


def signed_text(found: Estimate, measure: str) -> str:
    """`−3.1 [−3.5, −2.7]`: a difference in the measure's unit."""
    shown = MEASURES[measure]
    value, low, high = (number * shown.factor for number in (found.value, found.low, found.high))
    return interval_text(value, low, high, digits=shown.digits)
