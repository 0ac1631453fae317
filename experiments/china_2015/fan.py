"""The simulated fan against the real line, day by day, for every target series; and the score.

Simulated series are those of the dataset; counts of limit-ups and limit-downs leave out ST stocks, as the real counts
do. The index is a price index on both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from experiments.china_2015.bench import Bench, Cell, Pair, Plan, cells_of, pair
from experiments.china_2015.events import Marks, marks_of
from experiments.common.page import picture
from experiments.common.tables import Result

from pingcang.results.metrics import official
from pingcang.results.variables import AT_LIMIT_DOWN, AT_LIMIT_UP
from pingcang.validate.daily import daily_2015
from pingcang.validate.runs import crash_runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "fan"
RUNS = 200
LEAST_SCALE = 0.01
"""Below it the market is too coarse for a score."""
QUANTILES = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
BLOCK = 20
"""Runs whose stocks are held in memory at a time."""


class Series(NamedTuple):
    """A daily series: its title, its unit with the factor to it, and how both worlds give it."""

    title: str
    unit: str
    factor: float
    simulated: Callable[[xr.Dataset], xr.DataArray]
    real: Callable[[pd.DataFrame], pd.Series]


def _summed(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    return lambda dataset: dataset[name].sum("board")


def _official(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    return lambda dataset: official(dataset, name)


def _column(name: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: table[name]


def _without_st(status: int) -> Callable[[xr.Dataset], xr.DataArray]:
    def count(dataset: xr.Dataset) -> xr.DataArray:
        counted = (dataset["stock_status"] == status) & (dataset["stock_st"] == 0)
        return counted.sum("stock")

    return count


def maintenance_ratio(dataset: xr.Dataset) -> xr.DataArray:
    """Of all broker accounts together, as the score has it."""
    without_stocks = dataset.drop_dims("stock")
    return xr.DataArray(np.stack([run.maintenance_ratio for run in crash_runs(without_stocks)]), dims=("run", "day"))


SERIES = {
    "index": Series(
        "Index, float-cap weighted", "12 June = 100", 100, lambda dataset: dataset["index"], _column("index")
    ),
    "index_equal_weight": Series(
        "Index, equal weight",
        "12 June = 100",
        100,
        lambda dataset: dataset["index_equal_weight"],
        _column("index_equal_weight"),
    ),
    "turnover": Series("Turnover", "tn CNY a day", 1e-12, _summed("turnover"), _column("turnover")),
    "limit_down": Series("Limit-down at the close", "stocks", 1, _without_st(AT_LIMIT_DOWN), _column("limit_down")),
    "limit_down_one_price": Series(
        "Limit-down all day", "stocks", 1, _summed("limit_down_one_price"), _column("limit_down_one_price")
    ),
    "limit_up": Series("Limit-up at the close", "stocks", 1, _without_st(AT_LIMIT_UP), _column("limit_up")),
    "suspended": Series("Suspended", "stocks", 1, _summed("suspended"), _column("suspended")),
    "financing_balance": Series(
        "Financing balance (brokers)", "tn CNY", 1e-12, _official("financing_balance"), _column("financing_balance")
    ),
    "margin_purchases": Series(
        "Margin purchases", "bn CNY a day", 1e-9, _official("margin_purchases"), _column("margin_purchases")
    ),
    "margin_share": Series(
        "Margin purchases / turnover",
        "%",
        100,
        lambda dataset: dataset.pingcang.margin_share_of_turnover,
        lambda table: table["margin_purchases"] / table["turnover"],
    ),
    "short_balance": Series(
        "Securities sold short", "bn CNY", 1e-9, _official("short_balance"), _column("short_balance")
    ),
    "maintenance_ratio": Series(
        "Maintenance ratio (brokers)", "assets / liabilities", 1, maintenance_ratio, _column("maintenance_ratio")
    ),
}
PAGES = {
    "fan_market": (
        "index", "index_equal_weight", "limit_down", "limit_down_one_price", "limit_up", "suspended",
    ),
    "fan_margin": (
        "financing_balance", "margin_purchases", "margin_share", "turnover", "short_balance", "maintenance_ratio",
    ),
}  # fmt: skip
"""Figures by name, with their panels row by row."""


def pair_of(plan: Plan) -> Pair:
    """The crash and the calm market, as they stand."""
    return pair("full model", plan.at_most(RUNS))


def cells(plan: Plan) -> list[Cell]:
    """What has to be simulated."""
    return cells_of([pair_of(plan)])


def compute(bench: Bench) -> Result:
    """The fan of every series."""
    crash = pair_of(bench.plan).crash
    with bench.open(crash) as dataset:
        fan = pd.concat([fan_of(name, series, dataset) for name, series in SERIES.items()])
    marks = marks_of(bench.load(crash).scenario)
    return Result(NAME, {"fan": fan, "fan_events": marks.table()}, bench.provenance(crash))


def fan_of(name: str, series: Series, dataset: xr.Dataset) -> pd.DataFrame:
    """Quantiles over the runs a day, beside the real value; real is NaN where nothing was published."""
    days = pd.DatetimeIndex(dataset["date"].values)
    values = np.concatenate(
        [np.asarray(series.simulated(dataset.isel(run=slice(first, first + BLOCK))), dtype=np.float64)
         for first in range(0, dataset.sizes["run"], BLOCK)]
    )  # fmt: skip
    with np.errstate(invalid="ignore"):
        levels = np.nanquantile(values, list(QUANTILES.values()), axis=0) * series.factor
    real = series.real(daily_2015()).reindex(days) * series.factor
    columns = {"series": name, "date": days.strftime("%Y-%m-%d"), "real": real.to_numpy()}
    return pd.DataFrame({**columns, **dict(zip(QUANTILES, levels, strict=True))})


def draw(result: Result) -> dict[str, Figure]:
    """Two pages of small multiples: the market, and its margin trading."""
    return {name: _page(series, result) for name, series in PAGES.items()}


def _page(names: tuple[str, ...], result: Result) -> Figure:
    from experiments.common.style import new_figure

    fan = result.tables["fan"]
    marks = Marks.read(result.tables["fan_events"])
    figure, panels = new_figure(3, 2, height=8.6)
    for panel, name in zip(panels.flat, names, strict=True):
        _panel(panel, name, fan[fan["series"] == name], marks)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def _panel(panel: Axes, name: str, rows: pd.DataFrame, marks: Marks) -> None:
    from experiments.common.style import BLACK, date_ticks, fan

    series = SERIES[name]
    fan(panel, rows)
    known = rows[rows["real"].notna()]
    panel.plot(pd.to_datetime(known["date"]).to_numpy(), known["real"], color=BLACK, linewidth=1.7, label="real")
    panel.set_title(series.title)
    panel.set_ylabel(series.unit)
    if not name.startswith("index") and name != "maintenance_ratio":
        panel.set_ylim(bottom=0)
    panel.margins(x=0.01)
    marks.draw(panel)
    date_ticks(panel, marks.ticks(rows["date"]))


def blocks(result: Result) -> dict[str, str]:
    """What was run, and both pages."""
    told = {
        "fan_market": "Index, limit-downs, limit-ups and suspensions: simulated fan and real line",
        "fan_margin": "Balance, margin purchases, turnover, short balance, maintenance ratio: fan and real line",
    }
    texts = {name: picture(name, alternative) for name, alternative in told.items()}
    return {"status": status(result), **texts}


def status(result: Result) -> str:
    """The runs behind the page, and a warning where they are too few to say anything."""
    p = result.provenance
    if p["runs"] < RUNS or p["scale"] < LEAST_SCALE:
        return (
            f"> **A trial of the machine, not a result**: {p['runs']} runs at scale {p['scale']:g}, where "
            f"{RUNS} runs at {LEAST_SCALE:g} or more are needed. Nothing below says anything about the model.\n\n"
            f"{result.told()}"
        )
    return result.told()
