"""Cells that are computed from the user's files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pingcang.leverage.regimes.cells import Cell, empty_cell
from pingcang.leverage.regimes.figures import FINRA, MARGIN, SP500, SSE, TURNOVER, Figure, base_unit
from pingcang.leverage.regimes.files import Regime
from pingcang.leverage.regimes.market_files import MarketFiles, nearest, within

LEVELS = {
    "financing_balance": (MARGIN, "financing_balance"),
    "short_balance": (MARGIN, "short_balance"),
    "margin_purchases": (MARGIN, "margin_purchases"),
    "maintenance_ratio": (MARGIN, "maintenance_ratio"),
    "turnover": (TURNOVER, ""),
    "index": (SSE, ""),
}
"""Figures that are read on the regime's day, and where."""
MEANS = {"financing_mean": (MARGIN, "financing_balance"), "turnover_mean": (TURNOVER, "")}
ELSEWHERE = {("US", "financing_balance"): (FINRA, ""), ("US", "index"): (SP500, "")}
"""What other markets have instead."""


def cell_from_files(figure: Figure, regime: Regime, files: MarketFiles, currency: str) -> Cell:
    """The cell as the files give it, or the reason why they do not."""
    make = _MAKERS.get(figure.key, _level)
    return make(figure, regime, files, base_unit(figure, currency))


def _level(figure: Figure, regime: Regime, files: MarketFiles, unit: str) -> Cell:
    place = _place(LEVELS, figure, regime)
    if place is None:
        return empty_cell(figure.key, regime.key, unit, "not known")
    series = files.column(*place)
    if series is None:
        return _lacks(figure, regime, unit, place[0])
    if place[0] == FINRA:
        return _month(figure, regime, files, unit)
    found = nearest(series, regime.day)
    if found is None:
        return empty_cell(figure.key, regime.key, unit, f"{place[0]} has nothing within 10 days of {regime.day}")
    value, day = found
    note = "" if day == regime.day else f"{regime.day} is in a gap of the file; nearest day"
    return _computed(figure, regime, value, unit, day, place[0], note)


def _month(figure: Figure, regime: Regime, files: MarketFiles, unit: str) -> Cell:
    """FINRA's debit balances at the end of the month of the regime's day."""
    if figure.key == "us_margin_debt" and regime.market != "CN":
        return empty_cell(figure.key, regime.key, unit, "not known")
    series = files.column(FINRA)
    if series is None:
        return _lacks(figure, regime, unit, FINRA)
    found = within(series, regime.day.replace(day=1), regime.day)
    if found.empty:
        return empty_cell(figure.key, regime.key, unit, f"{FINRA} has no {regime.day:%Y-%m}")
    return _computed(figure, regime, float(found.iloc[0]), unit, regime.day, FINRA, "debit balances, end of the month")


def _mean(figure: Figure, regime: Regime, files: MarketFiles, unit: str) -> Cell:
    place = _place(MEANS, figure, regime)
    if place is None:
        return empty_cell(figure.key, regime.key, unit, "not known")
    series = files.column(*place)
    if series is None:
        return _lacks(figure, regime, unit, place[0])
    window = within(series, regime.first, regime.last)
    if window.empty:
        return _gap(figure, regime, unit, place[0])
    return _computed(figure, regime, float(window.mean()), unit, regime.last, _days(place[0], len(window)))


def _share_of_window(figure: Figure, regime: Regime, files: MarketFiles, unit: str) -> Cell:
    """Margin purchases of the window over its turnover, by sums over the days that both files have."""
    if regime.market != "CN":
        return empty_cell(figure.key, regime.key, unit, "not known")
    bought, traded = files.column(MARGIN, "margin_purchases"), files.column(TURNOVER)
    if bought is None or traded is None:
        return _lacks(figure, regime, unit, figure.needs)
    bought, traded = (within(series, regime.first, regime.last) for series in (bought, traded))
    days = bought.index.intersection(traded.index)
    if days.empty:
        return _gap(figure, regime, unit, MARGIN)
    share = float(bought[days].sum() / traded[days].sum())
    return _computed(figure, regime, share, unit, regime.last, _days(figure.needs, len(days)))


def _place(places: dict[str, tuple[str, str]], figure: Figure, regime: Regime) -> tuple[str, str] | None:
    if regime.market == "CN":
        return places[figure.key]
    return ELSEWHERE.get((regime.market, figure.key))


def _computed(
    figure: Figure, regime: Regime, value: float, unit: str, day: dt.date, source: str, note: str = ""
) -> Cell:
    return Cell(figure.key, regime.key, value, unit, day, "computed", source, note)


def _lacks(figure: Figure, regime: Regime, unit: str, file: str) -> Cell:
    return empty_cell(figure.key, regime.key, unit, f"needs {file} in the data folder")


def _gap(figure: Figure, regime: Regime, unit: str, file: str) -> Cell:
    return empty_cell(
        figure.key, regime.key, unit, f"{file} has no day from {regime.first} to {regime.last}, a gap of the file"
    )


def _days(file: str, count: int) -> str:
    return f"{file}, {count} days"


_MAKERS: dict[str, Callable[[Figure, Regime, MarketFiles, str], Cell]] = {
    "us_margin_debt": _month,
    "financing_mean": _mean,
    "turnover_mean": _mean,
    "margin_share_mean": _share_of_window,
}
