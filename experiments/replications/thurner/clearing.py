"""The price at which noise traders and funds together hold every share.

A fund with D shares and cash M has wealth W(p) = D·p + M and wants stock worth min(β·(V − p), λ)·W(p); nothing at p ≥ V
or W ≤ 0. Noise traders want stock worth ξ. So the market clears where

    F(p) = ξ + Σ min(β·(V − p), λ)·W(p) − N·p = 0.

Between the prices at which a fund reaches its ceiling (V − λ/β), loses its wealth (−M/D) or meets V, F is a quadratic:
every root is found in closed form, segment by segment, in all markets at once. F(0) > 0 and F falls without bound, so
there is a root. **Funds at their ceiling make several possible**; the paper leaves open which is taken. Here it is the
one nearest the last price, so that the price goes no further than it must; LOWEST and HIGHEST tell what hangs on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from experiments.replications.thurner.parameters import Floats

from pingcang.errors import PingcangError

ROUNDING = 1e-9
"""How far outside its segment a root may lie, as a share of V."""


LOWEST, HIGHEST = 0.0, 1e9
"""Anchors in place of the last price: the root nearest them is the lowest, or the highest."""


class NoPriceError(PingcangError):
    """A market without a root: numbers that are no numbers."""


@dataclass(frozen=True)
class Demand:
    """What everybody brings to the market; noise and ceiling have an entry a market, shares and cash (market, fund)."""

    noise: Floats
    """ξ, money."""
    shares: Floats
    """D."""
    cash: Floats
    """M; below 0 a loan."""
    ceiling: Floats
    """λ."""
    aggression: Floats
    """β, an entry a fund."""
    value: float
    """V."""
    supply: float
    """N."""

    def wanted(self, price: Floats) -> Floats:
        """Value of stock that each fund wants at a price a market: (market, fund), money."""
        wealth = np.maximum(self.shares * price[:, None] + self.cash, 0.0)
        gap = np.maximum(self.value - price[:, None], 0.0)
        return np.minimum(self.aggression * gap, self.ceiling[:, None]) * wealth

    def excess(self, price: Floats) -> Floats:
        """F: value wanted less value there is, money."""
        return self.noise + self.wanted(price).sum(axis=1) - self.supply * price

    @property
    def edges(self) -> Floats:
        """Prices from 0 to V between which no fund changes its rule, ascending: (market, edge)."""
        at_ceiling = self.value - self.ceiling[:, None] / self.aggression
        broke = -self.cash / np.where(self.shares > 0, self.shares, np.inf)
        ends = np.broadcast_to([0.0, self.value], (len(self.ceiling), 2))
        return np.sort(np.clip(np.concatenate([at_ceiling, broke, ends], axis=1), 0.0, self.value), axis=1)


def clear(demand: Demand, anchor: Floats) -> Floats:
    """The root of F nearest the anchor, the last price as a rule; an anchor a market."""
    roots = all_roots(demand)
    nearest = np.abs(roots - anchor[:, None]).argmin(axis=1)
    chosen: Floats = np.take_along_axis(roots, nearest[:, None], axis=1)[:, 0]
    if not np.isfinite(chosen).all():
        raise NoPriceError(f"market {int(np.argmin(np.isfinite(chosen)))}: no price clears it; its state is not finite")
    return chosen


def all_roots(demand: Demand) -> Floats:
    """Every price that clears each market, infinity where a segment has none: (market, candidate)."""
    edges = demand.edges
    low, high = edges[:, :-1], edges[:, 1:]
    candidates = np.stack(_roots(*_quadratics(demand, (low + high) / 2)))
    slack = ROUNDING * demand.value
    inside = (candidates >= low - slack) & (candidates <= high + slack)
    below = np.where(inside, candidates, np.inf).transpose(1, 0, 2).reshape(len(low), -1)
    without_funds = demand.noise / demand.supply
    above = np.where(without_funds >= demand.value, without_funds, np.inf)
    return np.concatenate([below, above[:, None]], axis=1)


def _quadratics(demand: Demand, middle: Floats) -> tuple[Floats, Floats, Floats]:
    """a, b, c of F = a·p² + b·p + c in every segment, by each fund's rule at its middle: (market, segment)."""
    point, ceiling = middle[:, :, None], demand.ceiling[:, None, None]
    solvent = demand.shares[:, None, :] * point + demand.cash[:, None, :] > 0
    bound = demand.aggression * (demand.value - point) >= ceiling
    held = np.stack([demand.shares, demand.cash], axis=2)
    free = np.matmul((solvent & ~bound).astype(np.float64), demand.aggression[:, None] * held)
    full = np.matmul((solvent & bound).astype(np.float64), held) * ceiling
    linear = demand.value * free[..., 0] - free[..., 1] + full[..., 0] - demand.supply
    constant = demand.value * free[..., 1] + full[..., 1] + demand.noise[:, None]
    return -free[..., 0], linear, constant


def _roots(a: Floats, b: Floats, c: Floats) -> tuple[Floats, Floats]:
    """Both roots, without cancellation; infinite or NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        q = -(b + np.copysign(np.sqrt(b * b - 4 * a * c), b)) / 2
        return q / a, c / q
