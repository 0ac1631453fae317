"""What the monitor is pointed at: a dataset of `pingcang run`, files of balances, or a folder of `pingcang fetch`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.errors import ScenarioError
from pingcang.leverage.monitor.assemble import assemble
from pingcang.leverage.monitor.simulated import from_results
from pingcang.leverage.thresholds import Thresholds, load_thresholds
from pingcang.loaders import (
    read_margin_balances,
    read_margin_detail,
    read_margin_folder,
    read_market_series,
    read_prices,
    read_sectors,
)
from pingcang.loaders.exchanges import SUBFOLDERS
from pingcang.loaders.margin_folder import ACCOUNTS
from pingcang.results.storage import NETCDF, ZARR, opened
from pingcang.results.units import CNY, currency_of
from pingcang.scenario.files import ready_made

if TYPE_CHECKING:
    from pingcang.loaders.parts import Source

Exchange = Literal["SSE", "SZSE"]


def read_source(
    source: Sequence[Path],
    *,
    detail: Sequence[Path] = (),
    series: Sequence[Path] = (),
    sectors: Path | None = None,
    prices: Path | None = None,
    exchange: Exchange | None = None,
) -> xr.Dataset:
    """The dataset (`leverage.variables`) of one dataset of runs, or of files with what stands beside them.

    ScenarioError or DataError names what cannot be read, and what does not go together.
    """
    if not source:
        raise ScenarioError("monitor: found no source; give a dataset, files of balances, or a folder")
    if any(path.suffix in ZARR | NETCDF for path in source):
        _check_alone(source, detail=detail, series=series, sectors=sectors, prices=prices, exchange=exchange)
        with opened(source[0]) as results:
            return from_results(results).load()
    balances, stocks, accounts = _balances(source, exchange)
    if detail:
        stocks = read_margin_detail(_one_or_all(detail), exchange)
    return assemble(
        balances,
        detail=stocks,
        series=[*accounts, *(read_market_series(path) for path in series)],
        sectors=None if sectors is None else read_sectors(sectors),
        prices=None if prices is None else read_prices(prices),
        name=_name(source),
    )


def between(dataset: xr.Dataset, first: dt.date | None, last: dt.date | None) -> xr.Dataset:
    """The days from `first` to `last`, both included; ScenarioError if there are none."""
    days = dataset["date"].values.astype("datetime64[D]")
    chosen = np.ones(len(days), np.bool_)
    if first is not None:
        chosen &= days >= np.datetime64(first)
    if last is not None:
        chosen &= days <= np.datetime64(last)
    if not chosen.any():
        raise ScenarioError(
            f"--from, --to: no day between {first or 'the first'} and {last or 'the last'}; "
            f"the data run from {days[0]} to {days[-1]}"
        )
    return dataset.isel(date=chosen)


def latest_thresholds(dataset: xr.Dataset, on: dt.date) -> Thresholds | None:
    """The ready-made thresholds with the latest date that is not after a day; None if none are for the dataset."""
    if currency_of(dataset.attrs) != CNY or dataset.attrs.get("exchange", "all") != "all":
        return None
    found = [load_thresholds(name) for name in ready_made("thresholds")]
    earlier = [each for each in found if each.spec.now.date <= on]
    return max(earlier, key=lambda each: each.spec.now.date, default=None)


def _balances(
    source: Sequence[Path], exchange: Exchange | None
) -> tuple[pd.DataFrame, xr.Dataset | None, list[pd.DataFrame]]:
    """Balances; those of stocks and series of the accounts where a folder of `pingcang fetch` has them."""
    folder = source[0]
    fetched = [folder / name for name in (*SUBFOLDERS, ACCOUNTS)]
    if len(source) > 1 or not folder.is_dir() or not any(path.exists() for path in fetched):
        return read_margin_balances(_one_or_all(source), exchange), None, []
    balances, detail = read_margin_folder(folder, exchange)
    accounts = folder / ACCOUNTS
    return balances, detail, [read_market_series(accounts)] if accounts.is_file() and exchange is None else []


def _one_or_all(paths: Sequence[Path]) -> Source:
    return paths[0] if len(paths) == 1 else list(paths)


def _name(source: Sequence[Path]) -> str:
    more = f" and {len(source) - 1} more" if len(source) > 1 else ""
    return f"{source[0].name or source[0].resolve().name}{more}"


def _check_alone(source: Sequence[Path], **beside: object) -> None:
    if len(source) > 1:
        raise ScenarioError(f"monitor: found {len(source)} sources, one of them a dataset; give one dataset, or files")
    given = [name for name, value in beside.items() if value]
    if given:
        raise ScenarioError(f"--{given[0]}: belongs to files of balances, {source[0]} is a dataset; leave it out")
