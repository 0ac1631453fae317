"""The monitor as a figure: the balance with its phases and bands, and below it what it is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib.dates as mdates
import numpy as np
from matplotlib.figure import Figure

from pingcang.leverage.monitor import lines
from pingcang.leverage.monitor.calendar import interrupted
from pingcang.results.plot import BLACK, BLUE, GREEN, ORANGE, VERMILION, dress
from pingcang.results.units import money_unit

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from pingcang.leverage.monitor.scorecard import Monitor
    from pingcang.leverage.thresholds import Thresholds

PHASES = {"build-up": "#DCE9F2", "surge": "#F6DFC0", "plateau": "#EFEFEF", "deleveraging": "#F3D3C8"}
"""Light tints of the colours of the house; the names stand in the legend."""
BANDS = (("broad", ORANGE, ":"), ("official", VERMILION, "--"), ("equal_risk", BLACK, "-."))


class Panel(NamedTuple):
    """A panel below the balance: a series, its factor and axis, and the line that China's whole market is held to."""

    key: str
    factor: float
    label: str
    colour: str
    line: float | None = None
    line_label: str = ""


PANELS = (
    Panel("balance_to_float", 100.0, "over float\n(%)", BLUE, 100 * lines.PEAK_TO_FLOAT, "June 2015"),
    Panel(
        "margin_share", 100.0, "margin purchases\nover turnover (%)", VERMILION, 100 * lines.MARGIN_SHARE, "10 % line"
    ),
    Panel("maintenance_ratio", 100.0, "average mainte-\nnance ratio (%)", GREEN),
    Panel("effective_stock", 1.0, "effective number\nof stocks", BLACK),
    Panel("effective_sector", 1.0, "effective number\nof sectors", ORANGE),
)


def plot_monitor(monitor: Monitor, thresholds: Thresholds | None = None) -> Figure:
    """The page of a monitor; panels without data are left out. Of several runs the median and the 5–95 % band."""
    shown = [panel for panel in PANELS if panel.key in monitor.series and _known(monitor.series[panel.key])]
    heights = [2.2, *(1.0 for _ in shown)]
    figure = Figure(figsize=(8.27, 2.2 + 1.5 * sum(heights)), layout="constrained")
    axes = np.atleast_1d(figure.subplots(len(heights), 1, sharex=True, height_ratios=heights))
    runs = f", median and 5–95 % of {monitor.runs} runs" if monitor.runs > 1 else ""
    figure.suptitle(f"{monitor.name}: margin balance to {monitor.on}{runs}", fontsize=11)
    _balance(axes[0], monitor, thresholds)
    for axis, panel in zip(axes[1:], shown, strict=True):
        _panel(axis, panel, monitor)
    for axis in axes:
        dress(axis)
    locator = mdates.AutoDateLocator()  # type: ignore[no-untyped-call]
    axes[-1].xaxis.set_major_locator(locator)
    axes[-1].xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    figure.align_ylabels()
    return figure


def _known(series: xr.DataArray) -> bool:
    return bool(series.notnull().any())


def _balance(axis: Axes, monitor: Monitor, thresholds: Thresholds | None) -> None:
    series = monitor.series["financing_balance"]
    size, unit = money_unit(float(series.max()), monitor.currency)
    _shade(axis, monitor)
    draw_series(axis, series / size, BLUE)
    if thresholds is not None:
        for name, colour, style in BANDS:
            label = f"{name.replace('_', ' ')} {getattr(thresholds.lines, name) / 1e12:.3g} tn"
            axis.axhline(
                getattr(thresholds.lines, name) / size, color=colour, linestyle=style, linewidth=1.1, label=label
            )
    axis.set_ylim(bottom=0)
    axis.set_ylabel(f"financing balance\n({unit})")
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)


def _shade(axis: Axes, monitor: Monitor) -> None:
    named: set[str] = set()
    row: Any
    for row in monitor.phases.itertuples():
        label = None if row.phase in named else row.phase
        axis.axvspan(row.first, row.last, color=PHASES[row.phase], linewidth=0, label=label)
        named.add(row.phase)


def _panel(axis: Axes, panel: Panel, monitor: Monitor) -> None:
    draw_series(axis, panel.factor * monitor.series[panel.key], panel.colour)
    if panel.line is not None and monitor.of_china:
        axis.axhline(panel.line, color=BLACK, linestyle=":", linewidth=1.0, label=panel.line_label)
        axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, frameon=False)
    axis.set_ylabel(panel.label)


def draw_series(axis: Axes, series: xr.DataArray, colour: str, style: str = "-", label: str | None = None) -> None:
    """The series, broken where the data are interrupted; of several runs the median in its band."""
    dates, broken = series["date"].values, np.flatnonzero(interrupted(series["date"].values)) + 1
    values = series.transpose("run", ...).values if "run" in series.dims else series.values[None]
    known = np.isfinite(values).any(axis=0)
    low, middle, high = np.full((3, len(dates)), np.nan)
    low[known], middle[known], high[known] = np.nanquantile(values[:, known], (0.05, 0.5, 0.95), axis=0)
    if len(values) > 1:
        axis.fill_between(dates, low, high, color=colour, alpha=0.2, linewidth=0)
    days, line = np.insert(dates, broken, dates[broken]), np.insert(middle, broken, np.nan)
    axis.plot(days, line, color=colour, linestyle=style, linewidth=1.4, label=label)
