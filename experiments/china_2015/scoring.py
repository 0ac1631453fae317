"""The eighteen targets measured on cells: one frame of runs and parts, and rows that are in their band or not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from experiments.china_2015.bench import Bench, Pair
from experiments.common.intervals import spread

from pingcang.results.metrics import UNITS
from pingcang.validate.beside import BESIDE
from pingcang.validate.measures import measure
from pingcang.validate.quantities import evaluate
from pingcang.validate.score import ROUNDING
from pingcang.validate.targets import COUNT, DAYS, FIRST_LATER_ROW, FRACTION, TARGETS, Part, Target

METRICS = ("drawdown", "lender_loss", "amplification", "amplification_points")
"""Of the result dataset; the last two are NaN without --amplification."""

CHANGES = {
    "index_fall",
    "equal_weight_fall",
    "index_august",
    "balance_fall",
    "worst_day",
    "balance_august",
    "purchases_fall",
    "calm_growth",
}
"""Parts that are shown with their sign."""

PARTS: dict[str, tuple[Target, Part]] = {part.name: (target, part) for target in TARGETS for part in target.parts}
"""Part name -> its target and itself, in order of rows."""


def measured(bench: Bench, pair: Pair) -> pd.DataFrame:
    """Every part of every target, what is reported beside them, and `METRICS`: a row a run, a column a number.

    A run that succeeded in one market only has NaN for the other market's numbers.
    """
    with bench.open(pair.crash) as crash, bench.open(pair.calm) as calm:
        values = {**measure(crash, calm), **evaluate([each.quantity for each in BESIDE], crash, None)}
        metrics = crash.pingcang.metrics
        values |= {name: metrics[name].values for name in METRICS if name in UNITS}
        runs = {"crash": crash["run"].values, "calm": calm["run"].values}
    columns = {
        name: pd.Series(column, index=runs[PARTS[name][1].dataset if name in PARTS else "crash"])
        for name, column in values.items()
    }
    return pd.DataFrame(columns).rename_axis("run")


def spreads(frame: pd.DataFrame) -> pd.DataFrame:
    """Median, its interval and the runs' range of every column: a row a quantity."""
    return pd.DataFrame([{"quantity": str(name), **spread(frame[name])} for name in frame.columns])


def distance(median: float, part: Part) -> float:
    """(median − real) / half-width of the band: within ±1 it is in the band."""
    return (median - part.real) / part.band


def row_distances(medians: pd.Series) -> pd.Series:
    """The distance of every row: that of its worst part; NaN if a part is not known."""
    rows = {}
    for target in TARGETS:
        apart = [distance(float(medians.get(part.name, np.nan)), part) for part in target.parts]
        rows[target.row] = np.nan if np.isnan(apart).any() else max(apart, key=abs)
    return pd.Series(rows)


def rows_in_band(medians: pd.Series) -> tuple[int, int]:
    """How many rows are in their band, and how many of rows 11 to 18."""
    inside = row_distances(medians).abs() <= 1 + ROUNDING
    return int(inside.sum()), int(inside[inside.index >= FIRST_LATER_ROW].sum())


def label(name: str) -> str:
    """`13 Suspended stocks: 8 July`."""
    target, part = PARTS[name]
    return f"{target.row} {target.statement}" + (f": {part.when}" if part.when else "")


def shown(value: float, name: str) -> str:
    """The value of a part in its unit; fractions in percent."""
    return in_unit(value, PARTS[name][0].unit, sign=name in CHANGES)


def in_unit(value: float, unit: str, *, sign: bool = False) -> str:
    """A number as people read it, with a true minus; a dash if it is not known."""
    if np.isnan(value):
        return "–"
    if unit == FRACTION:
        digits = 2 if 0 < abs(value) < 0.02 else 1
        text = f"{value:{'+' if sign else ''}.{digits}%}"
    else:
        text = f"{value:.{0 if unit in {COUNT, DAYS} else 2}f}"
    return text.replace("-", "−")
