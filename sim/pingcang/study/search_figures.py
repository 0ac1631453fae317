"""Pictures of sensitivity analyses and reverse stress tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from pingcang.results.plot import BLACK, BLUE, GREEN, ORANGE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.study.indices import Effect, Share
    from pingcang.study.reverse import Reversal
    from pingcang.study.sensitivity import Sensitivity

WIDTH, PANEL_HEIGHT = 8.27, 3.4


def plot_reversal(found: Reversal, lever: str) -> Figure:
    """The statistic at every point that was tried, the level, and the root with its interval."""
    figure = Figure(figsize=(WIDTH, PANEL_HEIGHT + 0.6), layout="constrained")
    panel = figure.subplots()
    root = found.root
    points = sorted(root.evaluations, key=lambda each: each.x)
    x = np.array([each.x for each in points])
    panel.plot(
        x, [each.number for each in points], "-o", color=BLUE, linewidth=1.4, label=str(found.condition.statistic)
    )
    panel.axhline(root.level, color=BLACK, linestyle="--", linewidth=1.0, label=f"level {root.level:.4g}")
    shown = np.clip(root.interval, x[0], x[-1])
    panel.axvspan(*shown, color=ORANGE, alpha=0.25, linewidth=0, label="95% interval of the root")
    panel.axvline(root.x, color=VERMILION, linestyle=":", linewidth=1.6, label=f"root {root.x:.4g}")
    panel.set_xlabel(lever)
    unit = found.condition.statistic.unit
    panel.set_ylabel(f"{found.condition.statistic}" + (f" ({unit})" if unit != "1" else ""))
    panel.set_title(f"{found.runs} runs a point, the same random numbers at all of them", fontsize=9, loc="left")
    panel.legend(fontsize=8, frameon=False)
    _dress(panel)
    return figure


def plot_sensitivity(found: Sensitivity) -> Figure:
    """A row an output: the plane of mu* and sigma, and bars of S1 and ST."""
    parts = [part for part in (found.screening, found.decomposition) if part is not None]
    outputs, columns = list(parts[0].outputs), len(parts)
    figure = Figure(figsize=(WIDTH, PANEL_HEIGHT * len(outputs)), layout="constrained")
    panels = figure.subplots(len(outputs), columns, squeeze=False)
    for row, output in enumerate(outputs):
        if found.screening is not None:
            _plane(panels[row, 0], output, found.screening.effects[output])
        if found.decomposition is not None:
            _bars(panels[row, columns - 1], output, found.decomposition.shares[output])
    return figure


def _plane(panel: Axes, output: str, effects: list[Effect]) -> None:
    """Parameters right of the origin matter; those above the diagonal act by interaction or curvature."""
    stars, sigmas = np.array([each.mu_star for each in effects]), np.array([each.sigma for each in effects])
    halves = np.array([each.mu_star - each.mu_star_interval[0] for each in effects])
    panel.errorbar(stars, sigmas, xerr=halves, fmt="o", color=BLUE, ecolor=BLACK, elinewidth=0.8, capsize=2)
    for each in effects:
        panel.annotate(each.parameter, (each.mu_star, each.sigma), (4, 4), textcoords="offset points", fontsize=8)
    most = float(max(stars.max(), sigmas.max(), np.finfo(float).tiny))
    panel.plot([0, most], [0, most], color=BLACK, linestyle=":", linewidth=0.8)
    panel.locator_params(axis="x", nbins=5)
    panel.set_xlabel("mu*, with 95% interval")
    panel.set_ylabel("sigma")
    panel.set_title(f"{output}: Morris", fontsize=9, loc="left")
    _dress(panel)


def _bars(panel: Axes, output: str, shares: list[Share]) -> None:
    """First-order and total index of each parameter, with intervals."""
    place = np.arange(len(shares))
    for shift, colour, name in ((-0.2, GREEN, "S1"), (0.2, ORANGE, "ST")):
        first = name == "S1"
        rows = [(s.first, s.first_interval) if first else (s.total, s.total_interval) for s in shares]
        values = np.array([value for value, _ in rows])
        halves = np.array([value - interval[0] for value, interval in rows])
        panel.bar(place + shift, values, 0.38, color=colour, edgecolor=BLACK, linewidth=0.5, label=name)
        panel.errorbar(place + shift, values, yerr=halves, fmt="none", ecolor=BLACK, elinewidth=0.8, capsize=2)
    panel.axhline(0, color=BLACK, linewidth=0.6)
    panel.set_xticks(place, [each.parameter for each in shares], rotation=30, ha="right", fontsize=8)
    panel.set_ylabel("share of the variance")
    panel.set_title(f"{output}: Sobol", fontsize=9, loc="left")
    panel.legend(fontsize=8, frameon=False)
    _dress(panel)


def _dress(panel: Axes) -> None:
    panel.grid(alpha=0.25, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
