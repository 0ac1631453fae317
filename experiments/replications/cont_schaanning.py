"""Threshold against leverage targeting: the fire sales of 48 European banks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, BLUE, CYCLE, POINTS, VERMILION, new_figure
from experiments.replications.frame import Origin, Outcome, Replication, Row
from experiments.replications.stressed_banks import BUFFER, TARGETING, Damage, stressed
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ACCEPTED = 0.001
"""The own check has three digits; one bank more or less is 0.021."""
IMPACTS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.10)
SHOCKS = (0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
SHOCK, IMPACT = 0.20, 0.01
FAILED_BY_IMPACT = (0.146, 0.375, 0.667, 0.792, 0.917, 0.938)
SOLD_BY_IMPACT = (0.605, 0.915, 0.982, 0.994, 0.996, 1.0)
BY_SHOCK = {
    "threshold": (BUFFER, (0.0, 0.042, 0.125, 0.375, 0.375, 0.521), (0.158, 0.818, 0.915, 0.915, 0.932, 0.957)),
    "targeting": (TARGETING, (0.042, 0.062, 0.25, 0.271, 0.417, 0.542), (0.884, 0.914, 0.93, 0.947, 0.973, 0.984)),
}
"""Buffer, share failed and share sold at each shock."""
AT_REST = {"threshold": 0.047, "targeting": 0.317}
"""Share sold without any shock."""


def reproduce() -> Outcome:
    """Both tables of the own check, and the curves between."""
    by_impact = [stressed(SHOCK, impact) for impact in IMPACTS]
    rows = [
        listed("failed, impact 0 to 10 %, shock 20 %", FAILED_BY_IMPACT, [each.failed for each in by_impact]),
        listed("sold, the same", SOLD_BY_IMPACT, [each.sold for each in by_impact]),
        *shock_rows(),
        message_row(),
    ]
    curves = curve_table()
    told = f"48 banks, 6 rounds, no chance; impact {IMPACT:.0%} per 5 % sold where the shock varies."
    return Outcome(rows, lambda: draw(curves), told, {"curves": curves})


def listed(what: str, target: Sequence[float], got: Sequence[float]) -> Row:
    """A row of several numbers, each of which must agree to three digits."""
    met = all(abs(a - b) <= ACCEPTED for a, b in zip(target, got, strict=True))
    return Row(what, Origin.OWN_CHECK, _texts(target), _texts(got), f"± {ACCEPTED:g} each", met)


def shock_rows() -> list[Row]:
    """Failed and sold by shock, under either behaviour."""
    rows = []
    for name, (buffer, failed, sold) in BY_SHOCK.items():
        found = [stressed(shock, IMPACT, buffer) for shock in SHOCKS]
        rows.append(listed(f"{name}: failed, shock 5 to 30 %", failed, [each.failed for each in found]))
        rows.append(listed(f"{name}: sold, the same", sold, [each.sold for each in found]))
        rows.append(listed(f"{name}: sold without any shock", [AT_REST[name]], [stressed(0.0, IMPACT, buffer).sold]))
    return rows


def message_row() -> Row:
    """Targeting sells more than a threshold at every shock, and most so at the smallest."""
    more = [stressed(shock, IMPACT, TARGETING).sold - stressed(shock, IMPACT).sold for shock in SHOCKS]
    what, target = "sold by targeting less by threshold, the same", "most at small shocks"
    met = min(more) > 0 and more[0] == max(more)
    return Row(what, Origin.PUBLISHED, target, _texts(more), "> 0, first largest", met)


def curve_table() -> pd.DataFrame:
    """Failed and sold along shock and impact."""
    rows = [("impact", "threshold", impact, *_cells(stressed(SHOCK, impact))) for impact in np.linspace(0.0, 0.10, 41)]
    rows += [
        ("shock", name, shock, *_cells(stressed(shock, IMPACT, buffer)))
        for name, (buffer, *_) in BY_SHOCK.items()
        for shock in np.linspace(0.0, 0.30, 61)
    ]
    return pd.DataFrame(rows, columns=pd.Index(["along", "behaviour", "at", "failed", "sold"]))


def draw(curves: pd.DataFrame) -> Figure:
    """Damage by price impact; failures and sales by shock, under either behaviour."""
    figure, panels = new_figure(1, 3, height=3.5)
    _by_impact(panels[0, 0], curves[curves["along"] == "impact"])
    by_shock = curves[curves["along"] == "shock"]
    _by_shock(panels[0, 1], by_shock, "sold", 2, "Bonds sold, impact 1 %")
    _by_shock(panels[0, 2], by_shock, "failed", 1, "Banks failed, impact 1 %")
    return figure


def _by_impact(panel: Axes, curve: pd.DataFrame) -> None:
    for key, checked, colour, line in (
        ("sold", SOLD_BY_IMPACT, BLUE, "-"),
        ("failed", FAILED_BY_IMPACT, VERMILION, "--"),
    ):
        panel.plot(curve["at"] * POINTS, curve[key] * POINTS, color=colour, linestyle=line, label=key)
        panel.plot(np.array(IMPACTS) * POINTS, np.array(checked) * POINTS, "x", color=BLACK, markersize=5)
    panel.plot([], [], "x", color=BLACK, markersize=5, label="own check")
    panel.set(xlabel="π, price impact of selling 5 %, in %", ylabel="% of banks, % of bonds", ylim=(0, 104))
    panel.set_title("Government bonds fall by 20 %")
    panel.legend(loc="lower right")


def _by_shock(panel: Axes, curve: pd.DataFrame, key: str, place: int, title: str) -> None:
    for name, (colour, line, _) in zip(BY_SHOCK, CYCLE, strict=False):
        own = curve[curve["behaviour"] == name]
        panel.plot(own["at"] * POINTS, own[key] * POINTS, color=colour, linestyle=line, label=name)
        panel.plot(np.array(SHOCKS) * POINTS, np.array(BY_SHOCK[name][place]) * POINTS, "x", color=BLACK, markersize=5)
    panel.set(xlabel="fall of government bonds, %", ylabel=f"{key}, %", ylim=(0, 104), title=title)
    panel.legend()


def _cells(damage: Damage) -> tuple[float, float]:
    return damage.failed, damage.sold


def _texts(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:.3f}" for number in numbers)


REPLICATION = Replication(
    "cont_schaanning",
    "Threshold against leverage targeting",
    "Cont and Schaanning (2017), Fire sales, indirect contagion and systemic stress testing, Norges Bank working paper "
    "02/2017; simplified by Farmer, Kleinnijenhuis, Nahai-Williamson and Wetzer (2020)",
    "share of banks that fail and of bonds that are sold, by price impact and by shock, threshold against targeting",
    reproduce,
)
