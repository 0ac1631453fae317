"""Who sells: net selling by distance to margin call, for brokers' and for shadow lenders' accounts.

    δ_ijt = Σ_k λ_k · 1[bin k at the close of t − 1] + α_jt (+ α_i) + u_ijt,   k = 0 … 10; base: DMC of 10 and more

Bin 0: at or beyond the line, or in the hands of the lender (being sold out, or due to be at the next open); bin k:
k − 1 ≤ DMC < k.
Positions in stocks that are suspended on day t are left out: nobody can sell them.
Source: Bian, He, Shue, Zhou (NBER w25040, 2018), selling as a function of the distance to margin call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pingcang.arrays import Bools, Floats, Ints
from pingcang.validate.micro.panel import DUE, HALTED, Panel
from pingcang.validate.micro.regression import Estimate, fit

BINS = 11
"""Bins with a coefficient; bin number 11 is the base."""
BIN_NAMES = ("below 0", *(f"{k - 1} to {k}" for k in range(1, BINS)), "10 and more")
NEAR = 3.0
"""Distance below which accounts sold in 2015."""
LEAST_SOLD = -1.0
"""Net selling counts down to a holding doubled; an account with a few lots can buy a hundredfold."""

MARKETS = ("all", "down", "up")
LENDERS = ("broker", "shadow")


@dataclass(frozen=True)
class Selling:
    """One estimate: λ of bins 0 to 10, selling near the line against the rest, and where the rows lie.

    `adjusted` (12,) is λ_k shifted to the mean of δ: comparable whatever stands in the base bin.
    """

    bins: Estimate
    near: Estimate
    rows: Ints
    adjusted: Floats


def bins_of(panel: Panel) -> Ints:
    """The bin of each row, 0 to 11."""
    whole = np.clip(np.floor(panel.dmc.astype(np.float64)) + 1.0, 0, BINS)
    number: Ints = np.where(panel.status >= DUE, 0, whole).astype(np.int64)
    return number


def is_near(panel: Panel) -> Bools:
    """Rows of accounts within NEAR of their line, beyond it, or in the hands of the lender."""
    near: Bools = (panel.status >= DUE) | (panel.dmc < NEAR)
    return near


def can_trade(panel: Panel) -> Bools:
    """Rows whose stock is not suspended on the day."""
    open_: Bools = panel.state[panel.day, panel.stock] != HALTED
    return open_


def lender_rows(panel: Panel, lender: str) -> Bools:
    """Rows of accounts of brokers, or of shadow lenders."""
    return panel.broker if lender == "broker" else ~panel.broker


def market_rows(panel: Panel, market: str) -> Bools:
    """Rows of all days, of those on which the market fell, or of the others."""
    fell: Bools = panel.market_return[panel.day] < 0.0
    return np.ones(len(panel), np.bool_) if market == "all" else fell if market == "down" else ~fell


def net_selling(panel: Panel) -> Floats:
    """δ of each row, not below LEAST_SOLD."""
    return np.maximum(panel.sold, LEAST_SOLD).astype(np.float64)


def measure_selling(
    panel: Panel, *, lender: str, market: str = "all", account_effects: bool = False, cluster: str = "date"
) -> Selling:
    """The selling function of a group of accounts; standard errors clustered by "date" or "account"."""
    part = panel.rows(can_trade(panel) & lender_rows(panel, lender) & market_rows(panel, market))
    number, sold = bins_of(part), net_selling(part)
    fixed = [part.stock_day, *([part.account.astype(np.int64)] if account_effects else [])]
    clusters = (part.day if cluster == "date" else part.account).astype(np.int64)
    dummies = {BIN_NAMES[k]: number == k for k in range(BINS)}
    bins = fit(sold, dummies, fixed=fixed, clusters=clusters)
    near = fit(sold, {"near": is_near(part)}, fixed=fixed, clusters=clusters)
    rows = np.bincount(number, minlength=BINS + 1)
    return Selling(bins, near, rows, adjusted_selling(bins, rows, float(sold.mean()) if len(sold) else np.nan))


def adjusted_selling(bins: Estimate, rows: Ints, mean: float) -> Floats:
    """λ_k − Σ λ_k n_k / n + mean δ of bins 0 to 11; NaN in a bin without rows or without a coefficient."""
    level = np.append(bins.coefficients, 0.0)
    known = (rows > 0) & np.isfinite(level)
    if not known.any():
        return np.full(BINS + 1, np.nan)
    centre = float(np.dot(level[known], rows[known])) / float(rows[known].sum())
    adjusted: Floats = np.where(known, level - centre + mean, np.nan)
    return adjusted
