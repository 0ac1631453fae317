"""Peak memory of many runs: python -m benchmarks.memory_of_runs RUNS JOBS SUFFIX prints it as JSON, in MiB.

The runs are made up, a quarter of a megabyte each, so that a store of 2,000 is many times what one process may hold.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pingcang.montecarlo.runner import run_many
from pingcang.results.dataset import RunResult
from pingcang.results.storage import open_results
from pingcang.results.variables import RATIO_BIN_LABELS, VARIABLES
from pingcang.scenario import load_scenario

DAYS, STOCKS = 46, 100
LABELS = {
    "date": np.datetime64("2015-06-12", "ns") + np.arange(DAYS).astype("timedelta64[D]"),
    "cohort": ["retail", "institutions", "short", "shadow"],
    "board": ["main", "chinext", "sme"],
    "sector": [f"sector {number}" for number in range(28)],
    "ratio_bin": list(RATIO_BIN_LABELS),
    "stock": [f"{number:06d}" for number in range(STOCKS)],
}


@dataclass(frozen=True)
class MadeUpRuns:
    """Arrays of a market of 2015 with some of its stocks, a pure function of (seed, run)."""

    def __call__(self, loaded: Any, *, seed: int, run: int, record: Any, **_: Any) -> RunResult:
        random = np.random.default_rng((seed, run))
        sizes = {"day": DAYS, **{name: len(labels) for name, labels in LABELS.items() if name != "date"}}
        recorded = [variable for variable in VARIABLES if variable.when in {"always", *record}]
        variables = {
            variable.name: (random.random([sizes[dim] for dim in variable.dims]) * 1e9).astype(variable.dtype)
            for variable in recorded
        }
        return RunResult(run, {**variables, "float_cap_start": np.array(1e13)}, LABELS)


def peak_of(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def main(runs: int, jobs: int, suffix: str) -> dict[str, float]:
    """Compute, merge, and summarise the runs in this process; its peak and that of its largest child."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / f"x.{suffix}"
        loaded = load_scenario("one_account")
        run_many(loaded, runs=runs, jobs=jobs, threads=1, out=store, record=["stocks"], simulate=MadeUpRuns())
        with open_results(store) as dataset:
            stored = sum(variable.nbytes for variable in dataset.data_vars.values()) / 2**20
            dataset.pingcang.summary()
    if jobs > 1:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
    return {
        "runs": runs,
        "stored": stored,
        "parent": peak_of(resource.RUSAGE_SELF),
        "worker": peak_of(resource.RUSAGE_CHILDREN),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
