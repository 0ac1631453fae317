"""What might turn the answer: the main effects in worlds that differ in one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.absorption.cells import FLIP_CELLS, FLIPS, Cell, Sizes, corner_name, flips, full_design
from experiments.absorption.design import NONE
from experiments.absorption.levers import MAIN
from experiments.absorption.measures import Numbers, apart, signed_text, text, told
from experiments.absorption.tidy import estimate_of, provenance, row
from experiments.common.page import picture
from experiments.common.tables import Result, markdown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "flips"
AS_FITTED = "as fitted"
MEASURES = ("drawdown", "drawdown_equal", "points")
COLUMNS = {"B--": "breadth", "-L-": "leverage", "--S": "shadow finance", "BLS": "all three"}


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return [*full_design(sizes).values(), *flips(sizes).values()]


def compute(found: Numbers, sizes: Sizes) -> Result:
    """In every world: the level at 2025, and what each value of 2015 adds, paired."""
    worlds = {
        AS_FITTED: {levels: found.of(full_design(sizes)[levels], full_design(sizes)[NONE]) for levels in FLIP_CELLS}
    }
    other = flips(sizes)
    for name, (_, own) in FLIPS.items():
        base = other[name, NONE] if own else full_design(sizes)[NONE]
        worlds[name] = {levels: found.of(other[name, levels], base) for levels in FLIP_CELLS}
    lines = []
    for name, frames in worlds.items():
        for measure in MEASURES:
            lines.append(row(told(frames[NONE], measure), world=name, cell="2025", measure=measure))
            lines += [
                row(apart(frames[NONE], frames[levels], measure), world=name, cell=corner_name(levels), measure=measure)
                for levels in FLIP_CELLS
                if any(levels)
            ]
    return Result(NAME, {NAME: pd.DataFrame(lines)}, provenance(found, other["no rescue", NONE]))


def blocks(result: Result) -> dict[str, str]:
    """A table a measure, and the figure."""
    table = result.tables[NAME]
    shown = picture("flips", "Effects of breadth, leverage and shadow finance in every world", "absorption")
    texts = {f"flips_{measure}": _text(table[table["measure"] == measure], measure) for measure in MEASURES}
    return {"flips": f"{shown}\n\n{result.told()}", **texts}


def _text(table: pd.DataFrame, measure: str) -> str:
    rows = []
    for world, lines in table.groupby("world", sort=False):
        by_cell = {str(line.cell): estimate_of(line) for line in lines.itertuples()}
        effects = {name: signed_text(by_cell[cell], measure) for cell, name in COLUMNS.items()}
        rows.append(
            {"world": world, "runs": str(by_cell["B--"].n), "market of 2025": text(by_cell["2025"], measure), **effects}
        )
    return markdown(pd.DataFrame(rows))


def draw(result: Result) -> dict[str, Figure]:
    """One panel a factor: its effect on both indices in every world."""
    from experiments.common.style import new_figure

    figure, panels = new_figure(1, len(MAIN), height=3.8)
    names = list(dict.fromkeys(result.tables[NAME]["world"]))
    for panel, cell in zip(panels.flat, COLUMNS, strict=False):
        _panel(panel, result.tables[NAME], cell, names)
        panel.set_title(COLUMNS[cell])
        panel.set_yticks(range(len(names)), names if cell == "B--" else [])
        panel.set_xlabel("effect of 2015's value on the drawdown, points", fontsize=8)
    panels[0, -1].legend(loc="lower left", fontsize=8)
    return {"flips": figure}


def _panel(panel: Axes, table: pd.DataFrame, cell: str, names: list[str]) -> None:
    from experiments.common.style import BLUE, VERMILION

    for k, (measure, colour, mark) in enumerate((("drawdown", BLUE, "o"), ("drawdown_equal", VERMILION, "s"))):
        lines = table[(table["cell"] == cell) & (table["measure"] == measure)].set_index("world").loc[names]
        error = 100 * np.stack([lines["value"] - lines["low"], lines["high"] - lines["value"]])
        places = np.arange(len(names)) + 0.2 * (k - 0.5)
        label = "index" if k == 0 else "equal weight"
        panel.errorbar(
            100 * lines["value"], places, xerr=error, fmt=mark, color=colour, capsize=2.5, markersize=4.5, label=label
        )
    panel.axvline(0, color="black", linewidth=0.8)
    panel.set_ylim(len(names) - 0.5, -0.5)
