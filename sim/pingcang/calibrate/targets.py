"""The target sets of pingcang.validate as parts of a calibration."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.calibrate.measures import Measures, Numbers, Part
from pingcang.errors import ScenarioError
from pingcang.scenario import trading_days

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.calibrate.loaded import Base

SETS = ("china_2015",)


@dataclass(frozen=True)
class TargetMeasures:
    """The parts of the 2015 targets, measured on the scenarios labelled crash and calm."""

    parts: tuple[Part, ...]

    def __call__(self, label: str, dataset: xr.Dataset) -> Numbers:
        """The numbers of the parts of a label."""
        from pingcang.validate.measures import MEASURES
        from pingcang.validate.runs import calm_runs, crash_runs
        from pingcang.validate.targets import CALM

        own = [part.name for part in self.parts if part.label == label]
        if not own:
            return {}
        run = next(calm_runs(dataset) if label == CALM else crash_runs(dataset))
        return {name: [float(MEASURES[name](run))] for name in own}


def target_measures(name: str, bases: Mapping[str, Base], weights: Mapping[str, float]) -> tuple[Measures, list[str]]:
    """The measures of a target set, by the name of the set, and the rows that are left out; row 5 is called row_5.

    A row is left out if its weight is 0 and one of its parts cannot be measured on these scenarios. Raises
    `ScenarioError` for an unknown set, and for rows that cannot be measured and have a weight.
    """
    from pingcang.validate.targets import TARGETS

    if name not in SETS:
        close = difflib.get_close_matches(name, SETS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(SETS)}"
        raise ScenarioError(f"no target set {name!r}; {hint}")
    parts: list[Part] = []
    missing: dict[str, list[str]] = {}
    left_out: list[str] = []
    for target in TARGETS:
        row = f"row_{target.row}"
        lacks = next(filter(None, (_lacks(part, bases) for part in target.parts)), "")
        if not lacks:
            parts += [Part(part.name, row, part.real, part.band, part.dataset) for part in target.parts]
        elif weights.get(row, 1.0):
            missing.setdefault(lacks, []).append(row)
        else:
            left_out.append(row)
    if missing:
        raise ScenarioError(
            *(f"{', '.join(rows)}: {lacks}, or give weight 0 to leave out" for lacks, rows in missing.items())
        )
    return TargetMeasures(tuple(parts)), left_out


def _lacks(part: Any, bases: Mapping[str, Base]) -> str:
    """What must be added so that a part can be measured, or nothing."""
    from pingcang.validate.daily import trading_days as crash_days
    from pingcang.validate.runs import LEAST_CALM_DAYS
    from pingcang.validate.targets import CRASH

    base = bases.get(part.dataset)
    if base is None:
        return f"add a scenario labelled {part.dataset}"
    if part.stocks and "stocks" not in {*base.record, *base.loaded.scenario.record}:
        return f"add record: [stocks] to {part.dataset}"
    days = [np.datetime64(day, "D") for day in trading_days(base.loaded.scenario.calendar)]
    if part.dataset == CRASH:
        wanted = crash_days()
        inside = tuple(day for day in days if wanted[0] <= day <= wanted[-1])
        return "" if inside == wanted else f"let {CRASH} cover the trading days from {wanted[0]} to {wanted[-1]}"
    return "" if len(days) > LEAST_CALM_DAYS else f"let {part.dataset} run for {LEAST_CALM_DAYS} days or more"
