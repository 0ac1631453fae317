"""Two-level factors over a scenario: what each does, alone and together, and its share of the whole difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from pingcang.arrays import Floats, Ints
from pingcang.study.arms import Arm, Bench, simulate_all
from pingcang.study.effects import (
    CellStatistics,
    Levels,
    Shapley,
    cell_statistics,
    effects_of,
    factor_names,
    shapley_of,
)
from pingcang.study.fractions import aliases, resolution
from pingcang.study.measures import THRESHOLD, ArmRuns, measured, one_arm, shared_runs, unit_of
from pingcang.study.paired import Estimate, Resampling, Statistic

ORDER_OF_A_FRACTION = 2
"""Effects of a fraction are told up to pairs, each with those up to pairs that it cannot be told from."""

Term = tuple[str, ...]


@dataclass(frozen=True)
class Factorial:
    """The cells of a factorial, over the runs that all of them have."""

    names: tuple[str, ...]
    arms: dict[Levels, Arm]
    seed: int
    runs: Ints
    """Numbers of the runs that every cell has."""
    statistic: Statistic
    values: dict[str, dict[Levels, Floats]]
    """Metric -> cell -> numbers in the order of `runs`."""
    failed_runs: dict[Levels, tuple[int, ...]]
    _statistics: dict[str, CellStatistics] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def full(self) -> bool:
        """Whether all 2^k cells are there."""
        return bool(len(self.arms) == 2 ** len(self.names))

    @cached_property
    def resampling(self) -> Resampling:
        """The resamples of the runs that all cells and metrics share."""
        return Resampling(self.runs.size)

    @cached_property
    def aliases(self) -> dict[Term, list[Term]]:
        """Effect -> the main effects and pairs that the cells cannot tell from it."""
        found = aliases(list(self.arms), ORDER_OF_A_FRACTION)
        return {self._named(term): [self._named(other) for other in others] for term, others in found.items()}

    def cells(self, metric: str) -> dict[Levels, Estimate]:
        """The metric of every cell, with its interval; over the shared runs that have it in that cell."""
        values = self.values[metric]
        return {cell: one_arm(metric, values[cell], self.resampling, self.statistic) for cell in values}

    def effects(self, metric: str) -> dict[Term, Estimate]:
        """Main effects and interactions; of a fraction up to pairs."""
        return effects_of(self.statistics(metric), self.names, None if self.full else ORDER_OF_A_FRACTION)

    def shapley(self, metric: str) -> Shapley | None:
        """What each factor adds to the difference of the corners; None for a fraction, which does not tell."""
        return shapley_of(self.statistics(metric), self.names) if self.full else None

    def statistics(self, metric: str) -> CellStatistics:
        """The metric of all cells over the runs that have it in every cell, resampled together; kept."""
        if metric not in self._statistics:
            self._statistics[metric] = cell_statistics(self.values[metric], self.statistic, self.resampling)
        return self._statistics[metric]

    @property
    def table(self) -> pd.DataFrame:
        """One row a number: metric, what it is (cell, effect, part, share, total), of what, value and interval."""
        return pd.DataFrame(self._rows())

    def to_dict(self) -> dict[str, Any]:
        """The object of `--json`; None where there is no number."""
        return {
            "factors": list(self.names),
            "resolution": resolution(list(self.arms)),
            "seed": self.seed,
            "runs": int(self.runs.size),
            "statistic": self.statistic,
            "failed_runs": {self.arms[cell].label: list(failed) for cell, failed in self.failed_runs.items() if failed},
            "cells": [{"levels": list(cell), "hash": arm.loaded.hash} for cell, arm in self.arms.items()],
            "metrics": {metric: self._metric(metric) for metric in self.values},
        }

    def _metric(self, metric: str) -> dict[str, Any]:
        found = self.shapley(metric)
        alike = {} if self.full else self.aliases
        return {
            "unit": unit_of(metric),
            "cells": [{"levels": list(cell), **each.to_dict()} for cell, each in self.cells(metric).items()],
            "effects": [
                {"factors": list(term), **each.to_dict(), "aliases": [list(other) for other in alike.get(term, [])]}
                for term, each in self.effects(metric).items()
            ],
            "shapley": None if found is None else _shapley(found),
        }

    def _rows(self) -> Iterator[dict[str, Any]]:
        for metric in self.values:
            for what, of, each in self._estimates(metric):
                unit = "1" if what == "share" else unit_of(metric)
                yield {"metric": metric, "what": what, "of": of, **each.to_dict(), "unit": unit}

    def _estimates(self, metric: str) -> Iterator[tuple[str, str, Estimate]]:
        for cell, each in self.cells(metric).items():
            yield "cell", "".join(map(str, cell)), each
        for term, each in self.effects(metric).items():
            yield "effect", ":".join(term), each
        found = self.shapley(metric)
        if found is not None:
            yield "total", "", found.total
            yield from (("part", name, each) for name, each in found.parts.items())
            yield from (("share", name, each) for name, each in found.shares.items())

    def _named(self, term: Sequence[int]) -> Term:
        return tuple(self.names[i] for i in term)


def factorial(
    arms: Mapping[Levels, Arm],
    bench: Bench,
    names: Sequence[str] | None = None,
    *,
    threshold: float = THRESHOLD,
    statistic: Statistic = "mean",
    on_progress: Callable[[Arm, float], None] | None = None,
) -> Factorial:
    """Simulate what is missing of all cells {(0, 1, …): arm} and pair them run by run.

    `threshold` is the x of P(drawdown > x). `RunsFailedError` if all runs of a cell fail.
    """
    k = len(next(iter(arms)))
    told = tuple(factor_names(names, k))
    simulate_all(bench, arms.values(), on_progress)
    found = {cell: measured(bench, arm, threshold) for cell, arm in arms.items()}
    runs = shared_runs(list(found.values()))
    failed = {cell: each.failed for cell, each in found.items()}
    return Factorial(told, dict(arms), bench.seed, runs, statistic, _by_metric(found, runs), failed)


def _by_metric(found: Mapping[Levels, ArmRuns], runs: Ints) -> dict[str, dict[Levels, Floats]]:
    cells = {cell: each.of(runs) for cell, each in found.items()}
    first = next(iter(cells.values()))
    return {metric: {cell: values[metric] for cell, values in cells.items()} for metric in first}


def _shapley(found: Shapley) -> dict[str, Any]:
    return {
        "total": found.total.to_dict(),
        "parts": {name: each.to_dict() for name, each in found.parts.items()},
        "shares": {name: each.to_dict() for name, each in found.shares.items()},
    }
