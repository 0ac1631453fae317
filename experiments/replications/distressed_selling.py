"""A fund in distress sells all it holds, and so makes assets move together.

A fund holds α_i of asset i; V = Σ α_i S_i. In each step of length τ fundamentals move by √τ ξ_i, ξ ~ N(0, Σ); the
fund then holds f(V*/V_0) of its position, V* the value after that move, and prices answer linearly:

    ΔS_i/S_i = √τ ξ_i + (α_i/D_i) · [f(V*/V_0) − f(V/V_0)]

with f increasing in distress and flat above β_0, and D_i the depth in units of the asset. As τ → 0 the covariance is

    c_ij = Σ_ij + (α_j/D_j) g (Σπ)_i + (α_i/D_i) g (Σπ)_j + (α_i α_j/D_i D_j) g² π'Σπ

where g = f'(V/V_0)/V_0 and π_i = α_i S_i.

Source: Cont and Wagalath (2013), Running for the exit, Mathematical Finance 23(4). Here f is linear between two values
of the fund, and there is no drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEPS = 252
"""In a year."""


@dataclass(frozen=True)
class Distress:
    """Assets, of which the fund holds one unit each: depth in units, volatility a year, correlation of fundamentals."""

    depth: tuple[float, ...] = (10.0, 12.0, 9.0)
    volatility: tuple[float, ...] = (0.30, 0.25, 0.35)
    correlation: float = 0.1
    slope: float = 4.0
    """f' in distress."""
    lowest: float = 0.55
    highest: float = 0.98
    """The values V/V_0 between which the fund sells."""

    def covariance(self) -> Floats:
        """Σ, of fundamentals, a year."""
        sd = np.array(self.volatility)
        correlation = np.full((len(sd), len(sd)), self.correlation) + (1 - self.correlation) * np.eye(len(sd))
        return correlation * np.outer(sd, sd)

    def held(self, value: Floats) -> Floats:
        """f of V/V_0, up to a constant."""
        return self.slope * np.clip(value, self.lowest, self.highest)

    def selling(self, value: Floats) -> Floats:
        """f' of V/V_0."""
        return np.where((value > self.lowest) & (value < self.highest), self.slope, 0.0)


@dataclass(frozen=True)
class Paths:
    """Prices at the start of each step (step, path, asset), their returns in it, and V/V_0 then (step, path)."""

    prices: Floats
    returns: Floats
    value: Floats


def simulate(market: Distress, paths: int, seed: int | np.random.SeedSequence, steps: int = STEPS) -> Paths:
    """A year of the discrete model."""
    random = np.random.default_rng(seed)
    assets = len(market.depth)
    root = np.linalg.cholesky(market.covariance() / STEPS)
    impact = 1.0 / np.array(market.depth)
    prices = np.ones((steps + 1, paths, assets))
    for step in range(steps):
        now = prices[step]
        news = random.standard_normal((paths, assets)) @ root.T
        value, shocked = now.mean(axis=1), (now * (1.0 + news)).mean(axis=1)
        bought = market.held(shocked) - market.held(value)
        prices[step + 1] = now * (1.0 + news + bought[:, None] * impact)
    return Paths(prices[:-1], prices[1:] / prices[:-1] - 1.0, prices[:-1].mean(axis=2))


def formula(market: Distress, prices: Floats, value: Floats) -> Floats:
    """c_ij a year at these prices (…, asset) and fund values (…): (…, asset, asset)."""
    fundamental = market.covariance()
    loss = prices @ fundamental  # (Σπ)_i
    slope = market.selling(value) / prices.shape[-1]  # V_0 is the number of assets
    felt = slope[..., None] / np.array(market.depth)
    cross = loss[..., :, None] * felt[..., None, :]
    own = np.einsum("...i,...i->...", prices, loss)[..., None, None]
    return fundamental + cross + np.swapaxes(cross, -1, -2) + felt[..., :, None] * felt[..., None, :] * own


def realised(returns: Floats) -> Floats:
    """Covariance a year of the returns (step, path, asset), path by path: (path, asset, asset)."""
    moved: Floats = np.einsum("tpi,tpj->pij", returns, returns) * (STEPS / len(returns))
    return moved


def correlation(covariance: Floats) -> Floats:
    """The correlations of a covariance matrix."""
    sd = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sd, sd)
