"""Stylised facts of the market, calm and in the crash, each with a real number, a band and its distance.

The real numbers come from the functions of `statistics.py` on the sources named; those of 2005-2023 were taken over and
not computed again. Bands are assumptions, with a reason each. A fact of the crash is estimated from as few days as the
simulated one, so that both have the same bias; some of a calm market need more than 45 days (`calendar.days`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from pingcang.arrays import Floats
from pingcang.validate.measures import day
from pingcang.validate.quantities import Measure, Quantity
from pingcang.validate.runs import Run, Stocks
from pingcang.validate.statistics import (
    autocorrelation,
    cross_section_sd,
    excess_kurtosis,
    first_eigenvalue_share,
    hill_index,
    median_excess_kurtosis,
    median_volatility,
    volatility,
)
from pingcang.validate.targets import CALM, CRASH, FRACTION, RATIO

_SOURCES = {
    (CRASH, True): "daily prices of about 2,780 A-shares (Tushare), 2015-06-15 to 07-08",
    (CRASH, False): "float-cap index of these stocks, 2015-06-15 to 08-17",
    (CALM, True): "daily returns of 2,923 A-shares (Tushare), 2013-10 to 2014-10",
    (CALM, False): "SSE Composite, 2013-01 to 2014-10",
}
LONG_RUN = "SSE Composite, 2005-2023, 4,186 days"

_QUARTER = "a quarter of the real number"
_CORRELATED = "as the band of the mean correlation, row 15"
_BOUNDED = "limits cut the tails: it must stay below 0"
_PINNED = "as row 14"
_RARE = "two stock-days in a hundred"
_VERY_RARE = "five stock-days in a thousand"
_45_DAYS = "1.96/√T, T = 45 days"
_400_DAYS = "1.96/√T, T = 400 days"
_NORMAL = "two standard errors of a normal sample's kurtosis, 2·√(24/T)"
_TAIL = "about two standard errors α/√k, k = 20"

MEMORY_DAYS = 400
"""Returns from which an autocorrelation of 0.2 stands out, and of which 5% are 20 exceedances."""
KURTOSIS_DAYS = 200


@dataclass(frozen=True)
class Fact:
    """One stylised fact: the quantity, the real number and its band."""

    quantity: Quantity
    statement: str
    real: float
    band: float
    unit: str
    source: str
    reason: str
    """Of the band."""


@dataclass(frozen=True)
class _Kind:
    statement: str
    of_index: Callable[[Floats], float] | None = None
    """Of the log returns of the index."""
    of_returns: Callable[[Floats], float] | None = None
    """Of the returns of the stocks (day, stock)."""
    of_closes: Callable[[Stocks, slice], float] | None = None
    unit: str = RATIO


def _memory(lag: int) -> Callable[[Floats], float]:
    return lambda r: autocorrelation(np.abs(r), lag)


def _share(kind: str, stocks: Stocks, days: slice) -> float:
    """Closes at a limit over stock-days with trade."""
    traded = int(stocks.traded[days].sum())
    return float(getattr(stocks, kind)[days].sum() / traded) if traded else np.nan


_KINDS: dict[str, _Kind] = {
    "eigenvalue": _Kind("share of the first eigenvalue, stocks", of_returns=first_eigenvalue_share),
    "stock_volatility": _Kind("median daily sd of a stock", of_returns=median_volatility, unit=FRACTION),
    "stock_kurtosis": _Kind("median excess kurtosis of a stock", of_returns=median_excess_kurtosis),
    "cross_section": _Kind("sd over the stocks, mean of the days", of_returns=cross_section_sd, unit=FRACTION),
    "limit_down": _Kind("limit-down, share of stock-days", of_closes=partial(_share, "limit_down"), unit=FRACTION),
    "limit_up": _Kind("limit-up, share of stock-days", of_closes=partial(_share, "limit_up"), unit=FRACTION),
    "volatility": _Kind("daily sd of the index", of_index=volatility, unit=FRACTION),
    "kurtosis": _Kind("excess kurtosis of the index", of_index=excess_kurtosis),
    "return_memory": _Kind("autocorrelation of r, lag 1", of_index=lambda r: autocorrelation(r, 1)),
    **{
        f"memory_{lag}": _Kind(f"autocorrelation of |r|, lag {lag}", of_index=_memory(lag)) for lag in (1, 2, 5, 10, 20)
    },
    "tail": _Kind("tail index of |r| (Hill, 5%)", of_index=hill_index),
}

_Row = tuple[str, str, float, float, str, int, str]

_TABLE: tuple[_Row, ...] = (
    (CRASH, "eigenvalue", 0.62, 0.10, _CORRELATED, 0, ""),
    (CRASH, "stock_volatility", 0.0593, 0.015, _QUARTER, 0, ""),
    (CRASH, "stock_kurtosis", -0.84, 0.84, _BOUNDED, 0, ""),
    (CRASH, "cross_section", 0.0425, 0.0106, _QUARTER, 0, ""),
    (CRASH, "limit_down", 0.305, 0.10, _PINNED, 0, ""),
    (CRASH, "limit_up", 0.034, 0.02, _RARE, 0, ""),
    (CRASH, "volatility", 0.0360, 0.009, _QUARTER, 0, ""),
    (CRASH, "kurtosis", -0.59, 1.46, _NORMAL, 0, ""),
    (CRASH, "return_memory", 0.14, 0.29, _45_DAYS, 0, ""),
    (CRASH, "memory_1", 0.17, 0.29, _45_DAYS, 0, ""),
    (CRASH, "memory_2", 0.15, 0.29, _45_DAYS, 0, ""),
    (CRASH, "memory_5", 0.09, 0.29, _45_DAYS, 0, ""),
    (CRASH, "memory_10", 0.09, 0.29, _45_DAYS, 0, ""),
    (CRASH, "tail", 2.9, 1.3, _TAIL, MEMORY_DAYS, LONG_RUN),
    (CALM, "eigenvalue", 0.28, 0.08, _CORRELATED, 0, ""),
    (CALM, "stock_volatility", 0.0239, 0.006, _QUARTER, 0, ""),
    (CALM, "stock_kurtosis", 2.24, 0.69, _NORMAL, KURTOSIS_DAYS, ""),
    (CALM, "cross_section", 0.0223, 0.0056, _QUARTER, 0, ""),
    (CALM, "limit_down", 0.0023, 0.005, _VERY_RARE, 0, ""),
    (CALM, "limit_up", 0.0116, 0.005, _VERY_RARE, 0, ""),
    (CALM, "volatility", 0.0103, 0.0026, _QUARTER, 0, ""),
    (CALM, "kurtosis", 2.5, 0.69, _NORMAL, KURTOSIS_DAYS, ""),
    (CALM, "return_memory", 0.02, 0.10, _400_DAYS, MEMORY_DAYS, LONG_RUN),
    (CALM, "memory_1", 0.20, 0.10, _400_DAYS, MEMORY_DAYS, LONG_RUN),
    (CALM, "memory_2", 0.22, 0.10, _400_DAYS, MEMORY_DAYS, LONG_RUN),
    (CALM, "memory_5", 0.20, 0.10, _400_DAYS, MEMORY_DAYS, LONG_RUN),
    (CALM, "memory_10", 0.26, 0.10, _400_DAYS, MEMORY_DAYS, LONG_RUN),
    (CALM, "memory_20", 0.21, 0.10, _400_DAYS, MEMORY_DAYS, LONG_RUN),
    (CALM, "tail", 2.9, 1.3, _TAIL, MEMORY_DAYS, LONG_RUN),
)
"""Dataset, kind, real number, band, reason of the band, returns needed, source if it is another one.

The stocks of the crash: 15 June to 8 July; its index: to 17 August. Everything calm: all days of the dataset. ST stocks
are not among the closes at a limit."""


def _measure(kind: _Kind, dataset: str) -> Measure:
    def last(run: Run) -> int:
        return day("2015-07-08") if dataset == CRASH else len(run.index) - 1

    def measure(run: Run) -> float:
        if kind.of_index is not None:
            return kind.of_index(np.diff(np.log(run.index)))
        if kind.of_returns is not None:
            return kind.of_returns(run.stocks.returns(1, last(run)))
        assert kind.of_closes is not None
        return kind.of_closes(run.stocks, slice(1, last(run) + 1))

    return measure


def _fact(row: _Row) -> Fact:
    dataset, name, real, band, reason, least_days, source = row
    kind = _KINDS[name]
    stocks = kind.of_index is None
    quantity = Quantity(f"{dataset}_{name}", _measure(kind, dataset), dataset, stocks, least_days)
    statement = f"{dataset}: {kind.statement}"
    return Fact(quantity, statement, real, band, kind.unit, source or _SOURCES[dataset, stocks], reason)


FACTS: tuple[Fact, ...] = tuple(_fact(row) for row in _TABLE)
