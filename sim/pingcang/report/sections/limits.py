"""What the model cannot say: the short form of docs/validation.md and docs/assumptions.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.report.blocks import Items, Section, Words

if TYPE_CHECKING:
    from pingcang.report.material import Material

MISSED = (
    "Largest fall of the balance in a day: 7.6 % instead of 10.9 %.",
    "Margin purchases over turnover on 8 July: 8.7 % instead of 5.4 %.",
    "Change of the balance a day, slope on the return: today's 0.07 instead of 0.23, yesterday's 0.42 instead of "
    "0.22; sales come a day late.",
)
"""Rows of the score of china_2015 that are outside their bands, 15 of 18 being inside (docs/validation.md)."""
FAULTS = (
    "The depth of the crash of 2015 is fitted, not predicted: sizes of news were chosen so that the fall comes out. "
    "One crash is one draw, and no other episode has been tried with the same behaviour.",
    "Most of the fall is news, and news trades off against amplification: another fit with smaller news and deeper "
    "feedback may do nearly as well.",
    "The size of shadow finance is an assumption; published estimates of 2015 run from 1 to 3 trillion yuan.",
    "News hits all stocks at once: on its worst day nearly every simulated stock is at its limit, and stays there "
    "all day; the real spread between stocks was wider.",
    "The rest of the market is one counterparty with a fixed price curve and unlimited money.",
    "Accounts of a cohort differ in size, ratio and stocks, not in behaviour.",
    "Lenders have no balance sheet: their losses are counted and end there.",
    "No index futures, no options, no new listings, no flows of money between cohorts.",
)
SMALL = 0.01
"""Share of the market below which forced sales still depend on it."""


def limits(material: Material) -> Section:
    """What is missed, what is assumed, and what the size of this simulation adds to it."""
    faults = list(FAULTS)
    scale = min(float(arm.told["scale"]) for arm in material.arms)
    if scale < SMALL:
        faults.append(
            translated(
                "This page simulates {scale:g} of the market. Below 0.01 drawdowns and, more so, forced "
                "sales and losses of lenders depend on that share."
            ).format(scale=scale)
        )
    return Section(
        "limits",
        translated("Limits of the model"),
        (
            Items(tuple(faults)),
            Words(translated("Held against the crash of 2015, china_2015 meets 15 of 18 targets. Missed are:")),
            Items(MISSED),
            Words(
                translated("In full: docs/validation.md, docs/assumptions.md and docs/model.md of Pingcang."), "note"
            ),
        ),
    )
