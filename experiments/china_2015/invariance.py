"""What must not matter: sessions a day, scale, number of accounts. And what a year without shocks is like."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from experiments.china_2015 import variants
from experiments.china_2015.bench import CALM, Bench, Cell, Pair, Plan, cells_of, pair
from experiments.china_2015.scoring import PARTS, label, measured, rows_in_band, shown
from experiments.common.intervals import interval, median_difference
from experiments.common.page import picture
from experiments.common.tables import Result, markdown, signed

from pingcang import load_scenario
from pingcang.results.metrics import official_balance
from pingcang.validate.targets import FRACTION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "invariance"
RUNS, LARGE_RUNS, YEAR_RUNS = 12, 4, 4
YEAR, LONG = 250, 400
"""Trading days of the calm market that are told, and that are simulated: its stylised facts need the longer run."""
FIRST_DAYS = 20
"""Trading days over which the first growth of the balance is taken, as in row 17."""
EXPLOSIVE = 3.0
"""Times the start beyond which the year is drawn on a logarithmic scale."""
STILL_FACTS = ("index, change over the year", "maximum drawdown", "balance, change over the year", "limit-downs a day")
"""What is told of the year in which the bubble's growth of credit is switched off."""
SURE = 3.0
"""Standard errors beyond which a difference is told as one: of some hundred numbers, five pass 2 by chance."""


MOST_TOLD = 5


class Variant(NamedTuple):
    """A change that must not matter."""

    name: str
    runs: int
    change: variants.Change


def variants_of(plan: Plan) -> tuple[Variant, ...]:
    """The changes, at the plan's own scale."""
    base = load_scenario(CALM).scenario
    scale = plan.scale if plan.scale is not None else base.scale
    return (
        Variant(
            f"{2 * base.calendar.sessions} sessions",
            RUNS,
            variants.fixed(calendar__sessions=2 * base.calendar.sessions),
        ),
        Variant("scale × 4", LARGE_RUNS, variants.fixed(scale=whole_scale(4 * scale))),
        Variant("scale ÷ 2", RUNS, variants.fixed(scale=whole_scale(scale / 2))),
        Variant("accounts × 2", RUNS, variants.more_accounts(2)),
    )


def whole_scale(scale: float) -> float:
    """The nearest scale of one in a whole number, at most 1."""
    return 1 / max(round(1 / scale), 1)


def base_pair(plan: Plan) -> Pair:
    """The scenario as it is."""
    return pair("as it is", plan.at_most(RUNS))


def pairs(plan: Plan) -> dict[str, Pair]:
    """Variant -> cells."""
    return {each.name: pair(each.name, plan.at_most(each.runs), each.change) for each in variants_of(plan)}


def calm_market(plan: Plan) -> Cell:
    """The calm market for a year and more; its first days are those of a shorter run."""
    days = variants.fixed(calendar__days=LONG if plan.days is None else plan.days)
    return Cell("a year without shocks", plan.at_most(YEAR_RUNS), CALM, days)


def still_market(plan: Plan) -> Cell:
    """The calm market without the bubble's growth of credit: what is repaid is borrowed again, no past."""
    still = variants.fixed(
        calendar__days=YEAR if plan.days is None else plan.days,
        calendar__past_returns=[],
        cohorts__retail__behaviour__appetite__base=1.0,
        cohorts__institution__behaviour__appetite__base=1.0,
        cohorts__shadow__behaviour__appetite__base=1.0,
    )
    return Cell("a year without growth of credit", plan.at_most(YEAR_RUNS), CALM, still)


def cells(plan: Plan) -> list[Cell]:
    """What has to be simulated."""
    return [*cells_of([base_pair(plan), *pairs(plan).values()]), calm_market(plan), still_market(plan)]


def compute(bench: Bench) -> Result:
    """Differences of all medians, and what the year was like."""
    base = measured(bench, base_pair(bench.plan))
    found = {name: measured(bench, each) for name, each in pairs(bench.plan).items()}
    differences = pd.concat([compared(name, base, frame) for name, frame in found.items()], ignore_index=True)
    scores = pd.DataFrame([_score(name, frame, base) for name, frame in {"as it is": base, **found}.items()])
    calm = calm_market(bench.plan)
    with bench.open(calm) as dataset:
        told = dataset.isel(day=slice(YEAR + 1))
        facts, path = year_facts(told), year_fan(told)
    with bench.open(still_market(bench.plan)) as dataset:
        still = year_facts(dataset)
    still = still[still["fact"].isin(STILL_FACTS)].assign(fact="without growth of credit: " + still["fact"])
    facts = pd.concat([facts, still], ignore_index=True)
    tables = {"invariance": differences, "invariance_score": scores, "calm_year": facts, "calm_year_path": path}
    return Result(NAME, tables, {**bench.provenance(base_pair(bench.plan).crash), "year_runs": calm.runs})


def compared(name: str, base: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Medians of a variant and of the scenario over the same runs, a row a part of a target."""
    rows = []
    for part_name, (target, part) in PARTS.items():
        both = base[part_name].index.intersection(frame[part_name].index)
        difference, error = median_difference(base.loc[both, part_name], frame.loc[both, part_name])
        rows.append(
            {
                "variant": name,
                "row": target.row,
                "part": part_name,
                "base": float(base.loc[both, part_name].median()),
                "median": float(frame.loc[both, part_name].median()),
                "difference": difference,
                "error": error,
                "bands": difference / part.band,
                "runs": len(both),
            }
        )
    return pd.DataFrame(rows)


def _score(name: str, frame: pd.DataFrame, base: pd.DataFrame) -> dict[str, object]:
    rows, later = rows_in_band(frame.median())
    same_runs, _ = rows_in_band(base.loc[base.index.intersection(frame.index)].median())
    return {"variant": name, "runs": len(frame), "rows_in_band": rows, "later": later, "base_same_runs": same_runs}


def year_facts(dataset: xr.Dataset) -> pd.DataFrame:
    """Drift, growth of the balance and disorder in a market without news, with 95 % intervals of the median."""
    index, balance = dataset["index"].values, official_balance(dataset).values
    days = index.shape[1] - 1
    first = min(FIRST_DAYS, days)
    down = dataset["limit_down"].sum("board").values[:, 1:]
    known = {
        "index, change over the year": (index[:, -1] - 1, "%"),
        "index, highest level": (index.max(axis=1), "1"),
        "index, lowest level": (index.min(axis=1), "1"),
        "maximum drawdown": (dataset.pingcang.drawdown.values, "%"),
        f"balance, growth a day, first {first} days": ((balance[:, first] / balance[:, 0]) ** (1 / first) - 1, "%"),
        "balance, growth a day, whole year": ((balance[:, -1] / balance[:, 0]) ** (1 / days) - 1, "%"),
        "balance, change over the year": (balance[:, -1] / balance[:, 0] - 1, "%"),
        "limit-downs a day": (down.mean(axis=1), "stocks"),
        "limit-downs, worst day": (down.max(axis=1).astype(np.float64), "stocks"),
    }
    rows = []
    for name, (values, unit) in known.items():
        low, high = interval(values)
        extremes = {"least": values.min(), "most": values.max()}
        rows.append({"fact": name, "unit": unit, "median": np.median(values), "low": low, "high": high, **extremes})
    return pd.DataFrame(rows)


def year_fan(dataset: xr.Dataset) -> pd.DataFrame:
    """Quantiles over the runs of index and balance a day."""
    balance = official_balance(dataset).values
    paths = {"index": dataset["index"].values, "financing balance": balance / balance[:, :1]}
    frames = []
    for name, values in paths.items():
        levels = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
        columns = dict(zip(("p05", "p25", "median", "p75", "p95"), levels, strict=True))
        frames.append(pd.DataFrame({"series": name, "day": np.arange(values.shape[1]), **columns}))
    return pd.concat(frames, ignore_index=True)


def draw(result: Result) -> dict[str, Figure]:
    """Differences in bands with their errors, a panel a variant; and the year."""
    return {"invariance": _differences(result), "calm_year": _year(result)}


def _differences(result: Result) -> Figure:
    from experiments.common.style import BLACK, BLUE, GREEN, new_figure

    table = result.tables["invariance"]
    names = list(dict.fromkeys(table["variant"]))
    figure, panels = new_figure(1, len(names), height=6.4)
    titles = [f"{target.row} {part.name.replace('_', ' ')}" for target, part in PARTS.values()]
    for number, (panel, name) in enumerate(zip(panels.flat, names, strict=True)):
        rows = table[table["variant"] == name]
        band = rows["difference"] / rows["bands"].where(rows["bands"] != 0)
        error = (2 * rows["error"] / band.abs()).fillna(0)
        height = np.arange(len(rows))
        panel.axvspan(-1, 1, color=GREEN, alpha=0.12, linewidth=0)
        panel.axvline(0, color=BLACK, linewidth=0.8)
        panel.errorbar(rows["bands"], height, xerr=error, fmt="o", color=BLUE, markersize=4, capsize=2, linewidth=1)
        panel.set_yticks(height, titles if number == 0 else [""] * len(titles), fontsize=7.8)
        panel.set_ylim(len(rows) - 0.5, -0.5)
        panel.set_xlim(-2.05, 2.05)
        panel.set_title(f"{name}\n({int(rows['runs'].max())} runs)", fontsize=8.8)
    figure.supxlabel("difference of the medians, in half-widths of the band (bars: two standard errors)", fontsize=9)
    return figure


def _year(result: Result) -> Figure:
    from experiments.common.style import BLACK, BLUE, new_figure

    table = result.tables["calm_year_path"]
    figure, panels = new_figure(1, 2, height=3.1)
    for panel, (name, rows) in zip(panels.flat, table.groupby("series", sort=False), strict=True):
        panel.fill_between(
            rows["day"], rows["p05"], rows["p95"], color=BLUE, alpha=0.16, linewidth=0, label="5–95 % of the runs"
        )
        panel.fill_between(rows["day"], rows["p25"], rows["p75"], color=BLUE, alpha=0.32, linewidth=0, label="25–75 %")
        panel.plot(rows["day"], rows["median"], color=BLUE, linestyle="--", linewidth=1.5, label="median")
        panel.axhline(1, color=BLACK, linewidth=0.8)
        panel.set_title(f"{str(name).capitalize()}, a year without shocks")
        panel.set_xlabel("trading days")
        panel.set_ylabel("start = 1")
        panel.margins(x=0.01)
        if rows["p95"].max() > EXPLOSIVE:
            panel.set_yscale("log", base=2)
            panel.yaxis.set_major_formatter("{x:g}")
    panels.flat[0].legend(loc="best")
    return figure


def blocks(result: Result) -> dict[str, str]:
    """The medians beside each other, the largest differences, and the year."""
    return {
        "invariance": f"{picture('invariance', 'Differences of all medians, in bands')}\n\n{_text(result)}",
        "calm_year": f"{picture('calm_year', 'Index and balance in a year without shocks')}\n\n{_year_text(result)}",
    }


def _text(result: Result) -> str:
    table, scores = result.tables["invariance"], result.tables["invariance_score"].set_index("variant")
    names = list(dict.fromkeys(table["variant"]))
    inside, same_runs = scores["rows_in_band"], scores["base_same_runs"]
    of_same_runs = {name: f"{inside[name]} ({same_runs[name]})" for name in names}
    rows = [
        {"": "**rows in band, of 18**", "as it is": str(inside["as it is"]), **of_same_runs},
        {"": "runs", **{name: str(scores.loc[name, "runs"]) for name in ["as it is", *names]}},
    ]
    by_part = table.set_index(["part", "variant"])
    base = table[table["runs"] == table["runs"].max()].drop_duplicates("part").set_index("part")["base"]
    for name, (target, _) in PARTS.items():
        cells = {v: _difference(by_part.loc[(name, v)], target.unit == FRACTION) for v in names}
        rows.append({"": label(name), "as it is": shown(base[name], name), **cells})
    legend = (
        "Difference of the medians to the same runs of the scenario as it is, ± its standard error, fractions in "
        "percentage points; in brackets the rows in band of these same runs."
    )
    return f"{markdown(pd.DataFrame(rows))}\n\n{legend} {found(table)} {result.told()}"


def found(table: pd.DataFrame) -> str:
    """How many differences are more than chance, and the largest of them."""
    sure = table[table["difference"].abs() > SURE * table["error"]]
    largest = sure.reindex(sure["bands"].abs().sort_values(ascending=False).index).head(MOST_TOLD)
    texts = [f"{row['part']} with {row['variant']} {signed(row['bands'], 2)} bands" for _, row in largest.iterrows()]
    told = "; ".join(texts)
    counted = f"{len(sure)} of {len(table)} differences are larger than {SURE:g} standard errors"
    return f"{counted}; the largest: {told}." if told else f"{counted}."


def _difference(row: pd.Series, percent: bool) -> str:
    factor, digits = (100.0, 2) if percent else (1.0, 2)
    difference, error = float(row["difference"]) * factor, float(row["error"]) * factor
    if math.isnan(difference):
        return "–"
    return f"{signed(difference, digits)} ± {error:.{digits}f}"


def _year_text(result: Result) -> str:
    rows = []
    for _, fact in result.tables["calm_year"].iterrows():
        percent = fact["unit"] == "%"
        median, low, high, least, most = (
            f"{100 * fact[key]:+.2f} %".replace("-", "−") if percent else f"{fact[key]:.4g}"
            for key in ("median", "low", "high", "least", "most")
        )
        rows.append(
            {"": fact["fact"], "median": median, "95 % interval": f"{low} to {high}", "all runs": f"{least} to {most}"}
        )
    told = replace(result, provenance={**result.provenance, "runs": result.provenance["year_runs"]})
    return f"{markdown(pd.DataFrame(rows))}\n\n{told.told()}"
