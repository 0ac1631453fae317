"""What the replays show: the book against the real one, its response to returns, and who was called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from experiments.china_2015.replay_inputs import BOOK

from pingcang.results.metrics import official

if TYPE_CHECKING:
    import xarray as xr

Floats = npt.NDArray[np.float64]

TERMS = ("constant", "return", "return_before")
CALLED = ("margin_calls", "forced_sales", "preemptive_sales")


def fan(window: str, dataset: xr.Dataset, book: pd.DataFrame) -> pd.DataFrame:
    """window, date, series, real, p05, median, p95: balance and purchases in CNY on every day after the start."""
    dates = days_of(dataset)[1:]
    tables = []
    for series in BOOK:
        replayed = official(dataset, series).values[:, 1:]
        real = book.loc[dates, series].to_numpy()
        head = {"window": window, "date": dates.strftime("%Y-%m-%d"), "series": series, "real": real}
        tables.append(pd.DataFrame({**head, **spread(replayed)}))
    return pd.concat(tables, ignore_index=True)


def regressions(datasets: Mapping[str, xr.Dataset], book: pd.DataFrame) -> pd.DataFrame:
    """window, term, real, p05, median, p95 of ΔB/B = a + b₀ r + b₁ r₋₁ + error, by least squares.

    B the balance, r the return of the index that is replayed: prices are the real ones, so that both books respond to
    the same returns.
    """
    tables = []
    for window, dataset in datasets.items():
        index = dataset["index"].values
        balance = official(dataset, "financing_balance").values
        replayed = np.array([response(b, i) for b, i in zip(balance, index, strict=True)])
        real = response(book.loc[days_of(dataset), "financing_balance"].to_numpy(), index[0])
        tables.append(pd.DataFrame({"window": window, "term": TERMS, "real": real, **spread(replayed)}))
    return pd.concat(tables, ignore_index=True)


def response(balance: Floats, index: Floats) -> Floats:
    """a, b₀, b₁ of ΔB/B on the return of the day and of the day before; both paths (T), T > 5."""
    growth, returns = balance[1:] / balance[:-1] - 1, index[1:] / index[:-1] - 1
    known = np.column_stack([np.ones(len(returns) - 1), returns[1:], returns[:-1]])
    return np.asarray(np.linalg.lstsq(known, growth[1:], rcond=None)[0], dtype=np.float64)


def called(dataset: xr.Dataset) -> pd.DataFrame:
    """date, cohort, series, p05, median, p95: margin calls (accounts), forced and pre-emptive sales (CNY) of a day."""
    dates = days_of(dataset)[1:]
    tables = []
    for cohort in dataset["cohort"].values:
        for series in CALLED:
            values = dataset[series].sel(cohort=cohort).values[:, 1:]
            head = {"date": dates.strftime("%Y-%m-%d"), "cohort": str(cohort), "series": series}
            tables.append(pd.DataFrame({**head, **spread(values)}))
    return pd.concat(tables, ignore_index=True)


def spread(values: npt.ArrayLike) -> dict[str, Floats]:
    """5 % quantile, median and 95 % quantile over the runs (the first axis)."""
    low, middle, high = np.quantile(np.asarray(values, dtype=float), (0.05, 0.5, 0.95), axis=0)
    return {"p05": low, "median": middle, "p95": high}


def days_of(dataset: xr.Dataset) -> pd.DatetimeIndex:
    """The dates of a dataset, the start first."""
    return pd.DatetimeIndex(dataset["date"].values)
