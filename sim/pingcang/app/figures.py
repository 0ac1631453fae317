"""The pictures of the page: pure functions of plays and a day.

Colours of Okabe and Ito (2008), told apart by colour-blind readers; rule set A has solid lines, B dashes and hatched
bars, states of accounts have symbols, so that all are told apart in grey too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from pingcang.app import words
from pingcang.arrays import Array, Floats
from pingcang.language import translated
from pingcang.results.units import money_unit

if TYPE_CHECKING:
    from pingcang.app.play import Play

Plays = Mapping[str, "Play"]
"""Side ("a", "b") -> its play; the side B only while two rule sets are compared."""

BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8a8a8a"
COLOUR = {"a": BLUE, "b": VERMILION}
LIGHT = {"a": "#7fb8d8", "b": "#eaae7f"}
DASH = {"a": "solid", "b": "dash"}
STATUS_COLOURS = ("#b8b8b8", "#eef1f4", VERMILION, GREEN)
"""Of suspended, traded, at limit-down, at limit-up."""
STATE_MARKS = {"NORMAL": (BLUE, "circle"), "CALLED": (ORANGE, "triangle-up"), "FORCED": (VERMILION, "x")}
MOST_DOTS = 600
LOWEST, HIGHEST = -20.0, 80.0
"""Percent of distance that is drawn; what lies beyond stands at the edge."""
BIN = 5.0
COLUMNS = 72
"""Of a map of stocks."""
FAMILIES = (
    "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', "
    "'WenQuanYi Zen Hei', sans-serif"
)
"""As in page.css: the reader's own font first, then those that draw Chinese."""
FONT = {"family": FAMILIES, "size": 13, "color": "#1d2733"}


def _figure(x: str, y: str, **more: Any) -> go.Figure:
    """An empty picture with its axes."""
    layout = go.Layout(
        font=FONT,
        xaxis={"title": {"text": x, "standoff": 8}, "ticklabelstandoff": 5, "gridcolor": "#e3e7ec", "automargin": True},
        yaxis={"title": {"text": y, "standoff": 6}, "ticklabelstandoff": 4, "gridcolor": "#e3e7ec", "automargin": True},
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        paper_bgcolor="white",
        plot_bgcolor="white",
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12}},
        hovermode="closest",
        uirevision="kept",
    )
    return go.Figure(layout=layout).update_layout(**more)


def _name(side: str, what: str, plays: Plays) -> str:
    return f"{side.upper()}: {translated(what)}" if len(plays) > 1 else translated(what)


def _line(side: str, dates: Sequence[Any], values: Array, name: str, *, faint: bool = False) -> go.Scatter:
    """The values up to the day shown."""
    return go.Scatter(
        x=list(dates),
        y=[float(value) for value in values],
        name=name,
        mode="lines+markers" if len(dates) < 3 else "lines",
        line={"color": (LIGHT if faint else COLOUR)[side], "width": 2, "dash": "dot" if faint else DASH[side]},
    )


def _over_time(figure: go.Figure, plays: Plays) -> go.Figure:
    """The whole run is the width of the picture from its first day on."""
    dates = next(iter(plays.values())).dates
    half = dt.timedelta(hours=12)
    first, last = (dt.datetime.combine(date, dt.time()) for date in (dates[0], dates[-1]))
    return figure.update_xaxes(range=[str(first - half), str(last + half)], tickformat="%d %b %y", nticks=6)


def index_figure(plays: Plays, day: int) -> go.Figure:
    """The index with and without feedback."""
    figure = _figure(translated(words.DATE_AXIS), translated(words.INDEX_AXIS))
    low, high = 100.0, 100.0
    for side, play in plays.items():
        for variable, what in (("index", words.WITH), ("index_no_feedback", words.WITHOUT)):
            values = 100.0 * play[variable]
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            shown = values[: day + 1], play.dates[: day + 1]
            figure.add_trace(_line(side, shown[1], shown[0], _name(side, what, plays), faint=what == words.WITHOUT))
    return _over_time(figure, plays).update_yaxes(range=[low - 2, high + 2])


def balance_figure(plays: Plays, day: int) -> go.Figure:
    """Loans of brokers and of shadow lenders, whole market."""
    totals = {
        (side, what): play["financing_balance"][:, mask].sum(axis=1)
        for side, play in plays.items()
        for what, mask in ((words.BROKERS, play.official), (words.SHADOW, ~play.official))
        if mask.any()
    }
    size, unit = _unit(plays, *totals.values())
    figure = _figure(translated(words.DATE_AXIS), translated(unit))
    for (side, what), total in totals.items():
        dates = plays[side].dates[: day + 1]
        name = _name(side, what, plays)
        figure.add_trace(_line(side, dates, total[: day + 1] / size, name, faint=what == words.SHADOW))
    top = max((float(total.max()) for total in totals.values()), default=1.0) / size
    return _over_time(figure, plays).update_yaxes(range=[0, 1.08 * (top or 1.0)])


def flow_figure(plays: Plays, day: int) -> go.Figure:
    """Forced sales of every day up to the one shown."""
    flows = {side: play["forced_sales"].sum(axis=1) for side, play in plays.items()}
    size, unit = _unit(plays, *flows.values())
    figure = _figure(
        translated(words.DATE_AXIS),
        translated(words.FLOW_AXIS).format(unit=translated(unit)),
        barmode="group",
        showlegend=len(plays) > 1,
    )
    for side, flow in flows.items():
        figure.add_trace(
            go.Bar(
                x=plays[side].dates[: day + 1],
                y=[float(value) for value in flow[: day + 1] / size],
                name=translated(words.RULES[side]),
                marker={"color": COLOUR[side], "pattern": {"shape": "" if side == "a" else "/"}},
            )
        )
    top = max(float(flow.max()) for flow in flows.values()) / size
    return _over_time(figure, plays).update_yaxes(range=[0, 1.08 * (top or 1.0)])


def _unit(plays: Plays, *amounts: Array) -> tuple[float, str]:
    largest = max((float(np.max(amount, initial=0.0)) for amount in amounts), default=0.0)
    return money_unit(largest, next(iter(plays.values())).currency)


def map_figure(play: Play, day: int) -> go.Figure:
    """Every stock a square: boards one under the other, within each the largest float first."""
    status, codes, bands = _squares(play, day)
    figure = _figure("", "")
    edges = [n / len(STATUS_COLOURS) for n in range(len(STATUS_COLOURS) + 1)]
    scale = [[edge, c] for n, c in enumerate(STATUS_COLOURS) for edge in edges[n : n + 2]]
    figure.add_trace(
        go.Heatmap(
            z=status,
            text=codes,
            colorscale=scale,
            zmin=-0.5,
            zmax=len(STATUS_COLOURS) - 0.5,
            xgap=0.4,
            ygap=0.4,
            hovertemplate="%{text}<extra></extra>",
            hoverongaps=False,
            showscale=False,
        )
    )
    figure.add_traces(list(_legend(play, day)))
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, range=[-0.5, len(status[0]) - 0.5])
    ticks = {"tickvals": [middle for _, middle in bands], "ticktext": [board for board, _ in bands]}
    return figure.update_yaxes(range=[len(status) - 0.5, -0.5], showgrid=False, zeroline=False, **ticks)


def _legend(play: Play, day: int) -> Iterator[go.Scatter]:
    """What the colours of a map mean, and how many stocks have each."""
    counts = np.bincount(play["stock_status"][day], minlength=len(words.STATUS))
    for name, colour, count in zip(words.STATUS, STATUS_COLOURS, counts, strict=True):
        marker = {"symbol": "square", "size": 11, "color": colour, "line": {"color": "#667", "width": 1}}
        yield go.Scatter(x=[None], y=[None], mode="markers", name=f"{translated(name)} {count:,}", marker=marker)


def _squares(play: Play, day: int) -> tuple[list[list[float | None]], list[list[str]], list[tuple[str, float]]]:
    """Status and code of each square, None where there is no stock; each board with the row of its middle."""
    status, codes = play["stock_status"][day].astype(float).tolist(), play.codes
    columns = min(COLUMNS, max(1, int(np.ceil(np.sqrt(len(play.board) * 2)))))
    rows: list[list[float | None]] = []
    texts: list[list[str]] = []
    bands: list[tuple[str, float]] = []
    for place, board in enumerate(play.boards):
        stocks = np.flatnonzero(play.board == place)
        stocks = stocks[np.argsort(-play.float_cap[stocks], kind="stable")]
        if rows:
            rows.append([None] * columns)
            texts.append([""] * columns)
        first = len(rows)
        for start in range(0, len(stocks), columns):
            line = [int(stock) for stock in stocks[start : start + columns]]
            empty = columns - len(line)
            rows.append([status[stock] for stock in line] + [None] * empty)
            texts.append([codes[stock] for stock in line] + [""] * empty)
        bands.append((board, (first + len(rows) - 1) / 2))
    return rows, texts, bands


def accounts_figure(play: Play, side: str, day: int, chosen: str | None = None) -> go.Figure:
    """Below, each dot an account; above, how many stand how far from their line."""
    accounts = play.accounts
    size, unit = money_unit(0.0, play.currency)
    figure = _figure(translated(words.DISTANCE_AXIS), translated(words.DEBT_AXIS).format(unit=translated(unit)))
    percent = np.clip(100.0 * accounts.distance[day], LOWEST, HIGHEST)
    figure.add_trace(_histogram(percent, 1.0 / play.loaded.scenario.scale, side))
    figure.add_traces([_marks(play, day, state, percent, size) for state in STATE_MARKS])
    _mark(figure, play, day, chosen)
    figure.add_vline(x=0, line={"color": "#1d2733", "width": 2}, annotation_text="")
    top = {"anchor": "x", "domain": [0.7, 1.0], "title": {"text": translated(words.COUNT_AXIS)}, "gridcolor": "#e3e7ec"}
    figure.update_layout(yaxis2={**top, "automargin": True, "nticks": 4}, bargap=0.04)
    figure.update_xaxes(range=[LOWEST - 2, HIGHEST + 2])
    return figure.update_yaxes(selector=0, type="log", domain=[0.0, 0.64], dtick=1, exponentformat="SI")


def _marks(play: Play, day: int, state: str, percent: Floats, size: float) -> go.Scatter:
    """The accounts of a state; a click on one tells its name."""
    places = _dots(play, day, state)
    colour, symbol = STATE_MARKS[state]
    return go.Scatter(
        x=percent[places].tolist(),
        y=(play.accounts.debt[day, places] / size).tolist(),
        customdata=[play.accounts.name(place) for place in places],
        name=translated(words.STATES[state]),
        mode="markers",
        marker={"color": colour, "size": 7, "opacity": 0.75, "symbol": symbol},
        hovertemplate="%{customdata}: %{x:.1f} %<extra></extra>",
    )


def _dots(play: Play, day: int, state: str) -> list[int]:
    """Places of the accounts that are drawn: all that are called or sold out, of the others an even choice."""
    accounts = play.accounts
    number = list(words.STATES).index(state)
    places = np.flatnonzero((accounts.state[day] == number) & np.isfinite(accounts.distance[day]))
    stride = max(1, -(-len(places) // MOST_DOTS))
    return [int(place) for place in places[::stride]]


def _histogram(percent: Floats, grown: float, side: str) -> go.Bar:
    edges = np.arange(LOWEST, HIGHEST + BIN, BIN)
    count, _ = np.histogram(percent[np.isfinite(percent)], edges)
    return go.Bar(
        x=(edges[:-1] + BIN / 2).tolist(),
        y=(count * grown).tolist(),
        width=BIN * 0.94,
        yaxis="y2",
        showlegend=False,
        marker={"color": LIGHT[side]},
        hovertemplate="%{y:,.0f}<extra></extra>",
    )


def _mark(figure: go.Figure, play: Play, day: int, chosen: str | None) -> None:
    """A ring around the account whose story is told."""
    accounts = play.accounts
    place = accounts.place(chosen) if chosen else None
    if place is None or not np.isfinite(accounts.distance[day, place]):
        return
    x = float(np.clip(100.0 * accounts.distance[day, place], LOWEST, HIGHEST))
    marker = {"color": "rgba(0,0,0,0)", "size": 16, "line": {"color": "black", "width": 2.5}}
    y = float(accounts.debt[day, place])
    figure.add_trace(
        go.Scatter(x=[x], y=[y], mode="markers", marker=marker, name=str(chosen), hoverinfo="skip", customdata=[chosen])
    )
