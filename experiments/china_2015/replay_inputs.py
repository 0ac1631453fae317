"""The scenarios of replay, and the real paths they are held against, made from raw files of the market.

Three windows: calm from 2013-10-08, bubble from 2015-03-02, crash from 2015-06-12. Each scenario extends china_2015,
takes its stocks and prices from the files of `prepare`, and is left without shadow finance, short sellers, funds, news
and rescue: prices are given, and what is replayed is the brokers' margin book.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from experiments.china_2015 import prepare

from pingcang.errors import PingcangError
from pingcang.loaders import read_margin_balances, read_returns_matrix

Floats = npt.NDArray[np.float64]

MARGIN = "margin_market_daily.csv"
ALL_SHARE = "index_csi_all_share_daily.csv"
COMPOSITE = "index_sse_composite_daily.csv"
FILES = (prepare.DAILY, prepare.MATRIX, prepare.CAPS, prepare.BREADTH, MARGIN, ALL_SHARE, COMPOSITE)
"""What the folder of raw data must hold."""

WINDOWS = ("calm", "bubble", "crash")
BOOK = ("financing_balance", "margin_purchases")
SHARES = {"retail": 0.85, "institution": 0.15}
"""Of the real balance and purchases, by cohort: as in scenarios/china_2015.yaml."""
PAST_DAYS = 60
EWMA_WEIGHT = 0.07
SPREAD = 0.45
"""Standard deviation of ln(m − 1.35) that the scenarios begin with: china_2015's; stage one estimates it."""
LEVELS = (0.0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
NORMAL = (-3.09, -3.09, -2.326, -1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645, 2.326, 3.09, 3.4)
"""Standard normal quantiles at the levels; the outermost cut the tails."""
BOTTOM, LEAST = 1.35, 1.45
"""Where the lognormal begins, and the lowest ratio anybody has at the start."""


class ReplayInputError(PingcangError):
    """Raw files are missing, or do not cover a window."""

    exit_code = 2


def maintenance_quantiles(mean: float, spread: float) -> list[list[float]]:
    """[level, maintenance ratio]: lognormal above 1.35 with this mean and standard deviation of the logarithm.

    m(u) = max(1.45, 1.35 + (mean − 1.35) exp(spread z(u) − spread²/2)), z the standard normal quantile.
    """
    factors = (math.exp(spread * z - spread**2 / 2) for z in NORMAL)
    ratios = (max(LEAST, BOTTOM + (mean - BOTTOM) * factor) for factor in factors)
    return [[level, float(f"{ratio:.6g}")] for level, ratio in zip(LEVELS, ratios, strict=True)]


def market_returns(cap_weighted: pd.Series[float], equal_weighted: pd.Series[float]) -> pd.Series[float]:
    """Daily returns: the mean of both where both are known, else the one that is."""
    both = pd.concat([cap_weighted, equal_weighted], axis=1, sort=True)
    return both.mean(axis=1).dropna()


def cap_weighted_returns(all_share: pd.Series[float], composite: pd.Series[float]) -> pd.Series[float]:
    """Returns of CSI All-Share where it has them, else of SSE Composite, from closes by date."""
    return all_share.pct_change().dropna().combine_first(composite.pct_change().dropna())


def past_returns(returns: pd.Series[float], start: dt.date, count: int = PAST_DAYS) -> list[float]:
    """The last `count` returns up to and with the start, oldest first, to four digits behind the point."""
    known = returns.loc[: pd.Timestamp(start)]
    if len(known) < count or known.index[-1] != pd.Timestamp(start):
        raise ReplayInputError(
            f"{COMPOSITE}, {ALL_SHARE}: {len(known)} returns up to {start}, there must be its own and {count} in all; "
            "give longer files"
        )
    return [float(value) for value in known.iloc[-count:].round(4)]


def ewma_volatility(sizes: Sequence[float], weight: float = EWMA_WEIGHT) -> float:
    """v = √V of the last day, V = (1 − w) V₋₁ + w x², from daily root mean square returns x, V = x² on the first."""
    variance = sizes[0] ** 2
    for size in sizes[1:]:
        variance = (1 - weight) * variance + weight * size**2
    return math.sqrt(variance)


def last_published(ratios: pd.Series[float], start: dt.date) -> float:
    """The last maintenance ratio that was published up to the start."""
    return float(ratios.loc[: pd.Timestamp(start)].dropna().iloc[-1])


def window_days(days: Sequence[dt.date]) -> dict[str, list[dt.date]]:
    """Window -> its trading days, the start first, from all trading days."""
    later = [day for day in days if day >= prepare.CALM_FROM]
    return {
        "calm": later[: prepare.CALM_DAYS + 1],
        "bubble": [day for day in days if prepare.BUBBLE_FROM <= day <= prepare.TOP],
        "crash": [day for day in days if prepare.TOP <= day <= prepare.CRASH_TO],
    }


def holidays(days: Sequence[dt.date]) -> list[dt.date]:
    """Weekdays between the first and the last trading day that are none."""
    weekdays = pd.bdate_range(days[0], days[-1])
    return [day.date() for day in weekdays if day.date() not in set(days)]


def scenario(
    window: str, days: Sequence[dt.date], past: list[float], volatility: float, book: pd.DataFrame
) -> dict[str, Any]:
    """A replay scenario as plain mappings; `book` is the real margin book by date, money in CNY.

    The crash keeps china_2015's maintenance ratios, since none was published from 2015-05-21 to 08-03.
    """
    first = {name: book[name].to_numpy()[book.index.get_loc(pd.Timestamp(days[0]))] for name in BOOK}
    cohorts: dict[str, Any] = {"shadow": None, "short_seller": None}
    for name, share in SHARES.items():
        cohorts[name] = {
            "debt": round(share * float(first["financing_balance"])),
            "margin_purchases_at_start": round(share * float(first["margin_purchases"])),
            "debt_by_sector": None,
            "debt_by_board": None,
        }
        if window != "crash":
            mean = last_published(book["maintenance_ratio"], days[0])
            cohorts[name]["maintenance_ratio"] = maintenance_quantiles(mean, SPREAD)
    return {
        "kind": "scenario",
        "name": f"replay_{window}",
        "extends": "china_2015",
        "description": f"The margin book under the real prices from {days[0]} to {days[-1]}.",
        "price_formation": "replay",
        "replay": {"prices": f"prices_{window}.parquet"},
        "calendar": {
            "start": days[0],
            "days": len(days) - 1,
            "holidays": holidays(days),
            "past_returns": past,
        },
        "securities": {"csv": f"stocks_{window}.csv", "boards": None, "sectors": None},
        "cohorts": cohorts,
        "funds": None,
        "events": [],
        "impact": {"dmc_volatility": round(volatility, 4)},
    }


def prepare_replay(data: Path, out: Path) -> list[str]:
    """Write stocks, prices, scenarios and margin.csv into `out`; the lines of the summary.

    Raises ReplayInputError, with nothing written, if a raw file is missing.
    """
    if absent := [name for name in FILES if not (data / name).is_file()]:
        raise ReplayInputError(f"{data}: {', '.join(absent)} missing; replay needs {', '.join(FILES)}")
    documents, book = _scenarios(data)
    said = prepare.prepare(data, out)
    for window, document in documents.items():
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
        (out / f"replay_{window}.yaml").write_text(text, encoding="utf-8")
        said.append(_summary(window, document))
    book.to_csv(out / "margin.csv", lineterminator="\n")
    return [*said, f"margin.csv: {len(book)} days of the real book; all in {out}"]


def _scenarios(data: Path) -> tuple[dict[str, dict[str, Any]], pd.DataFrame]:
    """The three scenarios, and the real book on their days."""
    breadth = pd.read_csv(data / prepare.BREADTH, index_col="date", parse_dates=True)
    book = read_margin_balances(data / MARGIN)[[*BOOK, "maintenance_ratio"]]
    closes = [pd.read_csv(data / name, index_col="date", parse_dates=True)["close"] for name in (ALL_SHARE, COMPOSITE)]
    returns = market_returns(cap_weighted_returns(*closes), breadth["mean_ret"])
    sizes = stock_sizes(data / prepare.MATRIX)
    windows = window_days([day.date() for day in breadth.index])
    documents = {}
    for window, days in windows.items():
        before = sizes.loc[: pd.Timestamp(days[0])].iloc[-PAST_DAYS:]
        volatility = ewma_volatility(before.tolist())
        documents[window] = scenario(window, days, past_returns(returns, days[0]), volatility, book)
    wanted = sorted({pd.Timestamp(day) for days in windows.values() for day in days})
    return documents, book.loc[wanted]


def stock_sizes(path: Path) -> pd.Series[float]:
    """Root mean square return of the stocks that traded, by date."""
    matrix = read_returns_matrix(path)
    squares = pd.DataFrame(matrix.change**2, index=pd.DatetimeIndex(matrix.dates))
    sizes: pd.Series[float] = squares.mean(axis=1).dropna() ** 0.5
    return sizes


def _summary(window: str, document: dict[str, Any]) -> str:
    calendar, owed = document["calendar"], sum(each["debt"] for each in document["cohorts"].values() if each)
    return (
        f"replay_{window}.yaml: {calendar['start']} and {calendar['days']} days; debt {owed / 1e12:.3f}tn, "
        f"returns before it {sum(calendar['past_returns']):+.3f} in all, stock volatility "
        f"{document['impact']['dmc_volatility']:.4f}"
    )
