"""All measurements of one run: the market of the scenario, the same without price limits, and with impact that decays.

The variants share their random numbers with the run as it is, account by account and day by day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from pingcang.arrays import Floats
from pingcang.scenario import LoadedScenario, load_scenario
from pingcang.scenario.timeline import trading_days
from pingcang.validate.micro.exposure import BENCHMARKS, CRASH, HORIZON, fire_sale_path, formation_days
from pingcang.validate.micro.panel import Panel, collect_panel
from pingcang.validate.micro.regression import Estimate
from pingcang.validate.micro.selling import LENDERS, MARKETS, Selling, measure_selling
from pingcang.validate.micro.spillover import EXPOSURES, measure_spillover

AS_IS = "as in the scenario"
TRANSIENT: dict[str, dict[str, Any]] = {
    "no impact decays": {"impact.transient_share": 0.0},
    "half of it, half-life 10 days": {"impact.transient_share": 0.5, "impact.transient_half_life": 10.0},
}
"""Variants of the impact of trades, by the name they have in figures."""
LIMITS, SEALED_DAYS, NO_LIMITS = "price limits", "price limits, sealed all day", "no price limits"
"""Regimes of the spill-over; the second counts only stocks sealed in every session."""


@dataclass(frozen=True)
class Design:
    """What is measured.

    Paths are measured on the sorts of the days in `window`, `horizon` days ahead, in runs of `days` trading days (the
    scenario's own length where that is more); selling and spill-over on the days of the scenario's own calendar.
    `settings` are `--set` texts.
    """

    scenario: str = "china_2015"
    scale: float | None = None
    seed: int = 0
    days: int = 60
    window: tuple[dt.date, dt.date] = CRASH
    horizon: int = HORIZON
    settings: tuple[str, ...] = ()
    account_effects: bool = False

    def load(self, **changes: Any) -> LoadedScenario:
        """The scenario with some keys changed; dots in their names as double underscores."""
        scale = {} if self.scale is None else {"scale": self.scale}
        return load_scenario(self.scenario, settings=self.settings, overrides={**scale, **changes})

    def load_long(self, **changes: Any) -> LoadedScenario:
        """The same, long enough for the paths; ScenarioError where it is not, or has no day in the window."""
        own = self.load().scenario.calendar.days
        loaded = self.load(**{"calendar.days": max(own, self.days), **changes})
        formation_days(np.array(trading_days(loaded.scenario.calendar), "datetime64[D]"), self.window, self.horizon)
        return loaded


@dataclass(frozen=True)
class RunFindings:
    """One run: selling by (lender, market); the same with account effects by lender; paths by (variant, benchmark);
    spill-over by (lender, regime)."""

    run: int
    selling: dict[tuple[str, str], Selling]
    within_accounts: dict[str, Selling]
    paths: dict[tuple[str, str], Floats]
    spillover: dict[tuple[str, str], Estimate]


def measure_run(design: Design, run: int, *, threads: int = 1) -> RunFindings:
    """Simulate and measure one run and its variants; ScenarioError for a wrong scenario or too short a calendar."""
    own = design.load_long()
    panel = collect_panel(own, seed=design.seed, run=run, threads=threads)
    paths = _paths(design, AS_IS, panel)
    panel = panel.until(design.load().scenario.calendar.days)
    selling = {
        (lender, market): measure_selling(panel, lender=lender, market=market)
        for lender in LENDERS
        for market in MARKETS
    }
    within = {
        lender: measure_selling(panel, lender=lender, account_effects=True)
        for lender in (LENDERS if design.account_effects else ())
    }
    spillover = _spillover(panel, dict(zip((LIMITS, SEALED_DAYS), EXPOSURES, strict=True)))
    del panel  # the variants need its room
    free = design.load(**{"exchange.price_limits": False})
    spillover |= _spillover(collect_panel(free, seed=design.seed, run=run, threads=threads), {NO_LIMITS: "fallen"})
    for name, changes in TRANSIENT.items():
        loaded = design.load_long(**changes)
        if loaded.hash == own.hash:
            paths |= {(name, benchmark): paths[AS_IS, benchmark] for benchmark in BENCHMARKS}
        else:
            paths |= _paths(design, name, collect_panel(loaded, seed=design.seed, run=run, threads=threads))
    return RunFindings(run, selling, within, paths, spillover)


def _paths(design: Design, variant: str, panel: Panel) -> dict[tuple[str, str], Floats]:
    return {
        (variant, benchmark): fire_sale_path(panel, window=design.window, horizon=design.horizon, benchmark=benchmark)
        for benchmark in BENCHMARKS
    }


def _spillover(panel: Panel, exposures: dict[str, str]) -> dict[tuple[str, str], Estimate]:
    return {
        (lender, regime): measure_spillover(panel, lender=lender, exposure=exposure)
        for lender in LENDERS
        for regime, exposure in exposures.items()
    }
