"""The reading in words, its light and what that means, and the numbers that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.leverage.monitor.words import amount, interval_text, value_text
from pingcang.leverage.thresholds import MEANINGS
from pingcang.report.blocks import Block, Section, Source, Tile, Tiles, Verdict, Words
from pingcang.report.lights import lit, shape
from pingcang.report.words import percent, tight
from pingcang.results.units import CNY
from pingcang.said import said

if TYPE_CHECKING:
    from pingcang.leverage.monitor.reading import Reading
    from pingcang.leverage.thresholds import Thresholds
    from pingcang.report.monitor.material import Read

TILES = (
    "financing_balance", "growth_{window}", "growth_year", "balance_to_float", "margin_share_mean",
    "maintenance_ratio", "effective_stock", "largest_sector", "shadow_balance",
)  # fmt: skip
LINES = ("broad threshold", "official threshold", "equal-risk balance")
CAUTION = (
    "These lines are the arithmetic of a published article, scaled from the peak of 2015: no law, no rule of an "
    "exchange, and no forecast. A red light does not say that the market will fall, nor a green one that it will not."
)


def answer(read: Read) -> Section:
    """How much, how fast, how sound; the light of the balance; key numbers."""
    monitor = read.monitor
    source = read.source(
        (each for each in monitor.readings if each.value is not None), translated("the scorecard below in words")
    )
    known = [monitor[key.format(window=monitor.window)] for key in TILES]
    tiles = tuple(_tile(each, read) for each in known if each.value is not None)
    blocks: list[Block] = [Words(monitor.told(), "answer", source), *_light(read)]
    return Section("answer", translated("The answer"), (*blocks, Tiles(tiles)))


def _tile(reading: Reading, read: Read) -> Tile:
    note = (
        translated("{reading} in 5–95 % of the runs").format(reading=tight(interval_text(reading)))
        if reading.interval
        else ""
    )
    notes = [lit(reading.light)] if reading.light else []
    return Tile(
        reading.label,
        tight(value_text(reading)),
        "; ".join([*notes, *([note] if note else [])]),
        read.source((reading,), reading.formula),
    )


def _light(read: Read) -> list[Block]:
    balance = read.monitor["financing_balance"]
    if read.thresholds is None or balance.value is None or balance.light is None:
        return [Words(translated("The balance has no light: {read}.").format(read=why_dark(read)), "note")]
    text = f"{translated(MEANINGS[balance.light])}: {_next(balance.value, read.thresholds)}"
    of = f"{said(balance.line)}. {translated(CAUTION)}"
    source = Source(("financing_balance",), translated("held against the thresholds"))
    return [
        Verdict(balance.light, shape(balance.light), text, source),
        Words(translated("The lines: {of}").format(of=of), "note"),
    ]


def why_dark(read: Read) -> str:
    """Why a balance is not held against thresholds."""
    monitor = read.monitor
    if monitor["financing_balance"].value is None:
        return translated("it is not known on {on}").format(on=monitor.on)
    if monitor.currency != CNY:
        return translated("the thresholds are for a balance in {cny}, and this one is in {currency}").format(
            cny=CNY, currency=monitor.currency
        )
    if monitor.exchange != "all":
        return translated("the thresholds are for both exchanges together, and this is {exchange} alone").format(
            exchange=monitor.exchange
        )
    if not read.thresholds:
        return translated("no thresholds were chosen, or the ready-made ones are of later days than {on}").format(
            on=monitor.on
        )
    return translated("it is not held against its thresholds")


def _next(balance: float, thresholds: Thresholds) -> str:
    """How far the balance is from the line above it, or above the last."""
    for name, line in zip(LINES, thresholds.lines, strict=True):
        if balance < line:
            return translated("{balance} is {line} below the next line, {name}.").format(
                balance=amount(balance, CNY), line=percent(1 - balance / line), name=_line(name, line)
            )
    last = thresholds.lines.equal_risk
    return translated("{balance} is {last} above the last line, {lines}.").format(
        balance=amount(balance, CNY), last=percent(balance / last - 1), lines=_line(LINES[-1], last)
    )


def _line(name: str, line: float) -> str:
    return translated("the {name} of {line:.3f} tn {cny}").format(
        name=translated(name), line=line / 1000000000000.0, cny=CNY
    )
