"""Datasets made by hand: the real crash, many stocks, any number of runs; every array can be replaced."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from pingcang.results.variables import SUSPENDED, TRADED
from pingcang.validate.daily import trading_days

DAYS = 46


def day(date):
    return trading_days().index(np.datetime64(date, "D"))


def crash(runs=1, stocks=0, **changes):
    """Nothing happens, unless `changes` say so: (day,) arrays go to every run, larger ones as they are.

    Two official cohorts and a shadow one share balance, purchases and forced sales 3 : 1 : 4.
    """
    share = np.array([0.75, 0.25, 1.0])
    flat = np.ones(DAYS)
    market = {"index": flat, "index_equal_weight": flat}
    cohorts = {"financing_balance": 2e12 * flat, "margin_purchases": 2e11 * flat, "forced_sales": 0 * flat}
    boards = {"turnover": 2e12 * flat, "suspended": 400 * flat}
    variables = {name: (("run", "day"), spread(changes.pop(name, v), runs)) for name, v in market.items()}
    for name, v in cohorts.items():
        variables[name] = (("run", "day", "cohort"), spread(changes.pop(name, v), runs)[..., None] * share)
    for name, v in boards.items():
        halves = spread(changes.pop(name, v), runs)[..., None] * np.array([0.5, 0.5])
        variables[name] = (("run", "day", "board"), halves)
    liabilities = 2e12 * share
    ratio = np.array([2.5, 3.0, 1.3])
    shape = (runs, DAYS, 3)
    variables["maintenance_ratio"] = (("run", "day", "cohort"), np.broadcast_to(ratio, shape).copy())
    variables["investor_equity"] = (("run", "day", "cohort"), np.broadcast_to((ratio - 1) * liabilities, shape).copy())
    if stocks:
        status = changes.pop("stock_status", np.full((DAYS, stocks), TRADED, np.int8))
        close = changes.pop("close", np.full((DAYS, stocks), 10.0))
        variables["close"] = (("run", "day", "stock"), np.broadcast_to(close, (runs, *close.shape)).copy())
        variables["stock_status"] = (("run", "day", "stock"), np.broadcast_to(status, (runs, *status.shape)).copy())
        st = np.broadcast_to(changes.pop("stock_st", np.zeros(stocks, np.int8)), (runs, stocks)).copy()
        variables["stock_st"] = (("run", "stock"), st)
    assert not changes, changes
    coordinates = {
        "run": np.arange(runs),
        "day": np.arange(DAYS),
        "date": ("day", np.array(trading_days()).astype("datetime64[ns]")),
        "cohort": ["retail", "institution", "shadow"],
        "board": ["main", "growth"],
    }
    told = {
        "scenario": "made",
        "seed": 0,
        "scale": 1.0,
        "official_cohorts": json.dumps(["retail", "institution"]),
        "failed_runs": "[]",
    }
    return xr.Dataset(variables, coordinates, told)


def spread(values, runs):
    return np.broadcast_to(values, (runs, DAYS)).astype(float).copy()


def path(**points):
    """A series that is linear between points given as day numbers, d17=0.5."""
    days = [int(name[1:]) for name in points]
    return np.interp(np.arange(DAYS), days, list(points.values()))


__all__ = ["DAYS", "SUSPENDED", "TRADED", "crash", "day", "path", "spread"]
