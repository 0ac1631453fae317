"""Pictures of sweeps and factorials: numbers with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from pingcang.results.plot import BLUE, VERMILION, dress
from pingcang.results.units import money_unit
from pingcang.study.measures import is_probability, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats
    from pingcang.study.factorial import Factorial
    from pingcang.study.paired import Estimate
    from pingcang.study.sweep import Sweep

ROW_HEIGHT = 0.32
"""Inches of a bar."""
MOST_EFFECTS = 15
LARGE = 1e5
"""From here on numbers on an axis are written with k, M, G, T."""
FRACTIONS = {"drawdown", "financing_change"}
"""Metrics that are read in percent."""


def plot_sweep(found: Sweep, metrics: Sequence[str]) -> Figure:
    """One panel a metric: a line with its interval over one parameter, a heat map with numbers over two."""
    figure = Figure(figsize=(8.27, 3.4 * len(metrics)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(metrics), 1))
    for panel, metric in zip(panels, metrics, strict=True):
        if len(found.axes) == 1:
            _line(panel, found, metric)
        else:
            _heat_map(figure, panel, found, metric)
    figure.suptitle(_title(found.statistic, found.reference.runs, "point", found.seed), fontsize=10)
    return figure


def plot_factorial(found: Factorial, metrics: Sequence[str]) -> Figure:
    """One row a metric: effects with their intervals, and beside them the Shapley parts of the difference."""
    terms = min(MOST_EFFECTS, len(found.effects(metrics[0])))
    width = 2 if found.full else 1
    figure = Figure(figsize=(8.27, (1.2 + ROW_HEIGHT * terms) * len(metrics)), layout="constrained")
    panels = figure.subplots(len(metrics), width, squeeze=False)
    for row, metric in zip(panels, metrics, strict=True):
        effects = found.effects(metric)
        strongest = sorted(effects, key=lambda term: -abs(effects[term].value))[:MOST_EFFECTS]
        _bars(row[0], [" × ".join(term) for term in strongest], [effects[term] for term in strongest], metric, "effect")
        parts = found.shapley(metric)
        if parts is not None:
            told = {**parts.parts, "together": parts.total}
            _bars(row[1], list(told), list(told.values()), metric, "Shapley part")
    figure.suptitle(_title(found.statistic, found.runs.size, "cell", found.seed), fontsize=10)
    return figure


def _line(panel: Axes, found: Sweep, metric: str) -> None:
    axis = found.axes[0]
    estimates = [point.metrics[metric].other for point in found.points]
    size, unit = _unit(metric, [each.value for each in estimates])
    places = np.array(axis.values, float) if axis.numeric else np.arange(len(axis.values), dtype=float)
    order = np.argsort(places)
    low, middle, high = (
        np.array([getattr(each, key) for each in estimates]) / size for key in ("low", "value", "high")
    )
    panel.fill_between(places[order], low[order], high[order], color=BLUE, alpha=0.2, linewidth=0)
    panel.plot(places[order], middle[order], color=BLUE, marker="o", markersize=4, linewidth=1.6)
    if not axis.numeric:
        panel.set_xticks(places, [str(value) for value in axis.values])
    elif np.abs(places).max() >= LARGE:
        panel.xaxis.set_major_formatter(EngFormatter(sep=" "))
    panel.set_xlabel(axis.path)
    panel.set_ylabel(f"{metric}\n({unit})")
    dress(panel)


def _heat_map(figure: Figure, panel: Axes, found: Sweep, metric: str) -> None:
    rows, columns = found.axes
    shape = (len(rows.values), len(columns.values))
    values = np.array([point.metrics[metric].other.value for point in found.points]).reshape(shape)
    size, unit = _unit(metric, values.ravel().tolist())
    image = panel.imshow(values / size, aspect="auto", cmap="cividis", origin="lower")
    middle = float(np.nanmean(image.get_clim()))
    for (row, column), value in np.ndenumerate(values / size):
        colour = "white" if value < middle else "black"
        panel.text(column, row, f"{value:#.3g}".rstrip("."), ha="center", va="center", color=colour, fontsize=8)
    panel.set_xticks(range(shape[1]), [_short(value) for value in columns.values])
    panel.set_yticks(range(shape[0]), [_short(value) for value in rows.values])
    panel.set_xlabel(columns.path)
    panel.set_ylabel(rows.path)
    figure.colorbar(image, ax=panel, label=f"{metric} ({unit})")


def _short(value: object) -> str:
    """2000000000000.0 -> `2 T`, 1.3 -> `1.3`, pro_rata -> `pro_rata`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return EngFormatter(sep=" ")(value) if abs(value) >= LARGE else f"{value:g}"
    return str(value)


def _bars(panel: Axes, labels: list[str], estimates: list[Estimate], metric: str, what: str) -> None:
    size, unit = _unit(metric, [each.value for each in estimates])
    places = np.arange(len(labels))[::-1]
    values, low, high = (_numbers(estimates, key) / size for key in ("value", "low", "high"))
    panel.barh(places, values, color=[BLUE if value >= 0 else VERMILION for value in values], alpha=0.75, height=0.7)
    panel.hlines(places, low, high, color="black", linewidth=1.2)
    panel.axvline(0, color="black", linewidth=0.8)
    panel.set_yticks(places, labels, fontsize=8)
    panel.set_xlabel(f"{what} on {metric} ({'points' if unit == '%' else unit})", fontsize=8)
    dress(panel)


def _numbers(estimates: Sequence[Estimate], key: str) -> Floats:
    return np.array([getattr(each, key) for each in estimates])


def _title(statistic: str, runs: int, what: str, seed: int) -> str:
    return f"{statistic} of {runs} runs a {what}, the same random numbers, seed {seed}; 95% intervals"


def _unit(metric: str, values: Sequence[float]) -> tuple[float, str]:
    """What one of the picture's numbers is in the metric's unit, and its name."""
    unit = unit_of(metric)
    if metric in FRACTIONS or is_probability(metric):
        return 0.01, "%"
    known = [abs(value) for value in values if np.isfinite(value)]
    return money_unit(max(known, default=0.0)) if unit == "CNY" else (1.0, unit)
