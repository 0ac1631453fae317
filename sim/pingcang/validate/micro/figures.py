"""Pictures of the micro validation: selling by distance, fire-sold stocks, spill-over. Dots and lines are means of the
runs, bars and bands 5 to 95% of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from pingcang.arrays import Floats
from pingcang.results.plot import BLACK, BLUE, GREEN, ORANGE, VERMILION
from pingcang.validate.micro.exposure import BENCHMARKS
from pingcang.validate.micro.measure import AS_IS, LIMITS, NO_LIMITS, RunFindings
from pingcang.validate.micro.selling import LENDERS
from pingcang.validate.micro.spillover import SHARES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"broker": BLUE, "shadow": VERMILION}
MARKERS = {"broker": "o", "shadow": "s"}
BINS_SHOWN = ("< 0", *(f"{k}–{k + 1}" for k in range(10)), "≥ 10")
LOOKS = ((BLACK, "-"), (BLUE, "--"), (VERMILION, ":"))
TITLES = {
    "matched": "against stocks of like size and beta",
    "equal": "against the mean of all stocks",
}


def plot_selling(findings: Sequence[RunFindings]) -> Figure:
    """Selling by distance to margin call, and near the line on falling and rising days."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2.1, 1))
    for shift, lender in zip((-0.1, 0.1), LENDERS, strict=True):
        level: Floats = 100.0 * np.array([run.selling[lender, "all"].adjusted for run in findings])
        _dots(left, shift, level, lender)
    left.set_ylim(bottom=0)
    left.axvline(3.5, color=BLACK, linewidth=0.8, linestyle=":")
    left.annotate("3 σ", (3.5, 1), (4, -3), xycoords=("data", "axes fraction"), textcoords="offset points", va="top")
    left.set_xticks(range(len(BINS_SHOWN)), BINS_SHOWN)
    left.set_xlabel("distance to margin call at the close before (daily standard deviations)")
    left.set_ylabel("net selling (% of the holding a day)")
    left.legend(frameon=False, title="accounts of")
    _up_and_down(right, findings)
    return _dressed(figure, findings)


def _dots(panel: Axes, shift: float, values: Floats, lender: str) -> None:
    low, mean, high = _spread(values)
    panel.errorbar(
        np.arange(len(mean)) + shift,
        mean,
        yerr=[np.maximum(0.0, mean - low), np.maximum(0.0, high - mean)],
        color=COLOURS[lender],
        marker=MARKERS[lender],
        markersize=5,
        linewidth=1.2,
        capsize=2,
        label={"broker": "brokers", "shadow": "shadow lenders"}[lender],
    )


def _up_and_down(panel: Axes, findings: Sequence[RunFindings]) -> None:
    for place, lender in enumerate(LENDERS):
        for shift, market, hatch in ((-0.2, "down", ""), (0.2, "up", "///")):
            values = 100 * np.array([run.selling[lender, market].near["near"] for run in findings])
            _bar(panel, place + shift, values, COLOURS[lender], hatch, f"{market} days" if not place else None)
    panel.set_xticks(range(len(LENDERS)), ["brokers", "shadow lenders"])
    panel.set_ylabel("selling below 3 σ less the rest\n(percentage points a day)")
    _key(panel, [("", "market falls"), ("///", "market rises")])


def plot_exposure(findings: Sequence[RunFindings]) -> Figure:
    """Cumulated abnormal return of the stocks most held near the line, less that of the least held."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    variants = list(dict.fromkeys(variant for variant, _ in findings[0].paths))
    for panel, benchmark in zip(panels, BENCHMARKS[::-1], strict=True):
        for variant, (colour, style) in zip(variants, LOOKS, strict=True):
            low, mean, high = _spread(100 * np.array([run.paths[variant, benchmark] for run in findings]))
            days = np.arange(len(mean))
            width = 2.2 if variant == AS_IS else 1.4
            panel.plot(days, mean, color=colour, linestyle=style, linewidth=width, label=variant)
            if len(findings) > 1:
                panel.fill_between(days, low, high, color=colour, alpha=0.12, linewidth=0)
        panel.axhline(0, color=BLACK, linewidth=0.6)
        panel.set_title(TITLES[benchmark], fontsize=10)
        panel.set_xlabel("trading days from the sort")
    panels[0].set_ylabel("top less bottom tenth by fire-sale exposure\n(percentage points, cumulated)")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=3,
        frameon=False,
        title="impact of trades",
    )
    return _dressed(figure, findings)


def plot_spillover(findings: Sequence[RunFindings]) -> Figure:
    """What is sold of a stock because the account's others fell to the limit, or are suspended."""
    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, shares, title in (
        (panels[0], SHARES[:2], "all others fell by 9.5% or more"),
        (panels[1], SHARES[2:], "all others are suspended"),
    ):
        groups = [(lender, share) for lender in LENDERS for share in shares]
        for place, (lender, share) in enumerate(groups):
            for shift, regime, colour, hatch in ((-0.2, LIMITS, GREEN, ""), (0.2, NO_LIMITS, ORANGE, "///")):
                values = 100 * np.array([run.spillover[lender, regime][share] for run in findings])
                _bar(panel, place + shift, values, colour, hatch, None)
        panel.axhline(0, color=BLACK, linewidth=0.6)
        panel.set_xticks(range(4), ["brokers,\nnear", "brokers,\nfar", "shadow,\nnear", "shadow,\nfar"])
        panel.set_title(title, fontsize=10)
    panels[0].set_ylabel("more sold of a stock that can be sold\n(percentage points of the holding a day)")
    _key(panels[0], [("", "with price limits"), ("///", "without")], (GREEN, ORANGE))
    return _dressed(figure, findings)


def _bar(panel: Axes, place: float, values: Floats, colour: str, hatch: str, label: str | None) -> None:
    low, mean, high = (float(part[0]) for part in _spread(values[:, None]))
    panel.bar(place, mean, 0.38, color=colour, hatch=hatch, edgecolor="white", linewidth=0.6, label=label)
    panel.errorbar(
        place, mean, yerr=[[max(0.0, mean - low)], [max(0.0, high - mean)]], color=BLACK, capsize=3, linewidth=1
    )


def _key(panel: Axes, entries: Sequence[tuple[str, str]], colours: Sequence[str] = ("#777777", "#777777")) -> None:
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=text)
        for (hatch, text), colour in zip(entries, colours, strict=True)
    ]
    panel.legend(handles=patches, frameon=False, fontsize=9)


def _spread(values: Floats) -> tuple[Floats, Floats, Floats]:
    """5%, mean and 95% over the runs (rows), of those that have a value."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    mean = np.where(known.any(axis=0), filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)
    padded = np.where(known, values, mean)
    low, high = np.quantile(padded, (0.05, 0.95), axis=0)
    return low, mean, high


def _dressed(figure: Figure, findings: Sequence[RunFindings]) -> Figure:
    for panel in figure.axes:
        panel.grid(alpha=0.25, linewidth=0.6, axis="y")
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    return figure
