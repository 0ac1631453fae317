"""The balance over time: through the bands of the thresholds, and in its phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.patches import Patch

from pingcang.language import translated
from pingcang.leverage.monitor.figure import PHASES, draw_series
from pingcang.leverage.thresholds.figure import draw_bands
from pingcang.report.blocks import Block, Chart, Section, Source, Table, Words
from pingcang.report.drawing import BLACK, BLUE, drawing, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.over_time import Line, calendar_axis, known, last, numbers_over_time
from pingcang.report.words import counted, money, money_unit, percent

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from pingcang.report.monitor.material import Read

HATCHES = {"build-up": "", "surge": "////", "plateau": "....", "deleveraging": "\\\\\\\\"}
"""Beside the tints of the monitor, for readers without colours."""
HATCH = "#00000070"
TN = 1e12
ROOM = 1.1
MOST_PHASES = 12
"""Beyond so many their table is folded."""


def balance(read: Read) -> Section:
    """The balance with bands and phases, and the phases as a table."""
    series = read.monitor.series["financing_balance"]
    if not known(series):
        return Section("balance", translated("The balance over time"), (Words(translated("No value of it is known.")),))
    blocks: list[Block] = [_chart(read, series)]
    if len(read.monitor.phases):
        blocks.append(_phases(read))
    return Section("balance", translated("The balance over time"), tuple(blocks))


def _chart(read: Read, series: xr.DataArray) -> Chart:
    size, unit = _unit(read, series)
    lines = {"financing_balance": Line(series, translated("financing balance, {unit}").format(unit=unit), 1 / size, 3)}
    return Chart(
        "balance-path",
        _title(read),
        _drawn(read, series / size, unit),
        _alt(read, series),
        numbers_over_time(lines),
        Source(("financing_balance",), _reduction(read)),
    )


def _unit(read: Read, series: xr.DataArray) -> tuple[float, str]:
    """Trillions beside thresholds, which are drawn in them; else what suits the largest."""
    return money_unit(TN if read.thresholds is not None else float(series.max()))


def _title(read: Read) -> str:
    bands = (
        translated(" through the bands of {name}").format(name=read.thresholds.name)
        if read.thresholds is not None
        else ""
    )
    phases = translated("; below it the phases that it went through") if len(read.monitor.phases) else ""
    return translated("Financing balance{bands}{phases}").format(bands=bands, phases=phases)


def _reduction(read: Read) -> str:
    told = translated("by day{over_runs}").format(over_runs=read.over_runs)
    if read.thresholds is None:
        return told
    of = read.thresholds.spec.now.date
    return translated("{told}; the lines are those of {of}, at other dates float, debts and rates were others").format(
        told=told, of=of
    )


def _alt(read: Read, series: xr.DataArray) -> str:
    phases = read.monitor.phases
    now = (
        translated("; on the last day it is in a phase of {phase}").format(phase=translated(phases["phase"].iloc[-1]))
        if len(phases)
        else ""
    )
    light = read.monitor["financing_balance"].light
    return translated(
        "The financing balance from {first} to {on}, at most {max} and at last {series}{word}{now}."
    ).format(
        first=read.monitor.first,
        on=read.monitor.on,
        max=money(float(series.max())),
        series=money(last(series)),
        word=translated(", in the {light} band").format(light=translated(light)) if light else "",
        now=now,
    )


def _drawn(read: Read, series: xr.DataArray, unit: str) -> str:
    phased = bool(len(read.monitor.phases))
    with drawing(), rc_context({"hatch.color": HATCH}):
        figure, panels = new_figure(2 if phased else 1, row=2.1 if phased else 3.2)
        panel = panels[0, 0]
        top = ROOM * float(series.max())
        if read.thresholds is not None:
            top = max(top, ROOM * read.thresholds.lines.equal_risk / TN)
            draw_bands(panel, read.thresholds, top, upright=True)
        draw_series(panel, series, BLACK if read.thresholds is not None else BLUE)
        panel.set_ylim(0, top)
        panel.set_ylabel(translated("financing balance\n({unit})").format(unit=unit))
        if phased:
            panels[0, 0].get_subplotspec().get_gridspec().set_height_ratios((8, 1))
            _strip(panels[1, 0], read)
            names = [name for name in PHASES if name in set(read.monitor.phases["phase"])]
            legend(
                figure,
                [_patch(name) for name in names],
                [translated("phase: {name}").format(name=translated(name)) for name in names],
            )
        calendar_axis(panels[-1, 0])
        return picture(figure)


def _patch(phase: str) -> Patch:
    return Patch(facecolor=PHASES[phase], hatch=HATCHES[phase], edgecolor=HATCH, linewidth=0.6)


def _strip(panel: Axes, read: Read) -> None:
    """Phases side by side, as a band of their own: the bands of the thresholds fill the panel above."""
    row: Any
    for row in read.monitor.phases.itertuples():
        panel.axvspan(
            row.first, row.last, facecolor=PHASES[row.phase], hatch=HATCHES[row.phase], edgecolor=HATCH,
            linewidth=0.4,
        )  # fmt: skip
    panel.set_yticks([])
    panel.grid(visible=False)
    panel.spines[["left"]].set_visible(False)
    panel.set_ylabel(translated("phase"), rotation=0, ha="right", va="center")


def _phases(read: Read) -> Table:
    phases = read.monitor.phases
    final = phases.iloc[-1]
    title = translated("{phase}; the last, since {first:%Y-%m-%d}, is a phase of {phase_2} ({change})").format(
        phase=counted(len(phases), "phase"),
        first=final["first"],
        phase_2=translated(final["phase"]),
        change=percent(float(final["change"]), sign=True),
    )
    of = translated(" of the runs' median") if read.several else ""
    source = Source(
        ("financing_balance",),
        translated(
            "turning points{of} after Bry and Boschan, named by the mean change of the log balance a "
            "day; no phase spans an interruption of the data"
        ).format(of=of),
    )
    return Table("phases", title, _numbers(phases), source, folded=len(phases) > MOST_PHASES)


def _numbers(phases: pd.DataFrame) -> Numbers:
    columns = (
        Column("phase", "phase", words=True),
        Column("first_date", "first day", words=True),
        Column("last_date", "last day", words=True),
        Column("days", "trading days", digits=0),
        Column("change", "change, %", 100.0, 1, sign=True),
        Column("per_day", "a day, %", 100.0, 2, sign=True),
        Column("complete", "whole", words=True),
    )
    told: dict[str, Any] = {
        "first_date": [f"{day:%Y-%m-%d}" for day in phases["first"]],
        "last_date": [f"{day:%Y-%m-%d}" for day in phases["last"]],
        "complete": np.where(phases["complete"], "yes", translated("cut off by the data")),
    }
    return Numbers(phases.assign(**told)[[column.key for column in columns]], columns)
