"""The loss before anybody's margin order moves a price."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.report.blocks import Block, Chart, Code, Section, Source, Table, Words
from pingcang.report.drawing import ARMS, date_ticks, drawing, fan, legend, new_figure, picture
from pingcang.report.numbers import fan_numbers, in_words
from pingcang.report.words import DASH, money, number, percent
from pingcang.results.metrics import drawdown_path

if TYPE_CHECKING:
    from pingcang.arrays import Floats
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

FROM = Source(("index_no_feedback", "float_cap_start"), "of each run, then median and 5–95 % of the runs")


def first_round(material: Material) -> Section:
    """The fall of the same runs in which no margin order enters a price; else what would tell it."""
    arms = [arm for arm in material.arms if arm.amplification]
    blocks: list[Block] = [
        Words(
            translated(
                "The same runs, with the same random numbers, in which no order of a margin account "
                "enters a price: what news, unlevered holders and the rescue do alone, before feedback."
            )
        )
    ]
    if arms:
        blocks += [_chart(material, arms), _table(arms)]
    for arm in material.arms:
        if not arm.amplification:
            blocks += how_to_get_it(arm, material)
    return Section("first-round", translated("First-round loss"), tuple(blocks))


def how_to_get_it(arm: Arm, material: Material) -> list[Block]:
    """That a dataset lacks its runs without feedback, and the command that makes them."""
    whose = (
        translated("The dataset of the {name}").format(name=translated(arm.name))
        if material.compared
        else translated("This dataset")
    )
    if arm.scenario is not None and arm.scenario.price_formation == "replay":
        return [
            Words(
                translated(
                    "{whose} replays real prices, which no order moves: there is no market without feedback."
                ).format(whose=whose),
                "note",
            )
        ]
    return [
        Words(
            translated("{whose} was simulated without --amplification and cannot tell it. This command can:").format(
                whose=whose
            )
        ),
        Code(command(arm)),
    ]


def command(arm: Arm) -> str:
    """The command that made the dataset, with runs without feedback besides."""
    told = str(arm.told.get("command", ""))
    words = shlex.split(told) if told.startswith("pingcang ") else []
    if words[1:2] == ["run"]:
        words = [word for word in words if word != "--overwrite"]
        return shlex.join([*words, "--amplification", "--overwrite"])
    if words[1:2] == ["compare"]:
        return shlex.join([*words, "--amplification"])
    seed = str(arm.told["seed"])
    return shlex.join(
        [
            "pingcang",
            "run",
            str(arm.told["scenario"]),
            "--runs",
            str(arm.runs),
            "--seed",
            seed,
            "--amplification",
            "--overwrite",
        ]
    )


def _chart(material: Material, arms: list[Arm]) -> Chart:
    frames = {arm.name: arm.fan(arm.dataset["index_no_feedback"]) for arm in arms}
    with drawing():
        figure, panels = new_figure(1, row=2.6)
        for arm in arms:
            colour, line = ARMS[material.arms.index(arm)]
            fan(panels[0, 0], frames[arm.name], colour, line, inner=not material.compared)
        panels[0, 0].set_ylabel(translated("index (start = 1)"))
        date_ticks(panels[0, 0], arms[0].dates)
        legend(
            figure,
            panels[0, 0].lines,
            [translated("{name}, without feedback").format(name=translated(arm.name)) for arm in arms],
        )
        image = picture(figure)
    lowest = frames[arms[0].name]["median"].min()
    return Chart(
        "first-round-path",
        translated("Index without the price effect of margin orders"),
        image,
        translated("Fan of the index without feedback; its median is lowest at {lowest} of the start.").format(
            lowest=number(lowest, 2)
        ),
        fan_numbers(frames),
        Source(("index_no_feedback",), translated("median, 25–75 % and 5–95 % of the runs")),
    )


def losses(arm: Arm) -> dict[str, Floats]:
    """Of each run without feedback: depth of the fall, day of the trough, float market value lost at the lowest."""
    index = arm.dataset["index_no_feedback"].values
    path = drawdown_path(index)
    return {
        "drawdown": path.max(axis=-1),
        "trough_day": path.argmax(axis=-1).astype(np.float64),
        "market_value_lost": arm.dataset["float_cap_start"].values * (1 - index.min(axis=-1)),
    }


TOLD: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "drawdown": ("largest drawdown without feedback", percent),
    "trough_day": ("trough on trading day", lambda day: number(day, 0)),
    "market_value_lost": ("float market value lost at the lowest level", money),
}


def _table(arms: list[Arm]) -> Table:
    shown, raw = [], []
    for arm in arms:
        for name, values in losses(arm).items():
            low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
            raw.append({"arm": arm.name, "measure": name, "p05": low, "median": middle, "p95": high})
            what, write = TOLD[name]
            spread = translated("{low} to {high}").format(low=write(low), high=write(high)) if arm.runs > 1 else DASH
            shown.append({"arm": arm.name, "what": what, "median": write(middle), "5–95 % of the runs": spread})
    frame = pd.DataFrame(shown)
    if len(arms) == 1:
        frame = frame.drop(columns="arm")
    return Table("first-round-table", translated("First-round loss"), in_words(frame, pd.DataFrame(raw)), FROM)
