"""The leverage of the simulated market by trading day, beside the lines of real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.leverage.monitor import lines
from pingcang.report.arm import MOMENTS
from pingcang.report.blocks import Block, Chart, Source
from pingcang.report.drawing import ARMS, BLACK, date_ticks, drawing, legend, new_figure, picture
from pingcang.report.levered import FROM
from pingcang.report.numbers import Column, Numbers
from pingcang.report.over_time import SPREAD, quantiles_over
from pingcang.report.spreads import spread
from pingcang.report.words import POINTS, iso, percent
from pingcang.results.units import CNY
from pingcang.said import said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats
    from pingcang.report.levered import Levered
    from pingcang.report.material import Material


class Panel(NamedTuple):
    """A panel of the figure: a reading, its axis, and the line that is drawn across it."""

    key: str
    axis: str
    line: float
    line_label: str


PANELS = (
    Panel("balance_to_float", "over float (%)", lines.PEAK_TO_FLOAT, "June 2015, 4.27 %"),
    Panel("margin_share", "purchases over\nturnover (%)", lines.MARGIN_SHARE, "10 % of turnover"),
    Panel("maintenance_ratio", "average mainte-\nnance ratio (%)", lines.CLOSE_OUT, "close-out line, 130 %"),
)


def leverage_path(material: Material, arms: list[Levered]) -> list[Block]:
    """A panel a reading, both arms over each other; nothing if none is known."""
    panels = [panel for panel in PANELS if any(each.series(panel.key) is not None for each in arms)]
    if not panels:
        return []
    variables = tuple(dict.fromkeys(name for panel in panels for name in FROM[panel.key]))
    return [
        Chart(
            "leverage-path",
            translated("Balance over float, share of turnover, and maintenance ratio, by trading day"),
            _drawn(material, arms, panels),
            _alt(material, arms, panels),
            _numbers(material, arms, panels),
            Source(variables, translated("by the formulas of the monitor; median and 5–95 % of the runs")),
        )
    ]


def _drawn(material: Material, arms: list[Levered], panels: list[Panel]) -> str:
    longest = max(material.arms, key=lambda arm: arm.days)
    with drawing():
        figure, axes = new_figure(len(panels), row=1.6)
        for axis, panel in zip(axes[:, 0], panels, strict=True):
            _panel(axis, panel, arms)
            if material.currency == CNY:
                axis.axhline(POINTS * panel.line, color=BLACK, linestyle=":", linewidth=1.3)
                axis.set_title(
                    translated("dotted: {line_label}").format(line_label=translated(panel.line_label)),
                    fontsize=9.5,
                    fontweight="normal",
                    loc="right",
                )
        date_ticks(axes[-1, 0], longest.dates)
        figure.align_ylabels()
        names = [
            f"{translated(each.arm.name)}{(translated(', median and 5–95 %') if each.arm.runs > 1 else '')}"
            for each in arms
        ]
        legend(figure, axes[0, 0].lines[: len(arms)], names)
        return picture(figure)


def _panel(axis: Axes, panel: Panel, arms: list[Levered]) -> None:
    for each, (colour, line) in zip(arms, ARMS, strict=False):
        low, middle, high = POINTS * _quantiles(each, panel)
        days = np.arange(middle.size)
        if each.arm.runs > 1:
            axis.fill_between(days, low, high, color=colour, alpha=0.18, linewidth=0)
        axis.plot(days, middle, color=colour, linestyle=line, linewidth=1.8)
    axis.set_ylabel(said(panel.axis))


def _quantiles(each: Levered, panel: Panel) -> Floats:
    """5 %, median and 95 % by day; NaN where the arm does not have the reading."""
    series = each.series(panel.key)
    return np.full((len(SPREAD), each.arm.days + 1), np.nan) if series is None else quantiles_over(series)


def _alt(material: Material, arms: list[Levered], panels: list[Panel]) -> str:
    told = []
    for each in arms:
        for panel in panels:
            if each.series(panel.key) is not None:
                ends = [
                    translated("{key} at the {moment}").format(
                        key=percent(spread(each.at(panel.key, moment))[1]), moment=translated(moment)
                    )
                    for moment in MOMENTS
                ]
                told.append(f"{said(each.monitor[panel.key].label).lower()}{material.of(each.arm)} {', '.join(ends)}")
    return translated("By trading day: {listed}.").format(listed="; ".join(told))


def _numbers(material: Material, arms: list[Levered], panels: list[Panel]) -> Numbers:
    labels = {panel.key: arms[0].monitor[panel.key].label for panel in panels}
    first = [Column("arm", "arm", words=True)] if material.compared else []
    columns = [
        Column(
            f"{key}: {name}",
            translated("{label}, {quantile}, %").format(label=said(label), quantile=translated(name)),
            POINTS,
            2,
        )
        for key, label in labels.items()
        for name in SPREAD
    ]
    table = pd.concat([_days(each, panels) for each in arms], ignore_index=True)
    return Numbers(table, (*first, Column("date", "date", words=True), *columns))


def _days(each: Levered, panels: list[Panel]) -> pd.DataFrame:
    dates = [iso(date) for date in each.arm.dates]
    found = {
        f"{panel.key}: {name}": values
        for panel in panels
        for name, values in zip(SPREAD, _quantiles(each, panel), strict=True)
    }
    return pd.DataFrame({"arm": each.arm.name, "date": dates, "day": np.arange(len(dates)), **found})
