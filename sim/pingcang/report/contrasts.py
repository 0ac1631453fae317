"""Numbers of two arms with their paired difference, as rows of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.report.numbers import Numbers, in_words
from pingcang.report.words import DASH, Metric
from pingcang.results.variables import VARIABLES
from pingcang.study.measures import unit_of
from pingcang.study.paired import Resampling, difference, point

if TYPE_CHECKING:
    from pingcang.report.material import Material
    from pingcang.study.measures import PairedMetric

KEYS = ("base", "other", "difference", "ci_low", "ci_high")
WRAPPERS = {"breakdown"}
"""Keys of that file that say no more than what they hold."""
FROM = {
    **{variable.name: variable.name for variable in VARIABLES},
    "drawdown": "index_sector",
    "financing_change": "financing_balance",
    "forced_account_days": "forced_accounts",
    "equity_at_trough": "investor_equity",
    "equity_at_end": "investor_equity",
    "limit_down_days": "limit_down",
    "suspended_days": "suspended",
}
"""Number of that file -> the variable of the datasets that it comes from."""
NUMBER_OF_TWO_ARMS = {*KEYS, "unit"}
"""Keys of a number of two arms in the file of a comparison."""


@dataclass(frozen=True)
class Row:
    """One number: what it is of, what it is, its unit, its five values, and where it comes from."""

    of: str
    name: str
    what: str
    unit: str
    values: tuple[float, ...]
    """base, other, difference, and its interval."""
    source: str

    @property
    def tells(self) -> bool:
        """Whether either arm has anything of it."""
        return any(value and math.isfinite(value) for value in self.values[:2])

    @property
    def metric(self) -> Metric:
        """How it is written."""
        return Metric(
            self.name, self.unit, max((abs(value) for value in self.values[:2] if math.isfinite(value)), default=0)
        )

    @property
    def words(self) -> dict[str, str]:
        """The cells of its row."""
        shown = self.metric
        base, other, apart, low, high = self.values
        ends = [shown.bare(bound, sign=True, more=1) for bound in (low, high)]
        interval = translated("{low} to {high}").format(low=ends[0], high=ends[1])
        return {
            "of": self.of,
            "what": self.what or shown.label,
            "base": shown.bare(base),
            "other": shown.bare(other),
            "difference": shown.bare(apart, sign=True, more=1),
            "95 % interval": interval if math.isfinite(low) and math.isfinite(high) else DASH,
            "unit": "%, points" if shown.unit == "%" else shown.unit,
            "from": self.source,
        }

    @property
    def raw(self) -> dict[str, Any]:
        """The same in the units of the dataset."""
        return {"of": self.of, "metric": self.name, **dict(zip(KEYS, self.values, strict=True)), "unit": self.unit}


def table_of(rows: Sequence[Row]) -> Numbers:
    """The rows as a table; rows of which both arms have nothing, and empty columns, are not shown."""
    shown = pd.DataFrame([row.words for row in rows if row.tells])
    return in_words(shown.loc[:, (shown != "").any()], pd.DataFrame([row.raw for row in rows]))


def row_of(name: str, found: PairedMetric, source: str) -> Row:
    """A metric of both arms; no interval from a single run."""
    apart = found.difference
    bounds = (apart.low, apart.high) if apart.n > 1 else (math.nan, math.nan)
    return Row("", name, "", unit_of(name), (found.base.value, found.other.value, apart.value, *bounds), source)


def rows_by(material: Material, dimension: str, wanted: Mapping[str, str]) -> list[Row]:
    """Sums over the days of variables (name -> unit) for each part of a dimension that both arms have."""
    base, other = (arm.dataset for arm in material.arms)
    parts = [part for part in base[dimension].values if part in other[dimension].values]
    resampling = Resampling(material.base.runs)
    rows = []
    for part in parts:
        for name, unit in wanted.items():
            a, b = (_total(dataset, name, dimension, part) for dataset in (base, other))
            apart = difference(a, b, resampling, material.statistic)
            bounds = (apart.low, apart.high) if apart.n > 1 else (math.nan, math.nan)
            values = (point(a, material.statistic), point(b, material.statistic), apart.value, *bounds)
            rows.append(Row(str(part), name, str(base[name].attrs.get("long_name", name)), unit, values, name))
    return rows


def _total(dataset: Any, name: str, dimension: str, part: Any) -> Any:
    """Over the days after the start, of each run."""
    return dataset[name].sel({dimension: part}).isel(day=slice(1, None)).sum("day").values.astype(np.float64)


def rows_told(told: Any, path: tuple[str, ...] = ()) -> Iterator[Row]:
    """Every number of two arms in the file of a comparison; the headline metrics have a table of their own."""
    if not isinstance(told, Mapping):
        return
    if told.keys() >= NUMBER_OF_TWO_ARMS and all(isinstance(told[key], int | float | None) for key in KEYS):
        values = tuple(math.nan if told[key] is None else float(told[key]) for key in KEYS)
        name, of = path[-1], " ".join(path[path[0] in WRAPPERS : -1])
        yield Row(of, name, name.replace("_", " "), str(told["unit"]), values, FROM.get(name, ""))
        return
    for key, inner in told.items():
        if path or key != "metrics":
            yield from rows_told(inner, (*path, str(key)))
