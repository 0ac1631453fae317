"""A market whose index is a formula of its parameters, to test calibrations: the optimum is known.

    python tests/fake_fit.py calibrate fit.yaml …

is `pingcang` with it. The environment says what goes wrong: FAKE_SLEEP (seconds a run), FAKE_LOG (a file that
hears of every run).
"""

from __future__ import annotations

import functools
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import fakes
from pingcang.calibrate.measures import Part
from pingcang.results.dataset import RunResult

BEST = {"depth": 0.3, "trend": 0.2}

SPEC = """\
kind: calibration
name: made_up
scenarios:
  crash: {scenario: one_account, set: {calendar.days: 5}, runs: 2}
targets: fake
parameters:
  depth: {low: 0.05, high: 0.8, start: 0.13, scale: log, paths: [impact.depth]}
  trend: {low: 0, high: 0.6, start: 0.5, paths: [impact.trend]}
sampler: {kind: cmaes, seed: 1, population: 6}
trials: 40
"""


@dataclass(frozen=True)
class FakeModel:
    """A `Simulate`: the index of day 1 is the depth of the scenario, of day 2 its trend, plus a run's noise."""

    noise: float = 0.01
    sleep: float = 0.0
    log: Path | None = None
    fail_above: float = 9.0
    """A depth above it raises."""

    def __call__(self, loaded, *, seed, run, threads, amplification, record, on_progress=None):
        impact = loaded.scenario.impact
        if self.log is not None:
            with self.log.open("a") as log:
                log.write(f"{impact.depth} {impact.trend} {run}\n")
        time.sleep(self.sleep)
        if impact.depth > self.fail_above:
            raise RuntimeError(f"depth {impact.depth} was told to fail")
        variables = fakes.fake_variables(seed, run)
        noise = self.noise * np.random.default_rng((seed, run)).standard_normal(2)
        variables["index"][1:3] = 1 + impact.depth + noise[0], 1 + impact.trend + noise[1]
        return RunResult(run, variables, fakes.COORDINATES)


@dataclass(frozen=True)
class FakeMeasures:
    """A `Measures`: two rows, depth and trend, 0 away from `BEST`; both on the scenario `crash`."""

    best: dict = field(default_factory=lambda: dict(BEST))

    @property
    def parts(self):
        return tuple(Part(name, f"row_{name}", 1 + self.best[name], 0.05, "crash") for name in ("depth", "trend"))

    def __call__(self, label, dataset):
        index = dataset["index"].values[0]
        return {"depth": [index[1]], "trend": [index[2]]} if label == "crash" else {}


def write_spec(folder, text=SPEC, **replaced):
    """The calibration as a file; `old="new"` pairs are replaced in its text first."""
    for old, new in replaced.items():
        text = text.replace(old, new)
    path = folder / "fit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def main():
    import pingcang.calibrate as calibrate
    from pingcang.cli import main as real

    log = Path(os.environ["FAKE_LOG"]) if "FAKE_LOG" in os.environ else None
    model = FakeModel(sleep=float(os.environ.get("FAKE_SLEEP", "0")), log=log)
    calibrate.load_spec = functools.partial(calibrate.load_spec, measures=FakeMeasures())
    calibrate.run_calibration = functools.partial(calibrate.run_calibration, simulate=model)
    real()


if __name__ == "__main__":
    sys.exit(main())
