"""A folder of margin balances as `pingcang fetch` writes it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from pingcang.errors import DataError
from pingcang.loaders.exchanges import SUBFOLDERS, check_exchange
from pingcang.loaders.margin_detail import DETAIL_SUBFOLDERS, read_margin_detail
from pingcang.loaders.margin_history import read_margin_balances
from pingcang.loaders.units import first_ten

if TYPE_CHECKING:
    import xarray as xr

ACCOUNTS = "stock_margin_account_info.csv"
"""The whole market as the China Securities Finance Corporation publishes it, with the average maintenance ratio."""

log = logging.getLogger("pingcang.loaders")


def read_margin_folder(
    folder: Path | str, exchange: Literal["SSE", "SZSE"] | None = None
) -> tuple[pd.DataFrame, xr.Dataset | None]:
    """Balances of the market by date (read_margin_balances), and of stocks (read_margin_detail), None if not fetched.

    FOLDER/stock_margin_sse/2025-09-17.csv, FOLDER/stock_margin_szse/..., FOLDER/stock_margin_detail_sse/...,
    FOLDER/stock_margin_detail_szse/..., FOLDER/stock_margin_account_info.csv, each with AkShare's columns. The
    maintenance ratio is that of the last; without files of the exchanges the balances are, too.

    Shanghai publishes a day a few hours before Shenzhen: a last day that Shanghai alone has is left out.
    DataError names other days that one exchange lacks: `pingcang fetch FOLDER` again.
    """
    folder = Path(folder)
    check_exchange(exchange)
    if not folder.is_dir():
        raise DataError(f"{folder}: is no folder; name the folder that pingcang fetch has written")
    totals, stocks = (_there(folder, names, exchange) for names in (SUBFOLDERS, DETAIL_SUBFOLDERS))
    accounts = folder / ACCOUNTS if (folder / ACCOUNTS).is_file() and exchange is None else None
    if not totals and accounts is None:
        raise DataError(
            f"{folder}: holds neither {' and '.join(SUBFOLDERS)} nor {ACCOUNTS}; run pingcang fetch {folder}, or name "
            "a folder that it has written"
        )
    balances = read_margin_balances(totals, exchange) if totals else read_margin_balances(accounts or folder)
    if totals and accounts is not None:
        balances = _with_ratio(balances, read_margin_balances(accounts), folder)
    balances.attrs["source"] = str(folder)
    return balances, read_margin_detail(stocks, exchange) if stocks else None


def _there(folder: Path, names: tuple[str, ...], exchange: str | None) -> list[Path]:
    wanted = [name for name in names if exchange is None or name.endswith("_" + exchange.lower())]
    days = {name: {_day(path): path for path in sorted((folder / name).glob("*.csv*"))} for name in wanted}
    every = set().union(*days.values())
    if all(days.values()):
        every -= _early(folder, days)
    _check_days(folder, days, every)
    return [path for found in days.values() for day, path in found.items() if day in every]


def _day(path: Path) -> str:
    return path.name.partition(".")[0]


def _early(folder: Path, days: dict[str, dict[str, Path]]) -> set[str]:
    """The last day, if Shanghai alone has it; more days than one are no matter of hours."""
    shanghai = next((name for name in days if name.endswith("_sse")), None)
    if shanghai is None:
        return set()
    common = min(max(found) for found in days.values())
    early = {day for day in days[shanghai] if day > common}
    if len(early) != 1:
        return set()
    log.warning("%s: %s is left out, which Shenzhen has not published yet", folder / shanghai, *early)
    return early


def _check_days(folder: Path, days: dict[str, dict[str, Path]], every: set[str]) -> None:
    """DataError for days of which one exchange was fetched, and the other was not."""
    for name, found in days.items():
        lacking = sorted(every - found.keys())
        if lacking:
            raise DataError(
                f"{folder / name}: has no file of {first_ten(lacking)}, the other exchange has; run pingcang fetch "
                f"{folder} again, or read one exchange alone"
            )


def _with_ratio(balances: pd.DataFrame, accounts: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Balances of the exchanges with the maintenance ratio of the accounts; how far the two differ is logged."""
    attrs = balances.attrs
    both = accounts["financing_balance"].reindex(balances.index)
    off = float(np.nanmax(np.abs(both / balances["financing_balance"] - 1), initial=0.0)) if both.notna().any() else 0.0
    if off > 0.02:
        log.warning("%s: %s differs from the exchanges' sum by up to %.1f %%", folder, ACCOUNTS, 100 * off)
    found = balances.assign(maintenance_ratio=accounts["maintenance_ratio"].reindex(balances.index))
    found.attrs = attrs
    return found
