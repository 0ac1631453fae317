"""The history of a market's margin rules as a table, and as a picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from pingcang.results.plot import BLUE, GREEN, ORANGE, VERMILION, dress
from pingcang.scenario.rule_history import rule_history
from pingcang.scenario.rule_sets import RuleSet, steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AFTER_THE_LAST = dt.timedelta(days=170)
"""How far the lines are drawn beyond the last change."""
LABEL_FROM_EDGE = 0.85
"""Share of the width from which on a label ends at its step instead of beginning there."""


class _Line(NamedTuple):
    title: str
    key: str
    factor: float
    form: str
    colour: str


LINES = (
    _Line("initial margin of\nnew loans, %", "initial_margin.value", 100, "{:g} %", BLUE),
    _Line("margin of\nshort sales, %", "short_margin", 100, "{:g} %", ORANGE),
    _Line("close-out line,\nmaintenance ratio, %", "close_out_line", 100, "{:g} %", VERMILION),
    _Line("marginable\nstocks (log scale)", "marginable_stocks", 1, "{:,.0f}", GREEN),
)


class _Step(NamedTuple):
    date: dt.date
    value: float
    practice: bool


def history_table(market: str = "CN", keys: Sequence[str] = ()) -> pd.DataFrame:
    """`rule_history` with one row a change: date, rule_set, key, before, after, binding, confidence, source."""
    return pd.DataFrame([asdict(change) for change in rule_history(market, keys)])


def plot_history(market: str = "CN") -> Figure:
    """Initial margin, short margin, close-out line and list of a market over time.

    A line is dashed where no rule prescribes the value. Raises ScenarioError for a market without dated rule sets.
    """
    sets = steps(market)
    drawn = [(line, found) for line in LINES if (found := list(_steps(sets, line.key)))]
    dates = [each.heading.date for each in sets if each.heading.date is not None]
    end = dates[-1] + AFTER_THE_LAST
    figure = Figure(figsize=(8.27, 0.8 + 2.0 * len(drawn)), layout="constrained")
    panels = figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (line, found) in zip(panels, drawn, strict=True):
        _draw(panel, line, found, end)
    figure.align_ylabels()
    every = 2 if end.year - dates[0].year > 8 else 1
    years = [year for year in range(dates[0].year + 1, end.year + 1) if year % every == 0]
    panels[-1].set_xticks([_day(dt.date(year, 1, 1)) for year in years], [str(year) for year in years])
    figure.suptitle(f"Margin rules, {market}: dashed where no rule prescribes the value", fontsize=10)
    return figure


def _steps(sets: Sequence[RuleSet], key: str) -> Iterator[_Step]:
    """The values of a key from its first, each time that it or its standing changes."""
    before = None
    for rule_set in sets:
        now = (rule_set.values.get(key), rule_set.binding(key) == "practice")
        if now != before and now[0] is not None and rule_set.heading.date is not None:
            yield _Step(rule_set.heading.date, float(now[0]), now[1])
        before = now


def _draw(panel: Axes, line: _Line, found: Sequence[_Step], end: dt.date) -> None:
    until = [*(step.date for step in found[1:]), end]
    start = found[0].date
    for place, (step, stop) in enumerate(zip(found, until, strict=True)):
        height, style = step.value * line.factor, "--" if step.practice else "-"
        panel.plot([_day(step.date), _day(stop)], [height, height], color=line.colour, linestyle=style, linewidth=2)
        if place:
            ends = [found[place - 1].value * line.factor, height]
            panel.vlines(_day(step.date), min(ends), max(ends), colors=line.colour, linewidth=0.8)
        rises = place > 0 and step.value > found[place - 1].value
        far = (step.date - start) / (end - start) > LABEL_FROM_EDGE
        _label(panel, step, height, _told(line, found, place), below=rises and not far, right=far)
    panel.set_ylabel(line.title, fontsize=9)
    dress(panel)
    _heights(panel, line, [step.value * line.factor for step in found])
    panel.set_xlim(_day(start), _day(end))


def _day(date: dt.date) -> float:
    """The number of a day on a date axis."""
    return float((date - dt.date(1970, 1, 1)).days)


def _told(line: _Line, found: Sequence[_Step], place: int) -> str:
    step = found[place]
    value = line.form.format(step.value * line.factor)
    if place and step.value == found[place - 1].value:
        value = "left to the contract" if step.practice else "by rule"
    return f"{value}, {step.date:%Y-%m}"


def _label(panel: Axes, step: _Step, height: float, text: str, *, below: bool, right: bool) -> None:
    """Where no line runs: to the right below a rise, else above; at the right edge to the left of the step."""
    panel.annotate(
        text,
        (_day(step.date), height),
        xytext=(-3 if right else 3, -3 if below else 3),
        textcoords="offset points",
        fontsize=7.5,
        ha="right" if right else "left",
        va="top" if below else "bottom",
    )


def _heights(panel: Axes, line: _Line, values: Sequence[float]) -> None:
    """Room above for the labels; what spans decades on a log scale with plain numbers."""
    low, high = min(values), max(values)
    if low > 0 and high / low > 10:
        panel.set_yscale("log")
        panel.set_ylim(low / 1.4, high * 1.7)
        panel.yaxis.set_major_locator(FixedLocator([30, 100, 300, 1000, 3000, 10000]))
        panel.yaxis.set_minor_locator(NullLocator())
        panel.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        return
    spread = max(high - low, 0.2 * high)
    panel.set_ylim(low - 0.25 * spread, high + 0.35 * spread)
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
