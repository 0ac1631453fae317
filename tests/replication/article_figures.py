"""How the figures of `articles.yaml` are computed: from the data folder, from printed numbers, from the rule sets.

A function gives a value in CNY, USD, 1, points or stocks, a range where the numbers it starts from leave one open, a
day as text, or None where no value exists.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pingcang.leverage import ratios
from pingcang.leverage.regimes import regime_table
from pingcang.leverage.regimes.figures import FINRA, MARGIN, SSE, TURNOVER
from pingcang.leverage.regimes.market_files import MarketFiles, read_market_files, within
from pingcang.leverage.regimes.printed import Printed
from pingcang.leverage.thresholds import load_thresholds
from pingcang.scenario.rule_sets import in_force, load_rule_set

STOCKS_2015 = "ashare_stock_daily_20150302_20150817.csv.gz"
LOT = 100
LONGEST_SUSPENSION = 60
"""Trading days for which a suspended stock keeps its last float cap."""


@cache
def files() -> MarketFiles:
    return read_market_files(Path(os.environ["PINGCANG_DATA"]))


def _series(file: str, field: str = "") -> pd.Series[float]:
    found = files().column(file, field)
    assert found is not None, f"{file} is not in the data folder"
    return found


def _both() -> pd.Series[float]:
    return _series(MARGIN, "financing_balance") + _series(MARGIN, "short_balance")


# ---- from the data folder


def financing(day: str) -> float:
    return float(_series(MARGIN, "financing_balance")[day])


def short(day: str) -> float:
    return float(_series(MARGIN, "short_balance")[day])


def balance(day: str) -> float:
    return float(_both()[day])


def peak_day(year: str) -> str:
    both = _both()
    return str(pd.Timestamp(both[both.index.year == int(year)].idxmax()).date())


def first_day_above_2015() -> str:
    """The first day after 2015 on which the balance exceeds that year's largest."""
    both = _both()
    above = both[(both.index.year > 2015) & (both > both[both.index.year == 2015].max())]
    return str(above.index[0].date())


def sse(day: str) -> float:
    return float(_series(SSE)[day])


def fall_of_sse(first: str, last: str) -> float:
    return 1 - sse(last) / sse(first)


def us_debt(month: str) -> float:
    return float(_series(FINRA)[f"{month}-01"])


def us_debt_extreme(year: str, which: str) -> float:
    of_year = _series(FINRA)[f"{year}-01-01" : f"{year}-12-31"]
    return float(of_year.min() if which == "least" else of_year.max())


def share_of_window(first: str, last: str) -> float:
    """Margin purchases over the turnover of the CSI All-Share, sums over the window."""
    bought, traded = (
        _window(series, first, last) for series in (_series(MARGIN, "margin_purchases"), _series(TURNOVER))
    )
    return float(ratios.share_of_turnover(float(bought.sum()), float(traded[bought.index].sum())))


def turnover_of_window(first: str, last: str) -> float:
    return float(_window(_series(TURNOVER), first, last).mean())


def _window(series: pd.Series[float], first: str, last: str) -> pd.Series[float]:
    return within(series, dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def cap_of_ratio(day: str, percent: str) -> tuple[float, float]:
    """The cap of which the financing balance is a printed ratio, in the rounding of the ratio."""
    low, high = Printed(percent, "%").bounds
    return financing(day) / high, financing(day) / low


@cache
def _float_caps() -> pd.DataFrame:
    """Float cap of single stocks by day, CNY: value at the close over turnover rate; NaN for a suspended stock."""
    prices = pd.read_csv(Path(os.environ["PINGCANG_DATA"]) / STOCKS_2015, dtype={"code": str})
    rate = prices["turnover_pct"].where(prices["turnover_pct"] > 0) / 100
    prices["cap"] = prices["close"] * prices["volume_lots"] * LOT / rate
    return prices.pivot_table(index="date", columns="code", values="cap")


def float_2015(day: str, which: str = "all") -> float:
    """Of all stocks, or of those that traded on the day."""
    caps = _float_caps() if which == "traded" else _float_caps().ffill(limit=LONGEST_SUSPENSION)
    return float(np.nansum(caps.loc[day]))


def float_ratio_2015(day: str, which: str = "all") -> float:
    return float(ratios.macro_leverage(balance(day), float_2015(day, which)))


# ---- from numbers that are printed too


def chain(result: str) -> float:
    return load_thresholds("china_2025").results[result]


def implied_cap(trillions: str, percent: str) -> tuple[float, float]:
    cap, share = Printed(trillions, "tn CNY").bounds, Printed(percent, "%").bounds
    return cap[0] / share[1], cap[1] / share[0]


def largest_multiple(initial_margin: str, collateral: str) -> float:
    return float(ratios.highest_multiple(float(initial_margin), float(collateral)))


def fall(maintenance_ratio: str) -> float:
    return float(ratios.fall_to_line(float(maintenance_ratio), 1.3))


def multiple(maintenance_ratio: str) -> float:
    return float(ratios.multiple_of_maintenance_ratio(float(maintenance_ratio)))


# ---- from the rule sets


def marginable(day: str) -> float:
    return float(in_force("CN", dt.date.fromisoformat(day)).values["marginable_stocks"])


def close_out_line(day: str) -> float:
    return float(in_force("CN", dt.date.fromisoformat(day)).values["close_out_line"])


def us_rule(rule_set: str, key: str) -> float:
    return float(load_rule_set(rule_set).values[key])


def hong_kong_ratio() -> None:
    """There is none: the rule set's value is a scenario's assumption, which the table of regimes leaves out."""
    cell = regime_table().cell("initial_margin", "hk")
    assert cell.missing.startswith("no market-wide ratio")
    assert cell.value is None


FUNCTIONS: dict[str, Any] = {
    function.__name__: function
    for function in (
        financing, short, balance, peak_day, first_day_above_2015, sse, fall_of_sse, us_debt, us_debt_extreme,
        share_of_window, turnover_of_window, cap_of_ratio, float_2015, float_ratio_2015, chain, implied_cap,
        largest_multiple, fall, multiple, marginable, close_out_line, us_rule, hong_kong_ratio,
    )
}  # fmt: skip
