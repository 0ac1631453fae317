"""What `pingcang monitor` prints: two tables, what they were computed from, and what could not be read."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.text import Text

from pingcang.cli.study_show import console, table_of
from pingcang.leverage.monitor.needed import NOT_SIMULATED, SERIES
from pingcang.leverage.monitor.words import interval_text, value_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pingcang.leverage.monitor.reading import Light, Reading
    from pingcang.leverage.monitor.scorecard import Monitor

STYLES = {"green": "green", "amber": "yellow", "orange": "dark_orange", "red": "bold red"}
Rows = tuple[tuple[str, tuple[str, ...]], ...]
QUANTITY: Rows = (
    ("financing balance", ("financing_balance",)),
    ("change over 1 day, 5, {window}, a year", ("growth_1", "growth_5", "growth_{window}", "growth_year")),
    ("highest in the data; below it; since", ("record", "below_record", "days_since_record")),
    ("against June 2015; since it was passed", ("to_record_2015", "days_since_passing_2015")),
    ("over float cap", ("balance_to_float",)),
    ("over total cap, free-float cap", ("balance_to_total", "balance_to_free_float")),
    ("over M1", ("balance_to_m1",)),
    ("margin purchases over turnover; mean of {window}", ("margin_share", "margin_share_mean")),
    ("new borrowing over turnover, {window} days", ("borrowing_to_turnover",)),
    ("maintenance ratio; multiple; fall to 130 %", ("maintenance_ratio", "multiple", "fall_to_close_out")),
    ("shadow finance", ("shadow_balance",)),
    ("investors with margin accounts", ("margin_investors",)),
)
QUALITY: Rows = (
    ("by stock: largest; HHI; as if equal", ("largest_stock", "hhi_stock", "effective_stock")),
    ("by sector", ("largest_sector", "hhi_sector", "effective_sector")),
    ("by board", ("largest_board", "hhi_board", "effective_board")),
    ("largest tenth of the stocks", ("top_decile",)),
    ("five most traded, of turnover", ("top5_turnover",)),
    ("highest balance over float of a stock", ("largest_stock_to_float",)),
    ("holding time of a loan; bought anew a day", ("holding_time", "new_share")),
    ("rising stocks; mean of {window}; less falling", ("rising_share", "rising_share_mean", "advance_decline")),
    ("closing at limit-down", ("limit_down",)),
    ("stocks with a balance; growing; marginable", ("with_balance", "growing_balance", "marginable")),
    ("balance that the stocks account for", ("detail_coverage",)),
    ("lent securities over financing; hedge", ("short_to_financing", "short_correlation")),
    ("flows that follow returns; R²", ("flow_beta", "flow_fit")),
)


def show_monitor(monitor: Monitor) -> None:
    """The scorecard in at most about 45 lines."""
    out = console()
    out.print(_title(monitor), style="bold")
    for name, rows in (("quantity", QUANTITY), ("quality", QUALITY)):
        table = _table(monitor, name, rows)
        if table.row_count:
            out.print(table)
    _lines(out, monitor)
    _sources(out, monitor)
    _not_read(out, monitor)


def _title(monitor: Monitor) -> str:
    runs = f", median of {monitor.runs} runs" if monitor.runs > 1 else ""
    exchange = "" if monitor.exchange == "all" else f", {monitor.exchange} alone"
    return f"{monitor.name}{exchange} on {monitor.on}{runs}; data from {monitor.first}"


def _table(monitor: Monitor, name: str, rows: Rows) -> Table:
    runs = monitor.runs > 1
    table = table_of([name, "", *(["5–95 % of the first"] if runs else []), "light"], words=1)
    for label, keys in rows:
        readings = [monitor[key.format(window=monitor.window)] for key in keys]
        if all(reading.value is None for reading in readings):
            continue
        cells = [label.format(window=monitor.window), "   ".join(map(value_text, readings))]
        table.add_row(*cells, *([interval_text(readings[0])] if runs else []), _light(readings))
    return table


def _light(readings: list[Reading]) -> Text:
    lights: list[Light] = [reading.light for reading in readings if reading.light]
    return Text(lights[0], style=STYLES[lights[0]]) if lights else Text("")


def _lines(out: Console, monitor: Monitor) -> None:
    """What every light was judged by."""
    for reading in monitor.readings:
        if reading.light:
            out.print(
                Text.assemble((reading.light, STYLES[reading.light]), f" {reading.label.lower()}: {reading.line}")
            )


def _sources(out: Console, monitor: Monitor) -> None:
    by_source = defaultdict(list)
    for name, source in monitor.sources.items():
        by_source[source].append(name)
    if monitor.origin == "files":
        for source, names in by_source.items():
            out.print(f"from {source}: {', '.join(names)}")
    else:
        out.print(f"from the simulation: {', '.join(monitor.sources)}")
    for note in monitor.notes:
        out.print(f"note: {note}")
    if monitor.gaps:
        told = ", ".join(f"{before} to {after}" for before, after in monitor.gaps)
        out.print(f"interrupted: {told}; no change or phase spans it")


def _not_read(out: Console, monitor: Monitor) -> None:
    """What would be needed, and for which rows; series that are lacking stand together."""
    by_need: dict[str, list[str]] = {}
    for label, keys in (*QUANTITY, *QUALITY):
        for key in keys:
            reading = monitor[key.format(window=monitor.window)]
            row = label.format(window=monitor.window).partition(";")[0]
            if reading.value is None and row not in by_need.setdefault(reading.missing, []):
                by_need[reading.missing].append(row)
    if not by_need:
        return
    out.print("not read, for want of", style="bold")
    for begin in (SERIES, NOT_SIMULATED):
        lacking = [need.removeprefix(begin) for need in by_need if need.startswith(begin)]
        if lacking:
            out.print(f"  {begin}{', '.join(lacking)}")
    for need, rows in by_need.items():
        if not need.startswith((SERIES, NOT_SIMULATED)):
            out.print(f"  {need}: {', '.join(rows)}")
