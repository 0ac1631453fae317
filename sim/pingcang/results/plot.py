"""One page that tells a run: index, financing balance, limit-downs and forced sales over the same dates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from pingcang.errors import ScenarioError
from pingcang.results.files import storage_errors, written_whole
from pingcang.results.metrics import official_balance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, VERMILION, BLACK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#000000"
"""Okabe and Ito (2008), Color Universal Design: told apart by colour-blind readers; in grey by line style."""

TRILLION, BILLION = 1e12, 1e9


def plot_runs(dataset: xr.Dataset) -> Figure:
    """The page of a result dataset: with several runs the median and the 5-95% band of each day."""
    figure = Figure(figsize=(8.27, 9.6), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    figure.suptitle(_title(dataset), fontsize=11)
    _index(axes[0], dataset)
    _balance(axes[1], dataset)
    _line(axes[2], dataset["limit_down"].sum("board"), BLACK, "-", "")
    axes[2].set_ylabel("limit-down\n(stocks)")
    _line(axes[3], dataset["forced_sales"].sum("cohort") / BILLION, VERMILION, "-", "")
    axes[3].set_ylabel("forced sales\n(bn CNY a day)")
    for panel in axes:
        _dress(panel)
    for panel in axes[1:]:
        panel.set_ylim(bottom=0)
    figure.align_ylabels()
    _dates(axes[-1])
    return figure


def check_picture(path: Path) -> None:
    """Refuse, as `ScenarioError`, a suffix that is no picture format."""
    known = Figure().canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in known:
        raise ScenarioError(f"{path}: {path.suffix!r} is no picture format; use .png, .pdf or .svg")


def save_plot(dataset: xr.Dataset, path: str | Path) -> None:
    """Draw `plot_runs` into a file, by suffix; `StorageError` when the disk refuses."""
    target = Path(path)
    check_picture(target)
    figure = plot_runs(dataset)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target) as temporary:
            figure.savefig(temporary, dpi=150)


def _index(panel: Axes, dataset: xr.Dataset) -> None:
    _line(panel, dataset["index"], BLUE, "-", "with feedback")
    if "index_no_feedback" in dataset:
        _line(panel, dataset["index_no_feedback"], ORANGE, "--", "without feedback of margin orders")
        panel.legend(loc="best", fontsize=8, frameon=False)
    panel.set_ylabel("index\n(start = 1)")


def _balance(panel: Axes, dataset: xr.Dataset) -> None:
    official = official_balance(dataset)
    rest = dataset["financing_balance"].sum("cohort") - official
    _line(panel, official / TRILLION, GREEN, "-", "brokers (official)")
    if bool((rest > 0).any()):
        _line(panel, rest / TRILLION, VERMILION, ":", "shadow lenders")
        panel.legend(loc="best", fontsize=8, frameon=False)
    panel.set_ylabel("financing balance\n(tn CNY)")


def _line(panel: Axes, series: xr.DataArray, colour: str, style: str, label: str) -> None:
    """Median over the runs, with the 5-95% band when there are several; `series` is (run, day)."""
    dates = series["date"].values
    low, middle, high = np.quantile(series.values, (0.05, 0.5, 0.95), axis=series.get_axis_num("run"))
    if series.sizes["run"] > 1:
        panel.fill_between(dates, low, high, color=colour, alpha=0.2, linewidth=0)
    panel.plot(dates, middle, color=colour, linestyle=style, linewidth=1.6, label=label)


def _dress(panel: Axes) -> None:
    panel.grid(alpha=0.25, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(x=0.01)


def _dates(panel: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _title(dataset: xr.Dataset) -> str:
    told, runs = dataset.attrs, dataset.sizes["run"]
    band = ", median and 5–95% of the runs" if runs > 1 else ""
    name, seed, scale = told.get("scenario", "pingcang"), told.get("seed", "?"), told.get("scale", 1)
    return f"{name}\nseed {seed}, {runs} run{'s' if runs > 1 else ''}, scale {scale:g}{band}"
