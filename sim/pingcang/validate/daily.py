"""The real market day by day, 2015-06-01 to 2015-08-17: the table in `data/`; its sources are in `data/SOURCES.md`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.arrays import Array

START = np.datetime64("2015-06-12", "D")
"""Day 0 of the crash: the last close before it."""

COHORT, BOARD = "market", "all"
"""The only cohort and the only board of `real_dataset`."""

_BY_COHORT = ("financing_balance", "short_balance", "margin_purchases", "maintenance_ratio")
_BY_BOARD = ("limit_down", "limit_down_one_price", "limit_up", "suspended", "turnover")


@cache
def _table() -> pd.DataFrame:
    with (files("pingcang.validate") / "data" / "china_2015_daily.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, comment="#", parse_dates=["date"]).set_index("date")


def daily_2015() -> pd.DataFrame:
    """The whole table by date; money in CNY, ratios and returns as fractions."""
    return _table().copy()


@cache
def trading_days() -> tuple[np.datetime64, ...]:
    """The days of the crash, 2015-06-12 (day 0) to 2015-08-17 (day 45)."""
    days = _table().index.to_numpy().astype("datetime64[D]")
    return tuple(days[days >= START])


def crash_series(name: str) -> Array:
    """One column over `trading_days`."""
    return _table().loc[str(START) :, name].to_numpy()


def real_dataset() -> xr.Dataset:
    """The table as a result dataset of one run, as far as it goes: the score of the real crash comes from it."""
    table = _table().loc[str(START) :]
    variables: dict[str, Any] = {
        name: (("run", "day"), table[[name]].to_numpy().T) for name in ("index", "index_equal_weight")
    }
    variables |= {name: (("run", "day", "cohort"), table[name].to_numpy()[None, :, None]) for name in _BY_COHORT}
    variables |= {name: (("run", "day", "board"), table[name].to_numpy()[None, :, None]) for name in _BY_BOARD}
    owed = table["financing_balance"] + table["short_balance"]
    equity = owed * (table["maintenance_ratio"] - 1)
    variables["investor_equity"] = (("run", "day", "cohort"), equity.to_numpy()[None, :, None])
    coordinates = {
        "run": [0],
        "day": np.arange(len(table)),
        "date": ("day", table.index.to_numpy().astype("datetime64[ns]")),
        "cohort": [COHORT],
        "board": [BOARD],
    }
    told = {"scenario": "the real market", "official_cohorts": json.dumps([COHORT])}
    return xr.Dataset(variables, coordinates, told)
