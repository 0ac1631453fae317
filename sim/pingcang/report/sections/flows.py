"""Who sells what when, and what cannot be sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from pingcang.language import translated
from pingcang.report.blocks import Chart, Section, Source, Table, Words
from pingcang.report.drawing import date_ticks, drawing, new_figure, parts_legend, picture, stacked
from pingcang.report.numbers import Column, Numbers, in_words
from pingcang.report.spreads import money_in_brackets, row_of
from pingcang.report.words import iso, listed, money, money_unit

if TYPE_CHECKING:
    from pingcang.arrays import Floats
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

MONEY = {
    "forced_sales": "forced sales",
    "preemptive_sales": "pre-emptive sales",
    "margin_purchases": "purchases with new loans",
}
STOCKS = {"limit_down": "closing at limit-down", "suspended": "suspended"}
TOTALS = {**MONEY, "unfilled_forced": "to be sold by force but unfilled, worst day"}
MEAN = "mean over the runs, so that the parts add up"


def flows(material: Material) -> Section:
    """Sales and purchases of each cohort by day, their totals, and the stocks that cannot trade."""
    rescue = [f"{money(_rescue(arm))}{_where(arm, material)}" for arm in material.arms]
    return Section(
        "flows",
        translated("Who sells what, and when"),
        (
            _chart(
                material,
                Kind(
                    "cohort",
                    MONEY,
                    "CNY",
                    "flows-cohort",
                    translated("Sales and purchases of margin accounts, by cohort"),
                ),
            ),
            _totals(material),
            Words(
                translated("The national team buys {rescue} (mean over the runs).").format(rescue=listed(rescue)),
                source=Source(("rescue_purchases",), translated("sum over the days")),
            ),
            _chart(
                material,
                Kind("board", STOCKS, "stocks", "flows-board", translated("Stocks that cannot be sold, by board")),
            ),
        ),
    )


@dataclass(frozen=True)
class Kind:
    """What one figure stacks: a dimension, its variables by name, their unit, and how the figure is called."""

    dimension: str
    variables: Mapping[str, str]
    unit: str
    name: str
    title: str


def _where(arm: Arm, material: Material) -> str:
    return translated(" in the {name}").format(name=translated(arm.name)) if material.compared else ""


def _rescue(arm: Arm) -> float:
    return float(np.nansum(arm.dataset["rescue_purchases"].values, axis=1).mean())


def _chart(material: Material, kind: Kind) -> Chart:
    means = {arm.name: {name: arm.daily_mean(name) for name in kind.variables} for arm in material.arms}
    size, unit = _unit(kind.unit, [frame for arm in means.values() for frame in arm.values()])
    names = _names(material, kind.dimension)
    with drawing():
        figure, panels = new_figure(len(kind.variables), len(material.arms), row=1.9, sharex="col", sharey="row")
        for column, arm in enumerate(material.arms):
            for row, (variable, what) in enumerate(kind.variables.items()):
                panel, frame = panels[row, column], means[arm.name][variable].reindex(columns=names)
                stacked(panel, frame, names, size)
                panel.set_title(f"{translated(what)}{material.of(arm)}", fontsize=10)
            date_ticks(panels[-1, column], arm.dates, most=7 if len(material.arms) == 1 else 4)
        for row in panels[:, 0]:
            row.set_ylabel(translated(unit) if kind.unit != "CNY" else translated("{unit} a day").format(unit=unit))
            row.yaxis.set_major_locator(MaxNLocator(4, integer=kind.unit != "CNY"))
        parts_legend(figure, names)
        image = picture(figure)
    return Chart(
        kind.name, kind.title, image, _alt(means, kind), _numbers(material, means, kind, size, unit), _source(kind)
    )


def _source(kind: Kind) -> Source:
    return Source(
        tuple(kind.variables),
        translated("by day and {dimension}; {mean}").format(
            dimension=translated(kind.dimension), mean=translated(MEAN)
        ),
    )


def _unit(unit: str, frames: Sequence[pd.DataFrame]) -> tuple[float, str]:
    largest = max((float(np.nanmax(frame.sum(axis=1).to_numpy(), initial=0)) for frame in frames), default=0)
    return money_unit(largest) if unit == "CNY" else (1.0, unit)


def _names(material: Material, dimension: str) -> list[str]:
    """The parts of all arms, in their order."""
    return list(dict.fromkeys(str(name) for arm in material.arms for name in arm.dataset[dimension].values))


def _alt(means: Mapping[str, Mapping[str, pd.DataFrame]], kind: Kind) -> str:
    told = []
    for arm, frames in means.items():
        for name, what in kind.variables.items():
            total = frames[name].sum(axis=1)
            day = int(total.to_numpy().argmax())
            largest = (
                money(total[day]) if kind.unit == "CNY" else translated("{total:,.0f} stocks").format(total=total[day])
            )
            told.append(
                translated("{what}{extra} largest on trading day {day}, {largest}").format(
                    what=translated(what),
                    extra=f" ({translated(arm)})" if len(means) > 1 else "",
                    day=day,
                    largest=largest,
                )
            )
    return translated("Stacked bars by day and {dimension}: {listed}.").format(
        dimension=translated(kind.dimension), listed="; ".join(told)
    )


def _head(key: str, unit: str) -> str:
    """Of a column named `forced_sales: retail`."""
    what, _, part = key.replace("_", " ").partition(": ")
    return translated("{what}: {part}, {unit}").format(what=translated(what), part=part, unit=translated(unit))


def _numbers(
    material: Material, means: Mapping[str, Mapping[str, pd.DataFrame]], kind: Kind, size: float, unit: str
) -> Numbers:
    """A row a day (and arm), a column a variable and part."""
    frames = []
    for arm in material.arms:
        parts = [frame.add_prefix(f"{name}: ") for name, frame in means[arm.name].items()]
        days = pd.DataFrame(
            {"arm": arm.name, "date": [iso(date) for date in arm.dates], "day": np.arange(arm.days + 1)}
        )
        frames.append(pd.concat([days, *parts], axis=1))
    table = pd.concat(frames, ignore_index=True)
    digits = 2 if kind.unit == "CNY" else 1
    columns = [
        Column(key, _head(key, unit), 1 / size, digits) for key in table.columns if key not in {"arm", "date", "day"}
    ]
    first = [Column("arm", "arm", words=True)] if material.compared else []
    return Numbers(table, (*first, Column("date", "date", words=True), *columns))


def total(arm: Arm, name: str, place: int) -> Floats:
    """Of each run the sum over the days after the start; of what stays unfilled the worst day."""
    days = np.nan_to_num(arm.dataset[name].values[:, 1:, place].astype(np.float64))
    found: Floats = days.max(axis=1) if name == "unfilled_forced" else days.sum(axis=1)
    return found


def _totals(material: Material) -> Table:
    shown, raw = [], []
    for arm in material.arms:
        for place, cohort in enumerate(arm.cohorts):
            of = {**({"arm": arm.name} if material.compared else {}), "cohort": cohort}
            found = {name: total(arm, name, place) for name in TOTALS}
            shown.append({**of, **{what: money_in_brackets(found[name]) for name, what in TOTALS.items()}})
            raw += [row_of(of, name, values) for name, values in found.items()]
    spread = translated(", median (5–95 % of the runs)") if any(arm.runs > 1 for arm in material.arms) else ""
    return Table(
        "flows-totals",
        translated("All days together, by cohort{spread}").format(spread=spread),
        in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
        Source(tuple(TOTALS), translated("sum over the days after the start, of what stays unfilled the worst day")),
    )
