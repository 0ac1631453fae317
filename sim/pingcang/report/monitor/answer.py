"""The reading in words, its light and what that means, and the numbers that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.leverage.monitor.words import amount, interval_text, value_text
from pingcang.leverage.thresholds import MEANINGS
from pingcang.report.blocks import Block, Section, Source, Tile, Tiles, Verdict, Words
from pingcang.report.lights import lit, shape
from pingcang.report.words import percent, tight
from pingcang.results.units import CNY

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
    source = read.source((each for each in monitor.readings if each.value is not None), "the scorecard below in words")
    known = [monitor[key.format(window=monitor.window)] for key in TILES]
    tiles = tuple(_tile(each, read) for each in known if each.value is not None)
    blocks: list[Block] = [Words(monitor.told(), "answer", source), *_light(read)]
    return Section("answer", "The answer", (*blocks, Tiles(tiles)))


def _tile(reading: Reading, read: Read) -> Tile:
    note = f"{tight(interval_text(reading))} in 5–95 % of the runs" if reading.interval else ""
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
        return [Words(f"The balance has no light: {why_dark(read)}.", "note")]
    text = f"{MEANINGS[balance.light]}: {_next(balance.value, read.thresholds)}"
    of = f"{balance.line}. {CAUTION}"
    source = Source(("financing_balance",), "held against the thresholds")
    return [Verdict(balance.light, shape(balance.light), text, source), Words(f"The lines: {of}", "note")]


def why_dark(read: Read) -> str:
    """Why a balance is not held against thresholds."""
    monitor = read.monitor
    if monitor["financing_balance"].value is None:
        return f"it is not known on {monitor.on}"
    if monitor.currency != CNY:
        return f"the thresholds are for a balance in {CNY}, and this one is in {monitor.currency}"
    if monitor.exchange != "all":
        return f"the thresholds are for both exchanges together, and this is {monitor.exchange} alone"
    if not read.thresholds:
        return f"no thresholds were chosen, or the ready-made ones are of later days than {monitor.on}"
    return "it is not held against its thresholds"


def _next(balance: float, thresholds: Thresholds) -> str:
    """How far the balance is from the line above it, or above the last."""
    for name, line in zip(LINES, thresholds.lines, strict=True):
        if balance < line:
            return f"{amount(balance, CNY)} is {percent(1 - balance / line)} below the next line, {_line(name, line)}."
    last = thresholds.lines.equal_risk
    return f"{amount(balance, CNY)} is {percent(balance / last - 1)} above the last line, {_line(LINES[-1], last)}."


def _line(name: str, line: float) -> str:
    return f"the {name} of {line / 1e12:.3f} tn {CNY}"
