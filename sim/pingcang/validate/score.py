"""The score: the median of the runs against each target, in bands, with its spread and how sure it is.

Distance z = (median − real) / band; a part is in its band if |z| ≤ 1, a row if all its parts are. What cannot be
computed says why and counts as not in its band.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.arrays import Floats
from pingcang.results.dataset import failed_runs
from pingcang.results.metrics import median_interval
from pingcang.validate.beside import BESIDE
from pingcang.validate.measures import QUANTITIES
from pingcang.validate.quantities import evaluate, not_computed
from pingcang.validate.stylised import FACTS
from pingcang.validate.targets import (
    CALM,
    CRASH,
    ENOUGH_LATER_ROWS,
    ENOUGH_ROWS,
    FIRST_LATER_ROW,
    TARGETS,
    Part,
    Target,
)

ROUNDING = 1e-9
"""A median on the edge of its band is in it."""

COLUMNS = ("real", "band", "median", "p05", "p95", "sd", "low", "high", "z", "in_band", "runs")


@dataclass(frozen=True)
class Spread:
    """Numbers of the runs that have one: quantiles, standard deviation between runs, 95% interval of the median.

    sd, low and high are NaN for a single run.
    """

    median: float
    p05: float
    p95: float
    sd: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, values: Floats) -> Spread:
        """Of the values that are not NaN; all NaN if there is none."""
        known = values[~np.isnan(values)]
        if not known.size:
            return cls(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, 0)
        p05, median, p95 = (float(q) for q in np.quantile(known, (0.05, 0.5, 0.95)))
        several = known.size > 1
        low, high = median_interval(known) if several else (np.nan, np.nan)
        return cls(median, p05, p95, float(known.std(ddof=1)) if several else np.nan, low, high, int(known.size))


@dataclass(frozen=True)
class Line:
    """One number of the score."""

    name: str
    statement: str
    unit: str
    spread: Spread
    real: float = np.nan
    band: float = np.nan
    missing: str = ""
    """Why it is not computed, or why some runs have no such number; empty if all have."""
    source: str = ""
    claim: str = ""

    @property
    def z(self) -> float:
        """Distance of the median from the real number, in bands."""
        return (self.spread.median - self.real) / self.band

    @property
    def in_band(self) -> bool:
        """False where it is not computed."""
        return abs(self.z) <= 1 + ROUNDING

    def to_dict(self) -> dict[str, Any]:
        """For JSON: None for NaN."""
        s = self.spread
        numbers = {"real": self.real, "band": self.band, "median": s.median, "p05": s.p05, "p95": s.p95, "sd": s.sd}
        numbers |= {"low": s.low, "high": s.high, "z": self.z}
        told: dict[str, Any] = {"name": self.name, "statement": self.statement, "unit": self.unit}
        told |= {key: None if np.isnan(value) else float(value) for key, value in numbers.items()}
        told |= {} if np.isnan(self.real) else {"in_band": self.in_band}
        extra = {"missing": self.missing, "source": self.source, "claim": self.claim}
        return {**told, "runs": s.runs, **{key: text for key, text in extra.items() if text}}


@dataclass(frozen=True)
class Row:
    """One of the eighteen rows."""

    target: Target
    parts: tuple[Line, ...]

    @property
    def in_band(self) -> bool:
        """Whether all parts are."""
        return all(part.in_band for part in self.parts)


@dataclass(frozen=True)
class Score:
    """The score of a crash dataset and a calm one."""

    rows: tuple[Row, ...]
    facts: tuple[Line, ...]
    """Stylised facts."""
    beside: tuple[Line, ...]
    """Without a band."""
    about: dict[str, Any] = field(default_factory=dict)
    """Of each dataset: scenario, seed, scale, runs, failed_runs."""

    @cached_property
    def rows_in_band(self) -> int:
        """Of eighteen."""
        return sum(row.in_band for row in self.rows)

    @cached_property
    def later_rows_in_band(self) -> int:
        """Of rows 11 to 18."""
        return sum(row.in_band for row in self.rows if row.target.row >= FIRST_LATER_ROW)

    @property
    def enough(self) -> bool:
        """Whether 13 rows are in their bands, among them six of rows 11 to 18."""
        return self.rows_in_band >= ENOUGH_ROWS and self.later_rows_in_band >= ENOUGH_LATER_ROWS

    def to_frame(self) -> pd.DataFrame:
        """One line a part of a target, indexed by row and part name."""
        lines = [(row.target.row, part) for row in self.rows for part in row.parts]
        frame = pd.DataFrame([part.to_dict() for _, part in lines])
        frame.insert(0, "row", [row for row, _ in lines])
        frame["missing"] = [part.missing for _, part in lines]
        return frame.set_index(["row", "name"])[["statement", "unit", *COLUMNS, "missing"]]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        rows = [
            {
                "row": row.target.row,
                "statement": row.target.statement,
                "in_band": row.in_band,
                "parts": [part.to_dict() for part in row.parts],
            }
            for row in self.rows
        ]
        return {
            **self.about,
            "rows_in_band": self.rows_in_band,
            "later_rows_in_band": self.later_rows_in_band,
            "enough": self.enough,
            "rows": rows,
            "stylised_facts": [fact.to_dict() for fact in self.facts],
            "beside": [line.to_dict() for line in self.beside],
        }


def score(crash: xr.Dataset, calm: xr.Dataset | None = None) -> Score:
    """Hold the runs of a dataset from 2015-06-12 to 08-17, and of a calm one, against the real market.

    Raises ScenarioError if a dataset does not hold the days or variables that are scored. Runs that failed are in no
    dataset.
    """
    quantities = (*QUANTITIES, *(fact.quantity for fact in FACTS), *(line.quantity for line in BESIDE))
    values = evaluate(quantities, crash, calm)
    missing = not_computed(quantities, crash, calm)

    def line(name: str, statement: str, unit: str, undefined: str = "", **more: Any) -> Line:
        some = int(np.isnan(values[name]).sum())
        why = missing.get(name) or (f"{undefined or 'undefined'} in {some} of {values[name].size} runs" if some else "")
        return Line(name, statement, unit, Spread.of(values[name]), missing=why, **more)

    return Score(
        rows=tuple(_row(target, line) for target in TARGETS),
        facts=tuple(
            line(f.quantity.name, f.statement, f.unit, real=f.real, band=f.band, source=f.source) for f in FACTS
        ),
        beside=tuple(
            line(b.quantity.name, b.statement, b.unit, "not known", source=b.source, claim=b.claim) for b in BESIDE
        ),
        about={CRASH: _about(crash), CALM: None if calm is None else _about(calm)},
    )


def _row(target: Target, line: Callable[..., Line]) -> Row:
    def part_line(part: Part) -> Line:
        statement = f"{target.statement}: {part.when}" if part.when else target.statement
        return line(
            part.name, statement, target.unit, part.undefined, real=part.real, band=part.band, source=target.source
        )

    return Row(target, tuple(part_line(part) for part in target.parts))


def _about(dataset: xr.Dataset) -> dict[str, Any]:
    told = dataset.attrs
    numbers = {key: float(told[key]) if key == "scale" else int(told[key]) for key in ("seed", "scale") if key in told}
    return {
        "scenario": str(told.get("scenario", "")),
        **numbers,
        "runs": int(dataset.sizes["run"]),
        "failed_runs": failed_runs(dataset),
    }
