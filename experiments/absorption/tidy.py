"""Long tables of means and paired differences, set as markdown: one row a cell, one column a measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from experiments.absorption.cells import Cell
from experiments.absorption.levers import FACTORS, MAIN
from experiments.absorption.measures import MEASURES, Numbers, apart, signed_text, text, told
from experiments.common.tables import markdown

from pingcang.study.paired import Estimate

Frames = Mapping[str, pd.DataFrame]


def row(estimate: Estimate, **labels: Any) -> dict[str, Any]:
    """An estimate as a row of a table."""
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "se": estimate.se}
    return {**labels, **numbers, "runs": estimate.n}


def means(frames: Frames, measures: Iterable[str]) -> pd.DataFrame:
    """cell, measure, value, low, high, se, runs."""
    rows = [row(told(frame, m), cell=name, measure=m) for name, frame in frames.items() for m in measures]
    return pd.DataFrame(rows)


def differences(frames: Frames, base: str, measures: Iterable[str]) -> pd.DataFrame:
    """The same for every cell less the base, run by run."""
    rows = [
        row(apart(frames[base], frame, m), cell=name, measure=m)
        for name, frame in frames.items()
        if name != base
        for m in measures
    ]
    return pd.DataFrame(rows)


def estimate_of(line: Any) -> Estimate:
    """The estimate in a row of such a table."""
    return Estimate(float(line.value), float(line.low), float(line.high), float(line.se), int(line.runs))


def wide(table: pd.DataFrame, measures: Sequence[str], *, signed: bool = False, first: str = "market") -> str:
    """Markdown: one row a cell, one column a measure, `value [low, high]`; the runs behind the name."""
    setter = signed_text if signed else text
    shown: dict[str, dict[str, str]] = {}
    for line in table[table["measure"].isin(list(measures))].itertuples(index=False):
        cell = shown.setdefault(str(line.cell), {first: str(line.cell), "runs": str(line.runs)})
        cell[heading(str(line.measure), difference=signed)] = setter(estimate_of(line), str(line.measure))
    columns = [first, "runs", *(heading(measure, difference=signed) for measure in measures)]
    return markdown(pd.DataFrame(list(shown.values()), columns=columns))


def heading(measure: str, *, difference: bool = False) -> str:
    """Name and unit of a measure; a difference of percentages is told in points."""
    known = MEASURES[measure]
    if known.unit == "×":
        return known.name
    return f"{known.name}, {'points' if difference and known.unit == '%' else known.unit}"


def spelled(cell: str) -> str:
    """`BLS+R` -> `BLS + maintenance ratios`, `P` -> `2025 + price bands …`: the name of a market for readers."""
    start, plus, key = cell.rpartition("+")
    if key not in FACTORS or len(cell) == len(MAIN):
        return cell
    return f"{start if plus else '2025'} + {FACTORS[key].name}"


def provenance(found: Numbers, cell: Cell) -> dict[str, Any]:
    """What a table must tell of the runs it was made of."""
    with found.open(cell) as dataset:
        return {
            "scenario": dataset.attrs["scenario"],
            "scenario_hash": dataset.attrs["scenario_hash"],
            "scale": float(dataset.attrs["scale"]),
            "seed": int(dataset.attrs["seed"]),
            "runs": dataset.sizes["run"],
            "failed_runs": [f"{name} {run}" for name, runs in found.failed.items() for run in runs],
            "code_version": dataset.attrs["code_version"],
        }
