"""Two datasets with the same random numbers: what the change does, run by run, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.language import ENGLISH, current, translated
from pingcang.report.arm import QUANTILES
from pingcang.report.blocks import Block, Chart, Section, Source, Table, Words
from pingcang.report.contrasts import row_of, rows_by, rows_told, table_of
from pingcang.report.drawing import ARMS, BLACK, GREEN, date_ticks, drawing, fan, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.sections.answer import variables_of
from pingcang.report.words import POINTS, Metric, counted, day_of, iso, listed, number
from pingcang.results.labels import SIGNED
from pingcang.study.compare import compared, days_apart
from pingcang.study.measures import measure, unit_of

if TYPE_CHECKING:
    from pingcang.report.material import Material
    from pingcang.study.measures import PairedMetric

VERBS = {
    "drawdown": ("The index falls by {}", "more", "less"),
    "financing_change": ("The financing balance of brokers changes by {}", "higher", "lower"),
    "forced_sales": ("Lenders sell {} by force", "more", "less"),
    "preemptive_sales": ("Holders sell {} ahead of a call", "more", "less"),
    "margin_calls": ("Margin accounts are called {}", "more", "fewer"),
    "lender_loss": ("Lenders lose {}", "more", "less"),
}
"""Headline metric -> how it is told, and what a difference above and below 0 is called."""
BY_COHORT = {
    "forced_sales": "CNY",
    "preemptive_sales": "CNY",
    "margin_purchases": "CNY",
    "margin_calls": "calls",
    "closed_accounts": "accounts",
}
BY_BOARD = {"limit_down": "stock-days", "suspended": "stock-days", "turnover": "CNY"}
SENTENCE = 60
"""Letters from which on a text in the file of a comparison is a paragraph, not a name."""


def answer_of_two(material: Material) -> Section:
    """The headline of a comparison in plain words."""
    found = metrics_of_two(material)
    base, other = material.arms
    first, *rest = (Words(_sentence(name, found[name]), "plain", _source(name)) for name in VERBS)
    blocks: list[Block] = [
        Words(
            translated("Base: {label}. Other: {label_2}. {material}").format(
                label=base.label, label_2=other.label, material=date_apart(material)
            )
        ),
        Words(first.text, "answer", first.source),
        *rest,
        *(Words(text) for text in _paragraphs(material.told)),
        Words(
            translated(
                "{statistic}s of the {run} that both have, compared run by run with the same random "
                "numbers. Intervals (95 %) are of the Monte Carlo error: what more runs would make "
                "smaller."
            ).format(statistic=material.statistic, run=counted(base.runs, "run")),
            "note",
        ),
    ]
    return Section("answer", translated("The answer"), tuple(blocks))


def differences(material: Material) -> Section:
    """Every metric, the two fans over each other, and the difference day by day, by cohort and by board."""
    blocks: list[Block] = [_table(material), _fans(material), _day_by_day(material)]
    told = list(rows_told(material.told))
    if told:
        variables = tuple(dict.fromkeys(row.source for row in told if row.source))
        source = Source(variables, translated("paired by run, as pingcang compare tells them"))
        blocks.append(Table("difference-parts", translated("The comparison taken apart"), table_of(told), source))
    else:
        blocks += [_parts(material, "cohort", BY_COHORT), _parts(material, "board", BY_BOARD)]
    return Section("differences", translated("What the change does"), (*blocks, Words(date_apart(material))))


def metrics_of_two(material: Material) -> dict[str, PairedMetric]:
    """Every metric that both arms have, paired by run."""
    base, other = (measure(arm.dataset, runs=arm.runs) for arm in material.arms)
    return compared(base, other, material.statistic)


def date_apart(material: Material) -> str:
    """From which day on the arms differ, in a sentence."""
    base, other = material.arms
    apart = days_apart(base.dataset, other.dataset, base.dataset["run"].values)
    if not (apart >= 0).any():
        return translated("The arms never differ: they are the same bit for bit.")
    day = int(apart[apart >= 0].min())
    if day == 0:
        return translated("The arms differ from the start on.")
    return translated("The arms are the same bit for bit before {dates} (trading day {day}).").format(
        dates=day_of(base.dates[day]), day=day
    )


def _source(name: str) -> Source:
    return Source(variables_of(name), translated("paired by run; other less base"))


def _sentence(name: str, found: PairedMetric) -> str:
    """`The index falls by 37.3 % in the base and by 37.7 % in the other: 0.42 points more (95 % interval …)."""
    what, more, less = VERBS[name]
    shown = Metric(name, unit_of(name), max(abs(found.base.value), abs(found.other.value)))
    apart = found.difference
    if not apart.n:
        return translated("{label}: no run of both arms has it.").format(label=shown.label)
    sides = [shown.full(value if name in SIGNED else abs(value)) for value in (found.base.value, found.other.value)]
    told = translated("{told} in the base and {sides} in the other").format(
        told=translated(what).format(sides[0]), sides=sides[1]
    )
    if apart.value == apart.low == apart.high == 0:
        return translated("{told}; no difference in any run.").format(told=told)
    size = shown.change(abs(apart.value)).lstrip("+")
    told = f"{told}: {size} {translated(more if apart.value > 0 else less)}"
    if apart.n == 1:
        return translated("{told} (one run, no interval).").format(told=told)
    sure = "" if apart.low > 0 or apart.high < 0 else translated(", which cannot be told from chance")
    interval = translated("{low} to {high}").format(
        low=shown.bare(apart.low, sign=True, more=1), high=shown.change(apart.high)
    )
    return translated("{told}{sure} (95 % interval of the difference {interval}).").format(
        told=told, sure=sure, interval=interval
    )


def _paragraphs(told: Mapping[str, Any]) -> list[str]:
    """The paragraph of the comparison, which its file has in English; its numbers are in the tables all the same."""
    if current() != ENGLISH:
        return []
    return [value for value in told.values() if isinstance(value, str) and len(value) >= SENTENCE]


def _table(material: Material) -> Table:
    found = metrics_of_two(material)
    rows = [row_of(name, each, ", ".join(variables_of(name))) for name, each in found.items() if each.difference.n]
    variables = tuple(dict.fromkeys(variable for row in rows for variable in row.source.split(", ")))
    title = translated("{statistic} of both arms, and the difference run by run").format(
        statistic=translated(material.statistic)
    )
    return Table(
        "difference-table", title, table_of(rows), Source(variables, translated("paired by run; other less base"))
    )


def _parts(material: Material, dimension: str, wanted: Mapping[str, str]) -> Table:
    source = Source(
        tuple(wanted),
        translated("sum over the days, by {dimension}; {statistic}, paired by run").format(
            dimension=translated(dimension), statistic=translated(material.statistic)
        ),
    )
    numbers = table_of(rows_by(material, dimension, wanted))
    return Table(
        f"difference-{dimension}",
        translated("Differences by {dimension}, all days together").format(dimension=translated(dimension)),
        numbers,
        source,
    )


def _fans(material: Material) -> Chart:
    frames = [arm.fan(arm.dataset["index"]) for arm in material.arms]
    with drawing():
        figure, panels = new_figure(1, row=3.0)
        for rows, (colour, line) in zip(frames, ARMS, strict=True):
            fan(panels[0, 0], rows, colour, line, inner=False)
        panels[0, 0].set_ylabel(translated("index (start = 1)"))
        date_ticks(panels[0, 0], material.base.dates)
        names = [
            translated("{name}: median and 5–95 % of the runs").format(name=translated(arm.name))
            for arm in material.arms
        ]
        legend(figure, panels[0, 0].lines, names, ncols=2)
        image = picture(figure)
    lowest = [
        translated("{min:.2f} in the {name}").format(min=rows["median"].min(), name=translated(arm.name))
        for rows, arm in zip(frames, material.arms, strict=True)
    ]
    joined = frames[0].merge(frames[1], on="day", how="outer", suffixes=("_base", "_other"))
    keys = [f"{quantile}_{arm.name}" for arm in material.arms for quantile in ("p05", "median", "p95")]
    columns = (Column("day", "day", digits=0), Column("date_base", "date", words=True))
    return Chart(
        "index-both",
        translated("The index of both arms"),
        image,
        translated("Fans of the index of both arms over the same trading days; the lowest median is {listed}.").format(
            listed=listed(lowest)
        ),
        Numbers(joined, (*columns, *(Column(key, _head(key), digits=3) for key in keys))),
        Source(("index",), translated("median and 5–95 % of the runs of each arm")),
    )


def _head(key: str) -> str:
    quantile, _, name = key.partition("_")
    return translated("{quantile} {name}").format(quantile=translated(quantile), name=translated(name))


def _day_by_day(material: Material) -> Chart:
    rows = _gaps(material)
    dates = material.base.dates[: len(rows)]
    with drawing():
        figure, panels = new_figure(1, row=2.3)
        fan(panels[0, 0], rows, GREEN)
        panels[0, 0].axhline(0, color=BLACK, linewidth=0.8)
        panels[0, 0].set_ylabel(translated("points"))
        date_ticks(panels[0, 0], dates)
        image = picture(figure)
    return Chart(
        "index-difference",
        translated("Index of the other arm less that of the base, in points of the level at the start"),
        image,
        translated("Fan of the difference of the index by day; its median ends at {iloc} points.").format(
            iloc=number(rows["median"].iloc[-1], 2)
        ),
        Numbers(
            rows,
            (
                Column("date", "date", words=True),
                *(Column(key, key, digits=2, sign=True) for key in QUANTILES),
            ),
        ),
        Source(("index",), translated("other less base in each run; median, 25–75 % and 5–95 % of the runs")),
    )


def _gaps(material: Material) -> pd.DataFrame:
    base, other = material.arms
    days = min(base.days, other.days) + 1
    gap = POINTS * (other.dataset["index"].values[:, :days] - base.dataset["index"].values[:, :days])
    rows = pd.DataFrame(np.quantile(gap, list(QUANTILES.values()), axis=0).T, columns=list(QUANTILES))
    rows.insert(0, "day", np.arange(days))
    rows.insert(0, "date", [iso(date) for date in base.dates[:days]])
    return rows
