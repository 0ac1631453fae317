"""The picture of the lights: bands over the balance, lines with their intervals, and where balances stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from pingcang.language import translated
from pingcang.leverage.thresholds.chain import RESULTS
from pingcang.leverage.thresholds.lights import LIGHTS, LINES
from pingcang.leverage.thresholds.told import Standing, standings
from pingcang.results.plot import BLACK, BLUE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from pingcang.leverage.thresholds.loading import Thresholds
    from pingcang.leverage.thresholds.uncertainty import Uncertainty

TN = 1e12
COLOURS = {"green": "#009E73", "amber": "#F0E442", "orange": "#E69F00", "red": "#D55E00"}
"""Okabe and Ito (2008): told apart by colour-blind readers; in grey by hatches and by their names."""
HATCHES = {"green": "", "amber": "..", "orange": "//", "red": "xx"}
ROW_HEIGHT = 0.3
"""Inches of a row."""
NARROW = 0.09
"""Share of the axis below which the name of a band stands upright."""
ROOM = 1.25
"""Of the largest number: the end of the axis, with room for what is written beside it."""
LONGEST_PAUSE = 16
"""Calendar days between two balances that are joined; across a larger gap nothing is drawn."""


class _Row(NamedTuple):
    """A number with its interval, and how it is drawn."""

    label: str
    value: float
    interval: tuple[float, float] | None
    marker: str
    colour: str


def plot_thresholds(
    thresholds: Thresholds,
    uncertain: Uncertainty | None = None,
    asked: Sequence[float] = (),
    history: pd.Series | None = None,
) -> Figure:
    """The lights of a set of thresholds; with a history (CNY by date) its path through the bands above."""
    rows = _rows(thresholds, uncertain, standings(thresholds, asked))
    height = 1.5 + ROW_HEIGHT * len(rows)
    figure = Figure(figsize=(8.27, height + (3.2 if history is not None else 0.0)), layout="constrained")
    figure.suptitle(_title(thresholds, uncertain), fontsize=9)
    if history is None:
        _standing(figure.subplots(), thresholds, rows)
        return figure
    above, below = figure.subplots(2, 1, height_ratios=(3.2, height))
    _history(above, thresholds, history)
    _standing(below, thresholds, rows)
    return figure


def _rows(thresholds: Thresholds, uncertain: Uncertainty | None, standing: Sequence[Standing]) -> list[_Row]:
    found = [_Row(_named(each), each.value, None, "o", BLACK) for each in standing]
    for name in LINES:
        interval = None if uncertain is None else (uncertain.intervals[name][0], uncertain.intervals[name][2])
        found.append(_Row(RESULTS[name].label, thresholds.results[name], interval, "|", BLACK))
    for each in thresholds.spec.simulated:
        if each.balance is not None:
            label = f"Simulated equal-risk,\nshadow debt {each.shadow_debt / TN:g}tn"
            found.append(_Row(label, each.balance, each.interval, "D", BLUE))
    return found


def _named(each: Standing) -> str:
    return "Balance asked for" if each.date is None else f"Balance of {each.date}"


def _standing(panel: Axes, thresholds: Thresholds, rows: Sequence[_Row]) -> None:
    """A row a number, so that nothing lies on anything else."""
    far = max(end for row in rows for end in (row.value, *(row.interval or ()))) / TN
    right = far * ROOM
    panel.set_xlim(0, right)
    panel.set_ylim(len(rows) - 0.4, -1.5)
    draw_bands(panel, thresholds, right, upright=False)
    for place, row in enumerate(rows):
        _draw(panel, row, place)
    panel.set_yticks(range(len(rows)), [row.label for row in rows], fontsize=8)
    panel.tick_params(axis="y", length=0)
    panel.set_xlabel("margin balance (tn CNY)")
    panel.spines[["top", "right", "left"]].set_visible(False)


def _draw(panel: Axes, row: _Row, place: int) -> None:
    low, high = row.interval or (row.value, row.value)
    panel.hlines(place, low / TN, high / TN, color=row.colour, linewidth=1.6)
    size = 14 if row.marker == "|" else 6
    panel.plot(row.value / TN, place, row.marker, color=row.colour, markersize=size, markeredgewidth=1.8)
    text = f"{row.value / TN:.4g}"
    if row.interval:
        text += f"  [{low / TN:.2f}, {high / TN:.2f}]"
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
    right = max(high, row.value) / TN
    panel.annotate(text, (right, place), (8, 0), textcoords="offset points", va="center", fontsize=8, bbox=box)


def draw_bands(panel: Axes, thresholds: Thresholds, end: float, *, upright: bool) -> None:
    """The four lights as bands, named, from 0 to the end of the axis; along y if upright."""
    span = panel.axhspan if upright else panel.axvspan
    edges = [0.0, *(line / TN for line in thresholds.lines), end]
    for light, low, high in zip(LIGHTS, edges, [*edges[1:]], strict=False):
        if min(high, end) <= low:
            continue
        span(
            low,
            min(high, end),
            facecolor=COLOURS[light],
            hatch=HATCHES[light],
            edgecolor="#00000030",
            alpha=0.28,
            zorder=0,
        )
        middle, narrow = (low + min(high, end)) / 2, (min(high, end) - low) / end < NARROW
        _name(panel, light, middle, upright=upright, rotated=narrow and not upright)
    draw = panel.axhline if upright else panel.axvline
    for line in edges[1:-1]:
        if line < end:
            draw(line, color=BLACK, linewidth=0.9, linestyle="--", zorder=1)


def _name(panel: Axes, light: str, middle: float, *, upright: bool, rotated: bool) -> None:
    x, y = (0.008, middle) if upright else (middle, 0.985)
    panel.text(
        x, y, translated(light),
        transform=panel.get_yaxis_transform() if upright else panel.get_xaxis_transform(),
        ha="left" if upright else "center", va="center" if upright else "top",
        rotation=90 if rotated else 0, fontsize=9, fontweight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1.0},
    )  # fmt: skip


def _history(panel: Axes, thresholds: Thresholds, history: pd.Series) -> None:
    dates = history.index.to_numpy().astype("datetime64[D]")
    values = history.to_numpy(dtype=float) / TN
    top = max(float(np.nanmax(values)), thresholds.lines.equal_risk / TN) * 1.1
    panel.set_ylim(0, top)
    draw_bands(panel, thresholds, top, upright=True)
    paused = np.flatnonzero(np.diff(dates).astype(int) > LONGEST_PAUSE) + 1
    panel.plot(np.insert(dates, paused, dates[paused]), np.insert(values, paused, np.nan), color=BLACK, linewidth=1.4)
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    panel.margins(x=0.01)
    panel.set_ylabel("margin balance\n(tn CNY)")
    panel.set_title(
        f"lines of {thresholds.spec.now.date} at every date: float cap, debts and rates were others before", fontsize=8
    )
    panel.spines[["top", "right"]].set_visible(False)


def _title(thresholds: Thresholds, uncertain: Uncertainty | None) -> str:
    rounding = "rounded as published" if thresholds.rounding == "printed" else "unrounded"
    title = f"{thresholds.name}: traffic light of the margin balance, lines {rounding}"
    if uncertain is None:
        return title
    return (
        f"{title}\nbars: 5 to 95 % of {uncertain.draws:,} independent draws of the ranges; of simulated balances 95 %"
    )
