"""Parameter uncertainty beside Monte Carlo error: the main effects for every draw that gives the crash of 2015."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from experiments.absorption import good_set
from experiments.absorption.cells import Cell, Sizes, full_design, market_2015
from experiments.absorption.design import NONE, frames_of
from experiments.absorption.measures import MEASURES, Numbers, apart
from experiments.absorption.tidy import provenance
from experiments.common.tables import Result, markdown, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "parameters"
SHOWN = ("drawdown", "drawdown_equal", "forced")
CONTRASTS = {
    "breadth of 2015": ("2025", "B--"),
    "leverage of 2015": ("2025", "-L-"),
    "shadow finance of 2015": ("2025", "--S"),
    "all three": ("2025", "BLS"),
    "2025 less the market of 2015": ("2015", "2025"),
}


def cells(sizes: Sizes) -> list[Cell]:
    """The first round: every draw in the market of 2015; the second hangs on what it gives."""
    return [market_2015(sizes), *full_design(sizes).values(), *good_set.tried().values()]


def second_round(found: Numbers) -> list[Cell]:
    """The main cells of the good draws."""
    return list(good_set.kept(good(found)).values())


def good(found: Numbers) -> list[int]:
    """The draws that give the crash of 2015."""
    return [k for k, cell in good_set.tried().items() if _is_good(found, cell)]


def _is_good(found: Numbers, cell: Cell) -> bool:
    with found.open(cell) as dataset:
        return good_set.is_good(dataset)


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Contrasts of every good draw, and of the fit itself."""
    numbers = good(found)[: good_set.MOST_KEPT]
    kept = good_set.kept(numbers)
    fitted = frames_of(found, sizes)
    lines = _contrasts("fit", fitted)
    for k in numbers:
        lines += _contrasts(str(k), {name: found.of(cell) for (draw, name), cell in kept.items() if draw == k})
    told = {
        **provenance(found, full_design(sizes)[NONE]),
        "draws": len(good_set.draws()),
        "good": len(good(found)),
        "run": len(numbers),
    }
    return Result(NAME, {NAME: pd.DataFrame(lines)}, told)


def _contrasts(draw: str, frames: dict[str, pd.DataFrame]) -> list[dict[str, object]]:
    found = []
    for name, (a, b) in CONTRASTS.items():
        for measure in SHOWN:
            estimate = apart(frames[a], frames[b], measure)
            found.append(
                {"draw": draw, "contrast": name, "measure": measure, "value": estimate.value, "se": estimate.se}
            )
    return found


def blocks(result: Result) -> dict[str, str]:
    """Fit with its Monte Carlo error, draws with their median and range."""
    table, rows = result.tables[NAME], []
    for contrast in CONTRASTS:
        shown = {"contrast": contrast}
        for measure in SHOWN:
            lines = table[(table["contrast"] == contrast) & (table["measure"] == measure)]
            shown[f"{MEASURES[measure].name}: fit ± s.e."], shown[f"{MEASURES[measure].name}: draws"] = _cells(
                lines, measure
            )
        rows.append(shown)
    p = result.provenance
    told = (
        f"*{p['good']} of {p['draws']} draws give the crash of 2015; the first {p['run']} of them are run, "
        f"{good_set.KEPT_RUNS} runs each: their median, smallest and largest.*"
    )
    return {"parameters": f"{markdown(pd.DataFrame(rows))}\n\n{told}"}


def _cells(lines: pd.DataFrame, measure: str) -> tuple[str, str]:
    known = MEASURES[measure]
    fit = lines[lines["draw"].astype(str) == "fit"].iloc[0]
    values = lines[lines["draw"].astype(str) != "fit"]["value"].to_numpy(dtype=np.float64) * known.factor
    middle = f"{signed(fit['value'] * known.factor, known.digits)} ± {fit['se'] * known.factor:.{known.digits}f}"
    if not values.size:
        return middle, "–"
    low, median, high = np.quantile(values, (0.0, 0.5, 1.0))
    return middle, f"{signed(median, known.digits)} [{signed(low, known.digits)}, {signed(high, known.digits)}]"


def draw(_: Result) -> dict[str, Figure]:
    """No figure."""
    return {}
