"""The picture of a comparison: index and financing balance of both arms over the same dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xarray as xr
from matplotlib.figure import Figure

from pingcang.results.metrics import official_balance
from pingcang.results.plot import BLUE, VERMILION, date_axis, dress, line_with_band
from pingcang.results.units import currency_of, money_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.arrays import Ints


def plot_comparison(base: xr.Dataset, other: xr.Dataset, labels: tuple[str, str], runs: Ints) -> Figure:
    """Median and 5-95% band of the index and of the brokers' balance of both arms, over the runs that both have."""
    figure = Figure(figsize=(8.27, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    arms = [dataset.sel(run=runs) for dataset in (base, other)]
    _lines(above, [arm["index"] for arm in arms], labels)
    above.set_ylabel("index\n(start = 1)")
    above.legend(loc="best", fontsize=8, frameon=False)
    balances = [official_balance(arm) for arm in arms]
    size, unit = money_unit(max(float(balance.max()) for balance in balances), currency_of(base.attrs))
    _lines(below, [balance / size for balance in balances], labels)
    below.set_ylabel(f"financing balance of brokers\n({unit})")
    below.set_ylim(bottom=0)
    for panel in (above, below):
        dress(panel)
    figure.align_ylabels()
    date_axis(below, base["date"].values)
    figure.suptitle(_title(base, runs), fontsize=10)
    return figure


def _lines(panel: Axes, series: list[xr.DataArray], labels: tuple[str, str]) -> None:
    for each, label, colour, style in zip(series, labels, (BLUE, VERMILION), ("-", "--"), strict=True):
        line_with_band(panel, each, colour, style, label)


def _title(dataset: xr.Dataset, runs: Ints) -> str:
    told = dataset.attrs
    band = ", median and 5–95% of the runs" if runs.size > 1 else ""
    return f"{runs.size} run{'s' if runs.size > 1 else ''} with the same random numbers, seed {told['seed']}{band}"
