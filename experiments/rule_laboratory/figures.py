"""The forest plot of a market: every rule's difference from its base with the 95 % interval, study by study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, BLUE, GREY, WIDTH
from experiments.common.tables import Result
from experiments.rule_laboratory.findings import contrast_of
from experiments.rule_laboratory.markets import MARKETS
from experiments.rule_laboratory.studies import STUDIES
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = (
    ("drawdown", "drawdown of the\nindex, points", 100.0),
    ("forced_sales", "forced sales,\nbn CNY", 1e-9),
    ("financing_change", "change of brokers'\nbalance, points", 100.0),
    ("mean_credit", "credit in calm\ntimes, bn CNY", 1e-9),
)
"""Measure, name on the axis, factor."""
ROW, HEAD = 0.24, 1.3
"""Inches."""


def forests(crash: Mapping[str, Result], calm: Mapping[str, Result]) -> dict[str, Figure]:
    """A figure a market, over all studies that have a result."""
    tables = [result.tables[result.step].assign(study=key) for key, result in crash.items()]
    quiet = [result.tables[result.step].assign(study=key) for key, result in calm.items()]
    table = pd.concat([*tables, *(each[each["measure"] == "mean_credit"] for each in quiet)])
    table["market"] = table["market"].astype(str)
    keys = [key for key in MARKETS if (table["market"] == key).any()]
    return {f"forest_{key}": _forest(table[table["market"] == key], MARKETS[key].name) for key in keys}


def _forest(table: pd.DataFrame, name: str) -> Figure:
    rows = list(_rows(table))
    panels = [panel for panel in PANELS if (table["measure"] == panel[0]).any()]
    figure = Figure(figsize=(WIDTH, HEAD + ROW * len(rows)), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for panel, (measure, label, factor) in zip(axes, panels, strict=True):
        _panel(panel, rows, table[table["measure"] == measure], factor)
        panel.set_xlabel(label, fontsize=8)
    axes[0].set_yticks(range(len(rows)), [label for _, label in rows], fontsize=7.5)
    for tick, (key, _) in zip(axes[0].get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if key is None else "normal")
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    figure.suptitle(
        f"{name[0].upper()}{name[1:]}: each rule less its base, run by run\nmedian and 95 % interval; grey: holds 0",
        fontsize=9,
    )
    return figure


def _rows(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str] | None, str]]:
    """A heading a study (no key), then its rules by study and key."""
    for study, lines in table.groupby("study", sort=False):
        yield None, STUDIES[str(study)].title
        for key, of_rule in lines.groupby("rule", sort=False):
            yield (str(study), str(key)), str(of_rule["label"].iloc[0])


def _panel(panel: Axes, rows: list[tuple[tuple[str, str] | None, str]], table: pd.DataFrame, factor: float) -> None:
    places = {key: place for place, (key, _) in enumerate(rows) if key is not None}
    panel.axvline(0, color=BLACK, linewidth=0.8)
    for line in table.itertuples():
        found = contrast_of(line)
        value, low, high = (
            factor * number for number in (found.difference.value, found.difference.low, found.difference.high)
        )
        if not np.isfinite(value):
            continue
        reach = np.nan_to_num(np.array([[max(value - low, 0.0)], [max(high - value, 0.0)]]))
        colour = BLUE if found.known else GREY
        place = places[str(line.study), str(line.rule)]
        panel.errorbar(value, place, xerr=reach, fmt="o", color=colour, markersize=3.5, capsize=2, linewidth=1)
    panel.grid(visible=False, axis="y")
    panel.tick_params(axis="x", labelsize=7.5)
