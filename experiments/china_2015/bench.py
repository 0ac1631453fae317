"""What is simulated, where it is kept, and how it is reached again.

A cell is one scenario under one change. Its runs stand in a store of their own, named by everything a number in it can
depend on, so that an interrupted command goes on, steps share what they have in common, and changed code or scenarios
never mix with what is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xarray as xr
from experiments.china_2015.variants import Change, nothing, together, without_events

from pingcang import load_scenario
from pingcang.scenario import LoadedScenario
from pingcang.scenario.schema import Scenario
from pingcang.study import arms

CRASH, CALM = "china_2015", "china_2015_calm"
STOCKS = ("stocks",)
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Plan:
    """How much is simulated, with which random numbers, and where things are put."""

    runs: int = 200
    """Most runs of a cell; a step that needs fewer takes fewer."""
    seed: int = 708
    """Not used in any fit: a score on the seeds of the fit would flatter."""
    jobs: int = 1
    threads: int | None = None
    scale: float | None = None
    """Instead of the scenario's own."""
    days: int | None = None
    """Trading days instead of the scenario's own, where that is longer."""
    stores: Path = ROOT / "results" / "china_2015"
    """Datasets of the runs; large, not kept in the repository."""
    results: Path = HERE / "results"
    """Tidy tables that figures and page are made of."""
    inputs: Path = HERE / "results"
    """Where other commands leave what is drawn here: replay_*.csv and profile_*.json."""
    pictures: Path = ROOT / "docs" / "images" / "validation"
    page: Path = ROOT / "docs" / "validation.md"

    def at_most(self, runs: int) -> int:
        """The runs of a step that wants this many."""
        return min(runs, self.runs)


@dataclass(frozen=True)
class Cell:
    """Some runs of one scenario under one change."""

    name: str
    runs: int
    source: str = CRASH
    change: Change = nothing
    record: tuple[str, ...] = STOCKS
    amplification: bool = False


@dataclass(frozen=True)
class Pair:
    """The same change in the crash and in the calm market: what a score needs."""

    crash: Cell
    calm: Cell

    @property
    def name(self) -> str:
        """The crash's name."""
        return self.crash.name


def pair(name: str, runs: int, change: Change = nothing, *, crash: str = CRASH, amplification: bool = False) -> Pair:
    """A change in both markets; a scenario of another name is its own calm market once its events are left out."""
    quiet = Cell(f"{name}, calm", runs, CALM, change)
    if crash != CRASH:
        quiet = Cell(f"{name}, calm", runs, crash, together(change, without_events))
    return Pair(Cell(name, runs, crash, change, amplification=amplification), quiet)


def cells_of(pairs: Iterable[Pair]) -> list[Cell]:
    """All cells of these pairs."""
    return [cell for each in pairs for cell in (each.crash, each.calm)]


@dataclass
class Bench:
    """Simulates cells and opens them."""

    plan: Plan
    on_failure: Callable[[str], None] = print
    _loaded: dict[Cell, LoadedScenario] = field(default_factory=dict)

    def load(self, cell: Cell) -> LoadedScenario:
        """The cell's scenario, with the plan's scale and days below the cell's own change."""
        if cell not in self._loaded:
            plain = load_scenario(cell.source).scenario
            overrides = {**self._plan_overrides(plain), **cell.change(plain)}
            self._loaded[cell] = load_scenario(cell.source, overrides=overrides)
        return self._loaded[cell]

    def scenario(self, source: str = CRASH) -> Scenario:
        """A scenario as the plan runs it."""
        return self.load(Cell(source, 0, source)).scenario

    def store(self, cell: Cell) -> Path:
        """The place of the cell's dataset."""
        return self._arms.store(self._arm(cell))

    def is_there(self, cell: Cell) -> bool:
        """Whether the cell needs no simulation."""
        return not self._arms.missing(self._arm(cell))

    def simulate(self, cell: Cell, on_progress: Callable[[float], None] | None = None) -> None:
        """Compute the runs of the cell that are missing."""
        outcome = self._arms.simulate(self._arm(cell), on_progress)
        for run, trace in sorted((outcome.failures if outcome else {}).items()):
            self.on_failure(f"{cell.name}: run {run} failed and is in no table: {trace.strip().splitlines()[-1]}")

    def open(self, cell: Cell) -> xr.Dataset:
        """The first runs of the cell, as many as it asks for; those that failed are missing."""
        return self._arms.open(self._arm(cell))

    def provenance(self, cell: Cell) -> dict[str, Any]:
        """What a table must tell of the runs it was made of."""
        dataset = self.open(cell)
        told = dataset.attrs
        plain = self.load(Cell("as it is", 0, cell.source))
        return {
            "scenario": plain.scenario.name,
            "scenario_hash": plain.hash,
            "scale": told["scale"],
            "seed": int(told["seed"]),
            "runs": dataset.sizes["run"],
            "failed_runs": [run for run in json.loads(told["failed_runs"]) if run < cell.runs],
            "code_version": told["code_version"],
        }

    @property
    def _arms(self) -> arms.Bench:
        plan = self.plan
        return arms.Bench(plan.stores, plan.seed, plan.jobs, plan.threads, "python -m experiments.china_2015")

    def _arm(self, cell: Cell) -> arms.Arm:
        return arms.Arm(cell.name, self.load(cell), cell.runs, cell.amplification, cell.record)

    def _plan_overrides(self, scenario: Scenario) -> dict[str, Any]:
        overrides: dict[str, Any] = {} if self.plan.scale is None else {"scale": self.plan.scale}
        if self.plan.days is not None and self.plan.days < scenario.calendar.days:
            overrides["calendar.days"] = self.plan.days
        return overrides
