"""Where the data come from, what they lack, and how to get this page again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import pingcang
from pingcang.language import translated
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
        told = [
            translated("nothing between {before} and {after}").format(before=before, after=after)
            for before, after in monitor.gaps
        ]
        blocks += [
            Words(
                translated("The data are interrupted {time}; no change, mean or phase spans it:").format(
                    time=counted(len(told), "time")
                )
            ),
            Items(tuple(told)),
        ]
    else:
        blocks.append(Words(translated("The data are not interrupted.")))
    if monitor.notes:
        blocks += [Words(translated("What was left out or is lacking:")), Items(monitor.notes)]
    return Section("inputs", translated("The data: gaps and sources"), (*blocks, _sources(read)))


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
    where = translated("files") if read.monitor.origin == "files" else translated("variables of the simulation")
    return Table(
        "sources",
        translated("Every variable, and the {where} it comes from").format(where=where),
        in_words(rows, rows),
        Source(tuple(read.monitor.sources), translated("as they were read, or as the formula says")),
    )


def reproduction(read: Read) -> Section:
    """The command and what it was run with."""
    monitor = read.monitor
    facts = {
        "read": monitor.name,
        "day": str(monitor.on),
        "data": translated("{first} to {on}, {date}").format(
            first=monitor.first, on=monitor.on, date=counted(monitor.series.sizes["date"], "trading day")
        ),
        "exchanges": translated("both") if monitor.exchange == "all" else monitor.exchange,
        "window": translated("{window} trading days").format(window=monitor.window),
        "runs": translated("{runs} of a simulation").format(runs=monitor.runs)
        if monitor.origin == "simulation"
        else translated("none, real data"),
        "thresholds": monitor.thresholds or "none",
        "version of pingcang": pingcang.__version__,
    }
    blocks: list[Block] = [
        Words(
            translated(
                "The same files and the same version give this page again, byte for byte; it records no clock time."
            )
        )
    ]
    blocks += [Code(read.command)] if read.command else []
    return Section("reproduction", translated("How to get this page again"), (*blocks, Facts(facts)))
