"""How much is borrowed: the balance, its growth and records, and what it is measured against.

Glossary: B financing balance, S short balance, m average maintenance ratio, t day, k trading days.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from pingcang.leverage.monitor import lines
from pingcang.leverage.monitor.calendar import change, growth, mean_over, year_before
from pingcang.leverage.monitor.gauge import Gauge, Measure
from pingcang.leverage.monitor.reading import Light
from pingcang.leverage.ratios import fall_to_line, macro_leverage, multiple_of_maintenance_ratio, share_of_turnover

Judge = Callable[[float], Light]
BALANCE = ("financing_balance",)


def gauges(window: int, currency: str, judge: Judge | None, line: str) -> tuple[Gauge, ...]:
    """The readings of quantity; `judge` and `line`: the traffic light of the thresholds."""
    money = partial(Gauge, group="quantity", unit=currency)
    share = partial(Gauge, group="quantity", unit="1")
    return (
        money(
            key="financing_balance",
            label="Financing balance",
            inputs=BALANCE,
            formula="B",
            measure=lambda data: data["financing_balance"],
            judge=judge,
            line=line,
        ),
        money(
            key="shadow_balance",
            label="Shadow finance",
            inputs=("shadow_balance",),
            formula="loans of lenders other than brokers",
            measure=lambda data: data["shadow_balance"],
        ),
        money(
            key="margin_investors",
            unit="investors",
            label="Investors with margin accounts",
            inputs=("margin_investors",),
            formula="count",
            measure=lambda data: data["margin_investors"],
        ),
        *_growth(share, window),
        *_record(money, share),
        *_against(share),
        *_turnover(share, window),
        *_ratio(share),
    )


def margin_balance(data: xr.Dataset) -> xr.DataArray:
    """B + S, or B alone where no S is known."""
    if "short_balance" not in data:
        return data["financing_balance"]
    return data["financing_balance"] + data["short_balance"].fillna(0.0)


def over(name: str) -> Measure:
    """(B + S) over a variable, NaN where that is 0."""
    return lambda data: macro_leverage(margin_balance(data), data[name].where(data[name] > 0))


def record_so_far(data: xr.Dataset) -> xr.DataArray:
    """Highest balance up to each day."""
    return _accumulated(data["financing_balance"])


def days_since_record(data: xr.Dataset) -> xr.DataArray:
    """Trading days since the balance was highest."""
    balance = data["financing_balance"]
    day = xr.DataArray(np.arange(balance.sizes["date"], dtype=np.float64), dims="date")
    return day - _accumulated(day.where(balance >= record_so_far(data)))


def days_since_passing(data: xr.Dataset, level: float, name: str = "financing") -> xr.DataArray:
    """Trading days since the balance first stood above a level after 2015-06-18; NaN before that."""
    balance = data["financing_balance"] if name == "financing" else margin_balance(data)
    passed = (balance > level) & (data["date"] > np.datetime64(lines.RECORD_DAY))
    counted = passed.cumsum("date") > 0
    return (counted.cumsum("date") - 1.0).where(counted)


def _accumulated(series: xr.DataArray) -> xr.DataArray:
    axis = series.get_axis_num("date")
    return series.copy(data=np.fmax.accumulate(series.values, axis=axis))


def _growth(share: Any, window: int) -> list[Gauge]:
    steps = dict.fromkeys((1, 5, window))
    found = [
        share(
            key=f"growth_{k}",
            label=f"Change over {k} trading day{'s' if k > 1 else ''}",
            inputs=BALANCE,
            formula=f"B(t) / B(t−{k}) − 1",
            measure=partial(_grown, days=k),
            days=k,
        )
        for k in steps
    ]
    year = share(
        key="growth_year",
        label="Change over a year",
        inputs=BALANCE,
        formula="B(t) / B(last day not after the same date a year ago) − 1",
        measure=lambda data: data["financing_balance"] / year_before(data["financing_balance"]) - 1.0,
        days=240,
    )
    return [*found, year]


def _grown(data: xr.Dataset, days: int) -> xr.DataArray:
    return growth(data["financing_balance"], days)


def _record(money: Any, share: Any) -> list[Gauge]:
    days = partial(share, unit="trading days")
    return [
        money(
            key="record",
            label="Highest so far in the data",
            inputs=BALANCE,
            formula="max B up to t",
            measure=record_so_far,
        ),
        share(
            key="below_record",
            label="Below that record",
            inputs=BALANCE,
            formula="1 − B / record",
            measure=lambda data: 1.0 - data["financing_balance"] / record_so_far(data),
        ),
        days(
            key="days_since_record",
            label="Since that record",
            inputs=BALANCE,
            formula="trading days in the data since B was highest",
            measure=days_since_record,
        ),
        *_record_2015(share, days),
    ]


def _record_2015(share: Any, days: Any) -> list[Gauge]:
    level = f"{lines.RECORD_FINANCING / 1e12:g} tn CNY of {lines.RECORD_DAY}"
    return [
        share(
            key="to_record_2015",
            label="Against the record of June 2015",
            inputs=BALANCE,
            formula=f"B / {level} − 1",
            measure=lambda data: data["financing_balance"] / lines.RECORD_FINANCING - 1.0,
            about_2015=True,
        ),
        days(
            key="days_since_passing_2015",
            label="Since it passed that of June 2015",
            inputs=BALANCE,
            formula=f"trading days in the data since B first stood above {level}",
            measure=partial(days_since_passing, level=lines.RECORD_FINANCING),
            about_2015=True,
            otherwise=f"a balance above {level}, which it has not reached",
        ),
    ]


def _against(share: Any) -> list[Gauge]:
    """The balance over what it is measured against, and what that ratio was in June 2015."""
    peak = "in June 2015"
    free = lines.between(lines.MEAN_TO_FREE_FLOAT, lines.PEAK_TO_FREE_FLOAT, ("amber", "red"))
    rows: list[tuple[str, str, str, Judge | None, str]] = [
        (
            "float_cap",
            "balance_to_float",
            "Over float market cap",
            lines.above(lines.PEAK_TO_FLOAT, "red"),
            f"red from {lines.PEAK_TO_FLOAT:.2%}, the ratio {peak} (third article, Wind)",
        ),
        ("total_cap", "balance_to_total", "Over total market cap", None, ""),
        (
            "free_float_cap",
            "balance_to_free_float",
            "Over free-float market cap",
            free,
            f"amber from {lines.MEAN_TO_FREE_FLOAT:.1%}, the mean of ten years, red from "
            f"{lines.PEAK_TO_FREE_FLOAT:.0%}, about the ratio {peak} (first article, Morgan Stanley)",
        ),
        (
            "m1",
            "balance_to_m1",
            "Over money supply M1",
            lines.above(lines.PEAK_TO_M1, "red"),
            f"red from {lines.PEAK_TO_M1:.2%}, the ratio {peak} (third article)",
        ),
    ]
    return [
        share(
            key=key,
            label=label,
            inputs=("financing_balance", name),
            optional=("short_balance",),
            formula=f"(B + S) / {name}",
            measure=over(name),
            judge=judge,
            line=line,
        )
        for name, key, label, judge, line in rows
    ]


def _turnover(share: Any, window: int) -> list[Gauge]:
    line = f"amber from {lines.MARGIN_SHARE:.0%} (first article)"
    common = partial(share, inputs=("margin_purchases", "turnover"))
    return [
        common(
            key="margin_share",
            label="Margin purchases over turnover",
            formula="margin purchases / turnover",
            measure=margin_share,
            judge=lines.above(lines.MARGIN_SHARE, "amber"),
            line=line,
        ),
        common(
            key="margin_share_mean",
            label=f"Margin purchases over turnover, mean of {window} days",
            formula=f"mean over {window} trading days of margin purchases / turnover",
            measure=lambda data: mean_over(margin_share(data), window),
            days=window - 1,
        ),
        share(
            key="borrowing_to_turnover",
            label=f"New borrowing over turnover, {window} days",
            inputs=("financing_balance", "turnover"),
            formula=f"(B(t) − B(t−{window})) / turnover of these {window} trading days: growth against trading",
            measure=partial(borrowing_to_turnover, window=window),
            days=window,
        ),
    ]


def margin_share(data: xr.Dataset) -> xr.DataArray:
    """Margin purchases over turnover, NaN where that is 0."""
    share: xr.DataArray = share_of_turnover(data["margin_purchases"], data["turnover"].where(data["turnover"] > 0))
    return share


def _solvent(data: xr.Dataset) -> xr.DataArray:
    """The average maintenance ratio where anything is left of the own money."""
    return data["maintenance_ratio"].where(data["maintenance_ratio"] > 1)


def borrowing_to_turnover(data: xr.Dataset, window: int) -> xr.DataArray:
    """Growth of the balance over the turnover of the same days: how much of what was traded was newly borrowed."""
    return change(data["financing_balance"], window) / (window * mean_over(data["turnover"], window))


def _ratio(share: Any) -> list[Gauge]:
    common = partial(share, inputs=("maintenance_ratio",))
    return [
        common(
            key="maintenance_ratio",
            label="Average maintenance ratio",
            formula="m = assets of all margin accounts / what they owe",
            measure=lambda data: data["maintenance_ratio"],
        ),
        common(
            key="multiple",
            label="Assets over own money",
            formula="m / (m − 1)",
            measure=lambda data: multiple_of_maintenance_ratio(_solvent(data)),
        ),
        common(
            key="fall_to_close_out",
            label="Fall that takes the average to 130 %",
            formula=f"1 − {lines.CLOSE_OUT:g} / m: all assets are stocks, and nobody pays in or sells",
            measure=lambda data: fall_to_line(_solvent(data), lines.CLOSE_OUT),
        ),
    ]
