"""Shocks smaller than that of 2015: from which size on does each market fall by a quarter?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.absorption.cells import DOSES, FLIP_CELLS, Cell, Sizes, doses, full_design, market_2015
from experiments.absorption.measures import MEASURES, Numbers, text, told
from experiments.absorption.tidy import estimate_of, provenance, row
from experiments.common.page import picture
from experiments.common.tables import Result, markdown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "doses"
SHOWN = ("drawdown", "beyond_25")
APART = 0.008
"""Between the markets on the axis, so that none hides another."""


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return [market_2015(sizes), *full_design(sizes).values(), *doses(sizes).values()]


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Means at every size of the shock; the whole one from the full design, all its runs."""
    whole = [market_2015(sizes), *(full_design(sizes)[levels] for levels in FLIP_CELLS)]
    frames = {(cell.name, 1.0): found.of(cell) for cell in whole}
    frames |= {key: found.of(cell) for key, cell in doses(sizes).items()}
    lines = [
        row(told(frames[cell.name, dose], m), cell=cell.name, dose=dose, measure=m)
        for cell in whole
        for dose in (*DOSES, 1.0)
        for m in SHOWN
    ]
    return Result(NAME, {NAME: pd.DataFrame(lines)}, provenance(found, doses(sizes)["2015", DOSES[0]]))


def blocks(result: Result) -> dict[str, str]:
    """The figure, and a table a measure."""
    table = result.tables[NAME]
    shown = picture("doses", "Mean drawdown and probability of a fall by a quarter, by size of the shock", "absorption")
    texts = [_text(table[table["measure"] == measure], measure) for measure in SHOWN]
    return {"doses": f"{shown}\n\n{texts[0]}\n\n{texts[1]}\n\n{result.told()}"}


def _text(table: pd.DataFrame, measure: str) -> str:
    rows = []
    for cell, lines in table.groupby("cell", sort=False):
        shown = {
            _column(float(line.dose), int(line.runs)): text(estimate_of(line), measure) for line in lines.itertuples()
        }
        rows.append({f"{MEASURES[measure].name}, {MEASURES[measure].unit}": cell, **shown})
    return markdown(pd.DataFrame(rows))


def _column(dose: float, runs: int) -> str:
    return f"{dose:g} of the shock ({runs} runs)" if dose < 1 else "the whole shock (all runs)"


def draw(result: Result) -> dict[str, Figure]:
    """Two panels, a line a market."""
    from experiments.common.style import new_figure

    figure, panels = new_figure(1, 2, height=3.8)
    for panel, measure in zip(panels.flat, SHOWN, strict=True):
        _panel(panel, result.tables[NAME], measure)
    panels[0, 0].legend(fontsize=7.5)
    return {"doses": figure}


def _panel(panel: Axes, table: pd.DataFrame, measure: str) -> None:
    from experiments.common.style import BLACK, CYCLE

    looks = [(BLACK, "-", "x"), *CYCLE]
    by_cell = table[table["measure"] == measure].groupby("cell", sort=False)
    for k, ((cell, lines), (colour, style, mark)) in enumerate(zip(by_cell, looks, strict=True)):
        middle, low, high = (100 * lines[name] for name in ("value", "low", "high"))
        error = np.stack([middle - low, high - middle])
        panel.errorbar(
            lines["dose"] + APART * (k - 2.5),
            middle,
            yerr=error,
            color=colour,
            linestyle=style,
            marker=mark,
            markersize=4.5,
            capsize=2,
            label=cell,
        )
    panel.set_xlabel("size of the news, share of that fitted to 2015")
    panel.set_ylabel("%")
    panel.set_xticks([*DOSES, 1.0])
    panel.set_title(f"{MEASURES[measure].name}, with 95 % interval")
