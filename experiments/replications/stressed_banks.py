"""Banks that sell bonds when their leverage ratio falls below a buffer: fire sales in rounds, all banks at once.

λ = equity/assets. Each round, from what the round before put up for sale (shares x_μ of all that banks held of bond μ):

    p'_μ = p_μ · exp(−β x_μ),  β = −ln(1 − π)/0.05       selling 5 % of a bond moves its price by −π
    proceeds at (p_μ + p'_μ)/2
    λ < λ_min: the bank fails, and puts up all its bonds
    λ < λ_buffer: it repays assets − equity/λ_target of debt from cash, and puts up bonds for what cash leaves, pro rata

A threshold is λ_buffer = 4 %; leverage targeting is λ_buffer = 1, so that every bank below the target sells at any
shock.
Source: Cont and Schaanning (2017), Fire sales, indirect contagion and systemic stress testing, Norges Bank working
paper 02/2017, in the simplified form of Farmer, Kleinnijenhuis, Nahai-Williamson and Wetzer (2020), Foundations of
system-wide stress testing, whose order of events this is. Balance sheets: European Banking Authority, EU-wide stress
test 2018, 48 banks, EUR mn; assets = CET1/leverage ratio, of which cash 5 %, bonds as published, and the rest cannot be
sold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BALANCE_SHEETS = Path(__file__).resolve().parent / "data" / "eba_2018.csv"
CASH_SHARE, IMPACT_AT = 0.05, 0.05
MINIMUM, BUFFER, TARGET = 0.03, 0.04, 0.05
ROUNDS = 6
TARGETING = 1.0
"""A buffer that every bank is below."""


@dataclass
class Banks:
    """Cash, other assets and debt of each bank, what it holds of each bond (bank, bond), and the price of each bond."""

    cash: Floats
    other: Floats
    debt: Floats
    bonds: Floats
    price: Floats

    def assets(self) -> Floats:
        """Of each bank, at market prices."""
        return self.cash + self.bonds @ self.price + self.other


@dataclass(frozen=True)
class Damage:
    """Share of banks that failed, and share of all bonds that was sold."""

    failed: float
    sold: float


def balance_sheets(path: Path = BALANCE_SHEETS) -> Banks:
    """The banks before the shock; corporate bonds first, government bonds second."""
    told = pd.read_csv(path)
    equity = told["cet1_capital"].to_numpy(np.float64)
    assets = equity / (told["leverage_ratio_percent"].to_numpy(np.float64) / 100)
    government = told["government_bonds"].to_numpy(np.float64)
    bonds = np.stack([told["debt_securities"].to_numpy(np.float64) - government, government], axis=1)
    cash = CASH_SHARE * assets
    return Banks(cash, assets - bonds.sum(axis=1) - cash, assets - equity, bonds, np.ones(2))


def stressed(shock: float, impact: float, buffer: float = BUFFER, rounds: int = ROUNDS) -> Damage:
    """Government bonds lose `shock`; what the rounds then do."""
    banks = balance_sheets()
    banks.price[1] -= shock
    all_bonds = banks.bonds.sum(axis=0)
    beta = -np.log(1.0 - impact) / IMPACT_AT
    failed = np.zeros(len(banks.cash), dtype=bool)
    for_sale = np.zeros_like(banks.bonds)
    sold = 0.0
    for _ in range(rounds):
        sold += for_sale.sum()
        _clear(banks, for_sale, beta / all_bonds)
        for_sale = _answers(banks, failed, buffer)
    return Damage(float(failed.mean()), float(sold / all_bonds.sum()))


def _clear(banks: Banks, for_sale: Floats, slope: Floats) -> None:
    """Sell all that is put up."""
    after = banks.price * np.exp(-slope * for_sale.sum(axis=0))
    banks.cash += for_sale @ ((banks.price + after) / 2.0)
    banks.bonds -= for_sale
    banks.price = after


def _answers(banks: Banks, failed: NDArray[np.bool_], buffer: float) -> Floats:
    """What each bank puts up next; who fails is noted in `failed`, who repays from cash has repaid."""
    assets = banks.assets()
    equity = assets - banks.debt
    fails = ~failed & (equity / assets < MINIMUM)
    failed |= fails
    acts = ~failed & (equity / assets < buffer)
    owed = np.where(acts, np.maximum(0.0, assets - equity / TARGET), 0.0)
    repaid = np.minimum(banks.cash, owed)
    banks.cash -= repaid
    banks.debt -= repaid
    worth = banks.bonds @ banks.price
    share = np.divide(owed - repaid, worth, out=np.zeros_like(worth), where=worth > 0)
    return banks.bonds * np.where(fails, 1.0, np.minimum(1.0, share))[:, None]
