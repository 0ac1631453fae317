"""Many points of few runs each: whole points are shared out over the processes, and kept as one small file a point.

A dataset of an arm has hundreds of files and takes as long to write as a small market takes to simulate; a design of a
thousand points needs of each run nothing but its metrics.
"""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import pingcang
from pingcang.errors import PingcangError, StorageError
from pingcang.montecarlo.plan import Identity
from pingcang.montecarlo.simulate import Simulate, simulate_run
from pingcang.montecarlo.work import workers
from pingcang.results.dataset import assemble, provenance
from pingcang.results.files import storage_errors, written_whole
from pingcang.results.metrics import UNITS, per_run
from pingcang.study.arms import Bench, changed
from pingcang.study.statistic import Floats

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario

Overrides = Mapping[str, Any]
OnFinished = Callable[[int], None]
"""Hears how many points have been finished."""
MEASURING = ("results/metrics.py", "results/dataset.py", "montecarlo/simulate.py")
"""The parts of the package, beside the engine, on which a metric can depend."""
POINTS_TOLD, RUNS_TOLD = 10, 8


class FailedPointsError(PingcangError):
    """Some runs of some points failed, or have no such metric."""

    def __init__(self, points: Mapping[int, Mapping[int, str]], total: int, folder: Path) -> None:
        told = [f"point {point}: {_named(runs)}" for point, runs in sorted(points.items())[:POINTS_TOLD]]
        more = f"\nand {len(points) - POINTS_TOLD} more points" if len(points) > POINTS_TOLD else ""
        super().__init__(
            f"{len(points)} of {total} points are incomplete, so no indices are given; narrow the ranges, or remove "
            f"their files in {folder} to try again\n" + "\n".join(told) + more
        )
        self.points = points


def _named(runs: Mapping[int, str]) -> str:
    numbers = ", ".join(map(str, list(runs)[:RUNS_TOLD])) + (" …" if len(runs) > RUNS_TOLD else "")
    reason = next(iter(runs.values())).strip().splitlines()[-1]
    return f"run{'s' if len(runs) > 1 else ''} {numbers} of it failed ({reason})"


@dataclass(frozen=True)
class Ledger:
    """What is known of a point: metrics of the runs that succeeded, tracebacks of those that failed."""

    metrics: dict[int, dict[str, float | None]]
    failures: dict[int, str]

    @classmethod
    def read(cls, file: Path) -> Ledger:
        """The ledger in a file; an empty one if there is none, or if it is damaged: its runs are computed again."""
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            return cls(
                {int(run): dict(metrics) for run, metrics in told["metrics"].items()},
                {int(run): str(trace) for run, trace in told["failures"].items()},
            )
        except (FileNotFoundError, ValueError, KeyError, AttributeError, TypeError):
            return cls({}, {})
        except OSError as reason:
            raise StorageError(f"{file}: cannot be read ({reason.strerror}); check the folder and its rights") from None

    def write(self, file: Path) -> None:
        """Keep it, whole or not at all."""
        with storage_errors(file), written_whole(file) as temporary:
            temporary.write_text(json.dumps({"metrics": self.metrics, "failures": self.failures}), encoding="utf-8")

    def missing(self, runs: int) -> list[int]:
        """The runs that were not tried."""
        return [run for run in range(runs) if run not in self.metrics and run not in self.failures]


@dataclass(frozen=True)
class Job:
    """A point that is to be computed. Picklable, so it can travel."""

    loaded: LoadedScenario
    overrides: Overrides
    file: Path
    runs: tuple[int, ...]
    seed: int
    amplification: bool
    threads: int
    simulate: Simulate

    def finish(self) -> None:
        """Simulate the runs and keep what they gave; one that fails takes no other along."""
        known = Ledger.read(self.file)
        loaded = changed(self.loaded, self.overrides)
        for run in self.runs:
            try:
                known.metrics[run] = self._measure(loaded, run)
            except Exception:
                known.failures[run] = traceback.format_exc()
        known.write(self.file)

    def give_up(self, reason: str) -> None:
        """Record that no run of the point could be computed."""
        known = Ledger.read(self.file)
        Ledger(known.metrics, {**known.failures, **dict.fromkeys(self.runs, reason)}).write(self.file)

    def _measure(self, loaded: LoadedScenario, run: int) -> dict[str, float | None]:
        result = self.simulate(
            loaded, seed=self.seed, run=run, threads=self.threads, amplification=self.amplification, record=()
        )
        told = provenance(loaded, seed=self.seed, record=(), amplification=self.amplification)
        metrics = per_run(assemble([result], told))
        values = {name: float(metrics[name].values[0]) for name in UNITS}
        return {name: None if np.isnan(value) else value for name, value in values.items()}


@dataclass(frozen=True)
class Points:
    """Computes points of a bench, and reads them."""

    bench: Bench
    loaded: LoadedScenario
    runs: int
    amplification: bool = False
    simulate: Simulate = simulate_run

    @property
    def folder(self) -> Path:
        """Where the points are kept."""
        return self.bench.folder / "points"

    def measure(
        self, overrides: Sequence[Overrides], metrics: Sequence[str], on_finished: OnFinished | None = None
    ) -> dict[str, Floats]:
        """Metric -> values (points, runs), points in the order given, whatever order they are computed in.

        Every point is checked before any is simulated (`ScenarioError`). What was computed before is not computed
        again. `FailedPointsError` if a run of any point failed or has no such metric.
        """
        files = self._files(overrides)
        self._compute(dict(zip(files, overrides, strict=True)), len(files), on_finished)
        ledgers = {file: Ledger.read(file) for file in dict.fromkeys(files)}
        failed = {point: bad for point, file in enumerate(files) if (bad := self._bad(ledgers[file], metrics))}
        if failed:
            raise FailedPointsError(failed, len(files), self.folder)
        return {
            name: np.array([[ledgers[file].metrics[run][name] for run in range(self.runs)] for file in files], float)
            for name in metrics
        }

    def _compute(self, wanted: Mapping[Path, Overrides], points: int, on_finished: OnFinished | None) -> None:
        """All points that lack runs; the same point twice in a design is computed once."""
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        pool = workers(self.bench.jobs)
        threads = self.bench.threads or pool.threads
        jobs = [
            Job(self.loaded, each, file, tuple(runs), self.bench.seed, self.amplification, threads, self.simulate)
            for file, each in wanted.items()
            if (runs := Ledger.read(file).missing(self.runs))
        ]
        finished = points - len(jobs)
        told = on_finished or (lambda _: None)
        told(finished)
        try:
            for job, died in pool.map(_finished, jobs):
                if died is not None:
                    job.give_up(died)
                finished += 1
                told(1)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted: {self._kept(finished, points)}") from None
        except StorageError as reason:
            raise StorageError(f"{reason}; {self._kept(finished, points)}") from reason

    def _kept(self, finished: int, points: int) -> str:
        return f"{finished} of {points} points are finished and kept in {self.folder}; the same command continues"

    def _files(self, overrides: Sequence[Overrides]) -> list[Path]:
        """The place of each point, named by everything on which a metric can depend."""
        identity = Identity.of(self.loaded, self.bench.seed, (), self.amplification)
        return [self._file(replace(identity, scenario_hash=changed(self.loaded, each).hash)) for each in overrides]

    def _file(self, identity: Identity) -> Path:
        told = json.dumps({**identity.as_dict(), "measuring": measuring()}, sort_keys=True)
        digest = hashlib.sha256(told.encode()).hexdigest()
        return self.folder / f"{identity.scenario}-{identity.seed}-{digest[:16]}.json"

    def _bad(self, ledger: Ledger, metrics: Sequence[str]) -> dict[int, str]:
        """Run -> why it cannot be used."""
        bad = {run: trace for run, trace in ledger.failures.items() if run < self.runs}
        for run in set(range(self.runs)) - set(bad):
            if lacking := [name for name in metrics if ledger.metrics[run][name] is None]:
                bad[run] = f"it has no {' and no '.join(lacking)}"
        return dict(sorted(bad.items()))


def _finished(job: Job) -> None:
    job.finish()


@cache
def measuring() -> str:
    """Fingerprint of the code that turns runs into metrics: metrics of changed code are not reused."""
    package = Path(pingcang.__file__).parent
    digest = hashlib.sha256()
    for name in MEASURING:
        digest.update((package / name).read_bytes())
    return digest.hexdigest()[:12]
