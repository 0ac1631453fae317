"""Arms that are made up: the fake market, moved by what an arm's text says, from a day on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

import fakes
from pingcang.study.arms import Arm


@dataclass(frozen=True)
class MovedMarket:
    """A `Simulate`: from `day` on the index falls by `text` of the arm more, in every run alike but for `noise`."""

    day: int = 3
    noise: float = 0.0
    fail: tuple[tuple[str, int], ...] = ()
    """(text of the arm, run) that raise."""

    def __call__(self, loaded, *, seed, run, threads, amplification, record, on_progress=None):
        if (loaded.text, run) in self.fail:
            raise RuntimeError(f"run {run} of {loaded.text} was told to fail")
        made = fakes.FakeMarket()(
            loaded,
            seed=seed,
            run=run,
            threads=threads,
            amplification=amplification,
            record=record,
            on_progress=on_progress,
        )
        index = np.array(made.variables["index"])
        shift = float(loaded.text)
        wobble = self.noise * np.random.default_rng((run, int(1e6 * abs(shift)))).normal()
        index[self.day :] -= shift + (wobble if shift else 0.0)
        return replace(made, variables={**made.variables, "index": index})


def arm(shift=0.0, runs=8, amplification=False):
    """An arm whose index falls by `shift` more."""
    return Arm(f"shift {shift}", fakes.loaded(text=str(shift)), runs, amplification)
