"""A market that is made up: every array a pure function of (seed, run), to test the house around it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from pingcang.results.dataset import RunResult
from pingcang.results.variables import RATIO_BIN_LABELS, VARIABLES
from pingcang.scenario.schema import Scenario

DAYS = 6
SIZES = {
    "day": DAYS + 1,
    "cohort": 2,
    "board": 3,
    "sector": 2,
    "ratio_bin": len(RATIO_BIN_LABELS),
    "stock": 4,
}
COORDINATES = {
    "date": np.datetime64("2015-06-12", "ns") + np.arange(DAYS + 1).astype("timedelta64[D]"),
    "cohort": ["retail", "shadow"],
    "board": ["main", "chinext", "sme"],
    "sector": ["bank", "tech"],
    "ratio_bin": list(RATIO_BIN_LABELS),
}


def loaded(name: str = "made_up", text: str = "kind: scenario", record: tuple[str, ...] = ()) -> SimpleNamespace:
    """What load_scenario would give: a real scenario with made-up text and hash."""
    scenario = Scenario.model_validate(
        {
            "name": name,
            "calendar": {"start": "2015-06-12", "days": DAYS},
            "securities": {"stocks": [{"code": "600000", "price": 10.0, "float_shares": 1000}]},
            "cohorts": {
                key: {"kind": key, "accounts": 10, "debt": 1e6, "maintenance_ratio": [[0, 1.4], [1, 3.0]]}
                for key in ("retail", "shadow")
            },
            "record": list(record),
        }
    )
    digest = f"{sum(text.encode()):064x}"
    return SimpleNamespace(scenario=scenario, text=text, hash=digest[::-1], source=name, base_folder=None)


@dataclass(frozen=True)
class FakeMarket:
    """A `Simulate`. `fail`: runs that raise; `kill`: runs that kill their process; `log`: hears of runs."""

    fail: tuple[int, ...] = ()
    kill: tuple[int, ...] = ()
    sleep: float = 0.0
    log: Path | None = None

    def __call__(self, loaded, *, seed, run, threads, amplification, record, on_progress=None):
        if self.log is not None:
            with self.log.open("a") as log:
                log.write(f"{run}\n")
        for _ in range(DAYS):
            time.sleep(self.sleep / DAYS)
            if on_progress is not None:
                on_progress(1 / DAYS)
        if run in self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if run in self.fail:
            raise RuntimeError(f"run {run} was told to fail")
        return RunResult(
            run,
            fake_variables(seed, run, amplification, record),
            COORDINATES | ({"stock": ["600000", "600001", "300001", "000001"]} if "stocks" in record else {}),
            *((fake_audit(seed, run), fake_causes(seed, run)) if "audit" in record else ()),
        )


def fake_variables(seed=0, run=0, amplification=False, record=()):
    """Arrays of the right names, shapes and types; index and balance fall."""
    random = np.random.default_rng((seed, run))
    wanted = {"always"} | ({"amplification"} if amplification else set()) | set(record)
    variables = {}
    for variable in VARIABLES:
        if variable.when in wanted:
            values = random.random([SIZES[dim] for dim in variable.dims]) * 1e9
            variables[variable.name] = (
                np.floor(values / 1e7).astype(variable.dtype) if variable.dtype.startswith("int") else values
            )
    fall = 1 - np.linspace(0, 0.4, DAYS + 1) * random.uniform(0.8, 1.2)
    variables["index"] = fall
    if amplification:
        variables["index_no_feedback"] = 1 - (1 - fall) / 2
    variables["financing_balance"] = np.stack([2.2e12 * fall, 1.2e12 * fall**2], axis=1)
    variables["maintenance_ratio"][0, 0] = np.nan
    variables["float_cap_start"] = np.array(56.8e12 + run)
    return variables


def fake_causes(seed, run):
    rows = (run * 5 + seed) % 4
    labels = pa.DictionaryArray.from_arrays(np.arange(rows, dtype=np.int32) % 2, ["news", "forced"])
    return pa.table({"day": np.arange(rows, dtype=np.int32), "cause": labels, "log_return": np.linspace(-1, 0, rows)})


def fake_audit(seed, run):
    rows = (run * 7 + seed) % 5  # some runs have none
    return {
        "day": np.arange(rows, dtype=np.int32),
        "account": np.arange(rows, dtype=np.int64) * 11,
        "ratio": np.linspace(1.0, 1.3, rows),
        "reason": np.array(["call"] * rows, dtype="<U8"),
    }
