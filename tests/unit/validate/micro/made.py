"""Panels written by hand, and small real ones."""

from __future__ import annotations

from datetime import date

import numpy as np

from pingcang.scenario import load_scenario
from pingcang.validate.micro.panel import COLUMNS, Panel

SMALL = {"scale": 0.001, "calendar.days": 5}


def small(**changes):
    """china_2015, a thousandth of it, five days."""
    return load_scenario("china_2015", overrides=SMALL | changes)


def dates(days, start=date(2015, 6, 12)):
    return np.datetime64(start) + np.arange(days + 1).astype("timedelta64[D]")


def panel(days=3, stocks=4, price=None, state=None, market_return=None, beta=None, **columns):
    """A panel of the given columns; the rest is quiet: price 100, everything tradable, DMC 20, nobody sells."""
    rows = len(next(iter(columns.values()))) if columns else 0
    usual = {"day": 1, "lots": 10, "dmc": 20.0, "dmc_low": 20.0, "crossed": 8}
    filled = {
        name: np.asarray(columns.get(name, np.full(rows, usual.get(name, 0)))).astype(kind)
        for name, kind in COLUMNS.items()
    }
    shape = (days + 1, stocks)
    return Panel(
        **filled,
        cohorts=("retail", "shadow"),
        official=np.array([True, False]),
        dates=dates(days),
        market_return=np.zeros(days + 1) if market_return is None else np.asarray(market_return),
        price=np.full(shape, 100, np.int32) if price is None else np.asarray(price, np.int32),
        state=np.zeros(shape, np.int8) if state is None else np.asarray(state, np.int8),
        float_lots=np.full(stocks, 1000, np.int64),
        float_cap=np.arange(1, stocks + 1) * 1e9,
        beta=np.ones(stocks) if beta is None else np.asarray(beta),
    )
