"""What `pingcang trace --stock` and `--day` show, each on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.table import Table

from pingcang.cli.trace_words import LINES, about, cause_of, change, dates_of, money, points, screen, width

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.trace import DayStory, StockStory


# ---- a stock -------------------------------------------------------------------------------------------------------

LEAST_ROOM = 20
"""Columns for the causes of a day, below which the table gives up the sales."""


def stock_screen(story: StockStory) -> str:
    """Day by day; quiet days together."""
    from pingcang.trace.lines import folded_days

    days = story.days.iloc[1:].reset_index(drop=True)
    weight = (
        days["log_return"].abs()
        + 0.02 * (days["called"] + days["forced"])
        + 0.02 * days["status"].isin(["limit-down", "limit-up"])
    )
    head = (
        f"{story.code} in {about(story.trail)}\n"
        "D limit-down, U limit-up, S suspended; + more forced sales wait; accounts: c called, f forced"
    )
    ranges = folded_days(days, weight.tolist(), LINES - 8)
    return screen(head, _stock_table(story, days, ranges), _sellers(story))


def _stock_table(story: StockStory, days: pd.DataFrame, ranges: Sequence[tuple[int, int]]) -> Table:
    heads: tuple[str, ...] = ("date", "close", "return", "", "accounts", "forced CNY", "sold CNY")
    rows = [_stock_row(story, days.iloc[first : last + 1]) for first, last in ranges]
    room = _room(heads, rows)
    if room < LEAST_ROOM:
        heads, rows = heads[:-1], [row[:-1] for row in rows]
        room = _room(heads, rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), collapse_padding=True)
    for place, name in enumerate(heads):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
        if name == "":
            table.add_column("moved by (points)", no_wrap=True)
    for (first, last), row in zip(ranges, rows, strict=True):
        moved = _moved(story.causes, int(days["day"].iloc[first]), int(days["day"].iloc[last]), room)
        table.add_row(*row[:4], moved, *row[4:])
    return table


def _room(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Columns that are left for the causes."""
    taken = [max(len(text) for text in column) for column in zip(heads, *rows, strict=True)]
    return width() - sum(taken) - 2 * (len(heads) + 1)


def _stock_row(story: StockStory, some: pd.DataFrame) -> tuple[str, ...]:
    """The cells of some days but for the causes."""
    first, last = int(some["day"].iloc[0]), int(some["day"].iloc[-1])
    sales = story.sales[story.sales["day"].between(first, last)]
    forced = sales[sales["reason"] == "forced"]
    waiting = bool(forced.loc[forced["day"] == last, "unfilled"].sum())
    return (
        dates_of(story.trail, first, last),
        f"{some['close'].iloc[-1]:,.2f}",
        change(float(some["log_return"].sum())),
        _stands(some["status"]),
        " ".join(f"{n}{name[0]}" for name in ("called", "forced") if (n := int(some[name].sum()))),
        _amount(float(forced["value"].sum())) + ("+" if waiting else ""),
        _amount(float(sales["value"].sum())),
    )


def _sellers(story: StockStory) -> str:
    """Who sold how much of it altogether."""
    sums = story.sales.groupby(["reason", "cohort"])["value"].sum().sort_values(ascending=False)
    labels: Any = sums.index
    told = [
        f"{reason} {cohort} {_amount(float(sums[reason, cohort]))}" for reason, cohort in labels if sums[reason, cohort]
    ]
    return f"margin accounts sold, CNY: {', '.join(told[:3]) or 'nothing'}"


def _stands(status: pd.Series) -> str:
    letters = {"limit-down": "D", "limit-up": "U", "suspended": "S"}
    counts = {letter: int((status == name).sum()) for name, letter in letters.items()}
    return " ".join(f"{count if len(status) > 1 else ''}{letter}" for letter, count in counts.items() if count)


def _moved(causes: pd.DataFrame, first: int, last: int, room: int) -> str:
    """The largest parts of the return, as many of three as there is room for."""
    some = causes[causes["day"].between(first, last)].groupby(["cause", "cohort"])["log_return"].sum()
    labels: Any = some.abs().sort_values(ascending=False, kind="stable").index[:3]
    told = [f"{cause} {cohort}".strip() + f" {points(float(some[cause, cohort]))}" for cause, cohort in labels]
    told = [text for text, key in zip(told, labels, strict=True) if abs(some[key]) > 5e-4]
    while len(told) > 1 and len(", ".join(told)) > room:
        told.pop()
    return ", ".join(told)[:room]


def _amount(value: float) -> str:
    """Money without its unit: 25,542, 3.56 m or 112 m; empty for none."""
    text = money(value).removesuffix("CNY").strip() if value else ""
    number, _, unit = text.partition(" ")
    return f"{float(number):.3g} {unit}" if unit else text


# ---- a day ---------------------------------------------------------------------------------------------------------


def day_screen(story: DayStory) -> str:
    """What moved the index, who was hit, who sold most, and in which stocks the losses were."""
    total = len(story.trail.codes) - story.suspended
    head = (
        f"{story.date} (day {story.day}) in {about(story.trail)}\n"
        f"index {change(story.log_return)} to {story.index:.3f}; of {total:,} traded stocks {story.limit_down:,} at "
        f"limit-down, {story.limit_up:,} at limit-up; {story.suspended:,} suspended"
    )
    return screen(head, _causes(story), _cohorts(story), _largest(story), _triggers(story))


def _plain(*columns: tuple[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    return table


def _causes(story: DayStory) -> Table:
    table = _plain(("what moved the index", "left"), ("points", "right"), ("net orders", "right"))
    rows = story.causes.head(8)
    for row in rows.itertuples():
        net = float(np.asarray(row.net_value))
        moved = float(np.asarray(row.log_return))
        cause = cause_of(str(row.cause), str(row.cohort), along=moved * story.log_return > 0)
        table.add_row(cause, points(moved, digits=2), money(net) if net else "")
    others = float(story.causes["log_return"].iloc[len(rows) :].sum())
    if len(story.causes) > len(rows):
        table.add_row(f"{len(story.causes) - len(rows)} others", points(others, digits=2), "")
    return table


def _cohorts(story: DayStory) -> Table:
    names = ("called", "forced", "restored", "closed", "top-ups")
    heads = [("accounts", "left"), *((name, "right") for name in names)]
    table = _plain(*heads, ("forced sales", "right"), ("lenders lost", "right"))
    forced = story.sales[story.sales["reason"] == "forced"].set_index("cohort")["value"]
    for row in story.accounts.to_dict("records"):
        counts = [row[name.replace("-", "_")] for name in names]
        sold, lost = float(forced.get(row["cohort"], 0.0)), float(row["lender_loss"])
        if any(counts) or sold:
            table.add_row(
                str(row["cohort"]),
                *(f"{n:,}" if n else "" for n in counts),
                *(money(x) if x else "" for x in (sold, lost)),
            )
    if not table.row_count:
        table.add_row("nobody was called, forced or closed", *[""] * 7)
    return table


def _largest(story: DayStory) -> Table:
    table = _plain(
        ("largest forced sales", "left"), ("stock", "left"), ("shares", "right"), ("CNY", "right"), ("wait", "right")
    )
    for row in story.forced.head(5).to_dict("records"):
        wait = f"{row['unfilled']:,}" if row["unfilled"] else ""
        table.add_row(
            f"{row['cohort']}:{row['account']}", str(row["stock"]), f"{row['shares']:,}", f"{row['value']:,.0f}", wait
        )
    if not len(story.forced):
        table.add_row("none", "", "", "", "")
    return table


def _triggers(story: DayStory) -> Table:
    table = _plain(
        ("stocks that cost called and forced accounts most", "left"),
        ("return", "right"),
        ("accounts", "right"),
        ("CNY", "right"),
    )
    for row in story.triggers.head(5).to_dict("records"):
        loss = f"{row['loss']:,.0f}".replace("-", "−")
        table.add_row(str(row["stock"]), change(row["log_return"]), str(row["accounts"]), loss)
    if not len(story.triggers):
        table.add_row("none", "", "", "")
    return table
