"""What the commands of studies show: tables in human units, files, and which runs failed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from pingcang.cli.errors import say
from pingcang.cli.failures import MOST_FAILURES_TOLD
from pingcang.results.labels import RATIOS, scale_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from pingcang.study.arms import Arm, Bench
    from pingcang.study.paired import Estimate

WIDEST = 140


class Shown:
    """Writes numbers of one metric in one unit: that which suits the largest of them."""

    def __init__(self, metric: str, unit: str, numbers: Iterable[float]) -> None:
        known = [abs(number) for number in numbers if math.isfinite(number)]
        percent = metric in RATIOS or metric.startswith("p_")
        self.factor, self.unit, self.digits = (
            (100.0, "%", 1) if percent else scale_of(metric, unit, max(known, default=0.0))
        )
        if unit == "trading days":
            self.unit = "days"

    def number(self, value: float, *, more: int = 0, sign: bool = False) -> str:
        """The number, a dash where there is none."""
        if not math.isfinite(value):
            return "–"
        text = f"{value * self.factor:{'+' if sign else ''},.{self.digits + more}f}"
        return text.replace("-", "−") if float(text.replace(",", "")) else text.lstrip("+-")

    def estimate(self, found: Estimate, *, sign: bool = False) -> str:
        """The number with its interval behind it."""
        return f"{self.number(found.value, more=1, sign=sign)} {self.interval(found, sign=sign)}".strip()

    def interval(self, found: Estimate, *, sign: bool = True) -> str:
        """[low, high]."""
        if not math.isfinite(found.low):
            return "–"
        low, high = (self.number(bound, more=1, sign=sign) for bound in (found.low, found.high))
        return f"[{low}, {high}]"


def table_of(heads: Sequence[str], words: int = 1) -> Table:
    """A table whose first columns hold words, the last one a unit, and the others numbers."""
    table = Table(box=box.SIMPLE_HEAD)
    for place, head in enumerate(heads):
        last = place == len(heads) - 1
        table.add_column(head, justify="left" if place < words or last else "right", no_wrap=place >= words)
    return table


def console() -> Console:
    """Standard output, as wide as a table needs where there is no terminal."""
    return Console(width=None if Console().is_terminal else WIDEST, highlight=False, markup=False)


@dataclass(frozen=True)
class Files:
    """What a study writes: tables under a name into a folder, and a picture, if they are asked for."""

    name: str
    folder: Path | None
    plot: Path | None
    digits: int | None = None
    """Of the numbers in the tables; all of them by default."""
    also: Path | None = None
    """Another place for the object, alone."""


def report(
    told: Callable[[], dict[str, Any]],
    tables: Callable[[], Mapping[str, pd.DataFrame]],
    files: Files,
    draw: Callable[[], Figure],
    show: Callable[[], None],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the files that are asked for; then print the object, or the table and where the files are, or nothing.

    The object and the tables, by name, are made only if they are asked for.
    """
    written: list[Path] = []
    if files.folder is not None:
        from pingcang.study.tables import save_tables

        written += save_tables(files.folder, files.name, told(), tables(), digits=files.digits)
    if files.also is not None:
        from pingcang.study.tables import save_object

        save_object(files.also, told())
        written.append(files.also)
    if files.plot is not None:
        from pingcang.results.plot import save_figure

        save_figure(draw(), files.plot)
        written.append(files.plot)
    if as_json:
        print(json.dumps(told(), allow_nan=False))
    elif not quiet:
        show()
        if written:
            print(f"written: {', '.join(map(str, written))}")


def tell_failed_arms(
    bench: Bench, arms: Sequence[Arm], failed: Sequence[Sequence[int]], *, left_out_of: str = "any arm"
) -> None:
    """Name the runs that failed, arm by arm, and whose statistics lack them; exit code 1 if there are any."""
    told = set()
    for arm, runs in zip(arms, failed, strict=True):
        if runs and (store := bench.store(arm)) not in told:
            told.add(store)
            shown = ", ".join(map(str, runs[:MOST_FAILURES_TOLD])) + (" …" if len(runs) > MOST_FAILURES_TOLD else "")
            say(
                f"{arm.label}: {len(runs)} of {arm.runs} runs failed and are in no statistic of {left_out_of}: "
                f"{shown}; their tracebacks are in the attribute failures of {store}"
            )
    if any(failed):
        raise typer.Exit(1)
