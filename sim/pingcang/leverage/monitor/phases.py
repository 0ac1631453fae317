"""Phases of a balance: build-up, surge, plateau, deleveraging.

Turning points of the log balance in the manner of Bry and Boschan (1971, Cyclical Analysis of Time Series) and Pagan
and Sossounov (2003, A simple framework for analysing bull and bear markets, J. Applied Econometrics 18):

1. A peak (trough) is a day that is highest (lowest) within `half_window` trading days on both sides.
2. Peaks and troughs alternate: of neighbours of one kind the more extreme stays.
3. While a leg between neighbours is smaller than `size` or shorter than `shortest` days, the smallest such leg is left
   out; a leg of twice `size` stays however short (a crash takes days, not weeks).
4. Where a leg bends away from its chord by more than `size`, it is divided there if both parts are long enough (so
   that a slow build-up is told from the surge that follows it).
5. Each part is named by its speed, the mean change of the log balance a day: `plateau` within ± `flat`, `surge` from
   `surge`, else `build-up`, and `deleveraging`.

Every stretch of data between gaps is dated on its own.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.arrays import Array, Floats
from pingcang.leverage.monitor.calendar import gaps, stretches

COLUMNS = ("phase", "first", "last", "days", "change", "per_day", "complete")
HALF_WINDOW = 20
SIZE = 0.08
SHORTEST = 10
FLAT = 0.0005
SURGE = 0.004
Turn = tuple[int, int]
"""Place, and +1 for a peak, −1 for a trough."""


def phases(
    balance: xr.DataArray,
    *,
    size: float = SIZE,
    half_window: int = HALF_WINDOW,
    shortest: int = SHORTEST,
    flat: float = FLAT,
    surge: float = SURGE,
) -> pd.DataFrame:
    """Table of phases of a balance (date): name, first and last day, trading days, change, change of the log a day.

    size: smallest change of the log balance; half_window, shortest: trading days; flat, surge: change of the log a day.
    complete: False for a phase that the data begin or end in. `attrs["gaps"]`: last day before and first day after
    each interruption of the data; no phase spans one.
    """
    known = balance.dropna("date")
    days, logs = known["date"].values, np.log(known.values)
    number = stretches(days)
    found: list[tuple[object, ...]] = []
    for stretch in np.unique(number):
        here = np.flatnonzero(number == stretch)
        places = _divided(logs[here], turning_points(logs[here], size, half_window, shortest), size, shortest)
        found += _named(days[here], logs[here], places, flat, surge)
    table = pd.DataFrame(found, columns=list(COLUMNS))
    table.attrs["gaps"] = gaps(days)
    return table


def turning_points(logs: Floats, size: float, half_window: int, shortest: int) -> list[int]:
    """Places of the turning points between the first and the last day, those two included."""
    turns = _alternating(logs, _extremes(logs, half_window))
    last = len(logs) - 1
    while True:
        around = [0, *(place for place, _ in turns), last]
        faults = [
            (abs(logs[right] - logs[left]), leg)
            for leg, (left, right) in enumerate(pairwise(around))
            if _too_small(logs, left, right, size, shortest if 0 < leg < len(turns) else 0)
        ]
        if not turns or not faults:
            return sorted(set(around))
        worst = min(faults)[1]
        del turns[max(worst - 1, 0) : worst + 1]
        turns = _settled(logs, turns)


def _extremes(logs: Floats, half_window: int) -> list[Turn]:
    """Peaks (+1) and troughs (−1) within a window on both sides; of equal days the first."""
    found: list[Turn] = []
    for place in range(1, len(logs) - 1):
        begin = max(place - half_window, 0)
        around = logs[begin : place + half_window + 1]
        found += [(place, sign) for sign in (1, -1) if begin + int(np.argmax(sign * around)) == place]
    return found


def _alternating(logs: Floats, turns: list[Turn]) -> list[Turn]:
    """Of neighbours of one kind the more extreme."""
    kept: list[Turn] = []
    for place, sign in turns:
        if kept and kept[-1][1] == sign:
            if sign * logs[place] <= sign * logs[kept[-1][0]]:
                continue
            kept.pop()
        kept.append((place, sign))
    return kept


def _settled(logs: Floats, turns: list[Turn]) -> list[Turn]:
    """Each turning point at the extreme between its neighbours."""
    around = [0, *(place for place, _ in turns), len(logs) - 1]
    return [
        (left + int(np.argmax(sign * logs[left : right + 1])), sign)
        for (_, sign), left, right in zip(turns, around[:-2], around[2:], strict=True)
    ]


def _too_small(logs: Floats, left: int, right: int, size: float, shortest: int) -> bool:
    """Whether a leg is below the size, or too short for what is below twice the size."""
    moved = abs(logs[right] - logs[left])
    return bool(moved < size or (right - left < shortest and moved < 2 * size))


def _divided(logs: Floats, places: list[int], size: float, shortest: int) -> list[int]:
    """The places, and between them those where a leg bends away from its chord by more than the size."""
    found = set(places)
    legs = list(pairwise(places))
    while legs:
        left, right = legs.pop()
        bend = _bend(logs, left, right, size, shortest)
        if bend is not None:
            found.add(bend)
            legs += [(left, bend), (bend, right)]
    return sorted(found)


def _bend(logs: Floats, left: int, right: int, size: float, shortest: int) -> int | None:
    """Where a leg is farthest from its chord, if that is more than the size and leaves two parts long enough."""
    if right - left < 2 * shortest:
        return None
    chord = np.interp(np.arange(left, right + 1), [left, right], [logs[left], logs[right]])
    away = np.abs(logs[left : right + 1] - chord)[shortest:-shortest]
    place = int(np.argmax(away))
    return left + shortest + place if away[place] > size else None


def _named(days: Array, logs: Floats, places: list[int], flat: float, surge: float) -> list[tuple[object, ...]]:
    """The rows of a stretch of data."""
    last = len(logs) - 1
    return [
        (
            _name((logs[right] - logs[left]) / (right - left), flat, surge),
            pd.Timestamp(days[left]),
            pd.Timestamp(days[right]),
            right - left,
            float(np.expm1(logs[right] - logs[left])),
            float(logs[right] - logs[left]) / (right - left),
            left > 0 and right < last,
        )
        for left, right in pairwise(places)
    ]


def _name(speed: float, flat: float, surge: float) -> str:
    if abs(speed) < flat:
        return "plateau"
    return "deleveraging" if speed < 0 else "surge" if speed >= surge else "build-up"
