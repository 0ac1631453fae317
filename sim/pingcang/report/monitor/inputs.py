"""Where the data come from, what they lack, and how to get this page again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pingcang
from pingcang.leverage.variables import BY_NAME
from pingcang.report.blocks import Block, Code, Facts, Items, Section, Source, Table, Words
from pingcang.report.numbers import in_words
from pingcang.report.words import counted
from pingcang.results.units import in_currency

if TYPE_CHECKING:
    from pingcang.report.monitor.material import Read


def inputs(read: Read) -> Section:
    """Interruptions, notes, and the source of every variable."""
    monitor = read.monitor
    blocks: list[Block] = []
    if monitor.gaps:
        told = [f"nothing between {before} and {after}" for before, after in monitor.gaps]
        blocks += [
            Words(f"The data are interrupted {counted(len(told), 'time')}; no change, mean or phase spans it:"),
            Items(tuple(told)),
        ]
    else:
        blocks.append(Words("The data are not interrupted."))
    if monitor.notes:
        blocks += [Words("What was left out or is lacking:"), Items(monitor.notes)]
    return Section("inputs", "The data: gaps and sources", (*blocks, _sources(read)))


def _sources(read: Read) -> Table:
    rows = pd.DataFrame(
        [
            {
                "variable": name,
                "what": BY_NAME[name].long_name,
                "unit": in_currency(BY_NAME[name].units, read.monitor.currency),
                "where from": source,
            }
            for name, source in read.monitor.sources.items()
        ]
    )
    where = "files" if read.monitor.origin == "files" else "variables of the simulation"
    return Table(
        "sources",
        f"Every variable, and the {where} it comes from",
        in_words(rows, rows),
        Source(tuple(read.monitor.sources), "as they were read, or as the formula says"),
    )


def reproduction(read: Read) -> Section:
    """The command and what it was run with."""
    monitor = read.monitor
    facts = {
        "read": monitor.name,
        "day": str(monitor.on),
        "data": f"{monitor.first} to {monitor.on}, {counted(monitor.series.sizes['date'], 'trading day')}",
        "exchanges": "both" if monitor.exchange == "all" else monitor.exchange,
        "window": f"{monitor.window} trading days",
        "runs": f"{monitor.runs} of a simulation" if monitor.origin == "simulation" else "none, real data",
        "thresholds": monitor.thresholds or "none",
        "version of pingcang": pingcang.__version__,
    }
    blocks: list[Block] = [
        Words("The same files and the same version give this page again, byte for byte; it records no clock time.")
    ]
    blocks += [Code(read.command)] if read.command else []
    return Section("reproduction", "How to get this page again", (*blocks, Facts(facts)))
