"""Tidy tables with their provenance on disk, and the same as markdown."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pingcang.errors import PingcangError

DIGITS = 6
"""Significant digits kept in CSV files: more than any table shows, few enough to compare versions by eye."""


class NoResultError(PingcangError):
    """A step has not been computed yet."""


@dataclass(frozen=True)
class Result:
    """What a step found: tables by name, and what the runs were."""

    step: str
    tables: dict[str, pd.DataFrame]
    provenance: dict[str, Any]

    def told(self) -> str:
        """The runs in one line, to stand under a table."""
        p = self.provenance
        if "runs" not in p:
            return f"*{p['told']}*"
        failed = f" (failed and left out: {', '.join(map(str, p['failed_runs']))})" if p["failed_runs"] else ""
        return (
            f"*{p['runs']} runs{failed}, scale {p['scale']:g}, seed {p['seed']}, "
            f"scenario {p['scenario']} {p['scenario_hash'][:8]}, engine {p['code_version']}.*"
        )


def save(result: Result, folder: Path) -> list[Path]:
    """Write NAME.csv for every table and STEP.json with the provenance."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in result.tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        written.append(path)
    path = folder / f"{result.step}.json"
    told = {"tables": list(result.tables), **result.provenance}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*written, path]


def read(step: str, folder: Path, experiment: str = "china_2015") -> Result:
    """What `save` wrote; NoResultError, with the experiment's command, if it never did."""
    path = folder / f"{step}.json"
    if not path.exists():
        raise NoResultError(
            f"{path}: there is no result of this step; run python -m experiments.{experiment} --only {step}"
        )
    provenance = json.loads(path.read_text(encoding="utf-8"))
    tables = {name: pd.read_csv(folder / f"{name}.csv") for name in provenance.pop("tables")}
    return Result(step, tables, provenance)


def markdown(frame: pd.DataFrame) -> str:
    """A markdown table: text to the left, everything that looks like a number to the right."""
    cells = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    right = [all(_is_number(row[column]) for row in cells) for column in range(frame.shape[1])]
    lines = [list(map(str, frame.columns)), ["---:" if each else "---" for each in right], *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def interval_text(middle: float, low: float, high: float, *, digits: int = 1) -> str:
    """`−12.3 [−14.0, −10.5]`; a dash if it is unknown."""
    if math.isnan(middle):
        return "–"
    return f"{signed(middle, digits)} [{signed(low, digits)}, {signed(high, digits)}]"


def signed(number: float, digits: int = 1) -> str:
    """With its sign, and a true minus; never −0."""
    if math.isnan(number):
        return "–"
    rounded = round(number, digits) + 0.0
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4g}".replace("-", "−")
    return str(value).replace("|", "\\|")


def _is_number(text: str) -> bool:
    return text in {"", "–", "yes", "no"} or text.strip("*")[0] in "+-−0123456789<>"
