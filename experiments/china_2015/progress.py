"""How far the simulation of all cells is, and how long it will take, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from functools import partial

from experiments.china_2015.bench import Bench, Cell
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

FIXED, PER_SCALE, WHOLE_RUN = 0.5, 65.0, 45 * 8
"""A run of 45 days of 8 sessions takes about 0.5 + 65 · scale seconds: only the proportions matter here."""


def cost(bench: Bench, cell: Cell) -> float:
    """What a run of the cell costs, in units that are alike for all cells (about seconds)."""
    scenario = bench.load(cell).scenario
    sessions = scenario.calendar.days * scenario.calendar.sessions
    return (FIXED + PER_SCALE * scenario.scale) * sessions / WHOLE_RUN * (2 if cell.amplification else 1)


def simulate_all(bench: Bench, cells: Iterable[Cell], *, quiet: bool = False) -> int:
    """Compute what is missing of all cells, the longest request for a store once; the number of cells computed."""
    missing = [cell for cell in largest(bench, cells) if not bench.is_there(cell)]
    if not missing:
        return 0
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        _in_lines(bench, missing, quiet=quiet)
    else:
        _with_bar(bench, missing, console)
    return len(missing)


def largest(bench: Bench, cells: Iterable[Cell]) -> list[Cell]:
    """One cell a store: the one that asks for the most runs."""
    chosen: dict[object, Cell] = {}
    for cell in cells:
        store = bench.store(cell)
        if store not in chosen or chosen[store].runs < cell.runs:
            chosen[store] = cell
    return list(chosen.values())


def _with_bar(bench: Bench, cells: list[Cell], console: Console) -> None:
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(elapsed_when_finished=True),
    )  # fmt: skip
    with Progress(*columns, console=console, speed_estimate_period=600) as bar:
        task = bar.add_task("", total=sum(cost(bench, cell) * cell.runs for cell in cells))
        for number, cell in enumerate(cells, start=1):
            bar.update(task, description=f"{number}/{len(cells)} {cell.name}, {cell.runs} runs")
            bench.simulate(cell, partial(_advance, bar, task, cost(bench, cell)))


def _advance(bar: Progress, task: TaskID, unit: float, runs: float) -> None:
    bar.advance(task, runs * unit)


def _in_lines(bench: Bench, cells: list[Cell], *, quiet: bool) -> None:
    total, done, start = sum(cost(bench, cell) * cell.runs for cell in cells), 0.0, time.monotonic()
    for number, cell in enumerate(cells, start=1):
        if not quiet:
            print(f"{number}/{len(cells)} {cell.name}, {cell.runs} runs …", file=sys.stderr, flush=True)
        bench.simulate(cell)
        done += cost(bench, cell) * cell.runs
        left = (time.monotonic() - start) * (total - done) / done
        if not quiet:
            print(f"  done; about {max(left / 60, 0):.0f} min left", file=sys.stderr, flush=True)
