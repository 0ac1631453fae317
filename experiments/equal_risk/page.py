"""The answers as Markdown and as a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, BLUE, GREY, VERMILION, new_figure
from experiments.equal_risk.answers import TN
from matplotlib.figure import Figure

from pingcang.study.equal_risk import EqualRisk

NAMES = {"amplification_points": "drawdown added by margin orders, points"}
COLOURS = ((BLUE, "-", "o"), (VERMILION, "--", "s"))


def markdown(found: list[EqualRisk], told: dict[str, Any]) -> str:
    """The table, with the analytic balance beside it, and what the runs were."""
    lines = [
        "| shadow debt, tn | measure | in 2015 | equal-risk balance of brokers | at the ends of the search |",
        "|---:|---|---:|---|---|",
    ]
    for each in found:
        ends = f"{each.at_low:.3f} at {each.low / TN:g}tn, {each.at_high:.3f} at {each.high / TN:g}tn"
        answer = each.told() + (", saturated" if each.saturated else "")
        lines.append(f"| {each.shadow / TN:g} | {_named(each)} | {each.target:.3f} | {answer} | {ends} |")
    runs = f"{told['runs']} runs a point, scale {told['scale']:g}, seed {told['seed']}, engine {told['code_version']}"
    return (
        f"![Drawdown of 2025 by margin balance](images/equal_risk.png)\n\n{chr(10).join(lines)}\n\n"
        f"Analytic: {told['analytic_balance'] / TN:.2f}tn. *{runs}.* 95% intervals. "
        "*Saturated*: all runs of 2015, or none, are beyond the threshold, so that the measure tells no size of crash."
    )


def draw(found: list[EqualRisk], points: pd.DataFrame, told: dict[str, Any]) -> Figure:
    """A panel a measure: the statistic by balance at both levels of shadow finance, and 2015's."""
    statistics = dict.fromkeys(str(each.statistic) for each in found)
    figure, panels = new_figure(1, len(statistics), height=3.6)
    for panel, statistic in zip(panels.flat, statistics, strict=True):
        own = [each for each in found if str(each.statistic) == statistic]
        panel.axhline(own[0].target, color=BLACK, linestyle=":", linewidth=1.2, label="china_2015")
        panel.axvline(told["analytic_balance"] / TN, color=GREY, linestyle="-.", linewidth=1.2, label="analytic")
        for each, (colour, line, mark) in zip(own, COLOURS, strict=True):
            rows = points[(points["statistic"] == statistic) & (points["shadow_debt"] == each.shadow)]
            panel.plot(
                rows["balance"] / TN, rows["value"], color=colour, linestyle=line, marker=mark, markersize=4,
                label=f"shadow debt {each.shadow / TN:g}tn",
            )  # fmt: skip
            if each.root is not None:
                ends = np.clip(each.root.interval, each.low, each.high) / TN
                panel.axvspan(*ends, color=colour, alpha=0.15, linewidth=0)
        panel.set_xlabel("balance of brokers in 2025 (tn CNY)")
        panel.set_title(_named(own[0]), fontsize=8)
    panels.flat[0].legend(fontsize=8)
    return figure


def _named(each: EqualRisk) -> str:
    if each.statistic.kind == "p" and each.statistic.metric == "drawdown":
        return f"P(drawdown {each.statistic.side} {each.statistic.threshold:.0%})"
    metric = NAMES.get(each.statistic.metric, each.statistic.metric)
    return f"{each.statistic.kind} {metric}"
