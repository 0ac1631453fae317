"""One page that tells a run: index, financing balance, limit-downs and forced sales over the same dates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pingcang.errors import ScenarioError
from pingcang.results.dataset import failed_runs, left_out
from pingcang.results.files import storage_errors, written_whole
from pingcang.results.metrics import official_balance
from pingcang.results.units import currency_of, money_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, VERMILION, BLACK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#000000"
"""Okabe and Ito (2008), Color Universal Design: told apart by colour-blind readers; in grey by line style."""

MOST_TICKS = 10
UNDATED = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""By suffix: so that the same figure gives the same bytes."""


def plot_runs(dataset: xr.Dataset) -> Figure:
    """The page of a result dataset: with several runs the median and the 5-95% band of each day."""
    figure = Figure(figsize=(8.27, 9.6), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    figure.suptitle(_title(dataset), fontsize=11)
    _index(axes[0], dataset)
    _balance(axes[1], dataset)
    _limit_downs(axes[2], dataset)
    _forced_sales(axes[3], dataset)
    for panel in axes:
        dress(panel)
    for panel in axes[1:]:
        panel.set_ylim(bottom=0)
    figure.align_ylabels()
    date_axis(axes[-1], dataset["date"].values)
    return figure


def check_picture(path: Path) -> None:
    """Refuse, as `ScenarioError`, a folder, and a suffix that is no picture format."""
    if path.is_dir():
        raise ScenarioError(f"{path}: is a folder; name a file in it, as {path / 'plot.png'}")
    known = Figure().canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in known:
        raise ScenarioError(f"{path}: {path.suffix!r} is no picture format; use .png, .pdf or .svg")


def save_plot(dataset: xr.Dataset, path: str | Path) -> None:
    """Draw `plot_runs` into a file, by suffix; `StorageError` when the disk refuses."""
    check_picture(Path(path))
    save_figure(plot_runs(dataset), path)


def save_figure(figure: Figure, path: str | Path) -> None:
    """Draw a figure into a file, by suffix, whole or not at all; `StorageError` when the disk refuses."""
    target = Path(path)
    check_picture(target)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target) as temporary, rc_context({"svg.hashsalt": "pingcang"}):
            figure.savefig(temporary, dpi=150, metadata=UNDATED.get(target.suffix.lower()))


def _index(panel: Axes, dataset: xr.Dataset) -> None:
    line_with_band(panel, dataset["index"], BLUE, "-", "with feedback")
    if "index_no_feedback" in dataset:
        line_with_band(panel, dataset["index_no_feedback"], ORANGE, "--", "without feedback of margin orders")
        panel.legend(loc="best", fontsize=8, frameon=False)
    panel.set_ylabel("index\n(start = 1)")


def _balance(panel: Axes, dataset: xr.Dataset) -> None:
    official = official_balance(dataset)
    rest = dataset["financing_balance"].sum("cohort") - official
    size, unit = money_unit(max(float(official.max()), float(rest.max())), currency_of(dataset.attrs))
    line_with_band(panel, official / size, GREEN, "-", "brokers (official)")
    if bool((rest > 0).any()):
        line_with_band(panel, rest / size, VERMILION, ":", "shadow lenders")
        panel.legend(loc="best", fontsize=8, frameon=False)
    panel.set_ylabel(f"financing balance\n({unit})")


def _limit_downs(panel: Axes, dataset: xr.Dataset) -> None:
    line_with_band(panel, dataset["limit_down"].sum("board"), BLACK, "-", "")
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    panel.set_ylabel("limit-down\n(stocks)")


def _forced_sales(panel: Axes, dataset: xr.Dataset) -> None:
    sold = dataset["forced_sales"].sum("cohort")
    size, unit = money_unit(float(sold.max()), currency_of(dataset.attrs))
    line_with_band(panel, sold / size, VERMILION, "-", "")
    panel.set_ylabel(f"forced sales\n({unit} a day)")


def line_with_band(panel: Axes, series: xr.DataArray, colour: str, style: str, label: str) -> None:
    """Median over the runs, with the 5-95% band when there are several; `series` is (run, day)."""
    dates = series["date"].values
    low, middle, high = np.quantile(series.values, (0.05, 0.5, 0.95), axis=series.get_axis_num("run"))
    if series.sizes["run"] > 1:
        panel.fill_between(dates, low, high, color=colour, alpha=0.2, linewidth=0)
    panel.plot(dates, middle, color=colour, linestyle=style, linewidth=1.6, label=label)


def dress(panel: Axes) -> None:
    """A light grid and no frame above and to the right."""
    panel.grid(alpha=0.25, linewidth=0.6)
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(x=0.01)


def date_axis(panel: Axes, dates: np.ndarray) -> None:
    """Ticks on trading days, each with its month, the year below: read without a legend, also in a cut-out."""
    step = -(-len(dates) // MOST_TICKS)
    panel.set_xticks(dates[::step], [f"{date.day} {date:%b}" for date in dates[::step].astype("M8[s]").tolist()])
    years = sorted({str(date)[:4] for date in dates})
    panel.set_xlabel("–".join(dict.fromkeys((years[0], years[-1]))))


def _title(dataset: xr.Dataset) -> str:
    told, runs = dataset.attrs, dataset.sizes["run"]
    band = ", median and 5–95% of the runs" if runs > 1 else ""
    missing = f"\n{left_out(dataset)}" if failed_runs(dataset) else ""
    name, seed, scale = told.get("scenario", "pingcang"), told.get("seed", "?"), told.get("scale", 1)
    return f"{name}\nseed {seed}, {runs} run{'s' if runs > 1 else ''}, scale {scale:g}{band}{missing}"
