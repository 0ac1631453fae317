"""Shadow finance from nothing to 2tn, in both markets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.absorption.cells import SHADOW_SIZES, Cell, Sizes, full_design, market_2015, shadow_sweep
from experiments.absorption.design import NONE
from experiments.absorption.levers import BASE, CRASH_2015
from experiments.absorption.measures import MEASURES, Numbers, told
from experiments.absorption.tidy import provenance, row, wide
from experiments.common.page import picture
from experiments.common.tables import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "shadow"
SHOWN = ("drawdown", "drawdown_equal", "points", "amplification", "forced", "lender_loss")
DRAWN = ("drawdown", "points", "forced", "lender_loss")
YEAR = {CRASH_2015: "2015", BASE: "2025"}


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return [market_2015(sizes), full_design(sizes)[NONE], *shadow_sweep(sizes).values()]


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Means at every size; the runs of both markets share their random numbers along a line."""
    bases = {CRASH_2015: market_2015(sizes), BASE: full_design(sizes)[NONE]}
    lines = []
    for (source, debt), cell in shadow_sweep(sizes).items():
        frame = found.of(cell, bases[source])
        label = f"{YEAR[source]}, {debt / 1e12:g}tn"
        lines += [row(told(frame, m), cell=label, market=YEAR[source], debt=debt, measure=m) for m in SHOWN]
    return Result(
        NAME, {"shadow_sweep": pd.DataFrame(lines)}, provenance(found, shadow_sweep(sizes)[BASE, SHADOW_SIZES[-1]])
    )


def blocks(result: Result) -> dict[str, str]:
    """Figure and table."""
    table = wide(result.tables["shadow_sweep"], SHOWN, first="market, shadow finance")
    shown = picture(
        "shadow", "Drawdown, points added, forced sales and losses against the size of shadow finance", "absorption"
    )
    return {"shadow": f"{shown}\n\n{table}\n\n{result.told()}"}


def draw(result: Result) -> dict[str, Figure]:
    """Four panels, a line a market."""
    from experiments.common.style import new_figure

    figure, panels = new_figure(2, 2, height=5.4, sharex=True)
    for panel, measure in zip(panels.flat, DRAWN, strict=True):
        _panel(panel, result.tables["shadow_sweep"], measure)
    for panel in panels[-1]:
        panel.set_xlabel("shadow finance, tn CNY")
    panels[0, 0].legend()
    return {"shadow": figure}


def _panel(panel: Axes, table: pd.DataFrame, measure: str) -> None:
    from experiments.common.style import CYCLE

    known = MEASURES[measure]
    for (market, lines), (colour, style, mark) in zip(
        table[table["measure"] == measure].groupby("market"), CYCLE, strict=False
    ):
        x = lines["debt"] / 1e12
        middle, low, high = (lines[name] * known.factor for name in ("value", "low", "high"))
        panel.errorbar(
            x,
            middle,
            yerr=np.stack([middle - low, high - middle]),
            color=colour,
            linestyle=style,
            marker=mark,
            markersize=4.5,
            capsize=2.5,
            label=f"market of {market}",
        )
    panel.set_title(known.name)
    panel.set_ylabel(known.unit)
    panel.set_ylim(bottom=0)
