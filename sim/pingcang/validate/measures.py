"""What a run scores on the targets of 2015: part name -> number.

Glossary: day 0 is 2015-06-12 (close before the crash), day 45 is 2015-08-17; B official financing balance, r return of
the index. NaN where a run has no such number; `Part.undefined` says why.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from pingcang.arrays import Floats
from pingcang.validate.daily import trading_days
from pingcang.validate.quantities import Measure, Quantity, evaluate
from pingcang.validate.runs import Run
from pingcang.validate.statistics import mean_correlation, regress
from pingcang.validate.targets import TARGETS

CALM_GROWTH_DAYS = 20
MANY_LIMIT_DOWNS = 1000


def day(date: str) -> int:
    """Trading days from 2015-06-12 to a date: day("2015-07-08") is 17."""
    return trading_days().index(np.datetime64(date, "D"))


_JUN_15, _JUN_18, _JUL_03, _JUL_08, _JUL_09 = (
    day(f"2015-{date}") for date in ("06-15", "06-18", "07-03", "07-08", "07-09")
)


def _change(series: Floats, first: int, last: int) -> float:
    return float(series[last] / series[first] - 1.0) if series[first] > 0 else np.nan


def _last_three_days(run: Run) -> float:
    """(B(07-03) − B(07-08)) / (B(06-18) − B(07-08)); NaN unless the balance falls."""
    fall = run.balance[_JUN_18] - run.balance[_JUL_08]
    return float((run.balance[_JUL_03] - run.balance[_JUL_08]) / fall) if fall > 0 else np.nan


def _worst_day(run: Run) -> float:
    """min over the days of B_t / B_{t−1} − 1."""
    before = run.balance[:-1]
    return float((run.balance[1:] / before - 1.0).min()) if (before > 0).all() else np.nan


def _purchases_share(date: str) -> Measure:
    at = day(date)
    return lambda run: float(run.purchases[at] / run.turnover[at]) if run.turnover[at] > 0 else np.nan


def _limit_down_days(run: Run) -> float:
    stocks = run.stocks
    return float((stocks.limit_down[1:].sum(axis=1) > MANY_LIMIT_DOWNS).sum())


def _limit_down_share(run: Run) -> float:
    """max over the days of limit-down closes without ST over all traded stocks, as the real 0.82 = 1,654 / 2,015 is.

    Counted against ex-dividend closes the real one is 1,730 / 2,015 = 0.86 (`data/SOURCES.md`), inside the same band.
    """
    stocks = run.stocks
    down, traded = stocks.limit_down[1:].sum(axis=1), stocks.traded[1:].sum(axis=1)
    return float((down / np.maximum(traded, 1)).max())


def _limit_down_persistence(run: Run) -> float:
    """Pairs of neighbouring days from 06-15 to 07-08, all stocks together."""
    stocks = run.stocks
    window = slice(_JUN_15, _JUL_08 + 1)
    down, traded = stocks.limit_down[window], stocks.traded[window]
    trades_after = int((down[:-1] & traded[1:]).sum())
    return float((down[:-1] & down[1:]).sum() / trades_after) if trades_after else np.nan


def balance_response(run: Run) -> tuple[float, float]:
    """b0, b1 of (B_t − B_{t−1}) / B_{t−1} = a + b0·r_t + b1·r_{t−1}, ordinary least squares over days 2 … 45.

    Day 1 is left out: the return of day 0 is no part of a simulation that starts at its close. The real numbers give
    .24 and .22.
    """
    if not (run.balance[:-1] > 0).all():
        return np.nan, np.nan
    r = run.index[1:] / run.index[:-1] - 1.0
    change = run.balance[1:] / run.balance[:-1] - 1.0
    _, today, yesterday = regress(change[1:], r[1:], r[:-1])
    return float(today), float(yesterday)


def _calm_growth(run: Run) -> float:
    """(B_20 / B_0)^(1/20) − 1."""
    grown = _change(run.balance, 0, CALM_GROWTH_DAYS) + 1.0
    return float(grown ** (1.0 / CALM_GROWTH_DAYS) - 1.0)


MEASURES: dict[str, Measure] = {
    "index_fall": lambda run: _change(run.index, 0, _JUL_08),
    "equal_weight_fall": lambda run: _change(run.equal_weight, 0, _JUL_08),
    "trough_day": lambda run: float(run.index.argmin()),
    "index_august": lambda run: _change(run.index, 0, -1),
    "balance_fall": lambda run: _change(run.balance, _JUN_18, _JUL_08),
    "last_three_days": _last_three_days,
    "worst_day": _worst_day,
    "balance_august": lambda run: _change(run.balance, _JUL_08, -1),
    "purchases_fall": lambda run: _change(run.purchases, _JUN_15, _JUL_08),
    "purchases_share_0612": _purchases_share("2015-06-12"),
    "purchases_share_0615": _purchases_share("2015-06-15"),
    "purchases_share_0708": _purchases_share("2015-07-08"),
    "limit_down_days": _limit_down_days,
    "limit_down_share": _limit_down_share,
    "suspended_0708": lambda run: float(run.suspended[_JUL_08]),
    "suspended_0709": lambda run: float(run.suspended[_JUL_09]),
    "limit_down_persistence": _limit_down_persistence,
    "correlation_crash": lambda run: mean_correlation(run.stocks.returns(_JUN_15, _JUL_08)),
    "correlation_calm": lambda run: mean_correlation(run.stocks.returns(1, len(run.index) - 1)),
    "maintenance_ratio": lambda run: float(run.maintenance_ratio[-1]),
    "calm_growth": _calm_growth,
    "response_today": lambda run: balance_response(run)[0],
    "response_yesterday": lambda run: balance_response(run)[1],
}
"""Part of a target -> its measure."""

QUANTITIES: tuple[Quantity, ...] = tuple(
    Quantity(part.name, MEASURES[part.name], part.dataset, part.stocks) for target in TARGETS for part in target.parts
)


def measure(crash: xr.Dataset, calm: xr.Dataset | None = None) -> dict[str, Floats]:
    """Every part of every target -> its value in each run of its dataset.

    One NaN where the dataset or its record is missing (`quantities.not_computed` says which). A dataset of one run in
    memory is as good as a store. Raises ScenarioError if a dataset does not hold the days or variables that are scored.
    """
    return evaluate(QUANTITIES, crash, calm)
