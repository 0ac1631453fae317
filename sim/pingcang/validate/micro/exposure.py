"""What is sold: stocks held by accounts near their line fall against the others, and come back.

    FSE_st = lots of s held at the close of t − 1 by accounts near their line / float lots of s
    CAR_s(h) = Σ_{i<h} abnormal return of s on day t + i

On each formation day t the traded stocks are sorted by FSE; path(h) is the mean CAR of the top tenth less that of the
bottom tenth, averaged over the formation days. Abnormal: less the mean return of the stocks traded that day, all of
them ("equal"), or those of the same fifth by float cap and fifth of it by beta ("matched", both at the start). A
suspended day has no return, neither of the stock nor in the mean; so a stock's fall counts on the days it trades.
Source: Bian, He, Shue, Zhou (NBER w25040, 2018), fire-sale exposure and the reversal over 40 trading days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from pingcang.arrays import Array, Bools, Floats, Ints
from pingcang.errors import ScenarioError
from pingcang.validate.micro.panel import HALTED, Panel
from pingcang.validate.micro.selling import is_near

HORIZON = 40
"""Trading days a sort is followed."""
CRASH = (dt.date(2015, 6, 19), dt.date(2015, 7, 8))
"""First and last formation day."""
TAIL = 0.1
"""Share of stocks at each end of a sort."""
PARTS = 5
"""Parts by size, and by beta within each, of the matched benchmark."""
BENCHMARKS = ("equal", "matched")


@dataclass(frozen=True)
class Trough:
    """The lowest point of a path after day 0: its day h, its size, and the share of it that is made good at the end."""

    day: int
    size: float
    reversed: float


def exposure(panel: Panel) -> Floats:
    """FSE (T + 1, S), a share of the float; row t is the holding at the close of t − 1, row 0 is empty."""
    near = is_near(panel)
    lots = np.bincount(panel.stock_day[near], weights=panel.lots[near], minlength=panel.price.size)
    shares: Floats = lots.reshape(panel.price.shape) / np.maximum(panel.float_lots, 1)
    return shares


def abnormal_returns(panel: Panel, benchmark: str) -> Floats:
    """Daily abnormal returns (T + 1, S); 0 on a day a stock is suspended, and on day 0."""
    cell = _cells(panel) if benchmark == "matched" else np.zeros(panel.stocks, np.int64)
    returns, abnormal = panel.returns, np.zeros(panel.price.shape)
    for day in range(1, panel.days + 1):
        traded = panel.state[day] != HALTED
        sizes = np.bincount(cell[traded], minlength=PARTS * PARTS)
        totals = np.bincount(cell[traded], weights=returns[day, traded], minlength=PARTS * PARTS)
        abnormal[day] = np.where(traded, returns[day] - (totals / np.maximum(sizes, 1))[cell], 0.0)
    return abnormal


def _cells(panel: Panel) -> Ints:
    """Each stock's fifth by float cap, and within it by beta."""
    size = _parts(panel.float_cap)
    beta = np.zeros(panel.stocks, np.int64)
    for part in range(PARTS):
        beta[size == part] = _parts(panel.beta[size == part])
    return size * PARTS + beta


def _parts(values: Floats) -> Ints:
    rank = np.empty(len(values), np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    parts: Ints = rank * PARTS // max(len(values), 1)
    return parts


def tails(values: Floats, eligible: Bools) -> tuple[Bools, Bools]:
    """The top and the bottom tenth of the eligible; all that tie at the border of a tenth belong to it.

    Where the borders meet (nobody near the line) both are empty.
    """
    low, high = np.quantile(values[eligible], (TAIL, 1.0 - TAIL)) if eligible.any() else (0.0, 0.0)
    if low == high:
        return np.zeros_like(eligible), np.zeros_like(eligible)
    return eligible & (values >= high), eligible & (values <= low)


def fire_sale_path(
    panel: Panel, *, window: tuple[dt.date, dt.date] = CRASH, horizon: int = HORIZON, benchmark: str = "matched"
) -> Floats:
    """The path (horizon + 1,) of the top less the bottom tenth, 0 at the close before the formation day.

    Raises ScenarioError if the run ends within the horizon of the last formation day, or has none.
    """
    days = formation_days(panel.dates, window, horizon)
    shares, abnormal = exposure(panel), abnormal_returns(panel, benchmark)
    paths = []
    for day in days:
        top, bottom = tails(shares[day], panel.state[day - 1] != HALTED)
        if top.any():
            ahead = np.cumsum(abnormal[day : day + horizon], axis=0)
            paths.append(np.append(0.0, ahead[:, top].mean(axis=1) - ahead[:, bottom].mean(axis=1)))
    return np.mean(paths, axis=0) if paths else np.full(horizon + 1, np.nan)


def formation_days(dates: Array, window: tuple[dt.date, dt.date], horizon: int) -> Ints:
    """Days of a run inside the window; `dates` begin with the start, datetime64. Errors as in `fire_sale_path`."""
    first, last = (np.datetime64(date) for date in window)
    days = np.flatnonzero((dates >= first) & (dates <= last))
    days = days[days > 0]
    if not len(days):
        raise ScenarioError(
            f"window {first} to {last}: the run has no trading day in it ({dates[0]} to {dates[-1]}); "
            "choose dates of the run"
        )
    needed = int(days[-1]) + horizon - 1
    if needed >= len(dates):
        raise ScenarioError(
            f"calendar.days: found {len(dates) - 1}, but {horizon} days from {dates[days[-1]]} need {needed}; "
            "take more days or a shorter horizon"
        )
    return days


def trough(path: Floats) -> Trough:
    """The lowest point of a path; `reversed` is NaN where the path never falls below 0."""
    if not np.isfinite(path).all():
        return Trough(0, np.nan, np.nan)
    day = 1 + int(np.argmin(path[1:]))
    size = float(path[day])
    return Trough(day, size, 1.0 - float(path[-1]) / size if size < 0.0 else np.nan)
