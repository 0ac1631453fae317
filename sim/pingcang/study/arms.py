"""Arms of a study: scenarios that are compared run by run, each with a dataset of its own.

Run r of every arm draws the same random numbers for the same accounts (common random numbers), so arms are paired by
the number of their run. A dataset is named by everything on which a number in it can depend: an interrupted study goes
on where it stopped, studies share the arms that they have in common, and changed code or scenarios never mix with what
is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingcang.montecarlo.plan import Identity
from pingcang.montecarlo.runner import Outcome, run_many
from pingcang.results.storage import open_results
from pingcang.scenario import load_text

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.montecarlo.simulate import OnProgress
    from pingcang.scenario import LoadedScenario


@dataclass(frozen=True)
class Arm:
    """A scenario under a label, and how many of its runs are wanted."""

    label: str
    loaded: LoadedScenario
    runs: int
    amplification: bool = False
    record: tuple[str, ...] = ()


def changed(loaded: LoadedScenario, overrides: Mapping[str, Any]) -> LoadedScenario:
    """The scenario with values laid over it, by path: {"rules.close_out_line": 1.4}. ScenarioError for a wrong one."""
    if not overrides:
        return loaded
    return load_text(loaded.text, source=loaded.source, base_folder=loaded.base_folder, overrides=overrides)


@dataclass(frozen=True)
class Bench:
    """Simulates arms into a folder, and opens them."""

    folder: Path
    seed: int = 0
    jobs: int = 1
    threads: int | None = None
    command: str = ""
    scheduler: str | None = None
    """tcp://HOST:PORT of a Dask cluster that computes the runs, instead of `jobs` processes here."""
    tell: Callable[[str], None] | None = None
    """Hears what the user should know of an arm that went well, all the same."""

    def store(self, arm: Arm) -> Path:
        """The place of the arm's dataset: NAME-SEED-DIGEST.zarr, the digest that of its identity."""
        identity = Identity.of(arm.loaded, self.seed, arm.record, arm.amplification)
        return self.folder / f"{identity.scenario}-{identity.seed}-{identity.digest[:12]}.zarr"

    def missing(self, arm: Arm) -> int:
        """Runs of the arm that no dataset holds yet; those that failed were tried and are not missing."""
        store = self.store(arm)
        if not store.exists():
            return arm.runs
        with open_results(store) as dataset:
            return max(0, arm.runs - int(dataset.attrs["runs"]))

    def simulate(self, arm: Arm, on_progress: OnProgress | None = None) -> Outcome | None:
        """Compute the runs of the arm that are missing; None if none is."""
        if not self.missing(arm):
            return None
        outcome = run_many(
            arm.loaded,
            runs=arm.runs,
            seed=self.seed,
            jobs=self.jobs,
            threads=self.threads,
            out=self.store(arm),
            record=arm.record,
            amplification=arm.amplification,
            command=self.command,
            scheduler=self.scheduler,
            on_progress=on_progress,
        )
        if self.tell is not None:
            for name in outcome.damaged:
                self.tell(f"{arm.label}: part {name} was damaged; its runs were computed again")
        return outcome

    def failed(self, arm: Arm) -> tuple[int, ...]:
        """The runs of the arm that failed."""
        with open_results(self.store(arm)) as dataset:
            return tuple(run for run in dataset.pingcang.failed_runs if run < arm.runs)

    def open(self, arm: Arm) -> xr.Dataset:
        """The first runs of the arm, as many as it asks for; those that failed are missing."""
        dataset = open_results(self.store(arm))
        return dataset.isel(run=dataset["run"].values < arm.runs)


def distinct(bench: Bench, arms: Iterable[Arm]) -> list[Arm]:
    """One arm a dataset: where several share one, that which asks for the most runs."""
    chosen: dict[Path, Arm] = {}
    for arm in arms:
        store = bench.store(arm)
        if store not in chosen or chosen[store].runs < arm.runs:
            chosen[store] = arm
    return list(chosen.values())


def simulate_all(
    bench: Bench, arms: Iterable[Arm], on_progress: Callable[[Arm, float], None] | None = None
) -> list[Outcome]:
    """Compute what is missing of all arms, and tell what was computed.

    `on_progress` hears the arm and how many of its runs have advanced.
    """
    outcomes = [bench.simulate(arm, _of_arm(arm, on_progress)) for arm in distinct(bench, arms)]
    return [outcome for outcome in outcomes if outcome is not None]


def _of_arm(arm: Arm, on_progress: Callable[[Arm, float], None] | None) -> OnProgress | None:
    return None if on_progress is None else lambda runs: on_progress(arm, runs)
