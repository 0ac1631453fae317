"""Stage one, replay: with the real prices fed in, does the book of margin accounts do what the real one did?

The fans are made by replay.py and read from results/replay_WINDOW.csv (date, window, series, real, p05, median, p95),
since the price files they need are no part of the project.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
from experiments.china_2015.bench import Bench, Cell, Plan
from experiments.common.page import picture
from experiments.common.tables import NoResultError, Result, markdown

from pingcang.errors import PingcangError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "replay"
ABSENT = (
    "The tables of the replay hold real balances that are not published here: its own experiment makes them, and this "
    "block then shows them."
)
COLUMNS = ("window", "date", "series", "real", "p05", "median", "p95")
TITLES = {
    "financing_balance": ("financing balance", "tn CNY", 1e-12),
    "margin_purchases": ("margin purchases", "bn CNY a day", 1e-9),
}
WINDOWS = ("calm", "bubble", "crash")
MOST_TICKS = 5


class ReplayTableError(PingcangError):
    """A table of a replay is not as it must be."""

    exit_code = 2


def cells(_: Plan) -> list[Cell]:
    """Nothing: the replay has its own command."""
    return []


def compute(bench: Bench) -> Result:
    """The tables results/replay_WINDOW.csv as one, window by window."""
    folder = bench.plan.inputs
    paths = [path for window in WINDOWS if (path := folder / f"replay_{window}.csv").exists()]
    if not paths:
        raise NoResultError(
            f"{folder}: there is no replay_WINDOW.csv; python -m experiments.china_2015.replay makes them"
        )
    table = pd.concat([checked(pd.read_csv(path), str(path)) for path in paths], ignore_index=True)
    return Result(NAME, {"replay": table}, {"told": _told(folder)})


def checked(table: pd.DataFrame, place: str) -> pd.DataFrame:
    """The table with its columns in order; ReplayTableError if one is missing or a series is unknown."""
    if missing := [name for name in COLUMNS if name not in table]:
        raise ReplayTableError(f"{place}: the column {missing[0]} is missing; there must be {', '.join(COLUMNS)}")
    if strange := sorted(set(table["series"]) - set(TITLES)):
        raise ReplayTableError(f"{place}: no series {strange[0]!r}; there are {', '.join(TITLES)}")
    return table[list(COLUMNS)].sort_values(["window", "series", "date"], kind="stable")


def _told(folder: Any) -> str:
    """What the replay says of itself in replay_provenance.json, if it left that."""
    path = folder / "replay_provenance.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return str(told.get("told", "Replay of the real prices; median and 5–95 % of the runs."))


def draw(result: Result) -> dict[str, Figure]:
    """A column a window, a row a series."""
    from experiments.common.style import new_figure

    table = result.tables["replay"]
    windows = list(dict.fromkeys(table.sort_values("date")["window"]))
    shown = [name for name in TITLES if name in set(table["series"])]
    figure, panels = new_figure(len(shown), len(windows), height=2.9 * len(shown) + 0.4)
    for row, name in zip(panels, shown, strict=True):
        for panel, window in zip(row, windows, strict=True):
            rows = table[(table["window"] == window) & (table["series"] == name)]
            _panel(panel, rows, name, window)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return {"replay": figure}


def _panel(panel: Axes, rows: pd.DataFrame, name: str, window: str) -> None:
    from experiments.common.style import BLACK, BLUE

    title, unit, factor = TITLES[name]
    dates = pd.to_datetime(rows["date"])
    days = dates.to_numpy()
    panel.fill_between(
        days,
        rows["p05"] * factor,
        rows["p95"] * factor,
        color=BLUE,
        alpha=0.25,
        linewidth=0,
        label="5–95 % of the runs",
    )
    panel.plot(days, rows["median"] * factor, color=BLUE, linestyle="--", linewidth=1.5, label="median")
    panel.plot(days, rows["real"] * factor, color=BLACK, linewidth=1.4, label="real")
    panel.set_title(f"{window}: {title}")
    panel.set_ylabel(unit)
    panel.set_ylim(bottom=0)
    panel.margins(x=0.01)
    ticks = dates.iloc[:: max(1, -(-len(dates) // MOST_TICKS))]
    days_told = [f"{day.day} {day:%b}" for day in ticks]
    years = [str(day.year) for day in ticks]
    changed = [year != before for year, before in zip(years, ["", *years], strict=False)]
    texts = [f"{day}\n{year}" if new else day for day, year, new in zip(days_told, years, changed, strict=True)]
    panel.set_xticks(ticks.to_numpy(), texts)


def blocks(result: Result) -> dict[str, str]:
    """What was replayed, and the distance of the median from the real line."""
    table = result.tables["replay"]
    known = table[(table["real"] > 0) & (table["median"] > 0)]
    rows = []
    for (window, name), group in known.groupby(["window", "series"], sort=False):
        apart = (group["median"] / group["real"] - 1).abs()
        inside = group["real"].between(group["p05"], group["p95"])
        rows.append(
            {
                "window": window,
                "series": TITLES[str(name)][0],
                "days": str(len(group)),
                "mean distance of the median, %": f"{apart.mean():.1%}",
                "largest, %": f"{apart.max():.1%}",
                "real line inside 5–95 %, share of days": f"{inside.mean():.0%}",
            }
        )
    seen = picture("replay", "Balance and margin purchases of the replay against the real ones, window by window")
    return {"replay": f"{seen}\n\n{markdown(pd.DataFrame(rows))}\n\n{result.told()}"}
