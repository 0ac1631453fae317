"""The picture of a frontier: credit in calm times to the right, depth of the crash downward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from pingcang.results.plot import BLACK, BLUE, dress
from pingcang.results.units import money_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats
    from pingcang.study.frontier import Frontier, FrontierPoint

GREY = "#7F7F7F"
ROOM = 0.12
"""Of the range, left free around the points for their labels."""


def plot_frontier(found: Frontier) -> Figure:
    """Every point with the interval of its difference from the reference; what nothing dominates is joined."""
    figure = Figure(figsize=(8.27, 5.4), layout="constrained")
    panel = figure.subplots()
    size, unit = money_unit(max(point.credit.value for point in found.points), found.currency)
    best = sorted((p for p in found.points if p.dominated_by is None), key=lambda p: p.credit.value)
    panel.plot(*_places(best, size), color=BLUE, linewidth=1.2, alpha=0.6, zorder=1)
    for point in found.points:
        _draw(panel, point, size)
    _legend(panel)
    panel.margins(ROOM)
    panel.invert_yaxis()
    panel.set_xlabel(f"brokers' credit in calm times, mean of the days ({unit}); more to the right")
    panel.set_ylabel("median drawdown of the index (%); shallower at the top")
    figure.suptitle(_title(found), fontsize=9)
    dress(panel)
    panel.margins(ROOM)
    return figure


def _draw(panel: Axes, point: FrontierPoint, size: float) -> None:
    x, y = point.credit.value / size, 100 * point.depth.value
    free = point.dominated_by is None
    colour = BLACK if point.is_reference else BLUE if free else GREY
    panel.errorbar(
        x,
        y,
        xerr=_reach(point.credit_apart.value, point.credit_apart.low, point.credit_apart.high, 1 / size),
        yerr=_reach(point.depth_apart.value, point.depth_apart.low, point.depth_apart.high, 100),
        fmt="s" if point.is_reference else "o",
        color=colour,
        markerfacecolor=colour if free else "white",
        markersize=6,
        capsize=2,
        linewidth=0.9,
    )
    panel.annotate(point.label, (x, y), (6, 6), textcoords="offset points", fontsize=8, color=colour if free else GREY)


def _legend(panel: Axes) -> None:
    for marker, colour, face, label in (
        ("s", BLACK, BLACK, "reference"),
        ("o", BLUE, BLUE, "no point does better"),
        ("o", GREY, "white", "dominated: another point is no deeper and has no less credit"),
    ):
        panel.plot([], [], marker, color=colour, markerfacecolor=face, label=label)
    panel.legend(loc="best", fontsize=8, frameon=False)


def _reach(value: float, low: float, high: float, factor: float) -> Floats:
    """Lengths of an interval below and above its value, as matplotlib wants them; none where there is no interval."""
    below, above = (value - low) * factor, (high - value) * factor
    reach: Floats = np.nan_to_num(np.array([[max(below, 0.0)], [max(above, 0.0)]]))
    return reach


def _places(points: Sequence[FrontierPoint], size: float) -> tuple[list[float], list[float]]:
    return [p.credit.value / size for p in points], [100 * p.depth.value for p in points]


def _title(found: Frontier) -> str:
    return (
        f"{' and '.join(found.paths)}; {found.runs} runs a point, {found.calm_runs} in calm times, the same random "
        f"numbers, seed {found.seed}\nbars: 95% interval of the difference from the reference, run by run"
    )
