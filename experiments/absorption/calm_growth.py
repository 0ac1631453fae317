"""Without any event: does the balance of every market grow as it did in calm times? A wrong growth turns the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.absorption.cells import Cell, Sizes, calm
from experiments.absorption.measures import Numbers
from experiments.absorption.tidy import estimate_of, provenance, row, spelled
from experiments.common.tables import Result, markdown

from pingcang.results.metrics import drawdown_path, official
from pingcang.study.paired import Estimate, estimate

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from pingcang.arrays import Floats

NAME = "calm"
FIRST_DAYS = 20
COLUMNS = {
    "growth": "growth of brokers' balance, first 20 days, % a day",
    "growth_all": "the same over 45 days",
    "index": "index on day 45, %",
    "drawdown": "maximum drawdown, %",
}
OBSERVED = {"2015": "+0.65", "2025": "+0.15"}
"""% a day. source: regressions of the daily balance, January to June 2015 and May to December 2025."""


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return list(calm(sizes).values())


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Four numbers a market."""
    lines = []
    for name, cell in calm(sizes).items():
        with found.open(cell) as dataset:
            lines += [row(estimate(values), cell=name, measure=m) for m, values in _numbers(dataset).items()]
    return Result(NAME, {"calm_growth": pd.DataFrame(lines)}, provenance(found, calm(sizes)["2025"]))


def _numbers(dataset: xr.Dataset) -> dict[str, Floats]:
    balance, index = official(dataset, "financing_balance").values, dataset["index"].values
    days = balance.shape[1] - 1
    return {
        "growth": 100 * np.log(balance[:, FIRST_DAYS] / balance[:, 0]) / FIRST_DAYS,
        "growth_all": 100 * np.log(balance[:, -1] / balance[:, 0]) / days,
        "index": 100 * (index[:, -1] - 1),
        "drawdown": 100 * drawdown_path(index).max(axis=1),
    }


def blocks(result: Result) -> dict[str, str]:
    """One row a market."""
    rows = []
    for cell, lines in result.tables["calm_growth"].groupby("cell", sort=False):
        shown = {COLUMNS[str(line.measure)]: _text(estimate_of(line), str(line.measure)) for line in lines.itertuples()}
        rows.append({"market": spelled(str(cell)), "observed, % a day": OBSERVED.get(str(cell), ""), **shown})
    return {"calm": f"{markdown(pd.DataFrame(rows))}\n\n{result.told()}"}


def _text(found: Estimate, measure: str) -> str:
    digits = 2 if measure.startswith("growth") else 1
    value, low, high = (f"{number:+.{digits}f}" for number in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]".replace("-", "−")


def draw(_: Result) -> dict[str, Figure]:
    """No figure."""
    return {}
