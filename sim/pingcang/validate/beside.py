"""What is reported beside the targets, without a band: forced sales next to the claims of 2015, distances of paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pingcang.arrays import Floats
from pingcang.validate.daily import crash_series
from pingcang.validate.measures import day
from pingcang.validate.quantities import Measure, Quantity
from pingcang.validate.runs import Run

MONEY, LOG = "CNY", "log"


@dataclass(frozen=True)
class Beside:
    """A quantity without a band, and what was said of the real one."""

    quantity: Quantity
    statement: str
    unit: str
    claim: str
    source: str


def _forced(lender: str, first: str, last: str) -> Measure:
    days = slice(day(first), day(last) + 1)
    return lambda run: float(getattr(run, f"forced_{lender}")[days].sum())


def _distance(name: str, column: str) -> Measure:
    """√ mean (ln x_t − ln real_t)² over the days after 12 June; NaN if x is not above 0 on every day."""
    real = crash_series(column).astype(np.float64)[1:]

    def measure(run: Run) -> float:
        simulated: Floats = getattr(run, name)[1:]
        if not (simulated > 0).all():
            return np.nan
        return float(np.sqrt(np.mean((np.log(simulated) - np.log(real)) ** 2)))

    return measure


_PATHS = "china_2015_daily.csv"

BESIDE: tuple[Beside, ...] = (
    Beside(
        Quantity("forced_brokers", _forced("brokers", "2015-06-15", "2015-07-10")),
        "Forced sales of brokers, 15 June to 10 July",
        MONEY,
        "no total known",
        "",
    ),
    Beside(
        Quantity("forced_shadow", _forced("shadow", "2015-06-15", "2015-07-10")),
        "Forced sales of shadow lenders, 15 June to 10 July",
        MONEY,
        "30.1 bn on one platform, HOMS",
        "Hundsun's own claim, 2015-07-13, via ecns.cn (likely too low)",
    ),
    Beside(
        Quantity("forced_brokers_june", _forced("brokers", "2015-06-25", "2015-06-26")),
        "Forced sales of brokers, 25 and 26 June",
        MONEY,
        "below 6 m",
        "CSF, 2015-06-29, via ecns.cn",
    ),
    Beside(
        Quantity("forced_shadow_june", _forced("shadow", "2015-06-25", "2015-06-26")),
        "Forced sales of shadow lenders, 25 and 26 June",
        MONEY,
        "below 4 bn on HOMS",
        "CSRC, 2015-06-29, via ejinsight",
    ),
    Beside(Quantity("distance_index", _distance("index", "index")), "Distance of the index path", LOG, "", _PATHS),
    Beside(
        Quantity("distance_balance", _distance("balance", "financing_balance")),
        "Distance of the path of the balance",
        LOG,
        "",
        _PATHS,
    ),
    Beside(
        Quantity("distance_purchases", _distance("purchases", "margin_purchases")),
        "Distance of the path of margin purchases",
        LOG,
        "",
        _PATHS,
    ),
)
