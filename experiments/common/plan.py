"""How much an experiment simulates, with which random numbers, and where its runs are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pingcang.scenario import LoadedScenario, load_scenario
from pingcang.study.arms import Bench


@dataclass(frozen=True)
class SimulationPlan:
    """What every search by simulation is asked; scale and days of None are the scenarios' own."""

    command: ClassVar[str]
    """What continues it."""
    runs: int
    seed: int = 708
    jobs: int = 1
    threads: int | None = None
    scale: float | None = None
    days: int | None = None
    stores: Path = field(kw_only=True)

    @property
    def bench(self) -> Bench:
        """Simulates, and remembers."""
        return Bench(self.stores, seed=self.seed, jobs=self.jobs, threads=self.threads, command=self.command)

    def load(self, name: str) -> LoadedScenario:
        """A scenario as the plan runs it."""
        asked = {"scale": self.scale, "calendar.days": self.days}
        return load_scenario(name, overrides={key: value for key, value in asked.items() if value is not None})
