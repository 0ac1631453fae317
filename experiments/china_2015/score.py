"""The score of the scenario as it stands, on all its runs: rows and their bands, stylised facts, forced sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.china_2015 import fan, invariance
from experiments.china_2015.bench import Bench, Cell, Plan
from experiments.china_2015.scoring import CHANGES, in_unit
from experiments.common.page import picture
from experiments.common.tables import Result, markdown, signed

from pingcang.results.units import money_unit
from pingcang.validate.beside import MONEY
from pingcang.validate.quantities import evaluate, not_computed
from pingcang.validate.score import Line, Score, Spread
from pingcang.validate.score import score as score_of
from pingcang.validate.stylised import FACTS
from pingcang.validate.targets import ENOUGH_LATER_ROWS, ENOUGH_ROWS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "score"
SEEN = "Distance of every target from the real number, in half-widths of its band"
MOST_SHOWN = 5.0
"""Distances beyond this many bands are drawn at the edge."""
NUMBERS = ("real", "band", "median", "p05", "p95", "z")


def cells(plan: Plan) -> list[Cell]:
    """What has to be simulated: the fan's runs, and a calm market long enough for its stylised facts."""
    return [*fan.cells(plan), invariance.calm_market(plan)]


def compute(bench: Bench) -> Result:
    """The score, and stylised facts whose calm side comes from the long calm market."""
    pair = fan.pair_of(bench.plan)
    with bench.open(pair.crash) as crash, bench.open(pair.calm) as calm:
        found = score_of(crash, calm)
    tables = {
        "score": found.to_frame().reset_index(),
        "score_facts": _frame(facts(bench)),
        "score_beside": _frame(found.beside),
    }
    return Result(NAME, tables, {**bench.provenance(pair.crash), **_counts(found)})


def _counts(found: Score) -> dict[str, object]:
    return {
        "rows_in_band": found.rows_in_band,
        "later_rows_in_band": found.later_rows_in_band,
        "missed": [row.target.row for row in found.rows if not row.in_band],
        "enough": found.enough,
    }


def facts(bench: Bench) -> list[Line]:
    """Every stylised fact of the crash's runs and of the long calm market's."""
    quantities = [fact.quantity for fact in FACTS]
    with bench.open(fan.pair_of(bench.plan).crash) as crash, bench.open(invariance.calm_market(bench.plan)) as calm:
        values, missing = evaluate(quantities, crash, calm), not_computed(quantities, crash, calm)
    return [
        Line(
            fact.quantity.name,
            fact.statement,
            fact.unit,
            Spread.of(values[fact.quantity.name]),
            real=fact.real,
            band=fact.band,
            missing=missing.get(fact.quantity.name, ""),
            source=fact.source,
        )
        for fact in FACTS
    ]


def _frame(lines: list[Line] | tuple[Line, ...]) -> pd.DataFrame:
    return pd.DataFrame([line.to_dict() for line in lines])


def draw(result: Result) -> dict[str, Figure]:
    """Median and 5-95 % of the runs of every part, in bands."""
    from experiments.common.style import BLACK, BLUE, GREEN, VERMILION, new_figure

    table = result.tables["score"]
    figure, panels = new_figure(1, 1, height=6.6)
    panel = panels[0, 0]
    panel.axvspan(-1, 1, color=GREEN, alpha=0.15, linewidth=0, label="band")
    panel.axvline(0, color=BLACK, linewidth=1.2, label="real")
    low, z, high = ((table[key] - table["real"]) / table["band"] for key in ("p05", "median", "p95"))
    height = np.arange(len(table))
    for inside, colour, marker, told in (
        (True, BLUE, "o", "median in the band, 5–95 % of the runs"),
        (False, VERMILION, "s", "median outside"),
    ):
        which = (table["in_band"].astype(bool) == inside) & z.notna()
        limits = (low[which].clip(-MOST_SHOWN, MOST_SHOWN), high[which].clip(-MOST_SHOWN, MOST_SHOWN))
        panel.hlines(height[which], *limits, color=colour, linewidth=1.6, linestyle="-" if inside else "--")
        middle = z[which].clip(-MOST_SHOWN, MOST_SHOWN)
        panel.plot(middle, height[which], marker, color=colour, markersize=6, linestyle="none", label=told)
    panel.set_yticks(
        height, [f"{row} {_short(text)}" for row, text in zip(table["row"], table["statement"], strict=True)]
    )
    panel.set_ylim(len(table) - 0.4, -0.6)
    panel.set_xlim(-MOST_SHOWN - 0.2, MOST_SHOWN + 0.2)
    panel.set_xlabel(f"distance in half-widths of the band (beyond {MOST_SHOWN:g} at the edge)")
    figure.legend(loc="outside lower center", ncols=4)
    return {"score": figure}


def _short(statement: str, width: int = 58) -> str:
    return statement if len(statement) <= width else f"{statement[: width - 1].rstrip()}…"


def blocks(result: Result) -> dict[str, str]:
    """The verdict with its table; stylised facts; what is reported beside."""
    return {
        "verdict": verdict(result),
        "score": "\n\n".join(
            [picture("score", SEEN), markdown(_shown(result.tables["score"], rows=True)), result.told()]
        ),
        "facts": markdown(_shown(result.tables["score_facts"].assign(row="", missing=_missing(result)), rows=False)),
        "beside": markdown(_beside(result.tables["score_beside"])),
    }


def _missing(result: Result) -> pd.Series:
    table = result.tables["score_facts"]
    return table["missing"].fillna("") if "missing" in table else pd.Series("", index=table.index)


def verdict(result: Result) -> str:
    """Rows in band against what was asked, and what is missed, part by part."""
    told = result.provenance
    table = result.tables["score"]
    asked = f"asked: {ENOUGH_ROWS} of 18, among them {ENOUGH_LATER_ROWS} of rows 11 to 18"
    met = "met" if told["enough"] else "**not met**"
    counts = f"**{told['rows_in_band']} of 18 rows in their bands, {told['later_rows_in_band']} of rows 11 to 18**"
    missed = table[~table["in_band"].astype(bool)]
    lines = [f"- {_gap(part)}" for _, part in missed.iterrows()]
    return "\n".join([f"{counts} ({asked}: {met}). {'Missed:' if lines else 'Nothing is missed.'}", "", *lines]).strip()


def _gap(part: pd.Series) -> str:
    """What a missed part is, and what it should be."""
    sign = part["name"] in CHANGES
    median, real = (in_unit(float(part[key]), part["unit"], sign=sign) for key in ("median", "real"))
    known = f"{median} instead of {real} ({signed(float(part['z']))} bands)"
    where = "not known in any run" if median == "–" else known
    return f"row {part['row']}, {part['statement']}: {where}"


def _shown(table: pd.DataFrame, *, rows: bool) -> pd.DataFrame:
    """The columns that people read."""
    lines = []
    for _, line in table.iterrows():
        sign = line["name"] in CHANGES
        real, band, median, p05, p95, z = (float(line[key]) for key in NUMBERS)
        low, high = (in_unit(real + side * band, line["unit"], sign=sign) for side in (-1, 1))
        why = str(line["missing"]) if isinstance(line["missing"], str) else ""
        known = not np.isnan(median)
        lines.append(
            {
                **({"#": str(line["row"])} if rows else {}),
                "target" if rows else "fact": line["statement"],
                "real": in_unit(real, line["unit"], sign=sign),
                "band": f"{low} to {high}",
                "median": in_unit(median, line["unit"], sign=sign),
                "5–95 % of the runs": _range(p05, p95, line["unit"], sign=sign) if known else "–",
                "distance": signed(z, 2),
                "in band": "yes" if line["in_band"] else "**no**" if known else f"not computed: {why}",
            }
        )
    return pd.DataFrame(lines)


def _range(low: float, high: float, unit: str, *, sign: bool) -> str:
    return f"{in_unit(low, unit, sign=sign)} to {in_unit(high, unit, sign=sign)}"


def _beside(table: pd.DataFrame) -> pd.DataFrame:
    """Forced sales beside the claims of 2015, and distances of paths."""
    lines = []
    for _, line in table.iterrows():
        if line["unit"] == MONEY:
            median, p05, p95 = (_money(float(line[key])) for key in ("median", "p05", "p95"))
        else:
            median, p05, p95 = (f"{float(line[key]):.3f}" for key in ("median", "p05", "p95"))
        claim = line["claim"] if isinstance(line.get("claim"), str) else "–"
        lines.append(
            {"": line["statement"], "median": median, "5–95 % of the runs": f"{p05} to {p95}", "said in 2015": claim}
        )
    return pd.DataFrame(lines)


def _money(cny: float) -> str:
    size, unit = money_unit(abs(cny))
    return f"{cny / size:.3g} {unit}"
