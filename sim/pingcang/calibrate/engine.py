"""The calibration: batch after batch of trials, kept as they finish, until all are there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pingcang.calibrate.evaluate import Evaluation, Evaluator, told_loss
from pingcang.calibrate.identity import identity_of
from pingcang.calibrate.loaded import LoadedSpec
from pingcang.calibrate.samplers import Grid, Sampler, Told, sampler_of
from pingcang.calibrate.store import TrialStore, open_store
from pingcang.errors import PingcangError, ScenarioError, StorageError
from pingcang.montecarlo.simulate import Simulate, simulate_run


@dataclass(frozen=True)
class Progress:
    """How far the trials are."""

    finished: float
    """Trials that are over, with the share of those under way."""
    trials: int
    best: Evaluation | None
    failed: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Calibration:
    """What became of a calibration."""

    loaded: LoadedSpec
    store: Path
    evaluations: dict[int, Evaluation]
    """Trial -> evaluation."""
    computed: int
    """Trials simulated now; the others were there already."""

    @property
    def best(self) -> Evaluation:
        """The trial with the lowest loss, the first of equals; `NoTrialError` if none came out."""
        found = best_of(self.evaluations)
        if found is None:
            raise NoTrialError(self.evaluations, self.store)
        return found

    @property
    def failed(self) -> list[Evaluation]:
        """The trials in which a run failed."""
        return [each for each in self.evaluations.values() if each.state == "failed"]

    @property
    def infeasible(self) -> list[Evaluation]:
        """The trials that violate a constraint and were not simulated."""
        return [each for each in self.evaluations.values() if each.state == "infeasible"]


class NoTrialError(PingcangError):
    """Not one trial came out."""

    def __init__(self, evaluations: Mapping[int, Evaluation], store: Path) -> None:
        failed = [each for each in evaluations.values() if each.state == "failed"]
        why = f"; trial {failed[0].trial}: {failed[0].reason}" if failed else ""
        super().__init__(f"none of {len(evaluations)} trials came out, so that there is no fit; see {store}{why}")


def default_store(loaded: LoadedSpec) -> Path:
    """results/NAME.journal."""
    return Path("results") / f"{loaded.spec.name}.journal"


def run_calibration(
    loaded: LoadedSpec,
    store: str | Path | None = None,
    *,
    jobs: int = 1,
    threads: int | None = None,
    trials: int | None = None,
    overwrite: bool = False,
    simulate: Simulate = simulate_run,
    on_progress: OnProgress | None = None,
) -> Calibration:
    """Try as many points as the calibration asks for (or `trials`), those in the store included.

    The trials hang on the calibration alone, not on `jobs`, `threads` or interruptions. The store, default
    results/NAME.journal, is continued if it holds trials of the same calibration, scenarios, data, targets and
    code; else it is refused (`ScenarioError`) unless `overwrite`. Trials that are over stay in it when the disk
    fails (`StorageError`) or on Ctrl-C (KeyboardInterrupt, with a message for the user).
    """
    wanted = loaded.spec.trials if trials is None else trials
    if wanted < 1 or jobs < 1:
        raise ScenarioError(f"trials {wanted}, jobs {jobs}: each must be at least 1")
    path = default_store(loaded) if store is None else Path(store)
    sampler = sampler_of(loaded.spec.sampler, loaded.space)
    if isinstance(sampler, Grid):
        wanted = min(wanted, 1 + sampler.points**sampler.dimensions)
    with open_store(path, loaded.spec.name, identity_of(loaded), loaded.space, overwrite=overwrite) as kept:
        work = Work(kept, Evaluator.of(loaded, jobs, threads, simulate), wanted, on_progress)
        before = len(work.evaluations)
        with work.keeping():
            for points in _batches(loaded, sampler, wanted, work.evaluations):
                work.evaluate(points)
        return Calibration(loaded, path, dict(sorted(work.evaluations.items())), len(work.evaluations) - before)


def kept_trials(loaded: LoadedSpec, store: str | Path | None = None) -> Calibration:
    """What a store holds, nothing computed; `ScenarioError` if there is none, or it is another calibration's."""
    path = default_store(loaded) if store is None else Path(store)
    if not path.is_file():
        raise ScenarioError(f"{path}: no such store; calibrate first, or name another one")
    with open_store(path, loaded.spec.name, identity_of(loaded), loaded.space) as kept:
        return Calibration(loaded, path, kept.evaluations(), 0)


def _batches(
    loaded: LoadedSpec, sampler: Sampler, trials: int, evaluations: Mapping[int, Evaluation]
) -> Iterator[dict[int, dict[str, float]]]:
    """The points of each batch in turn, without those that are there already; the start with the first."""
    size, space = sampler.size, loaded.space
    for number in range(math.ceil((trials - 1) / size) or 1):
        first = 1 + number * size
        numbers = range(first, min(first + size, trials))
        wanted = [0, *numbers] if number == 0 else list(numbers)
        if all(trial in evaluations for trial in wanted):
            continue
        told = [_told(loaded, evaluations[trial]) for trial in range(1, first)]
        start = _told(loaded, evaluations[0]) if number else None
        chosen = sampler.batch(number, start, told)
        points = {0: space.start} | {first + index: space.point(point) for index, point in enumerate(chosen)}
        yield {trial: points[trial] for trial in wanted if trial in points and trial not in evaluations}
        if len(chosen) < size:
            return


def _told(loaded: LoadedSpec, evaluation: Evaluation) -> Told:
    loss = told_loss(evaluation, loaded.scorer.worst)
    return Told(loaded.space.coordinates(evaluation.params), loss)


def best_of(evaluations: Mapping[int, Evaluation]) -> Evaluation | None:
    """The evaluation with the lowest loss, the first of equals; None if no trial came out."""
    done = [each for each in evaluations.values() if each.state == "done"]
    return min(done, key=lambda each: (each.loss, each.trial)) if done else None


@dataclass
class Work:
    """Evaluates points and keeps them; what is in the store is not evaluated again."""

    store: TrialStore
    evaluator: Evaluator
    trials: int
    on_progress: OnProgress | None
    noun: str = "trials"

    def __post_init__(self) -> None:
        self.evaluations = {trial: each for trial, each in self.store.evaluations().items() if trial < self.trials}
        self._tell(0.0)

    def evaluate(self, points: Mapping[int, Mapping[str, float]]) -> None:
        """Evaluate points by their trial."""
        each = self.evaluator.runs_of(points.values()) / max(1, len(points))
        under_way = 0.0
        for evaluation in self.evaluator.map(points):
            if evaluation is None:
                under_way += 1 / each
            else:
                self.store.add(evaluation)
                self.evaluations[evaluation.trial] = evaluation
                under_way = max(0.0, under_way - (evaluation.state != "infeasible"))
            self._tell(under_way)

    def _tell(self, under_way: float) -> None:
        if self.on_progress is not None:
            best = best_of(self.evaluations)
            failed = sum(each.state == "failed" for each in self.evaluations.values())
            finished = min(float(self.trials), len(self.evaluations) + under_way)
            self.on_progress(Progress(finished, self.trials, best, failed))

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Say with every interruption what is kept, and how to go on."""
        try:
            yield
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"interrupted: {self._kept()}") from None
        except StorageError as reason:
            raise StorageError(f"{reason}; {self._kept()}") from reason

    def _kept(self) -> str:
        over = f"{len(self.evaluations)} of {self.trials} {self.noun} are finished"
        return f"{over} and kept in {self.store.path}; the same command continues"


def summary(calibration: Calibration) -> dict[str, Any]:
    """The outcome as JSON can hold it."""
    loaded, best = calibration.loaded, calibration.best
    parts = {part.name: part for part in loaded.measures.parts}
    kept = best.as_dict()["parts"]
    return {
        "name": loaded.spec.name,
        "store": str(calibration.store),
        "trials": len(calibration.evaluations),
        "failed": len(calibration.failed),
        "infeasible": len(calibration.infeasible),
        "news_numbers": {"fitted": len(loaded.news), "fixed": loaded.fixed_news},
        "best": {
            "trial": best.trial,
            "loss": best.loss,
            "rows_in_band": best.rows_in_band,
            "rows": len(loaded.scorer.rows),
            "parameters": {
                axis.name: {
                    "start": axis.start,
                    "fitted": best.params[axis.name],
                    "low": axis.low,
                    "high": axis.high,
                    "at_bound": axis.at_bound(best.params[axis.name]),
                }
                for axis in loaded.space.axes
            },
            "parts": {
                name: {
                    "row": parts[name].row,
                    "real": parts[name].real,
                    "band": parts[name].band,
                    "value": value,
                    "z": z,
                }
                for name, (value, z) in kept.items()
            },
        },
    }
