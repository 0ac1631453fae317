"""The eighteen targets of 2015: what the median of many runs is held against.

A row may have several parts; it is in its band only if all of them are. The real numbers are rounded; `real_dataset`
and the raw files reproduce them. The bands are assumptions: how near is near enough.
"""

from __future__ import annotations

from dataclasses import dataclass

CRASH, CALM = "crash", "calm"
"""The two datasets: one from 2015-06-12 to 2015-08-17, and the same market without news."""

FRACTION, COUNT, DAYS, RATIO = "fraction", "stocks", "trading days", "1"
"""Units; a fraction is shown in percent."""

_FINANCING = "CSF daily totals as published by Eastmoney; 06-30 to 07-07 agree with Reuters 2015-07-08"
_STOCKS = "derived from daily prices of about 2,780 A-shares (Tushare), survivors to September 2016"
_INDEX = f"{_STOCKS}, weighted by the float caps of 2015-06-12"


@dataclass(frozen=True)
class Part:
    """One number of a row, with the half-width of its band."""

    name: str
    """Of its measure in `measures.py`."""
    when: str
    """What tells it from the other parts of the row; empty if there are none."""
    real: float
    band: float
    dataset: str = CRASH
    stocks: bool = False
    """Whether it needs --record stocks."""
    undefined: str = ""
    """Why a run may have no such number."""


@dataclass(frozen=True)
class Target:
    """One row."""

    row: int
    statement: str
    unit: str
    source: str
    parts: tuple[Part, ...]


_NO_FALL = "the balance does not fall"
_NO_PURCHASES = "no purchases on the first day"
_NO_TURNOVER = "purchases or turnover of the day are not known"
_NO_PAIRS = "too few stocks trade often enough"

TARGETS: tuple[Target, ...] = (
    Target(1, "Index, 12 June to 8 July", FRACTION, _INDEX, (Part("index_fall", "", -0.349, 0.05),)),
    Target(
        2,
        "Equal-weight index of traded stocks, 12 June to 8 July",
        FRACTION,
        _STOCKS,
        (Part("equal_weight_fall", "", -0.52, 0.08),),
    ),
    Target(3, "Trough of the index, day (8 July is 17)", DAYS, _INDEX, (Part("trough_day", "", 17, 3),)),
    Target(4, "Index, 12 June to 17 August", FRACTION, _INDEX, (Part("index_august", "", -0.237, 0.07),)),
    Target(
        5,
        "Financing balance, 18 June to 8 July",
        FRACTION,
        _FINANCING,
        (Part("balance_fall", "", -0.363, 0.06, undefined="no balance on 18 June"),),
    ),
    Target(
        6,
        "Share of that fall in its last three days",
        RATIO,
        _FINANCING,
        (Part("last_three_days", "", 0.56, 0.15, undefined=_NO_FALL),),
    ),
    Target(
        7,
        "Largest fall of the balance in a day",
        FRACTION,
        _FINANCING,
        (Part("worst_day", "", -0.109, 0.03, undefined="the balance vanishes"),),
    ),
    Target(
        8,
        "Financing balance, 8 July to 17 August",
        FRACTION,
        _FINANCING,
        (Part("balance_august", "", -0.038, 0.06, undefined="no balance on 8 July"),),
    ),
    Target(
        9,
        "Margin purchases, 15 June to 8 July",
        FRACTION,
        _FINANCING,
        (Part("purchases_fall", "", -0.73, 0.12, undefined=_NO_PURCHASES),),
    ),
    Target(
        10,
        "Margin purchases over turnover",
        FRACTION,
        f"{_FINANCING}; turnover of CSI All-Share (csindex.com.cn)",
        (
            Part("purchases_share_0612", "12 June, an input", 0.118, 0.03, undefined=_NO_TURNOVER),
            Part("purchases_share_0615", "15 June", 0.114, 0.03, undefined=_NO_TURNOVER),
            Part("purchases_share_0708", "8 July", 0.054, 0.03, undefined=_NO_TURNOVER),
        ),
    ),
    Target(
        11,
        "Days with more than 1,000 closes at limit-down, to 17 August",
        DAYS,
        _STOCKS,
        (Part("limit_down_days", "", 7, 3, stocks=True),),
    ),
    Target(
        12,
        "Worst day: closes at limit-down over traded stocks",
        RATIO,
        _STOCKS,
        (Part("limit_down_share", "", 0.82, 0.12, stocks=True),),
    ),
    Target(
        13,
        "Suspended stocks",
        COUNT,
        f"{_STOCKS}; 8 July 1,317 (Caixin), 9 July above 1,400 (DW)",
        (
            Part("suspended_0708", "8 July", 1318, 0.3 * 1318),
            Part("suspended_0709", "9 July", 1444, 0.3 * 1444),
        ),
    ),
    Target(
        14,
        "P(limit-down tomorrow | limit-down today, traded tomorrow), 15 June to 8 July",
        RATIO,
        _STOCKS,
        (
            Part(
                "limit_down_persistence",
                "",
                0.57,
                0.10,
                stocks=True,
                undefined="no stock trades after a close at limit-down",
            ),
        ),
    ),
    Target(
        15,
        "Mean pairwise correlation of stocks",
        RATIO,
        _STOCKS,
        (
            Part("correlation_crash", "15 June to 8 July", 0.60, 0.10, stocks=True, undefined=_NO_PAIRS),
            Part("correlation_calm", "calm", 0.28, 0.08, CALM, stocks=True, undefined=_NO_PAIRS),
        ),
    ),
    Target(
        16,
        "Maintenance ratio of broker accounts, 17 August",
        RATIO,
        "CSF, average of the market as published by Eastmoney",
        (Part("maintenance_ratio", "", 2.74, 0.20, undefined="no broker account has debt"),),
    ),
    Target(
        17,
        "Growth of the balance a day, calm, first 20 days",
        FRACTION,
        f"{_FINANCING}; the bubble of 2014-15",
        (Part("calm_growth", "", 0.0065, 0.0025, CALM, undefined="no balance at the start"),),
    ),
    Target(
        18,
        "Change of the balance a day: slope on the return",
        RATIO,
        f"{_FINANCING}; {_INDEX}",
        (
            Part("response_today", "today's", 0.23, 0.10, undefined="the index or the balance does not move"),
            Part("response_yesterday", "yesterday's", 0.22, 0.10, undefined="the index or the balance does not move"),
        ),
    ),
)
"""Rows in order; rows 15 and 17 need the calm dataset."""

ENOUGH_ROWS = 13
"""Of all rows."""
ENOUGH_LATER_ROWS = 6
"""Of rows 11 to 18."""
FIRST_LATER_ROW = 11
