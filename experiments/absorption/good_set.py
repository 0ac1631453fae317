"""Parameter uncertainty: draws from what the fit leaves open, kept if they still give the crash of 2015.

The profiles of the fit (experiments/china_2015/results/profiles.csv) hold, parameter by parameter, the interval in
which the loss does not rise noticeably; where they found no end, the bound of the calibration stands. A Latin hypercube
over these intervals ignores that parameters trade off, so that a draw is kept only if the mean crash it gives lies in
the bands of two targets: the fall of the index (row 1) and that of the balance (row 5).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from experiments.absorption import levers
from experiments.absorption.cells import FLIP_CELLS, Cell, corner_name
from experiments.absorption.levers import CRASH_2015, MAIN, Lever, Overrides, together

from pingcang.calibrate import LoadedSpec, load_spec
from pingcang.results.metrics import official_balance
from pingcang.scenario.schema import Scenario

FOLDER = Path(__file__).resolve().parents[1] / "china_2015"
PROFILED = "china_2015_stage_two"
DRAWS, TRIED_RUNS, KEPT_RUNS, MOST_KEPT = 48, 4, 4, 8
SEED = 11
"""Of the hypercube, not of any run."""
PEAK, TROUGH = np.datetime64("2015-06-18"), np.datetime64("2015-07-08")
INDEX_BAND, BALANCE_BAND = (-0.399, -0.299), (-0.423, -0.303)
"""Rows 1 and 5 of the targets of 2015."""
FITTED_APPETITE = 1.08759


@cache
def spec() -> LoadedSpec:
    """The calibration whose parameters are drawn."""
    return load_spec(str(FOLDER / "stage_two.yaml"))


@cache
def draws(count: int = DRAWS) -> tuple[dict[str, float], ...]:
    """Points of the hypercube that keep the constraints of the calibration; parameter -> value."""
    from scipy.stats import qmc

    open_ = intervals()
    unit = qmc.LatinHypercube(len(open_), seed=SEED).random(count)
    points = qmc.scale(unit, open_["low"], open_["high"])
    found = [dict(zip(open_["parameter"], map(float, point), strict=True)) for point in points]
    return tuple(point for point in found if spec().violation(point) <= 0)


def intervals() -> pd.DataFrame:
    """parameter, low, high: the profile's ends, or the calibration's bounds where it found none."""
    table = pd.read_csv(FOLDER / "results" / "profiles.csv")
    table = table[table["calibration"] == PROFILED]
    low, high = table["low"].fillna(table["bound_low"]), table["high"].fillna(table["bound_high"])
    return pd.DataFrame({"parameter": table["parameter"], "low": low, "high": high})


def in_2015(point: dict[str, float]) -> Lever:
    """The draw in the market of 2015."""
    return lambda _: dict(spec().space.overrides("crash", point))


def in_2025(point: dict[str, float]) -> Lever:
    """The draw in the market of 2025: its news on the corresponding dates; the appetite moves from 2025's own base."""

    def lever(scenario: Scenario) -> Overrides:
        given = spec().space.overrides("crash", point)
        found: Overrides = {path: value for path, value in given.items() if not path.startswith("events.")}
        for name in levers.BORROWERS:
            path = f"cohorts.{name}.behaviour.appetite.base"
            found[path] = found[path] - FITTED_APPETITE + scenario.cohorts[name].behaviour.appetite.base
        return found | _news(scenario, given)

    return lever


def _news(scenario: Scenario, given: dict[str, float]) -> dict[str, Any]:
    """The n-th size of news belongs to the n-th event with news, the bids to the event that eases them."""
    sizes = [value for path, value in sorted(given.items(), key=_place) if path.endswith("news.value")]
    places = [n for n, event in enumerate(scenario.events) if event.news is not None]
    eased = next(n for n, event in enumerate(scenario.events) if event.impact)
    bids = next(value for path, value in given.items() if path.endswith("impact.noise_bids") and "events" in path)
    return {
        **{f"events.{n}.news.value": size for n, size in zip(places, sizes, strict=True)},
        f"events.{eased}.impact.noise_bids": bids,
    }


def _place(item: tuple[str, float]) -> int:
    parts = item[0].split(".")
    return int(parts[1]) if parts[0] == "events" else -1


def tried() -> dict[int, Cell]:
    """Every draw in the market of 2015, a few runs."""
    return {k: Cell(f"draw {k}: 2015", TRIED_RUNS, in_2015(point), CRASH_2015) for k, point in enumerate(draws())}


def is_good(dataset: xr.Dataset) -> bool:
    """Whether the mean crash lies in both bands."""
    days = dataset["date"].values
    trough, peak = int(np.searchsorted(days, TROUGH)), int(np.searchsorted(days, PEAK))
    index = float(dataset["index"][:, trough].mean()) - 1
    balance = official_balance(dataset).values
    fall = float((balance[:, trough] / balance[:, peak]).mean()) - 1
    return INDEX_BAND[0] <= index <= INDEX_BAND[1] and BALANCE_BAND[0] <= fall <= BALANCE_BAND[1]


def kept(numbers: list[int]) -> dict[tuple[int, str], Cell]:
    """The main cells for good draws, and the market of 2015 again with as many runs."""
    found = {}
    for k in numbers[:MOST_KEPT]:
        point = draws()[k]
        found[k, "2015"] = Cell(f"draw {k}: 2015", KEPT_RUNS, in_2015(point), CRASH_2015)
        for levels in FLIP_CELLS:
            factors = [factor.lever for factor, level in zip(MAIN, levels, strict=True) if level]
            name = corner_name(levels)
            found[k, name] = Cell(f"draw {k}: {name}", KEPT_RUNS, together(in_2025(point), *factors))
    return found


__all__ = ["draws", "is_good", "kept", "tried"]
