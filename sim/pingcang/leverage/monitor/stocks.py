"""Stocks of the monitor's dataset: balances, prices, and the boards, sectors and names that they go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.errors import DataError
from pingcang.leverage.monitor.alignment import aligned, noted, source_of
from pingcang.leverage.monitor.completed import described
from pingcang.leverage.variables import BY_NAME, STOCK
from pingcang.loaders.securities import board
from pingcang.results.units import currency_of

if TYPE_CHECKING:
    from pingcang.loaders import PriceHistory

UNKNOWN = "unknown"
"""Sector of a stock that the table of sectors does not have."""


def with_detail(dataset: xr.Dataset, detail: xr.Dataset) -> xr.Dataset:
    """Balances of stocks, and the number of marginable ones: those that are listed on a day."""
    source = source_of(detail, "detail")
    _check_same(dataset, detail, source)
    note = aligned(pd.DatetimeIndex(detail["date"].values), dataset, source)
    names = [name for name in detail.data_vars if name in BY_NAME and BY_NAME[str(name)].dims == STOCK]
    found = _beside(dataset, detail[names].drop_vars(set(detail.coords) - {"date", "stock"}), source)
    if "marginable" not in found:
        listed = found["stock_financing_balance"].notnull().sum("stock")
        found = described(found, "marginable", listed.where(listed > 0), f"stocks listed in {source}")
    funds = int(detail.attrs.get("funds", 0))
    return noted(found, note, f"{source}: {funds} funds and bonds are no stocks and are left out" if funds else "")


def with_prices(dataset: xr.Dataset, prices: PriceHistory) -> xr.Dataset:
    """Turnover (close × volume) and return of stocks; both absent where a stock did not trade, its turnover 0."""
    days = pd.DatetimeIndex(np.array(prices.dates, dtype="datetime64[ns]"))
    note = aligned(days, dataset, "prices")
    traded = np.where(prices.traded, np.nan_to_num(prices.close) * prices.volume, 0.0)
    stocks = xr.Dataset(
        {"stock_turnover": (STOCK, traded), "stock_change": (STOCK, prices.change)},
        {"date": days, "stock": np.array(prices.codes)},
    )
    return noted(_beside(dataset, stocks, "prices"), note)


def with_labels(dataset: xr.Dataset, detail: xr.Dataset | None, sectors: pd.DataFrame | None) -> xr.Dataset:
    """Boards by the numbers of the codes, names of the detail, and what the table of sectors says over both."""
    codes = [str(code) for code in dataset["stock"].values]
    boards = {code: board(code) for code in codes}
    names: dict[str, str] = {}
    if detail is not None and "stock_name" in detail.coords:
        names = dict(zip(detail["stock"].values.tolist(), detail["stock_name"].values.tolist(), strict=True))
    if sectors is None:
        return _labelled(dataset, board=boards, name=names)
    known = [code for code in codes if code in sectors.index]
    if not known:
        raise DataError(f"sectors: none of their {len(sectors)} stocks is in the detail; check the codes")
    for label, found in (("board", boards), ("name", names)):
        if label in sectors:
            texts = sectors.loc[known, label].astype(str)
            found.update({code: text for code, text in zip(known, texts, strict=True) if text})
    without = len(codes) - len(known)
    note = f"sectors: {without} of {len(codes)} stocks have none; they are the sector {UNKNOWN!r}" if without else ""
    by_code = dict.fromkeys(codes, UNKNOWN) | {code: str(sectors.at[code, "sector"]) for code in known}
    return noted(_labelled(dataset, board=boards, name=names, sector=by_code), note)


def _labelled(dataset: xr.Dataset, **labels: dict[str, str]) -> xr.Dataset:
    codes = [str(code) for code in dataset["stock"].values]
    return dataset.assign_coords(
        {
            f"stock_{label}": ("stock", np.array([of.get(code, "") for code in codes]))
            for label, of in labels.items()
            if of
        }
    )


def _beside(dataset: xr.Dataset, stocks: xr.Dataset, source: str) -> xr.Dataset:
    """Variables of stocks on the days of the dataset; its stocks are those of both."""
    codes = stocks["stock"].values.astype(str)
    if "stock" in dataset.dims:
        codes = np.union1d(codes, dataset["stock"].values.astype(str))
        dataset = dataset.reindex(stock=codes)
    placed = stocks.reindex(date=dataset["date"], stock=codes)
    for name in placed.data_vars:
        dataset = described(dataset, str(name), placed[name], source)
    return dataset


def _check_same(dataset: xr.Dataset, detail: xr.Dataset, source: str) -> None:
    """The balances and those of the stocks must be of the same exchanges and in the same currency."""
    for key, here in (("exchange", dataset.attrs["exchange"]), ("currency", currency_of(dataset.attrs))):
        there = detail.attrs.get(key, here)
        if there != here:
            raise DataError(f"{source}: {key}: found {there}, the balances are of {here}; give both for the same")
