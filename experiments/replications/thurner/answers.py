"""The runs, and what came out of them against the targets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from experiments.replications.frame import Origin, Outcome, Row, near, within
from experiments.replications.thurner.clearing import HIGHEST, LOWEST
from experiments.replications.thurner.market import Paths, simulate
from experiments.replications.thurner.measures import losses, measured, policy_effect, summary
from experiments.replications.thurner.parameters import Parameters

GAUSSIAN = 3.5
"""Kurtosis under which unlevered returns count as near-Gaussian."""
FAT = 10.0
"""Kurtosis beyond which those at λmax = 10 count as fat-tailed."""
HILL = {1.0: 6.36, 3.0: 4.40, 5.0: 3.60, 10.0: 2.94, 20.0: 2.90}
"""Tail exponents of an independent trial of the same equations (six seeds); 7.5 has a published one."""
TOLERANCE = 0.3
"""Of a tail exponent."""
LOW, HIGH = (3.0, 5.0), (7.5, 10.0, 20.0)
"""Ceilings at which an adaptive ceiling should lower and raise defaults."""
CHOICES = {"nearest": None, "lowest": LOWEST, "highest": HIGHEST}
"""Which price is taken where several clear the market."""
CHOICE_CEILINGS = (5.0, 7.5, 10.0, 20.0)
CURVE = 400
"""Points of a drawn distribution."""


@dataclass(frozen=True)
class Plan:
    """What is run: every ceiling with every κ on the shocks of every seed."""

    seeds: int = 20
    steps: int = 50_000
    dropped: int = 2_000
    """Steps before those that are measured."""
    ceilings: tuple[float, ...] = (1.0, 3.0, 5.0, 7.5, 10.0, 20.0)
    sensitivities: tuple[float, ...] = (0.0, 100.0, 1000.0)

    def of_choice(self) -> Plan:
        """The part that is run with other prices where several clear the market."""
        return replace(self, ceilings=CHOICE_CEILINGS, sensitivities=(0.0, Parameters().sensitivity))

    @property
    def markets(self) -> pd.DataFrame:
        """A row a market: ceiling, sensitivity, seed."""
        names = ["ceiling", "sensitivity", "seed"]
        return pd.MultiIndex.from_product([self.ceilings, self.sensitivities, range(self.seeds)], names=names).to_frame(
            index=False
        )

    @property
    def told(self) -> str:
        """The runs in one line."""
        return (
            f"{self.seeds} seeds, {self.steps:,} steps after {self.dropped:,} that are dropped; all ceilings and all κ "
            "see the same noise; 95 % bootstrap intervals over the seeds"
        )


def simulated(plan: Plan, anchor: float | None = None) -> Paths:
    """The paths of all markets, the first price being that of the last dropped step."""
    markets = plan.markets
    paths = simulate(
        markets["ceiling"].to_numpy(),
        markets["sensitivity"].to_numpy(),
        markets["seed"].to_numpy(),
        plan.dropped + plan.steps,
        anchor,
    )
    return Paths(paths.price[plan.dropped - 1 :], paths.defaults[plan.dropped - 1 :])


def by_path(plan: Plan, paths: Paths) -> pd.DataFrame:
    """The measures of each market."""
    value = Parameters().value
    measures = [measured(paths.price[:, k], paths.defaults[:, k], value) for k in range(paths.price.shape[1])]
    return pd.concat([plan.markets, pd.DataFrame(measures)], axis=1)


def by_choice(plan: Plan, nearest: pd.DataFrame) -> pd.DataFrame:
    """Defaults, and what an adaptive ceiling adds, by the price that is taken; the given paths took the nearest."""
    part = plan.of_choice()
    found = []
    for choice, anchor in CHOICES.items():
        paths = nearest if anchor is None else by_path(part, simulated(part, anchor))
        measures, effect = summary(paths), policy_effect(paths)
        level = measures[(measures["measure"] == "defaults") & (measures["sensitivity"] == 0)]
        added = effect[effect["sensitivity"] == Parameters().sensitivity]
        found += [level.assign(choice=choice), added.assign(choice=choice, measure="added")]
    both = pd.concat(found, ignore_index=True)
    return both[both["ceiling"].isin(part.ceilings)]


def tails(plan: Plan, paths: Paths) -> pd.DataFrame:
    """Share of losses at least as large as x, all seeds together, by fixed ceiling: what the figure draws."""
    markets, value = plan.markets, Parameters().value
    curves = []
    for ceiling in plan.ceilings:
        chosen = np.flatnonzero((markets["ceiling"] == ceiling) & (markets["sensitivity"] == 0))
        pooled = np.sort(np.concatenate([losses(paths.price[:, k], value) for k in chosen]))[::-1]
        rank = np.unique(np.geomspace(1, len(pooled), CURVE).astype(int))
        curves.append(pd.DataFrame({"ceiling": ceiling, "loss": pooled[rank - 1], "share": rank / len(pooled)}))
    return pd.concat(curves, ignore_index=True)


def outcome(plan: Plan) -> Outcome:
    """Run the plan and hold it against the targets."""
    from experiments.replications.thurner.page import draw

    paths = simulated(plan)
    each = by_path(plan, paths)
    measures, effect, curves = summary(each), policy_effect(each), tails(plan, paths)
    choices = by_choice(plan, each)
    tables = {"measures": measures, "policy": effect, "tails": curves, "choices": choices}
    return Outcome(rows(measures, effect), lambda: draw(measures, effect, curves, choices), plan.told, tables)


def rows(measures: pd.DataFrame, effect: pd.DataFrame) -> list[Row]:
    """Target against got."""
    fixed = measures[measures["sensitivity"] == 0].set_index(["measure", "ceiling"])
    return [*_tail_rows(fixed), *_shape_rows(fixed), *_policy_rows(effect.set_index(["sensitivity", "ceiling"]))]


def _tail_rows(fixed: pd.DataFrame) -> list[Row]:
    hill = fixed.loc["hill"]
    got = {ceiling: _told(row) for ceiling, row in hill.iterrows()}
    mean: pd.Series[float] = hill["mean"]
    made = [
        near(f"tail exponent, λmax = {c:g}", Origin.OWN_CHECK, HILL[c], mean[c], TOLERANCE, form=".2f", told=got[c])
        for c in HILL
    ]
    published = near(
        "tail exponent, λmax = 7.5", Origin.PUBLISHED, 3.0, mean[7.5], TOLERANCE, form=".2f", told=got[7.5]
    )
    remembered = near(
        "tail exponent, λmax = 10", Origin.REMEMBERED, 2.6, mean[10.0], TOLERANCE, form=".2f", told=got[10.0]
    )
    rise = float(mean.diff().max())
    falls = within("exponent falls with λmax: largest rise", Origin.PUBLISHED, "falls", rise, -math.inf, 0.0)
    return [published, falls, *made, remembered]


def _shape_rows(fixed: pd.DataFrame) -> list[Row]:
    kurtosis, clustering = fixed.loc["kurtosis"], fixed.loc["clustering"]
    return [
        within(
            "kurtosis, λmax = 1", Origin.PUBLISHED, "near-Gaussian", kurtosis.loc[1.0, "mean"], -math.inf, GAUSSIAN,
            form=".1f", told=_told(kurtosis.loc[1.0]),
        ),
        within(
            "kurtosis, λmax = 10", Origin.OWN_CHECK, "16", kurtosis.loc[10.0, "mean"], FAT, math.inf,
            form=".1f", told=_told(kurtosis.loc[10.0]),
        ),
        within(
            "autocorrelation of |r|, λmax = 10 less 1", Origin.PUBLISHED, "volatility clusters",
            clustering.loc[10.0, "mean"] - clustering.loc[1.0, "mean"], 0.1, math.inf, form=".2f",
        ),
    ]  # fmt: skip


def _policy_rows(effect: pd.DataFrame) -> list[Row]:
    """An effect has a sign only if the whole interval has."""
    kappa = Parameters().sensitivity
    made = []
    for ceiling in (*LOW, *HIGH):
        row = effect.loc[(kappa, ceiling)]
        origin = Origin.PUBLISHED if ceiling in {5.0, 10.0} else Origin.OWN_CHECK
        what = f"defaults added by an adaptive ceiling, λmax = {ceiling:g}"
        if ceiling in LOW:
            made.append(Row(what, origin, "fewer", _told(row), "< 0", bool(row["high"] < 0)))
        else:
            made.append(Row(what, origin, "more", _told(row), "> 0", bool(row["low"] > 0)))
    return made


def _told(row: pd.Series) -> str:
    return f"{row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}]".replace("-", "−")
