"""The figure: probability and extent of contagion over leverage and diversification, and the engine's accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from experiments.common.style import BLACK, CYCLE, VERMILION, new_figure
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def draw(cells: pd.DataFrame, accounts: pd.DataFrame) -> Figure:
    """Four panels."""
    figure, panels = new_figure(2, 2, height=6.8)
    _map(figure, panels[0, 0], cells)
    _probability(panels[0, 1], cells)
    _extent(panels[1, 0], cells)
    _accounts(panels[1, 1], accounts)
    return figure


def _map(figure: Figure, panel: Axes, cells: pd.DataFrame) -> None:
    wide, critical = (
        cells.pivot_table(index="leverage", columns="degree", values=v) for v in ("probability", "eigenvalue")
    )
    x, y = wide.columns.to_numpy(dtype=float), wide.index.to_numpy(dtype=float)
    shades = panel.pcolormesh(x, y, wide.to_numpy(), cmap="cividis", vmin=0, vmax=1, shading="nearest")
    panel.contour(x, y, critical.to_numpy(), levels=[1.0], colors=VERMILION, linewidths=1.8, linestyles="--")
    panel.plot([], [], color=VERMILION, linestyle="--", linewidth=1.8, label="eigenvalue 1")
    panel.legend(loc="lower right", labelcolor="white")
    panel.grid(visible=False)
    figure.colorbar(shades, ax=panel, label="P(contagion)")
    panel.set_title("Window of instability")
    panel.set_ylabel("leverage λ")
    panel.set_xlabel("mean number of assets μ")


def _probability(panel: Axes, cells: pd.DataFrame) -> None:
    for leverage, (colour, line, mark) in zip((10.0, 20.0, 25.0, 30.0, 40.0), CYCLE, strict=True):
        rows = cells[cells["leverage"] == leverage]
        panel.fill_between(rows["degree"], rows["low"], rows["high"], color=colour, alpha=0.18, linewidth=0)
        panel.plot(rows["degree"], rows["probability"], color=colour, linestyle=line, marker=mark, markersize=3.5,
                   label=f"{leverage:g}")  # fmt: skip
    panel.legend(title="leverage λ")
    panel.set_title("P(contagion), 95 % intervals")
    panel.set_xlabel("mean number of assets μ")


def _extent(panel: Axes, cells: pd.DataFrame) -> None:
    for leverage, (colour, line, mark) in zip((10.0, 20.0, 25.0, 30.0, 40.0), CYCLE, strict=True):
        rows = cells[(cells["leverage"] == leverage) & cells["extent"].notna()]
        panel.plot(rows["degree"], rows["extent"], color=colour, linestyle=line, marker=mark, markersize=3.5)
    panel.axhline(0.98, color=BLACK, linestyle=":", linewidth=0.9)
    panel.set_xlim(0, cells["degree"].max() + 0.5)
    panel.set_ylim(0, 1.05)
    panel.set_title("Share of the banks that fail, given contagion")
    panel.set_xlabel("mean number of assets μ")


def _accounts(panel: Axes, accounts: pd.DataFrame) -> None:
    for (cushion, rows), (colour, _, mark) in zip(accounts.groupby("cushion", sort=True), CYCLE, strict=False):
        widths = np.abs(np.stack([rows["probability"] - rows["low"], rows["high"] - rows["probability"]]))
        panel.errorbar(rows["each"], rows["probability"], yerr=widths, color=colour, marker=mark, markersize=4,
                       capsize=2, linewidth=1.3, label=f"engine, {100 * cushion:g} %")  # fmt: skip
        panel.plot(rows["each"], rows["model"], color=colour, linestyle=":", linewidth=1.2)
    panel.plot([], [], color=BLACK, linestyle=":", linewidth=1.2, label="paper's rules")
    panel.legend(title="cushion above the line")
    panel.set_ylim(-0.03, 1.03)
    panel.set_title("Margin accounts in the engine: P(contagion)")
    panel.set_xlabel("stocks of an account s")
