"""The scorecard as a paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.leverage.monitor.words import amount

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.leverage.monitor.reading import Reading
    from pingcang.leverage.monitor.scorecard import Monitor


def told(monitor: Monitor) -> str:
    """What was read, the lights behind it, and what could not be read; no score of all."""
    parts = (_head, _quantity, _quality, _lights, _missing, _gaps)
    return " ".join(filter(None, (part(monitor) for part in parts)))


def _head(monitor: Monitor) -> str:
    balance = monitor["financing_balance"]
    if balance.value is None:
        return f"The balance of {monitor.name} is not known on {monitor.on}."
    runs = f" (median of {monitor.runs} runs)" if monitor.runs > 1 else ""
    of = "" if monitor.exchange == "all" else f" of {monitor.exchange} alone"
    light = f", {balance.light} by the thresholds {monitor.thresholds}" if balance.light else ""
    return f"On {monitor.on} the financing balance{of} was {amount(balance.value, monitor.currency)}{runs}{light}."


def _quantity(monitor: Monitor) -> str:
    return " ".join(filter(None, (_growth(monitor), _size(monitor))))


def _growth(monitor: Monitor) -> str:
    changes = [
        _part(monitor[f"growth_{monitor.window}"], "{:+.1%} " + f"over {monitor.window} trading days"),
        _part(monitor["growth_year"], "{:+.0%} over a year"),
    ]
    below = monitor["below_record"].value
    record = (
        "" if below is None else "it is at its highest in the data" if below <= 0 else f"{below:.1%} below its record"
    )
    return _sentence("Change: ", [*changes, record])


def _size(monitor: Monitor) -> str:
    parts = [
        _part(monitor["balance_to_float"], "it is {:.2%} of float market cap"),
        _part(monitor["margin_share_mean"], "purchases on margin are {:.1%} of turnover"),
        _part(monitor["maintenance_ratio"], "the average maintenance ratio is {:.0%}"),
    ]
    return _sentence("", parts)


def _quality(monitor: Monitor) -> str:
    parts = [
        _part(monitor["effective_stock"], "the loans are spread as if over {:.0f} equal stocks"),
        _part(monitor["largest_sector"], "{:.0%} of the loans are in the sector " + _first(monitor.by_sector)),
        _part(monitor["holding_time"], "a loan is held for {:.1f} trading days"),
        _part(monitor["rising_share"], "{:.0%} of the stocks that moved rose"),
        _part(monitor["short_to_financing"], "securities lent are {:.2%} of the financing"),
    ]
    return _sentence("", parts)


def _first(table: pd.DataFrame) -> str:
    return str(table.index[0]) if len(table) else ""


def _part(reading: Reading, text: str) -> str:
    return "" if reading.value is None else text.format(reading.value)


def _sentence(begin: str, parts: list[str]) -> str:
    text = begin + ", ".join(filter(None, parts))
    return f"{text[0].upper()}{text[1:]}." if text != begin else ""


def _lights(monitor: Monitor) -> str:
    judged = [reading for reading in monitor.readings if reading.light]
    if not judged:
        return "No reading is held against a line."
    bright = [f"{reading.label.strip().lower()} ({reading.light})" for reading in judged if reading.light != "green"]
    if len(bright) == len(judged):
        return f"No reading with a line is green: {', '.join(bright)}."
    counted = f"Of {len(judged)} readings with a line {len(judged) - len(bright)} are green"
    return f"{counted}; the others: {', '.join(bright)}." if bright else f"{counted}."


def _missing(monitor: Monitor) -> str:
    missing = sum(reading.value is None for reading in monitor.readings)
    return f"{missing} of {len(monitor.readings)} readings lack their inputs." if missing else ""


def _gaps(monitor: Monitor) -> str:
    times = len(monitor.gaps)
    return (
        f"The data are interrupted {times} time{'s' * (times > 1)}; no change by trading days, mean or phase spans one."
        if times
        else ""
    )
