"""The scorecard as a paragraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.leverage.monitor.words import amount
from pingcang.said import said

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
        return translated("The balance of {name} is not known on {on}.").format(name=monitor.name, on=monitor.on)
    runs = translated(" (median of {runs} runs)").format(runs=monitor.runs) if monitor.runs > 1 else ""
    of = "" if monitor.exchange == "all" else translated(" of {exchange} alone").format(exchange=monitor.exchange)
    light = (
        translated(", {light} by the thresholds {thresholds}").format(
            light=translated(balance.light), thresholds=monitor.thresholds
        )
        if balance.light
        else ""
    )
    return translated("On {on} the financing balance{of} was {amount}{runs}{light}.").format(
        on=monitor.on, of=of, amount=amount(balance.value, monitor.currency), runs=runs, light=light
    )


def _quantity(monitor: Monitor) -> str:
    return " ".join(filter(None, (_growth(monitor), _size(monitor))))


def _growth(monitor: Monitor) -> str:
    changes = [
        _part(
            monitor[f"growth_{monitor.window}"],
            translated("{{:+.1%}} over {window} trading days").format(window=monitor.window),
        ),
        _part(monitor["growth_year"], translated("{:+.0%} over a year")),
    ]
    below = monitor["below_record"].value
    record = (
        ""
        if below is None
        else translated("it is at its highest in the data")
        if below <= 0
        else translated("{below:.1%} below its record").format(below=below)
    )
    return _sentence(translated("Change: "), [*changes, record])


def _size(monitor: Monitor) -> str:
    parts = [
        _part(monitor["balance_to_float"], translated("it is {:.2%} of float market cap")),
        _part(monitor["margin_share_mean"], translated("purchases on margin are {:.1%} of turnover")),
        _part(monitor["maintenance_ratio"], translated("the average maintenance ratio is {:.0%}")),
    ]
    return _sentence("", parts)


def _quality(monitor: Monitor) -> str:
    parts = [
        _part(monitor["effective_stock"], translated("the loans are spread as if over {:.0f} equal stocks")),
        _part(
            monitor["largest_sector"],
            translated("{{:.0%}} of the loans are in the sector {sector}").format(sector=_first(monitor.by_sector)),
        ),
        _part(monitor["holding_time"], translated("a loan is held for {:.1f} trading days")),
        _part(monitor["rising_share"], translated("{:.0%} of the stocks that moved rose")),
        _part(monitor["short_to_financing"], translated("securities lent are {:.2%} of the financing")),
    ]
    return _sentence("", parts)


def _first(table: pd.DataFrame) -> str:
    return str(table.index[0]) if len(table) else ""


def _part(reading: Reading, text: str) -> str:
    return "" if reading.value is None else text.format(reading.value)


def _sentence(begin: str, parts: list[str]) -> str:
    text = begin + translated(", ").join(filter(None, parts))
    return f"{text[0].upper()}{text[1:]}{translated('.')}" if text != begin else ""


def _lights(monitor: Monitor) -> str:
    judged = [reading for reading in monitor.readings if reading.light]
    if not judged:
        return translated("No reading is held against a line.")
    bright = [
        f"{said(reading.label.strip()).lower()} ({translated(str(reading.light))})"
        for reading in judged
        if reading.light != "green"
    ]
    if len(bright) == len(judged):
        return translated("No reading with a line is green: {listed}.").format(listed=translated(", ").join(bright))
    counted = translated("Of {count} readings with a line {count_2} are green").format(
        count=len(judged), count_2=len(judged) - len(bright)
    )
    return (
        translated("{counted}; the others: {listed}.").format(counted=counted, listed=translated(", ").join(bright))
        if bright
        else f"{counted}{translated('.')}"
    )


def _missing(monitor: Monitor) -> str:
    missing = sum(reading.value is None for reading in monitor.readings)
    return (
        translated("{missing} of {count} readings lack their inputs.").format(
            missing=missing, count=len(monitor.readings)
        )
        if missing
        else ""
    )


def _gaps(monitor: Monitor) -> str:
    times = len(monitor.gaps)
    text = (
        translated("The data are interrupted {times} time; no change by trading days, mean or phase spans one.")
        if times == 1
        else translated("The data are interrupted {times} times; no change by trading days, mean or phase spans one.")
    )
    return text.format(times=times) if times else ""
