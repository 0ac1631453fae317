"""What a rule forgoes when nothing happens: credit, margin purchases and turnover of both arms without news.

    mean credit = mean over the days of brokers' financing balance;  end credit = that of the last day
    purchases, turnover = mean a day over the days after the start

All differences are the other arm less the base, run by run: what is below 0 is forgone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.errors import ScenarioError
from pingcang.results.metrics import drawdown_path, official
from pingcang.results.units import unit_in
from pingcang.scenario import load_text
from pingcang.scenario.canonical import written_out
from pingcang.study.contrast import Contrast, contrasts, told
from pingcang.study.paired import Resampling, Statistic, aligned, common_runs

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.arrays import Floats, Ints
    from pingcang.scenario import LoadedScenario
    from pingcang.study.arms import Arm, Bench

SAME = "same"
"""The scenario itself without what happens in it."""
KEPT = ("date", "note", "rules", "contract")
"""Of a dated event: the rules that it changes are rules in calm times, too."""
UNITS = {
    "mean_credit": "CNY",
    "end_credit": "CNY",
    "margin_purchases": "CNY a day",
    "turnover": "CNY a day",
    "drawdown": "1",
    "margin_calls": "calls",
    "forced_sales": "CNY",
}


@dataclass(frozen=True)
class CalmArms:
    """The two arms of a comparison in calm times."""

    name: str
    """Of the calm scenario; SAME for the arms' own without news."""
    base: Arm
    other: Arm


@dataclass(frozen=True)
class Calm:
    """Two arms in calm times."""

    scenario: str
    """The calm scenario by name, or `same`."""
    runs: Ints
    metrics: dict[str, Contrast]
    sides: tuple[dict[str, Any], dict[str, Any]]
    failed_runs: tuple[tuple[int, ...], tuple[int, ...]]

    @property
    def table(self) -> pd.DataFrame:
        """One row a metric."""
        rows = {name: found.row() for name, found in self.metrics.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("metric")

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        base, other = self.sides
        return {
            "scenario": self.scenario,
            "base": base,
            "other": other,
            "runs": int(self.runs.size),
            "failed_runs": {"base": list(self.failed_runs[0]), "other": list(self.failed_runs[1])},
            "metrics": told(self.metrics.items()),
        }


def without_news(loaded: LoadedScenario) -> LoadedScenario:
    """The scenario without its dated news, rescues, halts and withdrawals of credit; dated rules stay."""
    events = []
    for event in loaded.scenario.events:
        kept = {key: value for key, value in written_out(event).items() if key in KEPT}
        if kept.keys() - {"date", "note"}:
            events.append(kept)
    overrides: Mapping[str, Any] = {"events": events}
    return load_text(loaded.text, source=loaded.source, base_folder=loaded.base_folder, overrides=overrides)


def measured(dataset: xr.Dataset) -> dict[str, Floats]:
    """UNITS of every run."""
    balance = official(dataset, "financing_balance").transpose("run", "day").values
    bought = official(dataset, "margin_purchases").transpose("run", "day").values
    traded = dataset["turnover"].sum("board").transpose("run", "day").values
    return {
        "mean_credit": balance.mean(axis=1),
        "end_credit": balance[:, -1],
        "margin_purchases": bought[:, 1:].mean(axis=1),
        "turnover": traded[:, 1:].mean(axis=1),
        "drawdown": drawdown_path(dataset["index"].values).max(axis=1),
        "margin_calls": dataset["margin_calls"].sum(("day", "cohort")).values.astype(np.float64),
        "forced_sales": dataset["forced_sales"].sum(("day", "cohort")).values,
    }


def calm_cost(arms: CalmArms, bench: Bench, statistic: Statistic) -> Calm:
    """Hold two calm arms that were simulated against each other."""
    base, other = arms.base, arms.other
    with bench.open(base) as a, bench.open(other) as b:
        numbers: Sequence[Ints] = [each["run"].values.astype(np.int64) for each in (a, b)]
        runs = common_runs(*numbers)
        first, second = (
            {key: aligned(values, own, runs) for key, values in measured(data).items()}
            for data, own in zip((a, b), numbers, strict=True)
        )
        units = {name: unit_in(unit, a.attrs) for name, unit in UNITS.items()}
    return Calm(
        arms.name,
        runs,
        contrasts(first, second, units, Resampling(runs.size), statistic),
        (_side(base, bench), _side(other, bench)),
        (bench.failed(base), bench.failed(other)),
    )


def check_calm(name: str, *, second_scenario: bool) -> None:
    """Refuse, as ScenarioError, a calm scenario onto which the other arm's rule cannot be laid."""
    if name != SAME and second_scenario:
        raise ScenarioError(
            f"--calm {name}: the other arm is a scenario of its own, whose rules cannot be laid over {name}; "
            f"use --calm {SAME}, which takes the news out of both"
        )


def _side(arm: Arm, bench: Bench) -> dict[str, Any]:
    loaded = arm.loaded
    return {
        "label": arm.label,
        "scenario": loaded.scenario.name,
        "hash": loaded.hash,
        "store": str(bench.store(arm)),
    }
