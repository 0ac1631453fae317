"""Shadow finance swept from nothing to 2tn: nobody knows its size, so every headline is a function of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from experiments.china_2015.bench import Bench, Cell, Pair, Plan, cells_of, pair
from experiments.china_2015.scoring import PARTS, label, measured, rows_in_band, shown, spreads
from experiments.china_2015.variants import shadow_debt
from experiments.common.page import picture
from experiments.common.tables import Result, markdown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "shadow"
RUNS = 10
DEBTS = (0.0, 0.25e12, 0.5e12, 0.75e12, 1.0e12, 1.25e12, 1.5e12, 2.0e12)
"""CNY."""
PANELS = {
    "rows_in_band": ("Rows in their bands", "of 18", 1.0),
    "index_fall": ("Index, to 8 July", "%", 100.0),
    "equal_weight_fall": ("Equal-weight index, to 8 July", "%", 100.0),
    "index_august": ("Index, to 17 August", "%", 100.0),
    "balance_fall": ("Balance, 18 June to 8 July", "%", 100.0),
    "balance_august": ("Balance, 8 July to 17 August", "%", 100.0),
    "purchases_fall": ("Margin purchases, to 8 July", "%", 100.0),
    "limit_down_days": ("Days with 1,000 limit-downs", "days", 1.0),
    "suspended_0709": ("Suspended on 9 July", "stocks", 1.0),
    "amplification_points": ("Added by margin orders", "drawdown, points", 1.0),
    "forced_shadow": ("Forced sales to 10 July", "bn CNY", 1e-9),
    "lender_loss": ("Loss of lenders", "bn CNY", 1e-9),
}
SECOND_LINE = {"forced_shadow": "forced_brokers"}
"""Drawn into the same panel."""


def pairs(plan: Plan) -> dict[float, Pair]:
    """Debt -> cells."""
    runs = plan.at_most(RUNS)
    return {debt: pair(f"shadow {debt / 1e12:g}tn", runs, shadow_debt(debt), amplification=True) for debt in DEBTS}


def cells(plan: Plan) -> list[Cell]:
    """What has to be simulated."""
    return cells_of(pairs(plan).values())


def compute(bench: Bench) -> Result:
    """Every headline at every size, and the rows in band."""
    tables, counts = [], []
    for debt, each in pairs(bench.plan).items():
        frame = measured(bench, each)
        tables.append(spreads(frame).assign(debt=debt))
        rows, later = rows_in_band(frame.median())
        counts.append({"debt": debt, "rows_in_band": rows, "later_rows_in_band": later})
    last = pairs(bench.plan)[DEBTS[-1]].crash
    swept = pd.concat(tables, ignore_index=True)
    own = bench.scenario().cohorts.get("shadow")
    told = {**bench.provenance(last), "own_debt": 0.0 if own is None else own.debt}
    return Result(NAME, {"shadow": swept, "shadow_rows": pd.DataFrame(counts)}, told)


def draw(result: Result) -> dict[str, Figure]:
    """A panel a headline."""
    from experiments.common.style import new_figure

    figure, panels = new_figure(4, 3, height=10.6)
    for panel, name in zip(panels.flat, PANELS, strict=True):
        (_rows_panel if name == "rows_in_band" else _panel)(panel, name, result)
    for panel in panels[-1]:
        panel.set_xlabel("shadow debt on 12 June (tn CNY)")
    handles, labels = panels.flat[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return {"shadow": figure}


def _panel(panel: Axes, name: str, result: Result) -> None:
    from experiments.common.style import BLUE, GREEN, GREY, VERMILION

    title, unit, factor = PANELS[name]
    if name in PARTS:
        part = PARTS[name][1]
        low, high = (part.real - part.band) * factor, (part.real + part.band) * factor
        panel.axhspan(low, high, color=GREEN, alpha=0.15, linewidth=0, label="band of the target")
        panel.axhline(part.real * factor, color=GREEN, linestyle="-.", linewidth=1.0, label="real")
    both = name in SECOND_LINE
    _line(panel, _rows(result, name), factor, BLUE, "-", "o", "shadow lenders" if both else "median, 95 % interval")
    if both:
        _line(panel, _rows(result, SECOND_LINE[name]), factor, VERMILION, "--", "s", "brokers")
        panel.legend(loc="upper left")
    panel.axvline(result.provenance["own_debt"] / 1e12, color=GREY, linestyle=":", linewidth=1.0, label="china_2015")
    panel.set_title(title)
    panel.set_ylabel(unit)


def _rows_panel(panel: Axes, name: str, result: Result) -> None:
    """How many rows the medians have in their bands."""
    from experiments.common.style import BLUE, GREY, VERMILION

    counts = result.tables["shadow_rows"].sort_values("debt")
    debt = counts["debt"] / 1e12
    panel.plot(debt, counts["rows_in_band"], color=BLUE, marker="o", markersize=4, linewidth=1.4, label="all rows")
    panel.plot(
        debt, counts["later_rows_in_band"], "--s", color=VERMILION, markersize=4, linewidth=1.4, label="rows 11 to 18"
    )
    panel.axvline(result.provenance["own_debt"] / 1e12, color=GREY, linestyle=":", linewidth=1.0)
    panel.set_ylim(0, 18.5)
    panel.set_yticks(range(0, 19, 3))
    panel.legend(loc="upper left")
    title, unit, _ = PANELS[name]
    panel.set_title(title)
    panel.set_ylabel(unit)


def _line(panel: Axes, rows: pd.DataFrame, factor: float, colour: str, style: str, marker: str, name: str) -> None:
    debt = rows["debt"] / 1e12
    middle = rows["median"] * factor
    panel.fill_between(debt, rows["p05"] * factor, rows["p95"] * factor, color=colour, alpha=0.15, linewidth=0,
                       label="5–95 % of the runs" if name.startswith("median") else None)  # fmt: skip
    errors = [(middle - rows["low"] * factor).clip(lower=0), (rows["high"] * factor - middle).clip(lower=0)]
    panel.errorbar(
        debt, middle, yerr=errors, color=colour, linestyle=style, marker=marker, markersize=4, linewidth=1.4,
        capsize=2.5, label=name,
    )  # fmt: skip


def _rows(result: Result, name: str) -> pd.DataFrame:
    table = result.tables["shadow"]
    return table[table["quantity"] == name].sort_values("debt")


BEYOND = {
    "drawdown": ("Drawdown, to 17 August", "{:.1%}", 1.0),
    "amplification": ("Amplification by margin orders", "{:.2f}", 1.0),
    "amplification_points": ("Drawdown added by margin orders, points", "{:.1f}", 1.0),
    "forced_brokers": ("Forced sales to 10 July, brokers, bn CNY", "{:,.1f}", 1e-9),
    "forced_shadow": ("Forced sales to 10 July, shadow lenders, bn CNY", "{:,.0f}", 1e-9),
    "lender_loss": ("Loss of lenders, bn CNY", "{:,.1f}", 1e-9),
}
"""Headlines without a band: label, format, factor."""


def blocks(result: Result) -> dict[str, str]:
    """Medians of every headline by shadow debt."""
    table = result.tables["shadow"].set_index(["quantity", "debt"])["median"]
    counts = result.tables["shadow_rows"].set_index("debt")
    debts = list(counts.index)

    def row(name: str, texts: list[str]) -> dict[str, str]:
        return {
            "shadow debt, tn CNY": name,
            **{f"{debt / 1e12:g}": text for debt, text in zip(debts, texts, strict=True)},
        }

    rows = [row("**rows in band, of 18**", [str(counts.loc[debt, "rows_in_band"]) for debt in debts])]
    rows += [row(label(name), [shown(table[name, debt], name) for debt in debts]) for name in PARTS]
    for name, (title, form, factor) in BEYOND.items():
        values = [table[name, debt] * factor for debt in debts]
        rows.append(row(title, ["–" if value != value else form.format(value) for value in values]))  # noqa: PLR0124
    seen = picture("shadow", "Headlines as functions of the shadow debt on 12 June, with intervals")
    return {"shadow": f"{seen}\n\n{markdown(pd.DataFrame(rows))}\n\nMedians of the runs. {result.told()}"}
