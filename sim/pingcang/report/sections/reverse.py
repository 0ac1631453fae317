"""The reverse stress test: the shock that does a given damage."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from pingcang.report.blocks import Chart, Code, Section, Source, Words
from pingcang.report.drawing import BLACK, BLUE, ORANGE, VERMILION, drawing, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.words import counted, number

if TYPE_CHECKING:
    from pingcang.report.material import Material

LEVERS = {"news": "size of all news, ×", "balance": "loans of brokers, ×", "shadow": "shadow debt, CNY"}
QUESTION = (
    "A stress test asks what a shock does; a reverse stress test asks which shock does a given damage: how large the "
    "news, or the balance, may be before the market falls further than a limit."
)


def reverse(material: Material) -> Section:
    """The result that was handed in; else what it would answer and how to get it."""
    found = material.reversal
    if found is None:
        name = str(material.base.told["scenario"])
        levers = ["--lever", "news", "--low", "0.2", "--high", "2", "--keep", "p(drawdown>0.25)<0.1"]
        asked = ["pingcang", "reverse", name, *levers]
        return Section(
            "reverse",
            "Reverse stress test",
            (
                Words(f"{QUESTION} None was given to this page (--reverse FILE). This command makes one:"),
                Code(shlex.join([*asked, "--out", "reverse"])),
            ),
        )
    return Section("reverse", "Reverse stress test", (Words(QUESTION), Words(_answer(found), "answer"), _chart(found)))


def _answer(found: Mapping[str, Any]) -> str:
    lever = LEVERS.get(str(found["lever"]), str(found["lever"]))
    low, high = (_number_or_beyond(end) for end in (found["interval"] + [None, None])[:2])
    where = f"{found['condition']} turns at {lever} {_plain(found['root'])} (95 % interval {low} to {high})"
    tried = [f"holds up to {_plain(found['holds_up_to'])}"] if found.get("holds_up_to") is not None else []
    tried += [f"holds from {_plain(found['holds_from'])}"] if found.get("holds_from") is not None else []
    whose = f"In {found['scenario']}, " if found.get("scenario") else ""
    held = f"; of the values tried it {tried[0]}" if tried else ""
    return f"{whose}{where}{held} ({counted(found['runs'], 'run')} a point)."


def _number_or_beyond(end: float | None) -> str:
    return "beyond" if end is None else _plain(end)


def _plain(value: float) -> str:
    return f"{value:,.4g}".replace("-", "−")


def _chart(found: Mapping[str, Any]) -> Chart:
    points = pd.DataFrame(found["points"], columns=["x", "value"]).astype(float).sort_values("x", ignore_index=True)
    statistic = str(found["condition"])
    with drawing():
        figure, panels = new_figure(1, row=2.6)
        panel = panels[0, 0]
        panel.plot(points["x"], points["value"], "-o", color=BLUE, linewidth=1.4)
        panel.axvline(found["root"], color=VERMILION, linestyle=":", linewidth=1.8)
        ends = [
            x if end is None else end
            for end, x in zip(found["interval"], (points["x"].min(), points["x"].max()), strict=True)
        ]
        panel.axvspan(*ends, color=ORANGE, alpha=0.25, linewidth=0)
        panel.axhline(0, color=BLACK, linewidth=0.6)
        panel.set_xlabel(LEVERS.get(str(found["lever"]), str(found["lever"])))
        panel.set_ylabel("value of the statistic")
        legend(figure, [*panel.lines[:2], panel.patches[0]], ["at the points tried", "where it turns", "95 % interval"])
        image = picture(figure)
    return Chart(
        "reverse-points",
        f"The statistic of {statistic} at every value of the lever that was tried",
        image,
        f"Points of the statistic by the lever; it turns at {number(found['root'], 3)}.",
        Numbers(points, (Column("x", "lever", digits=4), Column("value", "statistic", digits=4))),
        Source(("points",), "of the reverse stress test's file"),
    )
