"""The same score for models that lack one mechanism, or have another law of impact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.china_2015 import variants
from experiments.china_2015.bench import HERE, Bench, Cell, Pair, Plan, cells_of, pair
from experiments.china_2015.scoring import measured, row_distances, rows_in_band
from experiments.common.page import picture
from experiments.common.tables import Result, markdown, signed

from pingcang.validate.targets import TARGETS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "challengers"
RUNS = 12
SQUARE_ROOT = HERE / "fitted_sqrt.yaml"
"""The scenario with square-root impact, fitted again by the calibration."""
MISSING = f"square-root impact: left out, there is no {SQUARE_ROOT.name} yet; the calibration writes it"
MOST_SHOWN = 5.0
"""Distances beyond this many bands are drawn as that many."""

REMOVED = {
    "full model": variants.nothing,
    "no shadow finance": variants.without_cohorts(variants.SHADOW),
    "no pre-emptive selling": variants.without_preemptive_sales,
    "no herding": variants.without_herding,
}


def pairs(plan: Plan) -> dict[str, Pair]:
    """Challenger -> cells; square-root impact only when its scenario is there."""
    runs = plan.at_most(RUNS)
    found = {name: pair(name, runs, change) for name, change in REMOVED.items()}
    if SQUARE_ROOT.exists():
        found["square-root impact, refitted"] = pair("square root", runs, crash=str(SQUARE_ROOT))
    return found


def cells(plan: Plan) -> list[Cell]:
    """What has to be simulated."""
    return cells_of(pairs(plan).values())


def compute(bench: Bench) -> Result:
    """Distance of every row for every model, rows in band, and the loss."""
    distances, totals = [], []
    for name, each in pairs(bench.plan).items():
        medians = measured(bench, each).median()
        apart = row_distances(medians)
        inside, later = rows_in_band(medians)
        distances.append(pd.DataFrame({"model": name, "row": apart.index, "distance": apart.to_numpy()}))
        known = apart.dropna()
        totals.append(
            {
                "model": name,
                "rows_in_band": inside,
                "later_rows_in_band": later,
                "rows_not_defined": len(apart) - len(known),
                "mean_square": float(np.mean(known**2)),
            }
        )
    told = {**bench.provenance(pairs(bench.plan)["full model"].crash), "square_root": SQUARE_ROOT.exists()}
    tables = {"challengers": pd.concat(distances, ignore_index=True), "challengers_total": pd.DataFrame(totals)}
    return Result(NAME, tables, told)


def draw(result: Result) -> dict[str, Figure]:
    """Distance in bands, a row a target, a mark a model."""
    from experiments.common.style import BLACK, CYCLE, GREEN, new_figure

    table = result.tables["challengers"]
    figure, panels = new_figure(1, 1, height=7.2)
    panel = panels[0, 0]
    panel.axvspan(-1, 1, color=GREEN, alpha=0.15, linewidth=0, label="in the band")
    panel.axvline(0, color=BLACK, linewidth=0.8)
    models = list(dict.fromkeys(table["model"]))
    for number, name in enumerate(models):
        rows = table[table["model"] == name]
        colour, _, marker = CYCLE[number % len(CYCLE)]
        height = rows["row"] + (number - (len(models) - 1) / 2) * 0.15
        panel.plot(
            rows["distance"].clip(-MOST_SHOWN, MOST_SHOWN),
            height,
            marker,
            color=colour,
            markersize=5 if number else 6,
            markerfacecolor="none" if number else colour,
            linestyle="none",
            label=name,
        )
    panel.set_yticks(
        [target.row for target in TARGETS], [f"{target.row} {_short(target.statement)}" for target in TARGETS]
    )
    panel.set_ylim(len(TARGETS) + 0.6, 0.4)
    panel.set_xlim(-MOST_SHOWN - 0.3, MOST_SHOWN + 0.3)
    panel.set_xlabel(
        f"distance of the median from the real number, in bands (beyond {MOST_SHOWN:g} drawn at {MOST_SHOWN:g})"
    )
    figure.legend(loc="outside lower center", ncols=3)
    return {"challengers": figure}


def _short(statement: str, width: int = 44) -> str:
    return statement if len(statement) <= width else f"{statement[: width - 1].rstrip()}…"


def blocks(result: Result) -> dict[str, str]:
    """Rows in band and the distance of every row."""
    totals = result.tables["challengers_total"].set_index("model")
    table = result.tables["challengers"].pivot(index="row", columns="model", values="distance")
    models = list(totals.index)

    def row(name: str, texts: list[str]) -> dict[str, str]:
        return {"distance in bands": name, **dict(zip(models, texts, strict=True))}

    rows = [
        row("**rows in band, of 18**", [str(totals.loc[model, "rows_in_band"]) for model in models]),
        row("of rows 11 to 18", [str(totals.loc[model, "later_rows_in_band"]) for model in models]),
        row("mean square of the distances", [f"{totals.loc[model, 'mean_square']:.2f}" for model in models]),
    ]
    for target in TARGETS:
        texts = [_marked(float(table.loc[target.row, model])) for model in models]
        rows.append(row(f"{target.row} {target.statement}", texts))
    missing = "" if result.provenance["square_root"] else f"\n\n{MISSING}."
    seen = picture("challengers", "Distance of every target for each model, in bands")
    table_text = markdown(pd.DataFrame(rows))
    return {"challengers": f"{seen}\n\n{table_text}\n\nBold: outside the band. {result.told()}{missing}"}


def _marked(distance: float) -> str:
    return "–" if np.isnan(distance) else signed(distance, 2) if abs(distance) <= 1 else f"**{signed(distance, 2)}**"
