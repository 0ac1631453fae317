"""Who owes the balance: boards, sectors, and the stocks with the largest balances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.report.blocks import Block, Chart, Section, Source, Words
from pingcang.report.drawing import BLUE, drawing, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.words import money_unit, percent
from pingcang.said import said

if TYPE_CHECKING:
    from pingcang.report.monitor.material import Read

GROUPS = {"board": "boards", "sector": "sectors", "stock": "stocks"}
MOST_BARS = 16
LONGEST = 22
"""Letters of a label that a figure shows."""
SMALL = 0.1
"""Largest share below which shares need two decimals."""
LABELS = ("name", "board", "sector")
ROW = 0.27
"""Inches of a bar."""


def structure(read: Read) -> Section:
    """Bars and numbers of each grouping that is known, and what the others lack."""
    blocks: list[Block] = []
    for dim in GROUPS:
        table = _known(getattr(read.monitor, f"by_{dim}"))
        reading = read.monitor[f"largest_{dim}"]
        if len(table):
            blocks.append(_chart(read, dim, table))
        else:
            blocks.append(
                Words(
                    translated("The balance by {dim} is not known: it needs {missing}.").format(
                        dim=translated(dim), missing=said(reading.missing)
                    ),
                    "note",
                )
            )
    return Section("structure", translated("Who owes it: boards, sectors, stocks"), tuple(blocks))


def _known(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["financing_balance"] > 0].sort_values("share", ascending=False, kind="stable")


def _chart(read: Read, dim: str, table: pd.DataFrame) -> Chart:
    drawn = table.iloc[:MOST_BARS]
    groups = said(f"all {GROUPS[dim]}").removeprefix("all ")
    middle = translated("; median of the {runs} runs").format(runs=read.monitor.runs) if read.several else ""
    return Chart(
        f"by-{dim}",
        _title(read, dim, table),
        _drawn(_names(drawn), drawn["share"].to_numpy(np.float64)),
        _alt(dim, table),
        _numbers(read, dim, table),
        Source(
            (f"{dim}_financing_balance",),
            translated("share of the sum over {groups} on {on}; change over {window} trading days{middle}").format(
                groups=groups,
                on=read.monitor.on,
                window=read.monitor.window,
                middle=middle,
            ),
        ),
    )


def _title(read: Read, dim: str, table: pd.DataFrame) -> str:
    if dim == "stock":
        return translated("The {count} stocks with the largest balances, {sum} of the sum").format(
            count=len(table), sum=percent(float(table["share"].sum()))
        )
    shown = (
        translated(" (the largest {most_bars} of {count})").format(most_bars=MOST_BARS, count=len(table))
        if len(table) > MOST_BARS
        else ""
    )
    return translated("Share of the balance by {dim}, {on}{shown}").format(
        dim=translated(dim), on=read.monitor.on, shown=shown
    )


def _names(table: pd.DataFrame) -> list[str]:
    labels = [str(name) for name in table.index]
    if "name" in table:
        labels = [f"{label} {name}" if name else label for label, name in zip(labels, table["name"], strict=True)]
    return [label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…" for label in labels]


def _drawn(names: list[str], share: np.ndarray) -> str:
    """A bar a name, the largest on top, each with its number behind it."""
    places, digits = np.arange(len(names)), _digits(share)
    with drawing():
        figure, panels = new_figure(1, row=0.6 + ROW * len(names))
        panel = panels[0, 0]
        panel.barh(places, 100 * share, height=0.62, color=BLUE)
        for place, value in zip(places, share, strict=True):
            panel.annotate(
                percent(float(value), digits),
                (100 * value, place),
                (4, 0),
                textcoords="offset points",
                va="center",
            )
        panel.set_yticks(places, names)
        panel.invert_yaxis()
        panel.set_xlim(0, 118 * float(share.max()))
        panel.set_xlabel(translated("share of the balance (%)"))
        panel.grid(visible=False, axis="y")
        panel.tick_params(axis="y", length=0)
        return picture(figure)


def _digits(share: np.ndarray) -> int:
    return 2 if float(share.max()) < SMALL else 1


def _alt(dim: str, table: pd.DataFrame) -> str:
    first = [
        f"{name} {percent(float(share), 2)}"
        for name, share in zip(_names(table.iloc[:3]), table["share"].iloc[:3], strict=True)
    ]
    return translated("Bars by {dim}, the largest first: {listed}.").format(
        dim=translated(dim), listed="; ".join(first)
    )


def _numbers(read: Read, dim: str, table: pd.DataFrame) -> Numbers:
    size, unit = money_unit(float(table["financing_balance"].max()))
    labels = [label for label in LABELS if label in table]
    frame = table.rename_axis(dim).reset_index()[[dim, *labels, "financing_balance", "share", "change"]]
    columns = (
        Column(dim, dim, words=True),
        *(Column(label, label, words=True) for label in labels),
        Column("financing_balance", translated("balance, {unit}").format(unit=unit), 1 / size, 2),
        Column("share", "share, %", 100.0, 2),
        Column(
            "change", translated("change over {window} days, %").format(window=read.monitor.window), 100.0, 1, sign=True
        ),
    )
    return Numbers(frame, columns)
