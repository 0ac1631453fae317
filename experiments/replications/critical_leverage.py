"""Critical leverage under square-root impact: the formula, a sale slice by slice, and the engine's account."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, CYCLE, GREY, new_figure
from experiments.replications.frame import Origin, Outcome, Replication, Row, near, relative, within
from experiments.replications.sold_out import critical_by_engine, critical_by_formula, critical_impact_by_engine
from experiments.replications.square_root_sale import (
    SLICES,
    critical_by_slices,
    critical_impact,
    critical_leverage,
    leverage_at_line,
    leverage_while_selling,
    sold_in_slices,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure

CHECKED = {0.05: 30.0, 0.1: 15.0, 0.2: 7.5, 0.3: 5.0}
"""Full-exit impact and critical leverage of the own check."""
LINES = {1.3: (4.33, 0.346), 1.4: (3.5, 0.429)}
"""Maintenance line, the leverage of an account on it, and the full-exit impact that makes it unsafe."""
SESSIONS = (1, 4, 16, 64)
FINEST = SESSIONS[-1]
SHOWN = (0.1, (0.8, 0.98, 1.1))
"""Impact of the right panel, and leverages in units of the critical one."""


def reproduce() -> Outcome:
    """All of it: formula, slices, the engine at 1 to 64 sessions, lines of the A-share market."""
    engine = pd.DataFrame(
        [(impact, sessions, critical_by_engine(impact, sessions)) for impact in CHECKED for sessions in SESSIONS],
        columns=pd.Index(["impact", "sessions", "critical_leverage"]),
    )
    engine["formula"] = [
        critical_by_formula(impact, sessions)
        for impact, sessions in zip(engine["impact"], engine["sessions"], strict=True)
    ]
    rows = [*slice_rows(), *path_rows(), *line_rows(), *engine_rows(engine), *engine_line_rows()]
    told = (
        f"{SLICES:,} slices; the engine's account holds 64,000 lots and is sold in one day of 1 to {FINEST} sessions."
    )
    return Outcome(rows, lambda: draw(engine), told, {"engine": engine})


def slice_rows() -> list[Row]:
    """λc of the sale in slices."""
    return [
        near(f"λc by slices, I = {impact:g}", Origin.OWN_CHECK, target, critical_by_slices(impact), 0.05)
        for impact, target in CHECKED.items()
    ]


def path_rows() -> list[Row]:
    """Leverage on the way, at 0.8 of the critical leverage for I = 0.1."""
    impact = SHOWN[0]
    initial = 0.8 * critical_leverage(impact)
    sliced = sold_in_slices(initial, impact)[1]
    by_formula = leverage_while_selling(initial, impact, np.arange(1, SLICES + 1) / SLICES)
    off = float(np.max(np.abs(sliced - by_formula)) / initial)
    first, highest = float(sliced[0] / initial), float(sliced.max() / initial)
    return [
        within("leverage on the way, slices off the formula", Origin.FORMULA, "0", off, -math.inf, 1e-3, form=".1e"),
        within("leverage after the first slice / before", Origin.FORMULA, "above 1", first, 1.0, math.inf, form=".4f"),
        near(
            "highest leverage on the way / before",
            Origin.FORMULA,
            float(by_formula.max() / initial),
            highest,
            1e-3,
        ),
    ]


def line_rows() -> list[Row]:
    """The maintenance line read as a critical leverage."""
    rows = []
    for line, (leverage, impact) in LINES.items():
        told = leverage_at_line(line)
        rows += [
            near(f"leverage on the {line:.0%} line", Origin.OWN_CHECK, leverage, told, 0.005, form=".2f"),
            near(f"its critical full-exit impact, {line:.0%}", Origin.OWN_CHECK, impact, critical_impact(told), 0.0005),
        ]
    return rows


def engine_rows(engine: pd.DataFrame) -> list[Row]:
    """The engine's account against λc(K), and the smallest impact against 3/(2I)."""
    finest = engine[engine["sessions"] == FINEST]
    rows = [
        relative(f"engine, {FINEST} sessions, I = {impact:g}: λc(K)", Origin.FORMULA, target, got, 1e-3)
        for impact, got, target in zip(
            *(finest[key] for key in ("impact", "critical_leverage", "formula")), strict=True
        )
    ]
    impact, got = float(finest["impact"].iloc[0]), float(finest["critical_leverage"].iloc[0])
    what = f"engine, {FINEST} sessions, I = {impact:g}: 3/(2I)"
    return [*rows, relative(what, Origin.FORMULA, critical_leverage(impact), got, 0.03)]


def engine_line_rows() -> list[Row]:
    """The engine's critical impact of an account on the 130 % line: against λc(K), and below 3/(2λ)."""
    leverage = leverage_at_line(1.3)
    found = critical_impact_by_engine(leverage, FINEST)
    what, curve = "engine, 130 % line", "0.346 less its curve's part"
    by_formula = critical_by_formula(found, FINEST)
    return [
        relative(f"{what}: λc(K) at its critical impact", Origin.FORMULA, leverage, by_formula, 1e-3),
        within(f"{what}: critical impact", Origin.FORMULA, curve, found, 0.300, critical_impact(leverage)),
    ]


def draw(engine: pd.DataFrame) -> Figure:
    """Critical leverage by impact; leverage along a sale."""
    figure, panels = new_figure(1, 2, height=3.9)
    _critical(panels[0, 0], engine)
    _along(panels[0, 1])
    return figure


def _critical(panel: Axes, engine: pd.DataFrame) -> None:
    impacts = np.linspace(0.04, 0.45, 200)
    panel.plot(impacts, critical_leverage(impacts), color=BLACK, label="λc = 3/(2I)")
    panel.plot(list(CHECKED), [critical_by_slices(impact) for impact in CHECKED], "kx", markersize=8, label="slices")
    for sessions, (colour, line, mark) in zip(SESSIONS, CYCLE, strict=False):
        own = engine[engine["sessions"] == sessions]
        dress = {"color": colour, "linestyle": "", "marker": mark, "markersize": 4.5}
        panel.plot(
            own["impact"], own["critical_leverage"], **dress, label=f"engine, {sessions} session{'s' * (sessions > 1)}"
        )
        formula = [critical_by_formula(impact, sessions) for impact in impacts]
        panel.plot(impacts, formula, color=colour, linestyle=line, linewidth=0.8)
    for line, (leverage, impact) in LINES.items():
        panel.plot([0.04, impact, impact], [leverage, leverage, 2.0], color=GREY, linewidth=0.8, linestyle=":")
        panel.annotate(f"{line:.0%} line", (0.042, leverage), (0, 2), textcoords="offset points", fontsize=8)
    panel.set(xscale="log", yscale="log", ylim=(2.0, 45), xlim=(0.04, 0.45))
    panel.set_xticks([0.05, 0.1, 0.2, 0.3, 0.4], ["0.05", "0.1", "0.2", "0.3", "0.4"])
    panel.set_yticks([2, 5, 10, 20, 40], ["2", "5", "10", "20", "40"])
    panel.minorticks_off()
    panel.set(
        xlabel="I, impact of selling all of the position",
        ylabel="critical leverage",
        title="Above the line the lender loses",
    )
    panel.legend()


def _along(panel: Axes) -> None:
    impact, shares = SHOWN
    sold = np.arange(1, SLICES + 1) / SLICES
    for share, (colour, line, _) in zip(shares, CYCLE, strict=False):
        initial = share * critical_leverage(impact)
        leverage = leverage_while_selling(initial, impact, sold)
        solvent = np.where((leverage > 0) & (np.cumprod(leverage > 0) > 0), leverage, np.nan)
        panel.plot(sold, solvent, color=colour, linestyle=line, label=f"{initial:g} = {share:g} λc")
        panel.plot(sold[99::200], sold_in_slices(initial, impact)[1][99::200], "kx", markersize=4)
    panel.plot([], [], "kx", markersize=4, label="slices")
    panel.set(ylim=(0, 60), xlim=(0, 1), xlabel="share of the position sold", ylabel="leverage")
    panel.set_title(f"Selling first raises leverage (I = {impact:g})")
    panel.legend(title="leverage before")


REPLICATION = Replication(
    "critical_leverage",
    "Critical leverage under square-root impact",
    "Caccioli, Bouchaud and Farmer (2012), Impact-adjusted valuation and the criticality of leverage, arXiv 1204.0922",
    "left: critical leverage by full-exit impact, formula, slices and engine; right: leverage along a sale",
    reproduce,
)
