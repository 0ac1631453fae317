"""Fire-sale spillovers between banks: the closed form against bank by bank, and three accounts of the engine."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from experiments.common.style import BLUE, GREY, ORANGE, POINTS, VERMILION, new_figure
from experiments.replications.bank_sales import Round, closed_form, drawn, one_by_one, three_banks
from experiments.replications.banks_in_the_engine import SHARE_OF_DEPTH, Agreement, agreement
from experiments.replications.frame import Origin, Outcome, Replication, Row, relative, within
from matplotlib.axes import Axes
from matplotlib.figure import Figure

DRAWS = 100
EXACT = 1e-10
"""Accepted difference between closed form and simulation, as a share."""
BY_HAND = {
    "lost to the shock by bank 1, share of equity": 0.10,
    "sold by bank 1": 9.0,
    "indirect loss of bank 1": 0.045,
    "indirect loss of bank 2": 0.01125,
    "indirect loss of bank 3": 0.00225,
    "aggregate vulnerability": 0.00984375,
}
"""Bank 1 loses 1 of 10 and sells 9 = 4.5 + 4.5, which moves two assets by −0.45 %; on assets of 100, 50 and 25 in them
the banks lose 0.45, 0.225 and 0.1125 of equity of 10, 20 and 50; together 0.7875 of 80."""
FINENESS = (1, 3, 10, 30, 100, 300)
JUDGED = 100


def reproduce() -> Outcome:
    """The example by hand, a hundred draws, and the engine ever nearer to its linear limit."""
    engine = {fineness: agreement(fineness) for fineness in FINENESS}
    rows = [*example_rows(), *draw_rows(DRAWS), *engine_rows(engine)]
    tables = {"engine": _engine_table(engine), "example": _example_table(), "systemicness": _systemicness_table()}
    told = f"{DRAWS} draws (seeds 0 to {DRAWS - 1}) of 40 banks and 12 assets; the engine's market has no chance."
    return Outcome(rows, lambda: draw(tables), told, tables)


def example_rows() -> list[Row]:
    """Three banks, by hand."""
    banks, shock = three_banks()
    found = one_by_one(banks, shock)
    lost = -float(banks.assets[0] * (banks.weights[0] @ shock) / banks.equity[0])
    got = [lost, float(found.sales.sum()), *map(float, found.indirect), found.vulnerability]
    return [
        relative(f"three banks: {what}", Origin.FORMULA, target, value, EXACT, form=".6g")
        for (what, target), value in zip(BY_HAND.items(), got, strict=True)
    ]


def draw_rows(draws: int) -> list[Row]:
    """The largest differences over random banks."""
    off = np.array([_differences(seed) for seed in range(draws)]).max(axis=0)
    names = (
        "AV, closed form against bank by bank",
        "S(n) of every bank, the same",
        "IV(n) of every bank, the same",
        "Σ S(n) against AV",
        "Σ e(n) IV(n) against AV · E",
    )
    return [
        within(f"{draws} draws: {name}", Origin.OWN_CHECK, "0", float(value), -math.inf, EXACT, form=".0e")
        for name, value in zip(names, off, strict=True)
    ]


def engine_rows(engine: dict[int, Agreement]) -> list[Row]:
    """The engine near its linear limit, and how it gets there."""
    near, coarse = engine[JUDGED], engine[JUDGED // 10]
    return [
        relative("engine: AV", Origin.FORMULA, near.formula.vulnerability, near.engine.vulnerability, 0.01, form=".4e"),
        *(
            relative(f"engine: indirect loss of bank {n}", Origin.FORMULA, target, got, 0.01, form=".4e")
            for n, (target, got) in enumerate(zip(near.formula.indirect, near.engine.indirect, strict=True), start=1)
        ),
        within(
            "engine: sold of the stock that bank 1 does not hold",
            Origin.FORMULA,
            "0",
            float(near.engine.sales[2]),
            0.0,
            0.0,
            form=".0f",
        ),
        within("engine: error at tenfold N/D / error", Origin.FORMULA, "10", coarse.off / near.off, 8, 13, form=".1f"),
    ]


def draw(tables: dict[str, pd.DataFrame]) -> Figure:
    """Losses of the three banks; systemicness of drawn banks; the engine's way to the linear limit."""
    figure, panels = new_figure(1, 3, height=3.4)
    _losses(panels[0, 0], tables["example"])
    _systemicness(panels[0, 1], tables["systemicness"])
    _convergence(panels[0, 2], tables["engine"])
    return figure


def _differences(seed: int) -> tuple[float, ...]:
    banks, shock = drawn(seed)
    formula, told = closed_form(banks, shock), one_by_one(banks, shock)
    lost = float((told.indirect * banks.equity).sum() / banks.equity.sum())
    return (
        abs(formula.vulnerability / told.vulnerability - 1.0),
        float(np.abs(formula.systemicness / told.systemicness - 1.0).max()),
        float(np.abs(formula.indirect / told.indirect - 1.0).max()),
        abs(formula.systemicness.sum() / told.vulnerability - 1.0),
        abs(lost / formula.vulnerability - 1.0),
    )


def _engine_table(engine: dict[int, Agreement]) -> pd.DataFrame:
    def cells(each: Round) -> tuple[float, ...]:
        return (each.vulnerability, *map(float, each.indirect))

    columns = ["fineness", "share_of_depth", "error"]
    names = ("av", "loss_1", "loss_2", "loss_3")
    columns += [f"{name}_{side}" for side in ("engine", "formula") for name in names]
    rows = [
        (fineness, SHARE_OF_DEPTH / fineness, each.off, *cells(each.engine), *cells(each.formula))
        for fineness, each in engine.items()
    ]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _example_table() -> pd.DataFrame:
    banks, shock = three_banks()
    found = closed_form(banks, shock)
    return pd.DataFrame(
        {
            "bank": range(1, len(banks.assets) + 1),
            "direct": -banks.assets * (banks.weights @ shock) / banks.equity,
            "indirect": found.indirect,
            "systemicness": found.systemicness,
        }
    )


def _systemicness_table(seed: int = 0) -> pd.DataFrame:
    banks, shock = drawn(seed)
    formula, told = closed_form(banks, shock), one_by_one(banks, shock)
    return pd.DataFrame({"formula": formula.systemicness, "bank_by_bank": told.systemicness})


def _losses(panel: Axes, example: pd.DataFrame) -> None:
    places = np.arange(len(example))
    direct, indirect = example["direct"] * POINTS, example["indirect"] * POINTS
    panel.bar(places, direct, 0.6, color=GREY, label="shock")
    panel.bar(
        places, indirect, 0.6, bottom=direct, color=ORANGE, hatch="//", edgecolor="white", label="sales of bank 1"
    )
    for place, low, high in zip(places, direct, indirect, strict=True):
        panel.annotate(
            f"{high:.4g} %", (place, low + high), (0, 2), textcoords="offset points", ha="center", fontsize=8
        )
    panel.set_xticks(places, ["bank 1\nb = 9", "bank 2\nb = 4", "bank 3\nb = 0"])
    panel.set(ylabel="loss, % of equity", title="Three banks, by hand", ylim=(0, 16.5))
    panel.grid(visible=False, axis="x")
    panel.legend()


def _systemicness(panel: Axes, told: pd.DataFrame) -> None:
    values = told * POINTS
    ends = [float(values.to_numpy().min()) / 2, float(values.to_numpy().max()) * 2]
    panel.plot(ends, ends, color=GREY, linewidth=0.8)
    panel.plot(values["formula"], values["bank_by_bank"], "o", color=BLUE, markersize=4, alpha=0.7)
    panel.set(xscale="log", yscale="log", xlim=ends, ylim=ends, title="S(n) of 40 drawn banks")
    panel.set(xlabel="closed form, % of all equity", ylabel="bank by bank, % of all equity")


def _convergence(panel: Axes, engine: pd.DataFrame) -> None:
    share = engine["share_of_depth"]
    panel.plot(share, share, color=GREY, linewidth=0.8, label="N/D")
    panel.plot(share, engine["error"], color=VERMILION, marker="s", markersize=4, linestyle="--", label="largest error")
    panel.axhline(0.01, color=GREY, linestyle=":", linewidth=1.0, label="accepted at 0.0004")
    panel.set(xscale="log", yscale="log", xlabel="lots sold over depth, N/D", title="The engine's three accounts")
    panel.set_ylabel("error against the closed form")
    panel.legend()


REPLICATION = Replication(
    "greenwood_landier_thesmar",
    "Fire-sale spillovers of banks",
    "Greenwood, Landier and Thesmar (2015), Vulnerable banks, Journal of Financial Economics 115(3), 471-485",
    "losses of three banks; systemicness of 40 drawn banks, formula against simulation; the engine nearing the formula",
    reproduce,
)
