"""The answers as Markdown and as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, BLUE, GREY, VERMILION, new_figure
from experiments.common.tables import interval_text
from experiments.equal_risk.answers import TN, analytic
from experiments.macro.answers import ONE_BY_ONE, Answer
from experiments.macro.mechanism import MIDDLE, QUANTITIES
from matplotlib.figure import Figure


def markdown(found: list[Answer], told: dict[str, Any]) -> str:
    """The table, the analytic balance beside the simulated one, and what the runs were."""
    lines = [
        "| links on | top-up odds × | appetite × | rescue × | simulated balance | from none | analytic | published |",
        "|---|---:|---:|---:|---|---|---:|---:|",
        *(_line(each) for each in found),
    ]
    target = found[0].found.target
    runs = f"{told['runs']} runs a point, scale {told['scale']:g}, seed {told['seed']}, engine {told['code_version']}"
    return (
        f"![Equal-risk balance by links](images/macro.png)\n\n{chr(10).join(lines)}\n\n"
        f"Balances in trillion CNY at which margin orders add {target:.2f} points to the drawdown (median), as in "
        f"china_2015, and how far a setting moves them. 95% intervals; moves are paired by run. *{runs}.*"
    )


def _line(each: Answer) -> str:
    factors, article = each.factors, each.setting.article
    cells = [
        each.setting.name,
        f"{factors.top_up:.3f}",
        f"{factors.appetite:.3f}",
        f"{factors.rescue:.3f}",
        each.found.told(),
        _shift(each),
        "–" if each.analytic is None else f"{each.analytic / TN:.2f}",
        "–" if article is None else f"{article / TN:.4g}",
    ]
    return f"| {' | '.join(cells)} |"


def _shift(each: Answer) -> str:
    """How much more or less than without links."""
    if each.shift is None:
        return "–"
    low, high = (end / TN for end in each.shift.interval)
    return interval_text(each.shift.value / TN, low, high, digits=2)


def mechanism_markdown(table: pd.DataFrame) -> str:
    """A row a quantity: without links, then what each link changes by itself."""
    settings = [each.name for each in ONE_BY_ONE if len(each.links) < 2]
    cells = {(row.links, row.quantity): row for row in table.itertuples(index=False)}
    lines = [
        f"| at {MIDDLE / TN:g}tn | {' | '.join(settings)} |",
        f"|---|{'---:|' * len(settings)}",
        *(_quantity(name, [cells[setting, name] for setting in settings]) for name in QUANTITIES),
    ]
    told = (
        "First column: median of the runs. The others: median of the difference from it, run by run, with its 95% "
        "interval; in bold where 0 lies outside."
    )
    return "\n".join(lines) + f"\n\n{told}"


def _quantity(name: str, cells: list[Any]) -> str:
    quantity = QUANTITIES[name]
    base, *others = cells
    told = [
        f"{base.median:,.{quantity.digits}f}".replace("-", "−"),
        *(_difference(each, quantity.digits) for each in others),
    ]
    return f"| {quantity.name} | {' | '.join(told)} |"


def _difference(cell: Any, digits: int) -> str:
    text = interval_text(cell.median, cell.low, cell.high, digits=digits)
    return f"**{text}**" if cell.low > 0 or cell.high < 0 else text


def draw(found: list[Answer]) -> Figure:
    """Left: balances by links, simulated with intervals and analytic. Right: the statistic by balance."""
    figure, panels = new_figure(1, 2, height=4.6)
    _balances(panels.flat[0], found)
    _curves(panels.flat[1], found)
    return figure


def _balances(panel: Any, found: list[Answer]) -> None:
    rows = np.arange(len(found))[::-1]
    known = [(each.analytic / TN, row) for each, row in zip(found, rows, strict=True) if each.analytic is not None]
    panel.scatter(*zip(*known, strict=True), color=GREY, marker="D", s=18, label="analytic")
    for row, each in zip(rows, found, strict=True):
        root = each.found.root
        if root is not None:
            low, high = np.clip(root.interval, each.found.low, each.found.high) / TN
            panel.plot([low, high], [row, row], color=BLUE, linewidth=1.5)
            panel.plot(root.x / TN, row, color=BLUE, marker="o", markersize=4)
    panel.plot([], [], color=BLUE, marker="o", markersize=4, label="simulated, 95%")
    panel.axvline(analytic() / TN, color=GREY, linestyle=":", linewidth=0.8)
    panel.set_yticks(rows, [each.setting.name for each in found], fontsize=7)
    panel.set_xlabel("equal-risk balance (tn CNY)")
    panel.legend(fontsize=7, loc="lower right")


def _curves(panel: Any, found: list[Answer]) -> None:
    panel.axhline(found[0].found.target, color=BLACK, linestyle=":", linewidth=1.2, label="china_2015")
    styles = [(BLUE, "-"), (VERMILION, "-"), (VERMILION, "--"), (BLACK, "-"), (BLACK, "--")]
    for each, (colour, line) in zip(found, styles, strict=False):
        balances = sorted(each.found.points)
        values = [each.found.points[balance] for balance in balances]
        panel.plot(np.array(balances) / TN, values, color=colour, linestyle=line, linewidth=1, label=each.setting.name)
    panel.set_xlabel("balance of brokers in 2025 (tn CNY)")
    panel.set_title("drawdown added by margin orders, points", fontsize=8)
    panel.legend(fontsize=6)
