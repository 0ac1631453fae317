"""The monitor's dataset from a dataset of `pingcang run`: what the exchanges would have published of its market.

Balances, purchases and the maintenance ratio are those of the cohorts whose lender is a broker; shadow finance, which
no exchange publishes, is a variable of its own. Runs are kept as the dimension `run`. A stock's sector is drawn run by
run, so that only balances of sectors are known, not sectors of stocks; a market of one sector has none to tell.
"""

from __future__ import annotations

import xarray as xr

from pingcang.errors import ScenarioError
from pingcang.leverage.monitor.completed import described
from pingcang.results.dataset import failed_runs, left_out
from pingcang.results.metrics import official_cohorts
from pingcang.results.units import currency_of

REQUIRED = ("financing_balance", "turnover", "index")


def from_results(results: xr.Dataset) -> xr.Dataset:
    """A dataset of `leverage.variables` from a result dataset; ScenarioError if it is none.

    Official figures are sums over brokers' cohorts. float_cap = float_cap_start × index. maintenance_ratio = Σ assets /
    Σ liabilities, of the cohorts' ratios and equity. Of --record stocks: stock_turnover = close × volume, and
    stock_change = close / close of the day before − 1 where there is a volume, as an exchange would publish it.
    """
    _check(results)
    days = results["date"].values.astype("datetime64[ns]")
    daily = results.drop_vars(["day", "date"], errors="ignore").rename(day="date").assign_coords(date=days)
    attributes = {
        "origin": "simulation",
        "name": str(results.attrs.get("scenario", "")),
        "currency": currency_of(results.attrs),
        "exchange": "all",
        "notes": (left_out(results),) if failed_runs(results) else (),
    }
    found = xr.Dataset(coords={"date": days, "run": results["run"].values}, attrs=attributes)
    for part in (_brokers, _market, _stocks):
        found = part(found, daily)
    return found


def _check(results: xr.Dataset) -> None:
    lacking = [name for name in REQUIRED if name not in results]
    if lacking or "day" not in results.dims or "run" not in results.dims:
        raise ScenarioError(
            f"monitor: the dataset lacks {', '.join(lacking) or 'day and run'}; give a dataset of pingcang run"
        )


def _brokers(found: xr.Dataset, daily: xr.Dataset) -> xr.Dataset:
    cohorts = official_cohorts(daily)
    for name in ("financing_balance", "short_balance", "margin_purchases"):
        total = daily[name].sel(cohort=cohorts).sum("cohort", skipna=False)
        found = described(found, name, total, f"{name} of brokers' cohorts")
    shadow = daily["financing_balance"].sum("cohort") - found["financing_balance"]
    found = described(found, "shadow_balance", shadow, "financing_balance of the other cohorts")
    return described(
        found,
        "maintenance_ratio",
        _ratio(daily.sel(cohort=cohorts)),
        "maintenance_ratio and investor_equity of brokers",
    )


def _ratio(brokers: xr.Dataset) -> xr.DataArray:
    """Σ assets / Σ liabilities: a cohort with ratio m and equity E owes E / (m − 1)."""
    ratio, equity = brokers["maintenance_ratio"], brokers["investor_equity"]
    owed = (equity / (ratio - 1.0).where(ratio != 1.0)).where(ratio.notnull(), 0.0)
    total = owed.sum("cohort", skipna=False)
    assets: xr.DataArray = (ratio.fillna(0.0) * owed).sum("cohort", skipna=False)
    return assets / total.where(total > 0)


def _market(found: xr.Dataset, daily: xr.Dataset) -> xr.Dataset:
    found = described(found, "index", daily["index"], "index")
    found = described(found, "turnover", daily["turnover"].sum("board"), "turnover of all boards")
    if "float_cap_start" in daily:
        cap = (daily["index"] * daily["float_cap_start"]).transpose(*daily["index"].dims)
        found = described(found, "float_cap", cap, "float_cap_start × index")
    after_start = daily["date"] > daily["date"][0]
    for name in ("limit_up", "limit_down"):
        count = daily[name].sum("board").where(after_start)
        found = described(found, name, count, f"{name} of all boards")
    if "financing_balance_sector" in daily and daily.sizes["sector"] > 1:
        by_sector = daily["financing_balance_sector"]
        found = described(found, "sector_financing_balance", by_sector, "financing_balance_sector")
    return found


def _stocks(found: xr.Dataset, daily: xr.Dataset) -> xr.Dataset:
    """What --record stocks has; nothing without it."""
    if "stock_financing_balance" not in daily:
        return found
    found = described(found, "stock_financing_balance", daily["stock_financing_balance"], "stock_financing_balance")
    traded = daily["volume"] > 0
    turnover = (daily["close"] * daily["volume"]).where(daily["date"] > daily["date"][0])
    found = described(found, "stock_turnover", turnover, "close × volume")
    change = (daily["close"] / daily["close"].shift(date=1) - 1.0).where(traded)
    found = described(found, "stock_change", change, "close over the close before, where traded")
    return found.assign_coords(stock_board=("stock", daily["stock_board"].values.astype(str)))
