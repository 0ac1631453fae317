"""What ranges of the inputs make of the results: intervals, shares of the lights, and which input moves most.

Every input with a range is drawn by itself, independent of the others: uniform between two numbers, triangular with
three. Nothing is rounded on the way. Each input has random numbers of its own, by its name, so that a range more leaves
the draws of the others in place.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pingcang.arrays import Floats
from pingcang.errors import ScenarioError
from pingcang.leverage.thresholds.chain import RESULTS, chain
from pingcang.leverage.thresholds.lights import LIGHTS, LINES

if TYPE_CHECKING:
    from pingcang.leverage.thresholds.loading import Thresholds
    from pingcang.leverage.thresholds.spec import Input

QUANTILES = (0.05, 0.5, 0.95)
MOST_DRAWS = 10_000_000
DRAWS, SEED = 10_000, 0


@dataclass(frozen=True)
class Influence:
    """What a result is at both ends of one input's range, with every other input at its point."""

    input: str
    low: Mapping[str, float]
    """By result, at the lowest value of the input."""
    high: Mapping[str, float]

    def swing(self, result: str) -> float:
        """How far the result moves, whichever way."""
        return abs(self.high[result] - self.low[result])


@dataclass(frozen=True)
class Uncertainty:
    """What independent draws of all ranges give; money in CNY."""

    draws: int
    seed: int
    intervals: Mapping[str, tuple[float, float, float]]
    """5, 50 and 95 % of each result."""
    shares: Mapping[float, Mapping[str, float]]
    """Of each balance: in which share of the draws it has each light."""
    out_of_order: float
    """Share of the draws whose lines do not rise; there a light counts the lines that are reached."""
    influences: tuple[Influence, ...]
    """One for each input with a range, the one that moves the official threshold most first."""


def uncertainty(
    thresholds: Thresholds, balances: Sequence[float] = (), *, draws: int = DRAWS, seed: int = SEED
) -> Uncertainty | None:
    """The uncertainty of a set of thresholds, and of the lights of balances (CNY); None if no input is a range.

    ScenarioError for a number of draws or a seed that cannot be.
    """
    if not 1 <= draws <= MOST_DRAWS or seed < 0:
        raise ScenarioError(f"draws {draws}, seed {seed}: draws must be 1 to {MOST_DRAWS:,}, a seed at least 0")
    inputs = thresholds.inputs
    if not any(given.is_range for given in inputs.values()):
        return None
    found = chain({path: _drawn(path, given, draws, seed) for path, given in inputs.items()})
    lines = np.array([np.broadcast_to(found[name], draws) for name in LINES])
    return Uncertainty(
        draws,
        seed,
        {name: _quantiles(found[name]) for name in RESULTS},
        {balance: _shares(lines, balance) for balance in balances},
        float(np.mean((lines[0] > lines[1]) | (lines[1] > lines[2]))),
        influences(inputs),
    )


def influences(inputs: Mapping[str, Input]) -> tuple[Influence, ...]:
    """One input at a time from one end of its range to the other, the largest effect on the official line first."""
    points = {path: given.point for path, given in inputs.items()}
    found = [
        Influence(path, chain({**points, path: given.value[0]}), chain({**points, path: given.value[-1]}))
        for path, given in inputs.items()
        if given.is_range
    ]
    return tuple(sorted(found, key=lambda each: -each.swing("threshold_official")))


def _drawn(path: str, given: Input, draws: int, seed: int) -> Floats | float:
    if not given.is_range:
        return given.point
    own = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(path.encode()),))
    random = np.random.default_rng(own)
    low, high = given.value[0], given.value[-1]
    if len(given.value) == 2:
        return random.uniform(low, high, draws)
    return random.triangular(low, given.point, high, draws)


def _quantiles(values: Floats | float) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, QUANTILES).tolist()
    return low, middle, high


def _shares(lines: Floats, balance: float) -> dict[str, float]:
    reached = (balance >= lines).sum(axis=0)
    return {light: float(np.mean(reached == number)) for number, light in enumerate(LIGHTS)}
