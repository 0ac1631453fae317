"""What margin orders add to the fall: in points, and as a ratio where there is enough to divide by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.report.blocks import Block, Chart, Section, Source, Words
from pingcang.report.drawing import BLUE, GREY, VERMILION, date_ticks, drawing, fan, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.sections.first_round import how_to_get_it
from pingcang.report.words import POINTS, number
from pingcang.results.metrics import SMALLEST_BASE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.report.arm import Arm
    from pingcang.report.material import Material


COLUMNS = (
    Column("run", "run", digits=0),
    Column("without", "without, %", POINTS),
    Column("with", "with, %", POINTS),
    Column("points", "added, points", sign=True, digits=2),
    Column("ratio", "ratio", digits=3),
)


def amplification(material: Material) -> Section:
    """With and without, by day and by run; else what would tell it."""
    blocks: list[Block] = [
        Words(
            translated(
                "Drawdown with feedback less drawdown without it, in percentage points, run by run. The "
                "ratio of the two is given where the fall without feedback is at least {smallest_base} "
                "%; below that it would be noise over noise."
            ).format(smallest_base=number(POINTS * SMALLEST_BASE, 0))
        )
    ]
    for arm in material.arms:
        blocks += [Words(_sentence(arm)), _chart(arm, material)] if arm.amplification else how_to_get_it(arm, material)
    return Section("amplification", "Amplification", tuple(blocks))


def by_run(arm: Arm) -> pd.DataFrame:
    """A row a run: drawdown with and without feedback (fractions), points between them, ratio."""
    found = arm.metrics
    points = found["amplification_points"].values
    return pd.DataFrame(
        {
            "run": arm.dataset["run"].values,
            "without": found["drawdown"].values - points / POINTS,
            "with": found["drawdown"].values,
            "points": points,
            "ratio": found["amplification"].values,
        }
    ).sort_values("without", ignore_index=True)


def _sentence(arm: Arm) -> str:
    rows = by_run(arm)
    known = rows["ratio"].dropna()
    times = (
        translated("; ratio {median}").format(median=number(known.median(), 2))
        if len(known)
        else translated("; no run falls far enough for a ratio")
    )
    whose = f"{translated(arm.name)}: " if arm.name != "simulated" else ""
    added = number(rows["points"].median(), 1, sign=True)
    return translated(
        "{whose}{median} % without and {median_2} % with feedback; {added} points in the median run{times}."
    ).format(
        whose=whose,
        median=number(POINTS * rows["without"].median()),
        median_2=number(POINTS * rows["with"].median()),
        added=added,
        times=times,
    )


def _chart(arm: Arm, material: Material) -> Chart:
    rows = by_run(arm)
    with drawing():
        figure, panels = new_figure(2, row=2.4, sharex=False)
        _paths(panels[0, 0], arm)
        _runs(panels[1, 0], rows)
        names = [translated("with feedback"), translated("without the price effect of margin orders")]
        legend(figure, panels[0, 0].lines, names, ncols=2)
        image = picture(figure)
    return Chart(
        f"amplification{material.suffix(arm)}",
        translated("With and without feedback{arm}: the index by day, and the drawdown of every run").format(
            arm=material.of(arm)
        ),
        image,
        translated(
            "Above, the index with and without feedback. Below, the drawdown of each of {runs} runs "
            "with and without feedback; the median difference is {median} points."
        ).format(runs=arm.runs, median=number(rows["points"].median())),
        Numbers(rows, COLUMNS),
        Source(
            ("index", "index_no_feedback"),
            translated("above: median and 5–95 % of the runs; below: drawdown of each run"),
        ),
    )


def _paths(panel: Axes, arm: Arm) -> None:
    fan(panel, arm.fan(arm.dataset["index"]), VERMILION, "-", inner=False)
    fan(panel, arm.fan(arm.dataset["index_no_feedback"]), BLUE, "--", inner=False)
    panel.set_ylabel(translated("index (start = 1)"))
    date_ticks(panel, arm.dates)


def _runs(panel: Axes, rows: pd.DataFrame) -> None:
    places = np.arange(1, len(rows) + 1)
    without, with_it = POINTS * rows["without"], POINTS * rows["with"]
    panel.vlines(places, without, with_it, color=GREY, linewidth=1.2)
    panel.plot(places, without, "s", color=BLUE, markersize=4)
    panel.plot(places, with_it, "o", color=VERMILION, markersize=4)
    panel.set_ylabel(translated("drawdown (%)"))
    panel.set_xlabel(translated("runs, by their drawdown without feedback"))
    panel.margins(x=0.03)
