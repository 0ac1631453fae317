"""Daily prices of many stocks. PLACEHOLDER of this branch: the loaders' own reader takes its place at the merge."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pingcang.arrays import Floats
from pingcang.errors import ScenarioError


@dataclass(frozen=True)
class PriceHistory:
    """T days of S stocks; every array is (T, S), NaN where there is nothing."""

    codes: list[str]
    dates: list[dt.date]
    change: Floats
    """Return against the ex-rights previous close; NaN: not traded."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    """Printed (unadjusted) prices, CNY."""
    volume: Floats
    """Shares."""


def read_prices(path: str | Path) -> PriceHistory:
    """The columns code, date, open, high, low, close, volume_lots, pct_chg of a CSV."""
    try:
        rows = pd.read_csv(path, dtype={"code": str}, parse_dates=["date"])
    except (OSError, ValueError) as reason:
        raise ScenarioError(f"{path}: cannot be read as CSV ({reason})") from None
    codes, dates = sorted(rows["code"].unique()), np.sort(rows["date"].unique())

    def matrix(name: str) -> Floats:
        if name not in rows:
            return np.full((len(dates), len(codes)), np.nan)
        table = rows.pivot(index="date", columns="code", values=name).reindex(index=dates, columns=codes)
        return table.to_numpy(np.float64)

    prices = {name: matrix(name) for name in ("open", "high", "low", "close")}
    change = matrix("change") if "change" in rows else matrix("pct_chg") / 100.0
    volume = matrix("volume") if "volume" in rows else matrix("volume_lots") * 100.0
    volume = np.where(np.isnan(change) & np.isnan(prices["close"]), 0.0, volume)
    return PriceHistory(codes, [dt.date.fromisoformat(str(day)[:10]) for day in dates], change, volume=volume, **prices)
