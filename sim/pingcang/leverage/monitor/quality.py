"""How soundly it is borrowed: how crowded, how short-lived, on how broad a market, and how far hedged.

Glossary: B financing balance, S short balance, r return of the index, b_i balance in stock i, s_i its share of Σ b.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import xarray as xr

from pingcang.leverage.monitor import lines
from pingcang.leverage.monitor.calendar import before, mean_over
from pingcang.leverage.monitor.concentration import (
    effective_number,
    herfindahl,
    largest_share,
    share_of_largest,
    top_share_of_turnover,
)
from pingcang.leverage.monitor.flows import FEWEST, FLOW_DAYS, flow_beta, flow_fit, short_correlation
from pingcang.leverage.monitor.gauge import Gauge

BY_STOCK = ("stock_financing_balance",)
GROUPS = {"stock": "stocks", "sector": "sectors", "board": "boards"}


def gauges(window: int) -> tuple[Gauge, ...]:
    """The readings of quality."""
    share = partial(Gauge, group="quality", unit="1")
    return (
        *(each for dim in GROUPS for each in _concentration(share, dim)),
        *_crowding(share),
        *_holding(share, window),
        *_breadth(share, window),
        *_hedging(share),
        *_flows(share),
    )


def _concentration(share: Any, dim: str) -> list[Gauge]:
    name = f"{dim}_financing_balance"
    common = partial(share, inputs=(name,))
    return [
        common(
            key=f"largest_{dim}",
            label=f"Largest {dim}'s share of the balance",
            formula=f"max b_i / Σ b over {GROUPS[dim]}",
            measure=lambda data: largest_share(data[name], dim),
        ),
        common(
            key=f"hhi_{dim}",
            label=f"Concentration over {GROUPS[dim]}, HHI",
            formula=f"Σ (b_i / Σ b)² over {GROUPS[dim]} (Herfindahl and Hirschman)",
            measure=lambda data: herfindahl(data[name], dim),
        ),
        common(
            key=f"effective_{dim}",
            label=f"Effective number of {GROUPS[dim]}",
            unit=GROUPS[dim],
            formula="1 / HHI",
            measure=lambda data: effective_number(data[name], dim),
        ),
    ]


def _crowding(share: Any) -> list[Gauge]:
    return [
        share(
            key="top_decile",
            label="Largest tenth of the stocks, share",
            inputs=BY_STOCK,
            formula="Σ of the largest tenth of the b_i above 0, over Σ b",
            measure=lambda data: share_of_largest(data["stock_financing_balance"]),
        ),
        share(
            key="top5_turnover",
            label="Five most traded stocks, share of turnover",
            inputs=("stock_turnover",),
            optional=("turnover",),
            formula="Σ of the five largest turnovers of stocks / turnover (of the market if known, else Σ of stocks); "
            f"published without a definition: {lines.TOP5_2015:.2%} in 2015, {lines.TOP5_2025:.2%} for five AI "
            "leaders in September 2025",
            measure=top_share_of_turnover,
        ),
        share(
            key="largest_stock_to_float",
            label="Highest balance over float of a stock",
            inputs=("stock_financing_balance", "stock_float_cap"),
            formula="max b_i / float cap of i",
            measure=highest_share_of_float,
            judge=lines.between(lines.STOCK_RESUMED, lines.STOCK_CAP, ("amber", "red")),
            line=f"amber from {lines.STOCK_RESUMED:.0%}, red from {lines.STOCK_CAP:.0%}, where margin buying of the "
            "stock may be suspended and below which it resumes (exchange rules)",
        ),
    ]


def _holding(share: Any, window: int) -> list[Gauge]:
    return [
        share(
            key="holding_time",
            label="Holding time of a loan",
            unit="trading days",
            inputs=("financing_balance", "margin_repayments"),
            formula=f"mean B / mean repayments a day over {window} trading days (Little 1961: L = λ W); repayments = "
            "margin purchases − change of B where not given",
            measure=partial(holding_time, window=window),
            days=window,
        ),
        share(
            key="new_share",
            label="Balance bought anew each day",
            inputs=("financing_balance", "margin_purchases"),
            formula=f"mean margin purchases / mean B over {window} trading days",
            measure=lambda data: (
                mean_over(data["margin_purchases"], window) / mean_over(data["financing_balance"], window)
            ),
            days=window - 1,
        ),
    ]


def highest_share_of_float(data: xr.Dataset) -> xr.DataArray:
    """The highest balance over float cap of a stock, of those that have a float."""
    cap = data["stock_float_cap"]
    found: xr.DataArray = (data["stock_financing_balance"] / cap.where(cap > 0)).max("stock")
    return found


def holding_time(data: xr.Dataset, window: int) -> xr.DataArray:
    """Little's law: mean balance over mean repayments a day, trading days; NaN where nothing is repaid."""
    repaid = mean_over(data["margin_repayments"], window)
    return mean_over(data["financing_balance"], window) / repaid.where(repaid > 0)


def _breadth(share: Any, window: int) -> list[Gauge]:
    moved = partial(share, inputs=("advancing", "declining"))
    return [
        moved(
            key="rising_share",
            label="Rising stocks",
            formula="rising / (rising + falling)",
            measure=rising_share,
        ),
        moved(
            key="rising_share_mean",
            label=f"Rising stocks, mean of {window} days",
            formula=f"mean over {window} trading days of rising / (rising + falling)",
            measure=lambda data: mean_over(rising_share(data), window),
            days=window - 1,
        ),
        moved(
            key="advance_decline",
            label="Rising less falling stocks",
            unit="stocks",
            formula="rising − falling",
            measure=lambda data: data["advancing"] - data["declining"],
        ),
        share(
            key="limit_down",
            label="Stocks closing at limit-down",
            unit="stocks",
            inputs=("limit_down",),
            formula="count",
            measure=lambda data: data["limit_down"],
        ),
        *_spread(share, window),
    ]


def _spread(share: Any, window: int) -> list[Gauge]:
    return [
        share(
            key="with_balance",
            label="Stocks with a balance",
            inputs=BY_STOCK,
            formula="stocks with b_i > 0 / stocks listed in the detail",
            measure=lambda data: _share_of_stocks(data["stock_financing_balance"] > 0, data["stock_financing_balance"]),
        ),
        share(
            key="growing_balance",
            label=f"Stocks whose balance grew over {window} days",
            inputs=BY_STOCK,
            formula=f"stocks with b_i(t) > b_i(t−{window}) / stocks with a b_i on both days",
            measure=partial(growing_share, window=window),
            days=window,
        ),
        share(
            key="marginable",
            label="Marginable stocks",
            unit="stocks",
            inputs=("marginable",),
            formula="count",
            measure=lambda data: data["marginable"],
        ),
        share(
            key="detail_coverage",
            label="Balance that the detail accounts for",
            inputs=(*BY_STOCK, "financing_balance"),
            formula="Σ b / B",
            measure=lambda data: data["stock_financing_balance"].sum("stock", min_count=1) / data["financing_balance"],
        ),
    ]


def rising_share(data: xr.Dataset) -> xr.DataArray:
    """Rising over rising and falling stocks; NaN where none moved."""
    moved = data["advancing"] + data["declining"]
    return data["advancing"] / moved.where(moved > 0)


def growing_share(data: xr.Dataset, window: int) -> xr.DataArray:
    """Share of stocks whose balance is larger than a window ago, of those with a value on both days."""
    balance = data["stock_financing_balance"]
    earlier = before(balance, window)
    return _share_of_stocks(balance > earlier, balance + earlier)


def _share_of_stocks(which: xr.DataArray, known: xr.DataArray) -> xr.DataArray:
    count = known.notnull().sum("stock")
    return which.where(known.notnull()).sum("stock") / count.where(count > 0)


def _hedging(share: Any) -> list[Gauge]:
    return [
        share(
            key="short_to_financing",
            label="Lent securities over financing",
            inputs=("short_balance", "financing_balance"),
            formula="S / B (published: 0.7 % in 2025; 0.4 % before the crash of 2015, in which S fell from 9.2 to "
            "2.5 bn CNY: shorts covered instead of hedging)",
            measure=lambda data: data["short_balance"] / data["financing_balance"].where(data["financing_balance"] > 0),
        ),
        share(
            key="short_correlation",
            label="Hedge: changes of shorts with returns",
            inputs=("short_balance", "index"),
            formula=f"correlation of changes of the quantity S / I with r over up to {FLOW_DAYS} trading days; "
            "below 0: more is sold short as prices fall; above 0: shorts are covered then",
            measure=short_correlation,
            days=FEWEST,
        ),
    ]


def _flows(share: Any) -> list[Gauge]:
    rule = (
        f"ordinary least squares over up to {FLOW_DAYS} trading days: B(t)/B(t−1) − 1 = a + β₀ r(t) + β₁ r(t−1) "
        "(β₀ + β₁: 0.13 in the bubble of 2015, 0.50 in its crash, 0.44 in 2025)"
    )
    common = partial(share, inputs=("financing_balance", "index"), days=FEWEST + 1, formula=rule)
    return [
        common(key="flow_beta", label="Flows that follow returns, β₀ + β₁", measure=flow_beta),
        common(key="flow_fit", label="R² of these flows", measure=flow_fit),
    ]
