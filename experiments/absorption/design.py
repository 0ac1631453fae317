"""The full design: breadth × leverage × shadow finance on the stocks of 2025, beside the market of 2015 itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.absorption.cells import Cell, Sizes, borrowers_2015, corner_name, full_design, market_2015
from experiments.absorption.levers import MAIN
from experiments.absorption.measures import MEASURES, Numbers, apart, signed_text, text, together
from experiments.absorption.tidy import estimate_of, heading, means, provenance, row, wide
from experiments.common.page import picture
from experiments.common.tables import Result, markdown, signed

from pingcang.study.effects import effects, shapley
from pingcang.study.paired import variance_reduction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pingcang.arrays import Floats
    from pingcang.study.effects import Levels
    from pingcang.study.paired import Estimate

NAME = "design"
PRICES = ("drawdown", "drawdown_equal", "points", "amplification", "beyond_25", "beyond_40", "rebound")
MONEY = ("forced", "forced_brokers", "preemptive", "lender_loss", "balance", "recovered")
SHARED_OUT = ("drawdown", "drawdown_equal", "points", "beyond_40", "forced", "lender_loss")
"""Measures whose difference between the corners is shared out among the factors."""
NONE, ALL = (0, 0, 0), (1, 1, 1)
BORROWERS = "borrowers of 2015"
BRIDGE = {
    "2015 → the borrowers of 2015 in the market of 2025": ("2015", BORROWERS),
    "maintenance ratios, initial margin and appetite of 2025": (BORROWERS, "BLS"),
    "breadth, leverage and shadow finance of 2025": ("BLS", "2025"),
    "2015 → 2025, in all": ("2015", "2025"),
}


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return [market_2015(sizes), *full_design(sizes).values(), borrowers_2015(sizes)]


def frames_of(found: Numbers, sizes: Sizes) -> dict[str, pd.DataFrame]:
    """The numbers of 2015 and of every cell of the design, by name."""
    design = full_design(sizes)
    frames = {corner_name(levels): found.of(cell, design[NONE]) for levels, cell in design.items()}
    return {"2015": found.of(market_2015(sizes)), **frames, BORROWERS: found.of(borrowers_2015(sizes), design[NONE])}


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Every cell, the effects of the factors, and how the difference between the corners is shared."""
    frames = frames_of(found, sizes)
    tables = {
        "design_cells": means(frames, (*PRICES, *MONEY)),
        "design_effects": pd.DataFrame([line for measure in SHARED_OUT for line in _effects(frames, measure)]),
        "design_shapley": pd.DataFrame([line for measure in SHARED_OUT for line in _shares(frames, measure)]),
        "design_bridge": pd.DataFrame([line for measure in (*PRICES, *MONEY) for line in _bridge(frames, measure)]),
        "design_pairing": pd.DataFrame(
            [_pairing(frames, name) for name in frames if name not in {"2015", "2025", BORROWERS}]
        ),
    }
    return Result(NAME, tables, provenance(found, full_design(sizes)[NONE]))


def _values(frames: dict[str, pd.DataFrame], measure: str) -> dict[Levels, Floats]:
    names = {levels: corner_name(levels) for levels in full_design(Sizes())}
    arrays = together({name: frames[name] for name in names.values()}, measure)
    return {levels: arrays[name] for levels, name in names.items()}


def _effects(frames: dict[str, pd.DataFrame], measure: str) -> list[dict[str, object]]:
    found = effects(_values(frames, measure), [factor.key for factor in MAIN])
    return [row(each, measure=measure, effect=" × ".join(term)) for term, each in found.items()]


def _shares(frames: dict[str, pd.DataFrame], measure: str) -> list[dict[str, object]]:
    """What each factor of 2025 takes off the fall, and its share of the whole."""
    found = shapley({_flipped(levels): v for levels, v in _values(frames, measure).items()}, [f.key for f in MAIN])
    lines = [row(found.total, measure=measure, factor="all three", kind="part")]
    for name, part in found.parts.items():
        lines.append(row(part, measure=measure, factor=name, kind="part"))
        lines.append(row(found.shares[name], measure=measure, factor=name, kind="share"))
    return lines


def _flipped(levels: Levels) -> Levels:
    """From 2015 to 2025: the corner with all of 2015's values comes first."""
    return tuple(1 - level for level in levels)


def _bridge(frames: dict[str, pd.DataFrame], measure: str) -> list[dict[str, object]]:
    return [
        row(apart(frames[start], frames[end], measure), cell=name, measure=measure)
        for name, (start, end) in BRIDGE.items()
    ]


def _pairing(frames: dict[str, pd.DataFrame], name: str) -> dict[str, object]:
    """How many times more independent runs the difference to 2025 would need."""
    found: dict[str, object] = {"cell": name}
    for measure in ("drawdown", "points", "forced"):
        pair = together({"a": frames["2025"], "b": frames[name]}, measure)
        found[measure] = variance_reduction(pair["a"], pair["b"])
    return found


# ---- what is shown ---------------------------------------------------------------------------------------------------


def blocks(result: Result) -> dict[str, str]:
    """Texts of the page."""
    told = result.told()
    table = result.tables["design_cells"]
    return {
        "design_answer": _answer(result),
        "design_prices": f"{wide(table, PRICES)}\n\n{told}",
        "design_money": f"{wide(table, MONEY)}\n\n{told}",
        "design_bridge": wide(
            result.tables["design_bridge"],
            ("drawdown", "drawdown_equal", "points", "forced"),
            signed=True,
            first="step",
        ),
        "design_effects": _effects_text(result),
        "design_shapley": f"{_shares_text(result)}\n\n{picture('design', 'Cells of the full design', 'absorption')}",
        "design_pairing": _pairing_text(result),
    }


def _answer(result: Result) -> str:
    """The figures of the page's answer, in sentences."""
    cells_, bridge = result.tables["design_cells"], result.tables["design_bridge"]

    def level(cell: str, measure: str) -> str:
        return text(_only(cells_, cell=cell, measure=measure), measure)

    def step(name: str, measure: str) -> str:
        return signed_text(_only(bridge, cell=name, measure=measure), measure)

    whole = list(BRIDGE)[-1]

    def together_(measure: str) -> str:
        return signed_text(
            _only(result.tables["design_shapley"], factor="all three", measure=measure, kind="part"), measure
        )

    points = ", ".join(f"{level(market, 'points')} in {market}" for market in ("2015", "2025"))
    return f"""\
- The same shock takes {level("2015", "drawdown")} % off the index of 2015 and {level("2025", "drawdown")} % off that
  of 2025 ({step(whole, "drawdown")} points). Margin orders add, in points: {points}.
- With the breadth, leverage and shadow finance of 2015, the stocks of 2025 would fall by {level("BLS", "drawdown")} %.
  Those of 2025 change that by {together_("drawdown")} points:
  {_shared_out(result, "drawdown")}.
- By the equal-weight index they change it by {together_("drawdown_equal")} points:
  {_shared_out(result, "drawdown_equal")}.
- Forced sales are {level("2025", "forced")} bn CNY instead of {level("BLS", "forced")}, losses of lenders
  {level("2025", "lender_loss")} bn instead of {level("BLS", "lender_loss")}."""


def _only(table: pd.DataFrame, **labels: str) -> Estimate:
    lines = table[np.logical_and.reduce([table[key] == value for key, value in labels.items()])]
    return estimate_of(next(lines.itertuples()))


def _shared_out(result: Result, measure: str) -> str:
    """`breadth −1.3 [−1.4, −1.2], …`, in points, by Shapley."""
    table = result.tables["design_shapley"]
    parts = (
        f"{factor.name} {signed_text(_only(table, factor=factor.key, measure=measure, kind='part'), measure)}"
        for factor in MAIN
    )
    return ", ".join(parts)


def _effects_text(result: Result) -> str:
    table = result.tables["design_effects"]
    measures = list(dict.fromkeys(table["measure"]))
    rows = []
    for effect, lines in table.groupby("effect", sort=False):
        cells_ = {str(line.measure): signed_text(estimate_of(line), str(line.measure)) for line in lines.itertuples()}
        runs = str(next(lines.itertuples()).runs)
        rows.append(
            {
                "effect of 2015's value": effect,
                "runs": runs,
                **{heading(m, difference=True): cells_[m] for m in measures},
            }
        )
    return markdown(pd.DataFrame(rows))


def _shares_text(result: Result) -> str:
    table = result.tables["design_shapley"]
    rows = []
    for factor in ("all three", *(factor.key for factor in MAIN)):
        runs = str(_only(table, factor=factor, measure=SHARED_OUT[0], kind="part").n)
        cells_ = {"of 2025, instead of 2015": _long_name(factor), "runs": runs}
        for measure in SHARED_OUT:
            part = _only(table, factor=factor, measure=measure, kind="part")
            cells_[heading(measure, difference=True)] = signed_text(part, measure)
            if factor != "all three":
                share = _only(table, factor=factor, measure=measure, kind="share")
                cells_[heading(measure, difference=True)] += f"; {_percent(share)}"
        rows.append(cells_)
    return markdown(pd.DataFrame(rows))


def _percent(share: Estimate) -> str:
    """`+12 [+11, +13] %`."""
    value, low, high = (signed(100 * number, 0) for number in (share.value, share.low, share.high))
    return f"{value} [{low}, {high}] %"


def _long_name(key: str) -> str:
    return next((factor.name for factor in MAIN if factor.key == key), key)


def _pairing_text(result: Result) -> str:
    table = result.tables["design_pairing"].copy()
    for measure in ("drawdown", "points", "forced"):
        table[measure] = [f"{value:.1f}" for value in table[measure]]
    return markdown(table.rename(columns={m: MEASURES[m].name for m in ("drawdown", "points", "forced")}))


def draw(result: Result) -> dict[str, Figure]:
    """Drawdown of every cell by both indices, and what each factor takes off."""
    from experiments.common.style import new_figure

    figure, panels = new_figure(1, 2, height=4.0)
    _draw_cells(panels[0, 0], result.tables["design_cells"])
    _draw_shares(panels[0, 1], result.tables["design_shapley"])
    return {"design": figure}


def _draw_cells(panel: Axes, table: pd.DataFrame) -> None:
    from experiments.common.style import BLUE, VERMILION

    names = list(dict.fromkeys(table["cell"]))
    for k, (measure, colour, mark) in enumerate((("drawdown", BLUE, "o"), ("drawdown_equal", VERMILION, "s"))):
        lines = table[table["measure"] == measure].set_index("cell").loc[names]
        places = np.arange(len(names)) + 0.16 * (k - 0.5)
        error = 100 * np.stack([lines["value"] - lines["low"], lines["high"] - lines["value"]])
        label = MEASURES[measure].name.removeprefix("drawdown, ")
        panel.errorbar(
            100 * lines["value"], places, xerr=error, fmt=mark, color=colour, capsize=2.5, markersize=5, label=label
        )
    panel.set_yticks(range(len(names)), [_spelled(name) for name in names])
    panel.invert_yaxis()
    panel.set_xlabel("mean of the maximum drawdown, %")
    panel.set_title("The same shock in every cell")
    panel.legend(loc="lower left")


def _spelled(name: str) -> str:
    if name == BORROWERS:
        return name
    if not set(name) <= set("BLS-"):
        return f"market of {name}"
    return "+ " + ", ".join(_long_name(key).split()[0] for key in name if key != "-")


def _draw_shares(panel: Axes, table: pd.DataFrame) -> None:
    from experiments.common.style import BLUE, VERMILION

    parts = table[(table["kind"] == "part") & (table["factor"] != "all three")]
    for k, (measure, colour) in enumerate((("drawdown", BLUE), ("drawdown_equal", VERMILION))):
        lines = parts[parts["measure"] == measure]
        places = np.arange(len(lines)) + 0.36 * (k - 0.5)
        error = 100 * np.stack([lines["value"] - lines["low"], lines["high"] - lines["value"]])
        label = MEASURES[measure].name.removeprefix("drawdown, ")
        panel.bar(
            places,
            100 * lines["value"],
            0.34,
            yerr=error,
            capsize=3,
            color=colour,
            label=label,
            edgecolor="black",
            linewidth=0.6,
            hatch="" if k == 0 else "//",
        )
    panel.axhline(0, color="black", linewidth=0.8)
    panel.set_xticks(range(len(MAIN)), [f"{factor.name}\n{factor.high} → {factor.low}" for factor in MAIN], fontsize=8)
    panel.set_ylabel("change of the drawdown, points")
    panel.set_title("What 2025's value changes (Shapley)")
    panel.legend(loc="lower left")
