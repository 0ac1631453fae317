"""Series over the days of a calendar, years of them: their numbers as a table, and their axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from pingcang.language import ENGLISH, current, translated
from pingcang.report.numbers import Column, Numbers
from pingcang.report.words import iso
from pingcang.said import said

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats

SPREAD = {"p05": 0.05, "median": 0.5, "p95": 0.95}
"""Over the runs, by the name of the column."""
MOST_TICKS = 8
NUMBERED = (
    ("%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S.%f"),
    ("", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"),
    ("", "%Y", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d"),
)
"""Ticks, ticks where a unit begins, and the corner of an axis of dates, without names of months."""


@dataclass(frozen=True)
class Line:
    """A series (date, and run if there are several), its name on the page, and how its numbers are shown there."""

    series: xr.DataArray
    head: str
    factor: float = 1.0
    digits: int = 2


def known(series: xr.DataArray) -> bool:
    """Whether there is any number in it."""
    return bool(series.notnull().any())


def numbers_over_time(lines: Mapping[str, Line]) -> Numbers:
    """A row a day that any of the lines (by key) is known on; of several runs 5 %, median and 95 % of each line."""
    first = next(iter(lines.values())).series
    frame: dict[str, Any] = {"date": [iso(day) for day in first["date"].values]}
    columns = [Column("date", "date", words=True)]
    for key, line in lines.items():
        for name, values in _parts(line.series).items():
            column, head = (
                (
                    f"{key}: {name}",
                    translated("{label}, {quantile}").format(label=said(line.head), quantile=translated(name)),
                )
                if name
                else (key, line.head)
            )
            frame[column] = values
            columns.append(Column(column, head, line.factor, line.digits))
    table = pd.DataFrame(frame)
    told = table.drop(columns="date").notna().any(axis=1)
    return Numbers(table[told].reset_index(drop=True), tuple(columns))


def last(series: xr.DataArray) -> float:
    """The median of the runs on the last day that has one; NaN if there is none."""
    parts = _parts(series)
    middle = parts[""] if "" in parts else parts["median"]
    found = middle[np.isfinite(middle)]
    return float(found[-1]) if found.size else float("nan")


def calendar_axis(panel: Axes) -> None:
    """Ticks on days, months or years, as the span asks for; the last label says what the ticks do not."""
    locator = AutoDateLocator(minticks=3, maxticks=MOST_TICKS)  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    if current() != ENGLISH:
        formatter.formats, formatter.zero_formats, formatter.offset_formats = (list(each) for each in NUMBERED)
    panel.xaxis.set_major_formatter(formatter)


def _parts(series: xr.DataArray) -> dict[str, Floats]:
    """The series itself, or its quantiles over the runs by name."""
    if "run" not in series.dims or series.sizes["run"] == 1:
        return {"": series.squeeze().values.reshape(series.sizes["date"]).astype(np.float64)}
    return dict(zip(SPREAD, quantiles_over(series.transpose("run", "date").values), strict=True))


def quantiles_over(values: Floats) -> Floats:
    """5 %, median and 95 % of the runs that are known, by day, of values (run, day); NaN on days without any."""
    some = np.isfinite(values).any(axis=0)
    found = np.full((len(SPREAD), values.shape[1]), np.nan)
    found[:, some] = np.nanquantile(values[:, some], list(SPREAD.values()), axis=0)
    return found
