"""How trials are chosen: in batches, each a pure function of the sampler's seed and the batches before it.

Trial 0 is the start. Trials 1 to n make batch 0, the next n batch 1, and so on, n the size of a batch, which
hangs neither on the number of processes nor on where a calibration was interrupted. So the same calibration
tries the same points however it is run, and a stopped one goes on exactly where it was.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pingcang.calibrate.libraries import library
from pingcang.calibrate.space import Space
from pingcang.calibrate.spec import SamplerChoice

SIGMA = 0.2
BATCH = {"tpe": 8, "gp": 1, "random": 8, "grid": 8}
GRID_POINTS = 3
LARGEST_GRID = 1_000_000


@dataclass(frozen=True)
class Told:
    """A trial that is over: its point in the unit cube, and the loss that the sampler hears."""

    coordinates: list[float]
    loss: float


class Sampler(Protocol):
    """Chooses batches."""

    @property
    def size(self) -> int:
        """Trials of a batch."""
        ...

    def batch(self, number: int, start: Told | None, told: Sequence[Told]) -> list[list[float]]:
        """The points of a batch; `told` are all trials of the batches before it, in order, without the start.

        The start is given from batch 1 on. Fewer points than `size` if there are no more.
        """
        ...


def sampler_of(choice: SamplerChoice, space: Space) -> Sampler:
    """The sampler that a calibration asks for; `MissingLibraryError` if its library is not installed."""
    dimensions = len(space.axes)
    if choice.kind == "cmaes":
        library("cmaes")
        population = choice.population or 4 + math.floor(3 * math.log(dimensions))
        return Cmaes(space.coordinates(space.start), choice.sigma or SIGMA, population, choice.seed)
    size = choice.batch or BATCH[choice.kind]
    if choice.kind == "random":
        return Random(dimensions, size, choice.seed)
    if choice.kind == "grid":
        return Grid(dimensions, choice.points or GRID_POINTS, size)
    library("optuna")
    if choice.kind == "gp":
        library("torch")
        library("scipy")
    return Model(choice.kind, dimensions, size, choice.seed)


@dataclass(frozen=True)
class Cmaes:
    """CMA-ES (Hansen 2016, as in the library `cmaes`): a batch is a generation.

    Generations are told again from the first one each time, so that there is no state to be kept. When the
    library finds that a search has settled, a new one starts at the best point so far.
    """

    start: list[float]
    sigma: float
    size: int
    seed: int

    def batch(self, number: int, start: Told | None, told: Sequence[Told]) -> list[list[float]]:
        """The next generation."""
        search = self._search(np.array(self.start))
        for generation in range(number):
            solutions = told[generation * self.size : (generation + 1) * self.size]
            search.tell([(np.array(each.coordinates), each.loss) for each in solutions])
            if search.should_stop():
                best = min(told[: (generation + 1) * self.size], key=lambda each: each.loss)
                search = self._search(np.array(best.coordinates))
        search.reseed_rng(_seed(self.seed, number))
        return [search.ask().tolist() for _ in range(self.size)]

    def _search(self, mean: np.ndarray) -> Any:
        box = np.array([[0.0, 1.0]] * len(mean))
        return library("cmaes").CMA(mean=mean, sigma=self.sigma, bounds=box, seed=0, population_size=self.size)


@dataclass(frozen=True)
class Random:
    """Evenly drawn points."""

    dimensions: int
    size: int
    seed: int

    def batch(self, number: int, start: Told | None, told: Sequence[Told]) -> list[list[float]]:
        """Points that hang on nothing before."""
        points: list[list[float]] = (
            np.random.default_rng((self.seed, number)).random((self.size, self.dimensions)).tolist()
        )
        return points


@dataclass(frozen=True)
class Grid:
    """Every combination of evenly spaced values, the last parameter fastest."""

    dimensions: int
    points: int
    size: int

    def batch(self, number: int, start: Told | None, told: Sequence[Told]) -> list[list[float]]:
        """The next combinations; none once all are there."""
        line = np.linspace(0, 1, self.points).tolist()
        every = itertools.product(line, repeat=self.dimensions)
        return [list(point) for point in itertools.islice(every, number * self.size, (number + 1) * self.size)]


@dataclass(frozen=True)
class Model:
    """A sampler of optuna that models the loss: tpe (Bergstra et al. 2011) or gp (a Gaussian process)."""

    kind: str
    dimensions: int
    size: int
    seed: int

    def batch(self, number: int, start: Told | None, told: Sequence[Told]) -> list[list[float]]:
        """Points that the model thinks promising, from all trials before."""
        optuna = library("optuna")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # options that some versions call experimental
            study = optuna.create_study(sampler=self._sampler(optuna, number))
            names = [f"u{index}" for index in range(self.dimensions)]
            box = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in names}
            for each in [*([start] if start else []), *told]:
                params = dict(zip(names, each.coordinates, strict=True))
                study.add_trial(optuna.trial.create_trial(params=params, distributions=box, value=each.loss))
            trials = [study.ask(box) for _ in range(self.size)]
            return [[float(trial.params[name]) for name in names] for trial in trials]

    def _sampler(self, optuna: Any, number: int) -> Any:
        seed = _seed(self.seed, number)
        if self.kind == "gp":
            return optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)


def _seed(seed: int, number: int) -> int:
    """A seed of its own for every batch."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1)[0])
