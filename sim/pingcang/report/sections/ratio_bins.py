"""Accounts and debt by the maintenance ratio of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.report.arm import MOMENTS
from pingcang.report.blocks import Chart, Source
from pingcang.report.drawing import GREY, ORANGE, SKY, VERMILION, drawing, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers
from pingcang.report.words import money, money_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

LOOKS = dict(zip(MOMENTS, ((SKY, ""), (VERMILION, "////"), (ORANGE, "\\\\\\\\")), strict=True))
MANY = 1e4
"""Accounts from which on they are counted in thousands."""


def ratio_bins(arm: Arm, material: Material) -> Chart:
    """Bars of all cohorts together at start, trough and end."""
    accounts, debt = (by_ratio(arm, name) for name in ("accounts_by_ratio", "debt_by_ratio"))
    bins = [str(label) for label in arm.dataset["ratio_bin"].values]
    size, unit = money_unit(_largest(debt))
    image = _drawn(accounts, debt, bins, size, unit)
    below = ", ".join(
        translated("{sum} at {m}").format(sum=money(float(debt[m][: len(bins) // 2].sum())), m=translated(m))
        for m in MOMENTS
    )
    return Chart(
        f"buffers-bins{material.suffix(arm)}",
        translated("Accounts and their debt by maintenance ratio{arm}").format(arm=material.of(arm)),
        image,
        translated("Bars by ratio at start, trough and end. Debt of accounts below {bins}: {below}.").format(
            bins=bins[len(bins) // 2][:3], below=below
        ),
        _numbers(accounts, debt, bins, size, unit),
        Source(
            ("accounts_by_ratio", "debt_by_ratio"),
            translated("all cohorts together, at start, trough of each run's index and end; mean over the runs"),
        ),
    )


def _numbers(
    accounts: Mapping[str, Floats], debt: Mapping[str, Floats], bins: list[str], size: float, unit: str
) -> Numbers:
    heights = {"accounts_by_ratio": accounts, "debt_by_ratio": debt}
    parts = {f"{name}: {m}": each[m] for name, each in heights.items() for m in MOMENTS}
    columns = (
        Column("ratio_bin", "ratio", words=True),
        *(
            Column(f"accounts_by_ratio: {m}", translated("accounts, {moment}").format(moment=translated(m)), digits=0)
            for m in MOMENTS
        ),
        *(
            Column(
                f"debt_by_ratio: {m}",
                translated("debt, {moment}, {unit}").format(moment=translated(m), unit=unit),
                1 / size,
                2,
            )
            for m in MOMENTS
        ),
    )
    return Numbers(pd.DataFrame({"ratio_bin": bins, **parts}), columns)


def by_ratio(arm: Arm, name: str) -> dict[str, Floats]:
    """Moment -> mean over the runs of each bin, all cohorts together."""
    return {moment: arm.at(name, moment).sum(axis=1).mean(axis=0) for moment in MOMENTS}


def _largest(heights: Mapping[str, Floats]) -> float:
    return max(float(each.max()) for each in heights.values())


def _drawn(accounts: Mapping[str, Floats], debt: Mapping[str, Floats], bins: list[str], size: float, unit: str) -> str:
    thousand = _largest(accounts) >= MANY
    with drawing():
        figure, panels = new_figure(2, row=2.2)
        above, below = panels[:, 0]
        _bars(above, accounts, 1e3 if thousand else 1.0)
        _bars(below, debt, size)
        above.set_ylabel(translated("accounts (thousand)") if thousand else translated("accounts"))
        below.set_ylabel(translated("debt ({unit})").format(unit=unit))
        below.set_xticks(range(len(bins)), [label.replace("-", "–").replace(">=", "≥") for label in bins])
        below.set_xlabel(translated("maintenance ratio of the account"))
        legend(figure, above.containers, ["start", translated("trough of the index"), "end"])
        return picture(figure)


def _bars(panel: Axes, heights: Mapping[str, Floats], size: float) -> None:
    for place, (moment, (colour, hatch)) in enumerate(LOOKS.items()):
        x = np.arange(len(heights[moment])) + 0.28 * (place - 1)
        panel.bar(x, heights[moment] / size, 0.26, color=colour, hatch=hatch, edgecolor="white", linewidth=0)
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.grid(visible=False, axis="x")
