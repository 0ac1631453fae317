"""The other differences between the markets, one at a time: at 2025, and with the borrowers of 2015."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from experiments.absorption.cells import BOTH_ENDS, Cell, Sizes, full_design, singles
from experiments.absorption.design import ALL, NONE
from experiments.absorption.levers import OTHERS
from experiments.absorption.measures import Numbers, apart, signed_text
from experiments.absorption.tidy import estimate_of, heading, provenance, row
from experiments.common.tables import Result, markdown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "singles"
MEASURES = ("drawdown", "drawdown_equal", "points", "forced", "lender_loss")
NO_RESCUE = "no rescue"


def cells(sizes: Sizes) -> list[Cell]:
    """What has to be simulated."""
    return [*full_design(sizes).values(), *singles(sizes).values()]


def compute(found: Numbers, sizes: Sizes) -> Result:
    """Every factor's paired difference at both ends."""
    design, alone = full_design(sizes), singles(sizes)
    ends = dict(zip(BOTH_ENDS, (found.of(design[NONE]), found.of(design[ALL], design[NONE])), strict=True))
    lines = []
    for end, start in ends.items():
        for factor in OTHERS:
            own = alone[factor.key] if alone[factor.key].amplification else design[NONE]
            frame = found.of(alone[end + factor.key], None if alone[end + factor.key].amplification else own)
            lines += [row(apart(start, frame, m), end=end, factor=factor.key, measure=m) for m in MEASURES]
    gone = found.of(alone[NO_RESCUE])
    lines += [row(apart(ends[""], gone, m), end="", factor=NO_RESCUE, measure=m) for m in MEASURES]
    return Result(NAME, {NAME: pd.DataFrame(lines)}, provenance(found, alone[NO_RESCUE]))


def blocks(result: Result) -> dict[str, str]:
    """One table an end."""
    table = result.tables[NAME].fillna({"end": ""})
    return {
        "singles": f"{_text(table[table['end'] == ''])}\n\n{result.told()}",
        "singles_far": _text(table[table["end"] != ""]),
    }


def _text(table: pd.DataFrame) -> str:
    rows = []
    for key, lines in table.groupby("factor", sort=False):
        factor = next((each for each in OTHERS if each.key == key), None)
        named = {"factor": str(key), "from": "865bn", "to": "none"} if factor is None else {
            "factor": factor.name, "from": factor.low, "to": factor.high,
        }  # fmt: skip
        shown = {
            heading(str(line.measure)): signed_text(estimate_of(line), str(line.measure)) for line in lines.itertuples()
        }
        rows.append({**named, **shown})
    return markdown(pd.DataFrame(rows))


def draw(_: Result) -> dict[str, Figure]:
    """No figure: the tables are short."""
    return {}
