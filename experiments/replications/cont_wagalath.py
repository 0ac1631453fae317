"""Covariance under distressed selling: the discrete model against the diffusion formula, and the engine's fund."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, BLUE, GREEN, GREY, POINTS, VERMILION, new_figure
from experiments.replications.distressed_selling import Distress, Floats, correlation, formula, realised, simulate
from experiments.replications.frame import Origin, Outcome, Replication, Row, near, relative, within
from experiments.replications.redeemed_fund import answers, feedback
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PATHS, BATCHES, SEED = 4000, 4, 1307
ACCEPTED = 0.02
"""Share of each entry of the covariance."""
CHECKED = {(0, 1): 0.210, (0, 2): 0.216, (1, 2): 0.209}
"""Correlation of each pair in the own check."""
PAIRS = tuple(CHECKED)
ENTRIES = tuple(combinations_with_replacement(range(3), 2))
BINS = np.arange(0.4, 1.45, 0.05)
"""Of V/V_0."""
IN_DISTRESS = 0.9
"""V/V_0 at which the engine's fund is judged: anywhere between the two ends gives the same."""
GROUPS = 50
"""Of paths, for the jackknife."""
NORMAL_95 = 1.96


@dataclass(frozen=True)
class Sample:
    """Covariance a year of each path, realised and by the formula (path, asset, asset); the same by fund value."""

    realised: Floats
    expected: Floats
    by_value: pd.DataFrame
    """value, steps, and the mean correlation of the pairs, simulated and by the formula."""


def reproduce() -> Outcome:
    """The paper's model and formula; then the engine's fund against the formula."""
    market = Distress()
    sample = sampled(market, PATHS, BATCHES, SEED)
    engine = engine_table(market)
    rows = [*covariance_rows(sample), *correlation_rows(market, sample), *engine_rows(engine)]
    tables = {"by_value": sample.by_value, "engine": engine, "errors": errors(sample)}
    told = f"{BATCHES * PATHS:,} paths of 252 steps, seed {SEED}; the engine's market has no chance."
    return Outcome(rows, lambda: draw(tables, market), told, tables)


def sampled(market: Distress, paths: int, batches: int, seed: int) -> Sample:
    """Simulate batch by batch."""
    parts, counts, sums = [], np.zeros(len(BINS) + 1), np.zeros((2, len(BINS) + 1, 3, 3))
    for child in np.random.SeedSequence(seed).spawn(batches):
        run = simulate(market, paths, child)
        expected = formula(market, run.prices, run.value)
        parts.append((realised(run.returns), expected.mean(axis=0)))
        own = np.searchsorted(BINS, run.value.ravel())
        counts += np.bincount(own, minlength=len(counts))
        products = np.einsum("...i,...j->...ij", run.returns, run.returns) * len(run.returns)
        for side, values in enumerate((products, expected)):
            for i, j in combinations_with_replacement(range(3), 2):
                told = np.bincount(own, values[..., i, j].ravel(), minlength=len(counts))
                sums[side, :, i, j] += told
                sums[side, :, j, i] = sums[side, :, i, j]
    got, told = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Sample(got, told, _by_value(counts, sums))


def errors(sample: Sample) -> pd.DataFrame:
    """Simulated over formula less 1, entry by entry, with its 95 % interval over paths."""
    rows = []
    for i, j in ENTRIES:
        target = sample.expected[:, i, j].mean()
        off = (sample.realised[:, i, j] - sample.expected[:, i, j]) / target
        width = NORMAL_95 * off.std(ddof=1) / np.sqrt(len(off))
        rows.append((f"{i + 1}{j + 1}", target, sample.realised[:, i, j].mean(), off.mean(), width))
    return pd.DataFrame(rows, columns=pd.Index(["entry", "formula", "simulated", "error", "half_width"]))


def covariance_rows(sample: Sample) -> list[Row]:
    """Each entry of the simulated covariance against the formula averaged over the same paths."""
    rows = []
    for entry, target, got, off, width in errors(sample).itertuples(index=False):
        told = f"{got:.5f} ({POINTS * off:+.2f} ± {POINTS * width:.2f} %)".replace("-", "−")
        rows.append(relative(f"covariance {entry}", Origin.FORMULA, target, got, ACCEPTED, form=".5f", told=told))
    return rows


def correlation_rows(market: Distress, sample: Sample) -> list[Row]:
    """The correlations of a year against the own check, and without distress against the fundamental one."""
    value, width = _jackknife(sample.realised)
    rows = []
    for (i, j), target in CHECKED.items():
        told = f"{value[i, j]:.3f} ± {width[i, j]:.3f}"
        what = f"correlation {i + 1}{j + 1}, fundamentals {market.correlation:.2f}"
        rows.append(near(what, Origin.OWN_CHECK, target, float(value[i, j]), 0.01, told=told))
    calm = sample.by_value[sample.by_value["value"] > market.highest + 0.05]
    got = float(np.average(calm["simulated"], weights=calm["steps"]))
    return [*rows, near("mean correlation above β₀", Origin.FORMULA, market.correlation, got, 0.01)]


def engine_table(market: Distress) -> pd.DataFrame:
    """Covariance of the engine's answers M Σ M' against the formula: after one round, and after all."""
    found = answers(market)
    own_losses = replace(market, slope=market.slope / (1.0 - feedback(market)))
    rows = []
    for rounds, answer, by in (("one", found.one_round, market), ("all", found.all_rounds, own_losses)):
        got = answer @ market.covariance() @ answer.T
        target = formula(by, np.ones(3), np.array(IN_DISTRESS))
        for i, j in ENTRIES:
            rows.append(
                (rounds, f"{i + 1}{j + 1}", target[i, j], got[i, j], correlation(target)[i, j], correlation(got)[i, j])
            )
    columns = ["rounds", "entry", "formula", "engine", "correlation_formula", "correlation_engine"]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def engine_rows(engine: pd.DataFrame) -> list[Row]:
    """The entry that is furthest off, and the correlations in distress."""
    rows = []
    for rounds, own in engine.groupby("rounds", sort=False):
        off = float((own["engine"] / own["formula"] - 1.0).abs().max())
        what = f"engine's fund, {rounds} round{'s' * (rounds == 'all')}"
        rows.append(within(f"{what}: worst covariance", Origin.FORMULA, "0 off", off, -np.inf, ACCEPTED, form=".4f"))
        for entry in (f"{i + 1}{j + 1}" for i, j in PAIRS):
            row = own[own["entry"] == entry].iloc[0]
            rows.append(
                near(
                    f"{what}: correlation {entry} in distress",
                    Origin.FORMULA,
                    row["correlation_formula"],
                    row["correlation_engine"],
                    0.005,
                )
            )
    return rows


def draw(tables: dict[str, pd.DataFrame], market: Distress) -> Figure:
    """Correlation by the fund's value; error of each entry."""
    figure, panels = new_figure(1, 2, height=3.7)
    _by_fund(panels[0, 0], tables["by_value"], market)
    _errors(panels[0, 1], tables["errors"], tables["engine"])
    return figure


def _by_value(counts: Floats, sums: Floats) -> pd.DataFrame:
    rows = []
    for k in range(1, len(BINS)):
        if counts[k] >= 1000:
            simulated, told = (float(np.mean([correlation(side[k])[i, j] for i, j in PAIRS])) for side in sums)
            rows.append(((BINS[k - 1] + BINS[k]) / 2, int(counts[k]), simulated, told))
    return pd.DataFrame(rows, columns=pd.Index(["value", "steps", "simulated", "formula"]))


def _jackknife(covariances: Floats) -> tuple[Floats, Floats]:
    """Correlation of the mean covariance, and the half width of its 95 % interval over groups of paths."""
    groups = np.stack([part.mean(axis=0) for part in np.array_split(covariances, GROUPS)])
    without = np.stack([correlation(np.delete(groups, k, axis=0).mean(axis=0)) for k in range(GROUPS)])
    spread = np.sqrt((GROUPS - 1) * without.var(axis=0))
    return correlation(covariances.mean(axis=0)), NORMAL_95 * spread


def _by_fund(panel: Axes, by_value: pd.DataFrame, market: Distress) -> None:
    panel.axvspan(market.lowest, market.highest, color=VERMILION, alpha=0.10, linewidth=0, label="the fund sells")
    panel.plot(by_value["value"], by_value["formula"], color=BLACK, label="formula")
    panel.plot(by_value["value"], by_value["simulated"], "o", color=BLUE, markersize=4, label="discrete model")
    panel.axhline(market.correlation, color=GREY, linestyle=":", linewidth=1.0, label="fundamentals")
    panel.set(xlabel="value of the fund, V/V₀", ylabel="mean correlation of the three pairs", ylim=(0, None))
    panel.set_title("Distress makes assets move together")
    panel.legend()


def _errors(panel: Axes, off: pd.DataFrame, engine: pd.DataFrame) -> None:
    places = np.arange(len(off))
    panel.axhspan(-POINTS * ACCEPTED, POINTS * ACCEPTED, color=GREY, alpha=0.15, linewidth=0, label="accepted")
    panel.axhline(0, color=BLACK, linewidth=0.8)
    panel.errorbar(
        places - 0.2, off["error"] * POINTS, yerr=off["half_width"] * POINTS, fmt="o", color=BLUE, markersize=5,
        capsize=3, label="discrete model, 95 %",
    )  # fmt: skip
    for rounds, shift, colour, mark in (("one", 0.0, VERMILION, "s"), ("all", 0.2, GREEN, "^")):
        own = engine[engine["rounds"] == rounds]
        error = (own["engine"] / own["formula"] - 1.0) * POINTS
        label = f"engine's fund, {rounds} round{'s' * (rounds == 'all')}"
        panel.plot(places + shift, error, mark, color=colour, markersize=5, label=label)
    panel.set_xticks(places, [f"{entry[0]}, {entry[1]}" for entry in off["entry"].astype(str)])
    panel.set(xlabel="entry of the covariance", ylabel="off the formula, %", ylim=(-3.2, 3.2))
    panel.set_title("Each entry against the formula")
    panel.grid(visible=False, axis="x")
    panel.legend(ncols=2)


REPLICATION = Replication(
    "cont_wagalath",
    "Covariance under distressed selling",
    "Cont and Wagalath (2013), Running for the exit: distressed selling and endogenous correlation, Mathematical "
    "Finance 23(4), 718-741",
    "left: correlation by the value of the fund, simulated and by the formula; right: error of each covariance",
    reproduce,
)
