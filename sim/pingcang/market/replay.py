"""Prices that really happened, in the units of the engine: what `price_formation: replay` puts in place of a market.

Glossary: K sessions a day, S stocks; *printed* prices are those of the file, unadjusted; A the adjusted close,
A_t = A_{t−1} · (1 + change_t) from the listing's price on day 0, so that ex-rights days make no return and lots stay.

The day's path runs open → low → high → close (a rising day) or open → high → low → close (a falling one) in three
straight pieces of equal length, seen at k/(K−1); without open, high and low straight from the previous close to the
close. It is worked out in printed prices, where it can be compared with the printed price limits, and multiplied by
A / printed close.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from pingcang.arithmetic import ONE
from pingcang.arrays import Array, Bools, Floats, Ints, Tiny
from pingcang.errors import ScenarioError
from pingcang.loaders.price_history import PriceHistory, read_prices
from pingcang.market.day import Day
from pingcang.market.securities import TRADED, Listing
from pingcang.rules.price_limit import NO_LIMIT
from pingcang.scenario import LoadedScenario

CHANGE_ROUNDING = 0.00006
"""A change is printed to 0.01 %. A printed close of the day before that it confirms to that rounding is the exchange's
previous close; else that is close / (1 + change): over ex-rights days, and in Shanghai, where the exchange's close was
the average of the last minute (until 2018) and many files print the last trade."""

_MOST_NAMED = 8


@dataclass(frozen=True)
class ReplayDay:
    """One day of the file. `ticks` and `side` are (K, S), the others have one entry a stock."""

    traded: Bools
    ticks: Ints
    """Price of each session in ticks, before the day's band."""
    side: Tiny
    """-1 where the printed path stands at its lower limit or below, 1 at its upper limit or above, else 0."""
    volume: Floats
    """Lots of the day at the scenario's scale."""


@dataclass(frozen=True)
class _Days:
    """The file's days of the calendar, day 0 first: arrays (days + 1, S) in ticks, NaN where there is nothing."""

    traded: Bools
    adjusted: Floats
    previous: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Lots at the scenario's scale, counted in shares of day 0."""


def replayed(days: list[Day], loaded: LoadedScenario, listing: Listing, scale: float) -> list[Day]:
    """The days of a scenario with the prices of its file; nobody halts or resumes but as the file says.

    Raises ScenarioError if the file cannot be read, lacks a day or a listed stock, or has a day too many.
    """
    path = Path(loaded.base_folder or ".") / (loaded.scenario.replay.prices if loaded.scenario.replay else "")
    history = _read(path)
    exchange = loaded.scenario.exchange
    rows, columns = _rows(path, history, [day.date for day in days]), _columns(path, history, listing)
    _check_changes(path, history, rows, columns)
    found = _days_of(history, rows, columns, listing, tick=exchange.tick, lot=exchange.lot_size / scale)
    return [days[0], *(_with_prices(day, found) for day in days[1:])]


# ---- the file ------------------------------------------------------------------------------------------------------


def _read(path: Path) -> PriceHistory:
    """The price file, read once a process as long as it does not change."""
    try:
        state = path.stat()
    except OSError as reason:
        raise ScenarioError(f"{path}: cannot be read ({reason.strerror}); check replay.prices") from None
    if path.is_dir():
        raise ScenarioError(f"{path}: is a folder; give one price file, as loaders.write_prices makes it of a folder")
    return _remembered(str(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _remembered(path: str, changed: int, size: int) -> PriceHistory:
    return read_prices(path)


def _rows(path: Path, history: PriceHistory, dates: Sequence[dt.date]) -> Array:
    """The file's row of every day after the start."""
    wanted = np.array(dates, "datetime64[D]")
    there = np.array(history.dates, "datetime64[D]")
    missing = wanted[1:][~np.isin(wanted[1:], there)]
    if len(missing):
        raise ScenarioError(
            f"{path}: has no prices of {_named(missing)}, trading days of the calendar; "
            "complete the file, add closed days to calendar.holidays, or shorten calendar.days"
        )
    within = there[(there > wanted[0]) & (there < wanted[-1])]
    extra = within[~np.isin(within, wanted)]
    if len(extra):
        raise ScenarioError(
            f"{path}: has prices of {_named(extra)}, which the calendar leaves out; "
            "their returns would be lost, take the days from calendar.holidays"
        )
    rows: Array = np.searchsorted(there, wanted[1:])
    return rows


def _columns(path: Path, history: PriceHistory, listing: Listing) -> Array:
    """The file's column of every listed stock; -1 for one without any price, which must be suspended and stays so."""
    place = {str(code): column for column, code in enumerate(history.codes)}
    columns = np.array([place.get(code, -1) for code in listing.codes])
    ever_traded = np.append(history.traded.any(axis=0), False)
    unknown = ~ever_traded[columns] & (listing.suspended == TRADED)
    if unknown.any():
        names = _named([code for code, without in zip(listing.codes, unknown, strict=True) if without])
        raise ScenarioError(
            f"{path}: has no prices of {names}, listed in securities; complete the file, leave the stocks out, "
            "or set their suspended: true"
        )
    return columns


def _check_changes(path: Path, history: PriceHistory, rows: Array, columns: Array) -> None:
    """Every traded day of the calendar must have a change; a stock's first close alone has none."""
    listed = columns[columns >= 0]
    unknown = np.argwhere((history.traded & np.isnan(history.change))[np.ix_(rows, listed)])
    if len(unknown):
        firsts = [f"{history.codes[listed[s]]} on {history.dates[rows[t]]}" for t, s in unknown]
        raise ScenarioError(
            f"{path}: the change of {_named(firsts)} is unknown, without an earlier close in the file; "
            "add that of the day before, or a column of changes"
        )


def _named(items: Sequence[object] | Array) -> str:
    more = len(items) - _MOST_NAMED
    return ", ".join(str(item) for item in items[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


# ---- adjusted prices -----------------------------------------------------------------------------------------------


def _days_of(history: PriceHistory, rows: Array, columns: Array, listing: Listing, *, tick: float, lot: float) -> _Days:
    """The wanted days and stocks in ticks and lots; `lot` is the shares that a simulated lot stands for."""

    def taken(values: Floats) -> Floats:
        """(days + 1, S), day 0 empty."""
        chosen = np.where(columns >= 0, values[np.ix_(rows, columns)], np.nan)
        return np.concatenate([np.full((1, len(columns)), np.nan), chosen])

    change = taken(history.change)
    traded = ~np.isnan(change)
    growth = 1.0 + np.where(traded, change, 0.0)
    growth[0] = listing.price
    adjusted = np.minimum(np.cumprod(growth, axis=0), NO_LIMIT - 1.0)
    printed = taken(history.close) / tick
    close = np.where(np.isnan(printed), adjusted, printed)
    shares = taken(history.volume) * (close / adjusted)
    return _Days(
        traded=traded,
        adjusted=adjusted,
        previous=_previous(close, change, traded, _last_close(history, rows, columns, tick)),
        open=taken(history.open) / tick,
        high=taken(history.high) / tick,
        low=taken(history.low) / tick,
        close=close,
        volume=np.where(np.isnan(shares), listing.turnover, shares / lot),
    )


def _last_close(history: PriceHistory, rows: Array, columns: Array, tick: float) -> Floats:
    """The last printed close before each day, in ticks; NaN before a stock's first."""
    close = history.close[:, columns] / tick
    days = np.arange(len(close))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(close), -1, days), axis=0)
    before = np.concatenate([np.full((1, len(columns)), -1), last[:-1]])[rows]
    found = np.where(before >= 0, np.take_along_axis(close, np.maximum(before, 0), axis=0), np.nan)
    return np.concatenate([np.full((1, len(columns)), np.nan), np.where(columns >= 0, found, np.nan)])


def _previous(close: Floats, change: Floats, traded: Bools, last: Floats) -> Floats:
    """The previous close, in whole ticks, from which the exchange reckoned a day's limits."""
    implied = np.floor(close / (1.0 + np.where(traded, change, 0.0)) + 0.5)
    agree = np.abs(close / last - 1.0 - change) <= CHANGE_ROUNDING
    previous: Floats = np.maximum(1.0, np.where(agree, np.floor(last + 0.5), implied))
    return previous


# ---- the path of a day ---------------------------------------------------------------------------------------------


def _with_prices(day: Day, found: _Days) -> Day:
    """The day with its prices: every stock is suspended, or resumes, as the file says, and nobody asks for a halt."""
    traded = found.traded[day.number]
    return replace(
        day,
        impact=replace(day.impact, halt_base=0.0),
        suspend=np.flatnonzero(~traded).tolist(),
        resume=np.flatnonzero(traded).tolist(),
        replay=_replay_day(day, found),
    )


def _replay_day(day: Day, found: _Days) -> ReplayDay:
    t = day.number
    traded, adjusted, close = found.traded[t], found.adjusted[t], found.close[t]
    path = _printed_path(found, t, day.impact.sessions)
    scaled = path * (adjusted / close)
    scaled[-1] = adjusted
    whole = np.clip(np.floor(np.where(traded, scaled, 1.0) + 0.5), 1, NO_LIMIT - 1).astype(np.int64)
    return ReplayDay(traded, whole, _side(path, whole, found.previous[t], day), found.volume[t])


def _printed_path(found: _Days, t: int, sessions: int) -> Floats:
    """Printed price of each session in ticks (K, S)."""
    first, high, low, close = found.open[t], found.high[t], found.low[t], found.close[t]
    rises = close >= first
    corners = np.array([first, np.where(rises, low, high), np.where(rises, high, low), close])
    closes_only = np.isnan(corners).any(axis=0)
    path = np.empty((sessions, len(close)))
    for k in range(sessions):
        piece, part = divmod(3 * k, sessions - 1) if sessions > 1 else (3, 0)
        share = part / (sessions - 1) if part else 0.0
        bent = corners[piece] + (corners[min(piece + 1, 3)] - corners[piece]) * share
        straight = found.previous[t] + (close - found.previous[t]) * ((k + 1) / sessions)
        path[k] = np.where(closes_only, straight, bent)
    path[-1] = close
    return path


def _side(path: Floats, ticks: Ints, previous: Floats, day: Day) -> Tiny:
    """Where the printed path stands at a printed limit (rules/price_limit.py), to half a tick."""
    if not day.price_limits:
        return -(ticks <= 1).astype(np.int8)
    band = day.stocks.price_limit.astype(np.int64)
    before = np.where(np.isnan(previous), 1.0, previous)
    low = np.maximum(1.0, np.minimum(np.floor((before * (ONE - band) + ONE // 2) / ONE), before - 1.0))
    high = np.maximum(np.floor((before * (ONE + band) + ONE // 2) / ONE), before + 1.0)
    side: Tiny = (path >= high - 0.5).astype(np.int8) - (path <= low + 0.5).astype(np.int8)
    return side
