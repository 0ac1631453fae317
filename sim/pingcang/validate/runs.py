"""Single runs of a result dataset, cut to the days that are scored, as plain arrays.

Days are found by their date. Memory holds one block of runs as it stands in the store, whatever their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pingcang.arrays import Array, Bools, Floats
from pingcang.errors import ScenarioError
from pingcang.results.variables import AT_LIMIT_DOWN, AT_LIMIT_UP, SUSPENDED
from pingcang.validate.daily import trading_days

LEAST_CALM_DAYS = 20
"""Trading days after the start that a calm dataset must have."""

_MARKET = ("index", "index_equal_weight")
_BOARDS = ("turnover", "suspended")
_COHORTS = ("financing_balance", "margin_purchases", "maintenance_ratio", "investor_equity", "forced_sales")
_STOCKS = ("close", "stock_status", "stock_st")
_NEEDED = ("index", "financing_balance")
_NEEDED_IN_CRASH = (
    "index_equal_weight",
    "margin_purchases",
    "turnover",
    "suspended",
    "maintenance_ratio",
    "investor_equity",
)


class Stocks:
    """The stocks of one run: close (day, stock) in CNY, status (day, stock), st (stock)."""

    def __init__(self, close: Floats, status: Array, st: Array) -> None:
        self.traded: Bools = status != SUSPENDED
        ordinary = st == 0
        self.limit_down: Bools = (status == AT_LIMIT_DOWN) & ordinary
        """Closes at limit-down, ST stocks left out."""
        self.limit_up: Bools = (status == AT_LIMIT_UP) & ordinary
        self._close = close

    def returns(self, first: int, last: int) -> Floats:
        """Returns of the days first … last, (day, stock): close over the last close, NaN without trade."""
        close = self._close[first - 1 : last + 1]
        change: Floats = np.where(self.traded[first : last + 1], close[1:] / close[:-1] - 1.0, np.nan)
        return change


@dataclass(frozen=True)
class Run:
    """One run: arrays over the days scored; official: summed over the cohorts whose lender is a broker."""

    index: Floats
    """1 on the first day scored."""
    balance: Floats
    """Official financing balance, CNY."""
    stocks: Stocks
    """Empty unless they were recorded; ask `has_stocks` first."""
    equal_weight: Floats
    purchases: Floats
    """Official margin purchases, CNY."""
    turnover: Floats
    suspended: Floats
    maintenance_ratio: Floats
    """Of all official accounts together: total assets over total liabilities."""
    forced_brokers: Floats
    forced_shadow: Floats
    """Forced sales, CNY; NaN where the dataset has none."""


def crash_runs(dataset: xr.Dataset) -> Iterator[Run]:
    """The runs from 2015-06-12 (day 0) to 2015-08-17; ScenarioError if the dataset does not hold these days."""
    return _runs(dataset, crash_days(dataset))


def calm_runs(dataset: xr.Dataset) -> Iterator[Run]:
    """The runs over all their days; ScenarioError if they are too few."""
    return _runs(dataset, calm_days(dataset))


def crash_days(dataset: xr.Dataset) -> slice:
    """Where the 46 closes of the crash stand; ScenarioError if a day lacks, or is there but was no trading day."""
    _check(dataset, (*_NEEDED, *_NEEDED_IN_CRASH))
    dates = _dates(dataset)
    wanted = np.array(trading_days())
    inside = dates[(dates >= wanted[0]) & (dates <= wanted[-1])]
    if missing := np.setdiff1d(wanted, inside).tolist():
        raise ScenarioError(
            f"{_name(dataset)}: {dates[0]} to {dates[-1]} lacks {len(missing)} of the 46 closes that are scored, first "
            f"{missing[0]}; score runs from 2015-06-12 to 2015-08-17 (china_2015 with calendar.days of at least 45)"
        )
    if extra := np.setdiff1d(inside, wanted).tolist():
        raise ScenarioError(f"{_name(dataset)}: {extra[0]} was no trading day in 2015; add it to calendar.holidays")
    first = int(np.searchsorted(dates, wanted[0]))
    return slice(first, first + len(wanted))


def calm_days(dataset: xr.Dataset) -> slice:
    """All days of a calm dataset; ScenarioError if they are fewer than 20 after the start."""
    _check(dataset, _NEEDED)
    days = dataset.sizes["day"]
    if days <= LEAST_CALM_DAYS:
        raise ScenarioError(
            f"{_name(dataset)}: {days - 1} trading days after the start; a calm dataset needs at least "
            f"{LEAST_CALM_DAYS} (china_2015_calm has 45)"
        )
    return slice(0, days)


def has_stocks(dataset: xr.Dataset) -> bool:
    """Whether the dataset says what every stock did each day."""
    return all(name in dataset for name in _STOCKS)


def _dates(dataset: xr.Dataset) -> Array:
    return dataset["date"].values.astype("datetime64[D]")


def _name(dataset: xr.Dataset) -> str:
    return str(dataset.encoding.get("source") or dataset.attrs.get("scenario") or "dataset")


def _check(dataset: xr.Dataset, names: Sequence[str]) -> None:
    lacking = [name for name in ("run", "day", "date", "cohort", *names) if name not in dataset.variables]
    if lacking:
        raise ScenarioError(
            f"{_name(dataset)}: no variable {', '.join(lacking)}; score datasets that pingcang run has written"
        )
    if not dataset.sizes["run"]:
        raise ScenarioError(f"{_name(dataset)}: it holds no run that succeeded; nothing can be scored")


def _runs(dataset: xr.Dataset, days: slice) -> Iterator[Run]:
    stocks = _STOCKS if has_stocks(dataset) else ()
    names = [name for name in (*_MARKET, *_BOARDS, *_COHORTS, *stocks) if name in dataset]
    chosen = dataset[names].isel(day=days)
    brokers = _brokers(dataset)
    block = _runs_a_block(dataset)
    for start in range(0, dataset.sizes["run"], block):
        part = chosen.isel(run=slice(start, start + block))
        values = {name: part[name].values for name in names}
        for at in range(part.sizes["run"]):
            yield _run({name: array[at] for name, array in values.items()}, brokers)


def _runs_a_block(dataset: xr.Dataset) -> int:
    """As many runs as the store keeps together, so that none is unpacked twice."""
    chunks = dataset["index"].encoding.get("chunks") or dataset["index"].encoding.get("chunksizes")
    return int(chunks[0]) if chunks else 1


def _brokers(dataset: xr.Dataset) -> Bools:
    """Of each cohort, whether its lender is a broker; all are if the dataset does not say."""
    cohorts = dataset["cohort"].values.tolist()
    official = json.loads(dataset.attrs.get("official_cohorts", "null"))
    return np.array([official is None or cohort in official for cohort in cohorts])


def _run(values: Mapping[str, Array], brokers: Bools) -> Run:
    unknown = np.full(len(values["index"]), np.nan)

    def lent(name: str, by: Bools) -> Floats:
        return values[name][:, by].sum(axis=1, dtype=np.float64) if name in values else unknown

    def boards(name: str) -> Floats:
        return values[name].sum(axis=1, dtype=np.float64) if name in values else unknown

    return Run(
        index=values["index"] / values["index"][0],
        balance=lent("financing_balance", brokers),
        stocks=Stocks(*(values[name] for name in _STOCKS)) if "close" in values else _no_stocks(len(unknown)),
        equal_weight=values.get("index_equal_weight", unknown),
        purchases=lent("margin_purchases", brokers),
        turnover=boards("turnover"),
        suspended=boards("suspended"),
        maintenance_ratio=_maintenance_ratio(values, brokers),
        forced_brokers=lent("forced_sales", brokers),
        forced_shadow=lent("forced_sales", ~brokers),
    )


def _no_stocks(days: int) -> Stocks:
    return Stocks(np.zeros((days, 0)), np.zeros((days, 0), np.int8), np.zeros(0, np.int8))


def _maintenance_ratio(values: Mapping[str, Array], brokers: Bools) -> Floats:
    """Σ assets / Σ liabilities over the official cohorts.

    A cohort's ratio m = A/L and equity E = A − L give its liabilities L = E/(m − 1) and its assets m·L. A cohort that
    owes nothing has no m and is in neither sum; NaN if none has any, or if one stands at m = 1, where L is not known.
    """
    if "maintenance_ratio" not in values or "investor_equity" not in values:
        return np.full(len(values["index"]), np.nan)
    m, equity = values["maintenance_ratio"][:, brokers], values["investor_equity"][:, brokers]
    indebted = ~np.isnan(m)
    above = np.where(indebted & (m != 1.0), m - 1.0, np.nan)
    owed = np.where(indebted, equity / above, 0.0)
    total = owed.sum(axis=1)
    assets = np.where(indebted, m * owed, 0.0).sum(axis=1)
    ratio: Floats = np.divide(assets, total, out=np.full(len(total), np.nan), where=total > 0)
    return ratio
