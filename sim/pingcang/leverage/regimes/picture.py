"""The main figures of the regimes, a panel each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from pingcang.leverage.regimes.cells import Cell
from pingcang.leverage.regimes.figures import BY_KEY, SIZES, shown
from pingcang.leverage.regimes.files import WORDS, Regime
from pingcang.leverage.regimes.told import MARKS
from pingcang.results.plot import BLUE, GREEN, ORANGE, VERMILION, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.leverage.regimes.table import RegimeTable

PANELS = (
    ("margin_balance", "Margin balance, bn CNY"),
    ("balance_to_float", "Margin balance / float, %"),
    ("balance_to_m1", "Margin balance / M1, %"),
    ("short_to_financing", "Short / financing balance, %"),
    ("margin_share", "Margin purchases / turnover, %"),
    ("turnover", "Turnover on the day, bn CNY"),
    ("multiple", "Implied multiple, assets / own"),
    ("initial_margin", "Initial margin, %"),
    ("marginable", "Marginable stocks"),
)
LOOKS = {"read": (GREEN, "s"), "computed": (BLUE, "o"), "stated": (VERMILION, "^"), "remembered": (ORANGE, "D")}
"""Colour and shape of each confidence: told apart without colour too."""
CHINA = "CN"


def plot_regimes(table: RegimeTable) -> Figure:
    """Nine figures in the six Chinese regimes.

    The shape of a point tells its confidence; it is hollow for a day outside the regime, and a cross for an empty cell.
    """
    figure = Figure(figsize=(8.27, 7.6), layout="constrained")
    panels = figure.subplots(3, 3)
    regimes = [regime for regime in table.regimes if regime.market == CHINA]
    for panel, (key, title) in zip(panels.flat, PANELS, strict=True):
        _panel(panel, [(table.cell(key, regime.key), regime) for regime in regimes], title)
        panel.set_xticks(range(len(regimes)), [regime.label for regime in regimes], rotation=60, fontsize=7.5)
    for word, (colour, marker) in LOOKS.items():
        panels[0, 0].plot([], [], marker, color=colour, label=f"{MARKS[word]} {WORDS[word]}", markersize=6)
    panels[0, 0].plot([], [], "o", color="0.3", label="hollow: of a day outside", markersize=6, fillstyle="none")
    panels[0, 0].plot([], [], "x", color="0.5", label="not known", markersize=5)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False, handletextpad=0.2)
    figure.suptitle("Regimes of Chinese margin trading", fontsize=11)
    return figure


def _panel(panel: Axes, cells: list[tuple[Cell, Regime]], title: str) -> None:
    figure = BY_KEY[cells[0][0].figure]
    size = SIZES.get(figure.unit, 1.0)
    known = [cell.value / size for cell, _ in cells if cell.value is not None]
    most = max(known, default=1.0)
    for place, (cell, regime) in enumerate(cells):
        if cell.value is None:
            panel.plot(place, 0, "x", color="0.5", markersize=5, clip_on=False)
            continue
        colour, marker = LOOKS[cell.confidence]
        height = cell.value / size
        panel.vlines(place, 0, height, color="0.8", linewidth=1)
        inside = cell.date is None or regime.first <= cell.date <= regime.last
        panel.plot(place, height, marker, color=colour, markersize=6, fillstyle="full" if inside else "none")
        text = shown(figure, cell.value)
        panel.annotate(text, (place, height), xytext=(0, 5), textcoords="offset points", ha="center", fontsize=7)
    panel.set_title(title, fontsize=8.5, loc="left")
    panel.set_xlim(-0.6, len(cells) - 0.4)
    panel.set_ylim(0, most * 1.2)
    panel.tick_params(axis="y", labelsize=7)
    dress(panel)
