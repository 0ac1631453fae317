"""The fall taken apart: what each mechanism adds, with the same random numbers throughout.

Every run is simulated with the mechanisms switched on one after another. The order matters: what two mechanisms do
together counts for the later one. So beside each increment stands the last-in effect, the full model less the model
without that mechanism alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from experiments.china_2015 import variants
from experiments.china_2015.bench import STOCKS, Bench, Cell, Plan
from experiments.common.intervals import paired_mean
from experiments.common.page import picture
from experiments.common.tables import Result, interval_text, markdown, signed
from numpy.typing import NDArray

from pingcang.errors import PingcangError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "decomposition"
RUNS = 16
SEEN = "Waterfalls of the fall: what each mechanism adds, in the order in which it is switched on"
TROUGH, END = "2015-07-08", "2015-08-17"


class Layer(NamedTuple):
    """A mechanism and the change that takes it out."""

    name: str
    out: variants.Change
    short: str
    """Under its bar."""


LAYERS = (
    Layer("news", variants.without_news, "news"),
    Layer("unlevered trend, herding and funds", variants.without_unlevered_feedback, "unlevered\nholders"),
    Layer("broker margin", variants.without_cohorts(variants.BROKER_MARGIN), "broker\nmargin"),
    Layer("shadow finance", variants.without_cohorts(variants.SHADOW), "shadow\nfinance"),
    Layer("price limits and suspensions", variants.without_limits, "limits\nand halts"),
    Layer("rescue purchases", variants.without_rescue, "rescue"),
)
"""In the order in which they are switched on."""

MEASURES = {
    "index_trough": "Index, 8 July",
    "equal_weight_trough": "Equal-weight index, 8 July",
    "drawdown": "Index, maximum drawdown",
    "index_end": "Index, 17 August",
}


class NotTheFullModelError(PingcangError):
    """The last step of the decomposition is not the scenario itself."""


@dataclass(frozen=True)
class Ladder:
    """The cells of the decomposition."""

    upto: tuple[Cell, ...]
    """With the first 1, 2, … mechanisms; the last is the full model."""
    without: tuple[Cell, ...]
    """The full model without one mechanism, in the same order."""


def ladder(plan: Plan) -> Ladder:
    """All cells; the full model records stocks, as the fan does, and so shares its runs."""
    runs = plan.at_most(RUNS)
    upto = [
        Cell(
            f"up to {layer.name}", runs, change=variants.together(*(later.out for later in LAYERS[number:])), record=()
        )
        for number, layer in enumerate(LAYERS[:-1], start=1)
    ]
    full = Cell("full model", runs, record=STOCKS)
    without = [Cell(f"full model without {layer.name}", runs, change=layer.out, record=()) for layer in LAYERS]
    return Ladder((*upto, full), tuple(without))


def cells(plan: Plan) -> list[Cell]:
    """What has to be simulated."""
    steps = ladder(plan)
    return [*steps.upto, *steps.without]


def compute(bench: Bench) -> Result:
    """Increments and last-in effects of every mechanism on every measure."""
    steps = ladder(bench.plan)
    check_full_model(bench, steps.upto[-1])
    levels = [measures(bench.open(cell)) for cell in steps.upto]
    without = [measures(bench.open(cell)) for cell in steps.without]
    table = pd.concat(_rows(measure, levels, without) for measure in MEASURES)
    return Result(NAME, {"decomposition": table}, bench.provenance(steps.upto[-1]))


def check_full_model(bench: Bench, full: Cell) -> None:
    """The runs with all mechanisms must be runs of the scenario as it is; NotTheFullModelError if they are not."""
    simulated = bench.open(full).attrs["scenario_hash"]
    plain = bench.load(Cell("as it is", 0)).hash
    if simulated != plain:
        raise NotTheFullModelError(f"decomposition: all mechanisms together are the scenario {simulated}, not {plain}")


def measures(dataset: xr.Dataset) -> pd.DataFrame:
    """The measures (columns) of every run (index), as changes since the start, fractions."""
    days = pd.DatetimeIndex(dataset["date"].values)

    def change(name: str, date: str) -> NDArray[np.float64]:
        place = days.get_indexer(pd.DatetimeIndex([date]))[0]
        return dataset[name].values[:, place] - 1.0 if place >= 0 else np.full(dataset.sizes["run"], np.nan)

    columns = {
        "index_trough": change("index", TROUGH),
        "equal_weight_trough": change("index_equal_weight", TROUGH),
        "drawdown": -dataset.pingcang.drawdown.values,
        "index_end": change("index", END),
    }
    return pd.DataFrame(columns, index=pd.Index(dataset["run"].values, name="run"))


def _rows(measure: str, levels: list[pd.DataFrame], without: list[pd.DataFrame]) -> pd.DataFrame:
    """A row a mechanism: level so far, what it added, and what it does when it comes last."""
    full = levels[-1][measure]
    rows = []
    for number, layer in enumerate(LAYERS):
        level = levels[number][measure]
        added = level - (levels[number - 1][measure] if number else 0.0)
        last = full - without[number][measure]
        rows.append(
            {
                "measure": measure,
                "layer": layer.name,
                "level": float(level.mean()),
                **_named("added", paired_mean(added)),
                **_named("last_in", paired_mean(last)),
            }
        )
    return pd.DataFrame(rows)


def _named(prefix: str, values: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{key}": value for key, value in values.items()}


def draw(result: Result) -> dict[str, Figure]:
    """Waterfalls of all measures on one page."""
    from experiments.common.style import POINTS, new_figure, waterfall

    table = result.tables["decomposition"]
    figure, panels = new_figure(2, 2, height=7.6)
    for panel, (measure, title) in zip(panels.flat, MEASURES.items(), strict=True):
        rows = table[table["measure"] == measure]
        waterfall(
            panel,
            [*(layer.short for layer in LAYERS), "full\nmodel"],
            rows[["added_mean", "added_low", "added_high"]].to_numpy() * POINTS,
        )
        panel.set_title(title)
    for panel in panels[:, 0]:
        panel.set_ylabel("change since 12 June\n(percentage points)")
    return {"decomposition": figure}


def blocks(result: Result) -> dict[str, str]:
    """One table a measure."""
    table = result.tables["decomposition"]
    parts = []
    for measure, title in MEASURES.items():
        rows = table[table["measure"] == measure]
        shown = pd.DataFrame(
            {
                title: rows["layer"],
                "level so far, %": [signed(100 * level) for level in rows["level"]],
                "added, points [95 %]": [interval_text(*values) for values in _points(rows, "added")],
                "last in, points [95 %]": [interval_text(*values) for values in _points(rows, "last_in")],
            }
        )
        parts.append(markdown(shown))
    return {"decomposition": "\n\n".join([picture(NAME, SEEN), *parts, result.told()])}


def _points(rows: pd.DataFrame, prefix: str) -> list[list[float]]:
    return (100 * rows[[f"{prefix}_mean", f"{prefix}_low", f"{prefix}_high"]]).to_numpy().tolist()
