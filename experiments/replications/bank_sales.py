"""One round of deleveraging of banks that sell to keep their leverage, in closed form and bank by bank.

    R = M F                    return of each bank's assets on the shock F of asset returns
    φ = M' B A R               net purchases of each asset (money): every bank returns to its debt over equity b_n
    F₂ = L φ                   what they do to prices
    AV = −1'A M F₂ / 1'E       aggregate vulnerability: equity lost to sales, as a share of all equity
    S(n) = −γ_n (a_n/E) b_n r_n,   γ_n = Σ_k (Σ_m a_m m_mk) l_k m_nk      its part due to bank n's sales;  Σ_n S(n) = AV
    IV(n) = −(1/e_n) a_n (M F₂)_n      equity that bank n loses to sales;  Σ_n e_n IV(n) = AV · E

a: assets; m: portfolio weights (rows sum to 1); b = debt/equity; e = a/(1 + b); l: price impact per unit of money.
Source: Greenwood, Landier and Thesmar (2015), Vulnerable banks, Journal of Financial Economics 115(3), section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PUBLISHED_IMPACT = 1e-13
"""Of asset return per euro sold: ten basis points for ten billion."""


@dataclass(frozen=True)
class Banks:
    """Banks with their assets, weights (bank, asset) and debt over equity; impact of each asset."""

    assets: Floats
    weights: Floats
    leverage: Floats
    impact: Floats

    @cached_property
    def equity(self) -> Floats:
        """Of each bank, before the shock."""
        return self.assets / (1.0 + self.leverage)


@dataclass(frozen=True)
class Round:
    """What one round does: net sales and return of each asset, and equity lost as AV, S(n), IV(n)."""

    sales: Floats
    returns: Floats
    vulnerability: float
    systemicness: Floats
    indirect: Floats


def closed_form(banks: Banks, shock: Floats) -> Round:
    """The formulas, in matrices."""
    A, B, L = np.diag(banks.assets), np.diag(banks.leverage), np.diag(banks.impact)
    M, total = banks.weights, banks.equity.sum()
    R = M @ shock
    purchases = M.T @ B @ A @ R
    second = L @ purchases
    connected = M @ L @ M.T @ banks.assets  # γ
    return Round(
        -purchases,
        second,
        float(-(banks.assets @ M @ second) / total),
        -connected * banks.assets / total * banks.leverage * R,
        -banks.assets * (M @ second) / banks.equity,
    )


def one_by_one(banks: Banks, shock: Floats) -> Round:
    """The same as it happens: each bank loses, sells to restore its leverage, and all hold what the prices become."""
    sold = [_sales_of(banks, n, shock) for n in range(len(banks.assets))]
    sales = [sum(each[k] for each in sold) for k in range(len(shock))]
    returns = [-banks.impact[k] * sales[k] for k in range(len(shock))]
    lost = [_loss_of(banks, n, returns) for n in range(len(banks.assets))]
    due = [
        sum(_loss_of(banks, m, [-banks.impact[k] * each[k] for k in range(len(shock))]) for m in range(len(sold)))
        for each in sold
    ]
    total = sum(banks.equity)
    return Round(
        np.array(sales),
        np.array(returns),
        float(sum(lost) / total),
        np.array(due) / total,
        np.array([loss / equity for loss, equity in zip(lost, banks.equity, strict=True)]),
    )


def _sales_of(banks: Banks, n: int, shock: Floats) -> list[float]:
    """Money that bank n sells of each asset: the debt to repay so that debt/equity is as before, by its weights."""
    lost = -sum(banks.assets[n] * w * f for w, f in zip(banks.weights[n], shock, strict=True))
    equity = banks.equity[n] - lost
    repaid = (banks.assets[n] - banks.equity[n]) - banks.leverage[n] * equity
    return [w * repaid for w in banks.weights[n]]


def _loss_of(banks: Banks, n: int, returns: list[float]) -> float:
    """What bank n's assets before the shock lose on these returns."""
    return -sum(banks.assets[n] * w * r for w, r in zip(banks.weights[n], returns, strict=True))


def three_banks() -> tuple[Banks, Floats]:
    """An example to check by hand: three banks share an asset; one has no debt, one alone holds what is shocked."""
    return (
        Banks(
            np.array([100.0, 100.0, 50.0]),
            np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]),
            np.array([9.0, 4.0, 0.0]),
            np.array([0.001, 0.001, 0.002]),
        ),
        np.array([-0.02, 0.0, 0.0]),
    )


def drawn(seed: int, banks: int = 40, assets: int = 12) -> tuple[Banks, Floats]:
    """Banks drawn at random: sizes of a heavy tail, sparse weights, debt/equity of 8 to 32, the published impact."""
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.full(assets, 0.3), banks)
    sizes = 1e10 * (1.0 + random.pareto(1.5, banks))
    impact = PUBLISHED_IMPACT * random.uniform(0.5, 2.0, assets)
    return Banks(sizes, weights, random.uniform(8, 32, banks), impact), -random.uniform(0, 0.1, assets)
