"""The same shock on the crowded technology sector alone: local fragility under a calm market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.absorption.cells import Cell, Sizes, technology
from experiments.absorption.measures import Numbers
from experiments.absorption.tidy import differences, means, provenance, wide
from experiments.common.tables import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "technology"
SHOWN = ("hot_drawdown", "other_drawdown", "drawdown", "points", "forced", "lender_loss", "beyond_25")


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return list(technology(sizes).values())


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Means of every market, and paired differences to the one whose balance is as in August 2025."""
    shocked = technology(sizes)
    frames = {name: found.of(cell, None if cell.amplification else shocked["2025"]) for name, cell in shocked.items()}
    tables = {"technology": means(frames, SHOWN), "technology_differences": differences(frames, "2025", SHOWN)}
    return Result(NAME, tables, provenance(found, shocked["2025"]))


def blocks(result: Result) -> dict[str, str]:
    """Levels and differences."""
    levels = wide(result.tables["technology"], SHOWN)
    apart = wide(result.tables["technology_differences"], SHOWN[:-1], signed=True)
    return {"technology": f"{levels}\n\n{result.told()}", "technology_differences": apart}


def draw(_: Result) -> dict[str, Figure]:
    """No figure: two short tables."""
    return {}
