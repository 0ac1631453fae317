"""The distribution over the runs, and not just its middle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from pingcang.language import translated
from pingcang.report.arm import QUANTILES
from pingcang.report.blocks import Block, Chart, Section, Source, Table, Words
from pingcang.report.drawing import ARMS, date_ticks, drawing, fan, legend, new_figure, picture
from pingcang.report.numbers import FAN, Column, Numbers, fan_numbers, in_words
from pingcang.report.sections.answer import variables_of
from pingcang.report.spreads import spread
from pingcang.report.words import DASH, POINTS, Metric, money_unit, number
from pingcang.results.metrics import UNITS, median_interval, official_balance
from pingcang.said import said

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

MOST_BINS = 30


def distribution(material: Material) -> Section:
    """Fans of index and balance, the spread of drawdown and loss over the runs, and every metric."""
    blocks: list[Block] = []
    for arm in material.arms:
        blocks += [_index(arm, material), _balance(arm, material)]
    if max(arm.runs for arm in material.arms) > 1:
        blocks.append(_spread(material))
    else:
        blocks.append(
            Words(translated("One run has no distribution; pingcang run --runs 20 or more gives one."), "note")
        )
    blocks += [_metrics(arm, material) for arm in material.arms]
    return Section("distribution", translated("Distribution over the runs"), tuple(blocks))


def _index(arm: Arm, material: Material) -> Chart:
    rows = arm.fan(arm.dataset["index"])
    low, middle, high = (float(rows[key].iloc[rows["median"].argmin()]) for key in ("p05", "median", "p95"))
    alt = translated(
        "Fan of the index; where the median is lowest it is {middle}, and 5–95 % of the runs lie from {low} to {high}."
    ).format(middle=number(middle, 3), low=number(low, 3), high=number(high, 3))
    drawn = Drawn("index", "Index", translated("index (start = 1)"), 1.0)
    return _fan(arm, material, rows, drawn, alt, Source(("index",), _quantiles(arm)))


def _balance(arm: Arm, material: Material) -> Chart:
    rows = arm.fan(official_balance(arm.dataset))
    size, unit = money_unit(float(rows["p95"].max()))
    first, last = (number(float(rows["median"].iloc[day]) / size, 2) for day in (0, -1))
    alt = translated("Fan of the financing balance of brokers; the median goes from {first} to {last} {unit}.").format(
        first=first, last=last, unit=unit
    )
    source = Source(
        ("financing_balance",), translated("cohorts that owe to brokers together; {arm}").format(arm=_quantiles(arm))
    )
    return _fan(
        arm, material, rows, Drawn("balance", translated("Financing balance of brokers"), unit, size), alt, source
    )


def _quantiles(arm: Arm) -> str:
    return translated("median, 25–75 % and 5–95 % of the runs") if arm.runs > 1 else translated("the one run")


@dataclass(frozen=True)
class Drawn:
    """What a fan is of: its name, its title, the label of its axis, and the unit in which it is drawn."""

    name: str
    title: str
    label: str
    size: float


def _fan(arm: Arm, material: Material, rows: pd.DataFrame, drawn: Drawn, alt: str, source: Source) -> Chart:
    colour, line = ARMS[material.arms.index(arm)]
    with drawing():
        figure, panels = new_figure(1, row=2.5)
        panel = panels[0, 0]
        fan(panel, rows.assign(**{key: rows[key] / drawn.size for key in QUANTILES}), colour, line)
        panel.set_ylabel(said(drawn.label))
        date_ticks(panel, arm.dates)
        handles = [*panel.lines, *reversed(panel.collections)]
        legend(
            figure,
            handles,
            [translated("median"), "25–75 %", translated("5–95 % of the runs")]
            if len(handles) > 1
            else [translated("the run")],
        )
        image = picture(figure)
    title = translated("{title}{arm}, by trading day").format(title=translated(drawn.title), arm=material.of(arm))
    keys = FAN if arm.runs > 1 else ("median",)
    numbers = fan_numbers({arm.name: rows}, 1 / drawn.size, keys)
    return Chart(f"fan-{drawn.name}{material.suffix(arm)}", title, image, alt, numbers, source)


def _spread(material: Material) -> Chart:
    size, unit = money_unit(max(float(arm.metric("lender_loss").max(initial=0)) for arm in material.arms))
    columns = {
        "drawdown": (POINTS, translated("drawdown (%)")),
        "lender_loss": (1 / size, translated("loss of lenders ({unit})").format(unit=unit)),
    }
    with drawing():
        figure, panels = new_figure(2, 2, row=2.0, sharex="col")
        for place, (name, (factor, label)) in enumerate(columns.items()):
            values = [arm.metric(name) * factor for arm in material.arms]
            _histogram(panels[0, place], values)
            _cumulated(panels[1, place], values)
            panels[1, place].set_xlabel(said(label))
        panels[0, 0].set_ylabel(translated("runs"))
        panels[1, 0].set_ylabel(translated("share of runs\nat or below"))
        legend(figure, panels[1, 0].lines, [translated(arm.name) for arm in material.arms])
        image = picture(figure)
    table = pd.concat([_by_run(arm, columns) for arm in material.arms], ignore_index=True)
    shown = [Column(name, label, factor, 2) for name, (factor, label) in columns.items()]
    return Chart(
        "spread",
        translated("Drawdown and loss of lenders over the runs: number of runs, and share of runs at or below"),
        image,
        translated(
            "Histograms and cumulated shares of the drawdown and of the loss of lenders in {count} runs."
        ).format(count=len(table)),
        Numbers(table, (Column("arm", "arm", words=True), Column("run", "run", digits=0), *shown)),
        Source(("index", "lender_loss"), translated("maximum drawdown, and sum of losses, of each run")),
    )


def _by_run(arm: Arm, names: Iterable[str]) -> pd.DataFrame:
    found = {name: arm.metrics[name].values for name in names}
    return pd.DataFrame({"arm": arm.name, "run": arm.dataset["run"].values, **found})


def _histogram(panel: Axes, values: list[Floats]) -> None:
    edges = np.histogram_bin_edges(np.concatenate(values), min(MOST_BINS, 4 + int(np.sqrt(values[0].size))))
    looks: tuple[Any, ...] = ({"fill": True, "alpha": 0.45}, {"fill": False, "linewidth": 1.8})
    for each, (colour, line), look in zip(values, ARMS, looks, strict=False):
        panel.stairs(np.histogram(each, edges)[0], edges, color=colour, linestyle=line, **look)
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def _cumulated(panel: Axes, values: list[Floats]) -> None:
    for each, (colour, line) in zip(values, ARMS, strict=False):
        panel.ecdf(each, color=colour, linestyle=line)
    panel.set_ylim(0, 1.03)


def _metrics(arm: Arm, material: Material) -> Table:
    shown, raw = [], []
    for name in UNITS:
        if (values := arm.metric(name)).size:
            row = {"metric": name, **_statistics(values), "runs": values.size, "unit": UNITS[name][0]}
            raw.append(row)
            shown.append(_in_words(row, values))
    variables = tuple(dict.fromkeys(variable for row in raw for variable in variables_of(str(row["metric"]))))
    return Table(
        f"metrics{material.suffix(arm)}",
        translated("Every metric over the runs{arm}").format(arm=material.of(arm)),
        in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
        Source(
            variables, translated("one number a run; interval of the median by bootstrap (2,000 resamples, seed 0)")
        ),
    )


def _statistics(values: Floats) -> dict[str, float]:
    low, middle, high = spread(values)
    ends = median_interval(values) if values.size > 1 else (np.nan, np.nan)
    return {"median": middle, "ci_low": ends[0], "ci_high": ends[1], "p05": low, "p95": high}


def _in_words(row: Mapping[str, Any], values: Floats) -> dict[str, str]:
    name, many = row["metric"], values.size > 1
    told = Metric(name, row["unit"], float(np.abs(values).max()))
    return {
        "metric": UNITS[name][1],
        "median": told.bare(row["median"]),
        "95 % interval of the median": translated("{ci_low} to {ci_high}").format(
            ci_low=told.bare(row["ci_low"]), ci_high=told.bare(row["ci_high"])
        )
        if many
        else DASH,
        "5 %": told.bare(row["p05"]) if many else DASH,
        "95 %": told.bare(row["p95"]) if many else DASH,
        "unit": told.unit,
        "runs": number(values.size, 0),
        "from": ", ".join(variables_of(name)),
    }
