"""The figure: tails, exponent, kurtosis, and what an adaptive ceiling does to defaults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, BLUE, CYCLE, GREY, ORANGE, SKY, VERMILION, new_figure
from experiments.replications.thurner.answers import HILL, TOLERANCE
from experiments.replications.thurner.measures import TAIL
from matplotlib.axes import Axes
from matplotlib.figure import Figure

CHOICE_TITLES = ("Defaults per 1,000 steps, fixed ceiling", "The same, adaptive (κ = 100) less fixed")
SHADES = (GREY, SKY, BLUE, ORANGE, VERMILION, BLACK)


def draw(measures: pd.DataFrame, effect: pd.DataFrame, curves: pd.DataFrame, choices: pd.DataFrame) -> Figure:
    """Six panels."""
    figure, panels = new_figure(3, 2, height=9.4)
    fixed = measures[measures["sensitivity"] == 0]
    _tails(panels[0, 0], curves)
    _hill(panels[0, 1], fixed[fixed["measure"] == "hill"])
    _shape(panels[1, 0], fixed[fixed["measure"] == "kurtosis"])
    _policy(panels[1, 1], effect)
    for panel, measure, title in zip(panels[2], ("defaults", "added"), CHOICE_TITLES, strict=True):
        _choices(panel, choices[choices["measure"] == measure], title)
    return figure


def _tails(panel: Axes, curves: pd.DataFrame) -> None:
    for (ceiling, curve), colour in zip(curves.groupby("ceiling"), SHADES, strict=False):
        panel.loglog(curve["loss"], curve["share"], color=colour, linewidth=1.3, label=f"{ceiling:g}")
    panel.axhline(TAIL, color=BLACK, linestyle=":", linewidth=0.9)
    panel.annotate("the worst 3 %", (0.99, TAIL), (0, 3), xycoords=("axes fraction", "data"),
                   textcoords="offset points", ha="right", fontsize=8)  # fmt: skip
    panel.set_xlim(5e-3)
    panel.set_title("Losses while p < V: share at least as large")
    panel.set_xlabel("fall of the log price in a step")
    panel.legend(title="λmax", ncols=2, loc="lower left")


def _hill(panel: Axes, rows: pd.DataFrame) -> None:
    place = np.arange(len(rows))
    target = np.array([HILL.get(ceiling, 3.0) for ceiling in rows["ceiling"]])
    panel.fill_between(place, target - TOLERANCE, target + TOLERANCE, color=GREY, alpha=0.25, linewidth=0, label="band")
    _points(panel, place, rows, CYCLE[0], "got")
    panel.set_title("Tail exponent of the worst 3 %")
    _ceilings(panel, rows)
    panel.legend()


def _shape(panel: Axes, rows: pd.DataFrame) -> None:
    _points(panel, np.arange(len(rows)), rows, CYCLE[0], "got")
    panel.axhline(3.0, color=BLACK, linestyle=":", linewidth=0.9)
    panel.annotate("normal distribution", (0.99, 3.0), (0, 3), xycoords=("axes fraction", "data"),
                   textcoords="offset points", ha="right", fontsize=8)  # fmt: skip
    panel.set_ylim(0)
    panel.set_title("Kurtosis of returns")
    _ceilings(panel, rows)


def _policy(panel: Axes, effect: pd.DataFrame) -> None:
    for shift, (kappa, rows), dress in zip((-0.07, 0.07), effect.groupby("sensitivity"), CYCLE, strict=False):
        _points(panel, np.arange(len(rows)) + shift, rows, dress, f"κ = {kappa:g}")
        _ceilings(panel, rows)
    panel.axhline(0, color=BLACK, linewidth=0.8)
    panel.set_title("Defaults per 1,000 steps, adaptive less fixed ceiling")
    panel.legend()


def _choices(panel: Axes, rows: pd.DataFrame, title: str) -> None:
    """By the price that is taken where several clear the market."""
    for shift, (choice, own), dress in zip((-0.07, 0, 0.07), rows.groupby("choice", sort=False), CYCLE, strict=False):
        _points(panel, np.arange(len(own)) + shift, own, dress, str(choice))
        _ceilings(panel, own)
    if rows["low"].min() < 0:
        panel.axhline(0, color=BLACK, linewidth=0.8)
    panel.set_title(title)
    panel.legend(title="price taken")


def _points(panel: Axes, place: Any, rows: pd.DataFrame, dress: tuple[str, str, str], label: str) -> None:
    colour, line, mark = dress
    widths = np.abs(np.stack([rows["mean"] - rows["low"], rows["high"] - rows["mean"]]))
    panel.errorbar(
        place, rows["mean"], yerr=widths, color=colour, linestyle=line, marker=mark, markersize=4, capsize=3,
        linewidth=1.3, label=label,
    )  # fmt: skip


def _ceilings(panel: Axes, rows: pd.DataFrame) -> None:
    panel.set_xticks(np.arange(len(rows)), [f"{ceiling:g}" for ceiling in rows["ceiling"]])
    panel.set_xlabel("highest leverage λmax")
