"""One point of the parameter space: simulated, measured, scored.

The unit of work is one run of one scenario: a worker loads the scenario with the point's values, simulates,
measures, and hands over numbers. Nothing is written to the disk.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from pingcang.calibrate.loaded import LoadedSpec, with_values
from pingcang.calibrate.loss import PartScore, stacked
from pingcang.calibrate.measures import Measures, Numbers
from pingcang.calibrate.space import Params
from pingcang.calibrate.work import Workers, workers
from pingcang.montecarlo.simulate import Simulate, simulate_run
from pingcang.results.dataset import assemble, provenance

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario

State = Literal["done", "infeasible", "failed"]


@dataclass(frozen=True)
class Job:
    """One run of one scenario at one point."""

    trial: int
    label: str
    run: int
    overrides: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class RunJob:
    """Simulates and measures a job; picklable."""

    scenarios: Mapping[str, LoadedScenario]
    record: Mapping[str, tuple[str, ...]]
    seed: int
    threads: int
    simulate: Simulate
    measures: Measures

    def __call__(self, job: Job) -> Numbers | str:
        """The numbers of the run, or the traceback of what went wrong."""
        try:
            return self._numbers(job)
        except Exception:
            return traceback.format_exc()

    def _numbers(self, job: Job) -> Numbers:
        loaded = with_values(self.scenarios[job.label], dict(job.overrides))
        record = sorted({*self.record[job.label], *loaded.scenario.record} - {"audit"})
        result = self.simulate(
            loaded, seed=self.seed, run=job.run, threads=self.threads, amplification=False, record=record
        )
        told = provenance(loaded, seed=self.seed, record=record, amplification=False)
        numbers = self.measures(job.label, assemble([result], told))
        return {name: [float(number) for number in values] for name, values in numbers.items()}


@dataclass(frozen=True)
class Evaluation:
    """What became of a point."""

    trial: int
    params: dict[str, float]
    state: State
    loss: float
    """NaN unless it was simulated without failure."""
    parts: dict[str, PartScore] = field(default_factory=dict)
    rows_in_band: int = 0
    values: dict[str, np.ndarray] = field(default_factory=dict)
    """Part -> its numbers (run, 1), or (run, day) for a path."""
    failure: str = ""
    """The first traceback of a failed run."""
    violation: float = 0.0
    """By how much the worst constraint is violated."""

    @property
    def z(self) -> dict[str, float]:
        """Part -> distance in bands."""
        return {name: part.z for name, part in self.parts.items()}

    @property
    def reason(self) -> str:
        """The last line of the failure."""
        return self.failure.strip().splitlines()[-1] if self.failure else ""

    def as_dict(self) -> dict[str, Any]:
        """What the store keeps, as JSON can hold it; a missing number is null."""
        return {
            "trial": self.trial,
            "state": self.state,
            "parts": {name: [_plain(part.value), _plain(part.z)] for name, part in self.parts.items()},
            "rows_in_band": self.rows_in_band,
            "values": {name: [[_plain(n) for n in row] for row in runs.tolist()] for name, runs in self.values.items()},
            "failure": self.failure,
            "violation": min(self.violation, 1e300),
        }

    @classmethod
    def from_dict(cls, params: Params, loss: float | None, told: Mapping[str, Any]) -> Self:
        """The evaluation that a store keeps."""
        parts = {name: PartScore(_number(value), _number(z)) for name, (value, z) in told["parts"].items()}
        values = {name: np.array(runs, dtype=float) for name, runs in told["values"].items()}
        return cls(
            int(told["trial"]),
            dict(params),
            told["state"],
            _number(loss),
            parts,
            int(told["rows_in_band"]),
            values,
            str(told["failure"]),
            float(told["violation"]),
        )


def _plain(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _number(number: float | None) -> float:
    return float("nan") if number is None else float(number)


@dataclass(frozen=True)
class Evaluator:
    """Evaluates points, several at a time."""

    loaded: LoadedSpec
    pool: Workers
    task: RunJob

    @classmethod
    def of(
        cls, loaded: LoadedSpec, jobs: int = 1, threads: int | None = None, simulate: Simulate = simulate_run
    ) -> Self:
        """Of a calibration, with this many processes; threads of a run default to cores ÷ jobs."""
        pool = workers(jobs)
        bases = loaded.bases
        task = RunJob(
            {label: base.loaded for label, base in bases.items()},
            {label: base.record for label, base in bases.items()},
            loaded.spec.seed,
            threads or pool.threads,
            simulate,
            loaded.measures,
        )
        return cls(loaded, pool, task)

    def map(self, points: Mapping[int, Params]) -> Iterator[Evaluation | None]:
        """The evaluation of every point as it is complete; None whenever a single run is."""
        jobs: list[Job] = []
        waiting: dict[int, dict[tuple[str, int], Numbers | str]] = {}
        for trial, params in points.items():
            violation = self.loaded.violation(params)
            if violation > 0:
                yield Evaluation(trial, dict(params), "infeasible", float("nan"), violation=violation)
                continue
            waiting[trial] = {}
            jobs += self._jobs(trial, params)
        each = len(jobs) // max(1, len(waiting))
        for job, numbers in self.pool.map(self.task, jobs):
            collected = waiting[job.trial]
            collected[job.label, job.run] = numbers
            yield None
            if len(collected) == each:
                yield self._concluded(job.trial, points[job.trial], waiting.pop(job.trial))

    def runs_of(self, points: Iterable[Params]) -> int:
        """How many runs these points take."""
        feasible = sum(1 for params in points if self.loaded.violation(params) <= 0)
        return feasible * sum(base.runs for base in self.loaded.bases.values())

    def _jobs(self, trial: int, params: Params) -> Iterator[Job]:
        for label, base in self.loaded.bases.items():
            overrides = tuple(self.loaded.space.overrides(label, params).items())
            for run in range(base.runs):
                yield Job(trial, label, run, overrides)

    def _concluded(self, trial: int, params: Params, collected: Mapping[tuple[str, int], Numbers | str]) -> Evaluation:
        failures = [collected[key] for key in sorted(collected) if isinstance(collected[key], str)]
        if failures:
            return Evaluation(trial, dict(params), "failed", float("nan"), failure=str(failures[0]))
        values: dict[str, np.ndarray] = {}
        for label, base in self.loaded.bases.items():
            values |= stacked([collected[label, run] for run in range(base.runs)])  # type: ignore[misc]
        missing = [part.name for part in self.loaded.measures.parts if part.name not in values]
        if missing:
            failure = f"nothing was measured for {', '.join(missing)}"
            return Evaluation(trial, dict(params), "failed", float("nan"), failure=failure)
        score = self.loaded.scorer.score(values)
        return Evaluation(trial, dict(params), "done", score.loss, score.parts, score.rows_in_band, values)


def evaluate(
    loaded: LoadedSpec,
    params: Params,
    *,
    jobs: int = 1,
    threads: int | None = None,
    simulate: Simulate = simulate_run,
) -> Evaluation:
    """Simulate and score one point; parameters that are not named stand at their start.

    Raises KeyError for a parameter that the calibration has not.
    """
    unknown = sorted(set(params) - set(loaded.space.start))
    if unknown:
        raise KeyError(f"no parameter {', '.join(unknown)}; there are {', '.join(loaded.space.start)}")
    point = {**loaded.space.start, **params}
    found = [each for each in Evaluator.of(loaded, jobs, threads, simulate).map({0: point}) if each is not None]
    return found[0]


def told_loss(evaluation: Evaluation, worst: float) -> float:
    """What the sampler hears: the loss; above the highest loss for a violation, by its size, and for a failure."""
    if evaluation.state == "done":
        return evaluation.loss
    if evaluation.state == "failed":
        return worst + 1.0
    size = min(evaluation.violation, 1e12)
    return worst + size / (1.0 + size)
