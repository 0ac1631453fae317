"""What follows from the variables that are there: repayments, counts of rising stocks, balances of groups."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pingcang.leverage.monitor.calendar import change
from pingcang.leverage.variables import BY_NAME
from pingcang.results.units import unit_in

SME_MERGED = np.datetime64("2021-04-06")
"""First day on which Shenzhen's main board held the stocks of the SME board. Source: notice of the exchange
(remembered, not checked)."""


def completed(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with every variable that others give; `source` of each says by which formula.

    margin_repayments = margin_purchases − change of the balance, where not given; advancing and declining are counted
    from stock_change; sector_ and board_financing_balance are sums over stocks.
    """
    found = dataset
    for step in (_repayments, _counts, _sums):
        found = step(found)
    return found


def described(dataset: xr.Dataset, name: str, values: xr.DataArray, source: str) -> xr.Dataset:
    """The dataset with a variable of the common table."""
    variable = BY_NAME[name]
    attributes = {"units": unit_in(variable.units, dataset.attrs), "long_name": variable.long_name, "source": source}
    return dataset.assign({name: values.drop_attrs().assign_attrs(attributes)})


def _repayments(dataset: xr.Dataset) -> xr.Dataset:
    if "margin_purchases" not in dataset:
        return dataset
    derived = dataset["margin_purchases"] - change(dataset["financing_balance"])
    rule = "margin_purchases − change of financing_balance"
    if "margin_repayments" not in dataset:
        return described(dataset, "margin_repayments", derived, rule)
    given = dataset["margin_repayments"]
    if not bool(given.isnull().any()):
        return dataset
    source = f"{given.attrs.get('source', 'given')}; where it lacks a day {rule}"
    return described(dataset, "margin_repayments", given.fillna(derived), source)


def _counts(dataset: xr.Dataset) -> xr.Dataset:
    if "stock_change" not in dataset or "advancing" in dataset:
        return dataset
    moved = dataset["stock_change"]
    known = moved.notnull().any("stock")
    found = described(dataset, "advancing", (moved > 0).sum("stock").where(known), "counted from stock_change")
    return described(found, "declining", (moved < 0).sum("stock").where(known), "counted from stock_change")


def _sums(dataset: xr.Dataset) -> xr.Dataset:
    if "stock_financing_balance" not in dataset:
        return dataset
    dataset = _merged(dataset)
    for dim in ("sector", "board"):
        name, label = f"{dim}_financing_balance", f"stock_{dim}"
        if label in dataset.coords and name not in dataset:
            dataset = described(dataset, name, _grouped(dataset, label, dim), f"stock_financing_balance by {label}")
    return dataset


def _merged(dataset: xr.Dataset) -> xr.Dataset:
    """Stocks of files under the boards of the last day: SME has been part of Shenzhen's main board since 2021-04-06."""
    over = dataset["date"].values[-1] >= SME_MERGED and dataset.attrs.get("origin") == "files"
    if not over or "stock_board" not in dataset.coords:
        return dataset
    boards = dataset["stock_board"].values.astype(str)
    return dataset.assign_coords(stock_board=("stock", np.where(boards == "SME", "SZSE", boards)))


def _grouped(dataset: xr.Dataset, label: str, dim: str) -> xr.DataArray:
    """Sums over the stocks with the same label; NaN on days without any balance of stocks."""
    balance = dataset["stock_financing_balance"]
    labels = dataset[label].values.astype(str)
    parts = [
        balance.isel(stock=np.flatnonzero(labels == each)).sum("stock", min_count=1).drop_vars(label, errors="ignore")
        for each in np.unique(labels)
    ]
    along = xr.DataArray(np.unique(labels), dims=dim, name=dim)
    return xr.concat(parts, dim=along, coords="minimal", compat="override")
