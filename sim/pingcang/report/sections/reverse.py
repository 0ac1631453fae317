"""The reverse stress test: the shock that does a given damage."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from pingcang.language import translated
from pingcang.report.blocks import Chart, Code, Section, Source, Words
from pingcang.report.drawing import BLACK, BLUE, ORANGE, VERMILION, drawing, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.words import counted
from pingcang.study.statistic import parse_condition

if TYPE_CHECKING:
    from pingcang.report.material import Material

SIGNS = ("<", "<=", ">", ">=", "=")
LEVERS = {"news": "size of all news, ×", "balance": "loans of brokers, ×", "shadow": "shadow debt"}
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
            translated("Reverse stress test"),
            (
                Words(
                    translated(
                        "{question} None was given to this page (--reverse FILE). This command makes one:"
                    ).format(question=translated(QUESTION))
                ),
                Code(shlex.join([*asked, "--out", "reverse"])),
            ),
        )
    return Section(
        "reverse", translated("Reverse stress test"), (Words(QUESTION), Words(_answer(found), "answer"), _chart(found))
    )


def _answer(found: Mapping[str, Any]) -> str:
    lever = LEVERS.get(str(found["lever"]), str(found["lever"]))
    low, high = (_number_or_beyond(end) for end in (found["interval"] + [None, None])[:2])
    where = translated("{condition} turns at {lever} {root} (95 % interval {low} to {high})").format(
        condition=found["condition"], lever=lever, root=_plain(found["root"]), low=low, high=high
    )
    tried = (
        [translated("holds up to {holds_up_to}").format(holds_up_to=_plain(found["holds_up_to"]))]
        if found.get("holds_up_to") is not None
        else []
    )
    tried += (
        [translated("holds from {holds_from}").format(holds_from=_plain(found["holds_from"]))]
        if found.get("holds_from") is not None
        else []
    )
    whose = translated("In {scenario}, ").format(scenario=found["scenario"]) if found.get("scenario") else ""
    held = translated("; of the values tried it {tried}").format(tried=tried[0]) if tried else ""
    return translated("{whose}{where}{held} ({run} a point).").format(
        whose=whose, where=where, held=held, run=counted(found["runs"], "run")
    )


def _number_or_beyond(end: float | None) -> str:
    return "beyond" if end is None else _plain(end)


def _plain(value: float) -> str:
    return f"{value:,.4g}".replace("-", "−")


def _chart(found: Mapping[str, Any]) -> Chart:
    points = pd.DataFrame(found["points"], columns=["x", "value"]).astype(float).sort_values("x", ignore_index=True)
    condition = parse_condition(str(found["condition"]), SIGNS)
    low, high = found["interval"]
    with drawing():
        figure, panels = new_figure(1, row=2.6)
        panel = panels[0, 0]
        panel.plot(points["x"], points["value"], "-o", color=BLUE, linewidth=1.4)
        panel.axhline(condition.level, color=BLACK, linestyle="--", linewidth=1.2)
        panel.axvline(found["root"], color=VERMILION, linestyle=":", linewidth=1.8)
        first, last = points["x"].iloc[0], points["x"].iloc[-1]
        band = panel.axvspan(first if low is None else low, last if high is None else high, color=ORANGE, alpha=0.25)
        panel.set_xlabel(translated(LEVERS.get(str(found["lever"]), str(found["lever"]))))
        panel.set_ylabel(translated("value of the statistic"))
        names = [
            translated("at the points tried"),
            translated("level asked for"),
            translated("where it turns"),
            translated("95 % interval"),
        ]
        legend(figure, [*panel.lines, band], names)
        image = picture(figure)
    return Chart(
        "reverse-points",
        translated("{statistic} at every value of the lever that was tried").format(statistic=condition.statistic),
        image,
        translated("{statistic} by the lever; the level {level:g} is met at {root}.").format(
            statistic=condition.statistic, level=condition.level, root=_plain(found["root"])
        ),
        Numbers(points, (Column("x", "lever", digits=4), Column("value", "statistic", digits=4))),
        Source(("reverse",), translated("points of the reverse stress test's file, not of this dataset")),
    )
