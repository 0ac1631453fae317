"""Many markets of ten leveraged value funds and noise traders, stepped together: one array entry a market."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from experiments.replications.thurner.clearing import Demand, clear
from experiments.replications.thurner.parameters import Floats, Parameters
from numpy.typing import NDArray


@dataclass(frozen=True)
class Paths:
    """What was recorded: (step, market)."""

    price: Floats
    defaults: NDArray[np.int8]
    """Funds that defaulted in the step."""


class Markets:
    """The state of all markets between two steps."""

    def __init__(
        self, highest: Floats, sensitivity: Floats, parameters: Parameters, anchor: float | None = None
    ) -> None:
        """λmax and κ of each market (κ = 0: a ceiling that stays); the anchor of their prices if not the last price."""
        p = self.parameters = parameters
        markets, funds = len(highest), len(p.aggression)
        self.anchor = anchor
        self.highest, self.sensitivity = highest, sensitivity
        self.price = np.full(markets, p.value)
        self.log_noise = np.full(markets, p.calm)
        self.shares = np.zeros((markets, funds))
        self.cash = np.full((markets, funds), p.wealth)
        self.performance = np.zeros((markets, funds))
        self.away = np.zeros((markets, funds), dtype=np.int64)
        self.returns = np.zeros((p.window, markets))
        self.steps = 0

    @property
    def ceiling(self) -> Floats:
        """λ of this step: max(1, λmax / (1 + κ·σ²)), σ² the variance of the last τ log returns."""
        return np.maximum(1.0, self.highest / (1 + self.sensitivity * self.returns.var(axis=0)))

    @property
    def demand(self) -> Demand:
        """What noise traders and funds bring to the market now."""
        p = self.parameters
        return Demand(
            np.exp(self.log_noise), self.shares, self.cash, self.ceiling, p.aggression, value=p.value, supply=p.shares
        )

    def step(self, shock: Floats) -> NDArray[np.int8]:
        """Cash of the noise traders, a price, holdings, flows, defaults; how many of these each market has."""
        p, last = self.parameters, self.price
        self.log_noise = p.persistence * self.log_noise + p.noise * shock + (1 - p.persistence) * p.calm
        demand = self.demand
        self.price = clear(demand, last if self.anchor is None else np.full_like(last, self.anchor))
        self._judge(last)
        self._rebalance(demand.wanted(self.price))
        self.returns[self.steps % p.window] = np.log(self.price / last)
        self.steps += 1
        return self._default()

    @property
    def wealth(self) -> Floats:
        """W of each fund at the last price."""
        return self.shares * self.price[:, None] + self.cash

    def _judge(self, last: Floats) -> None:
        """Performance: the moving average of what a fund's shares earned on its wealth."""
        before = self.shares * last[:, None] + self.cash
        gain = self.shares * (self.price - last)[:, None]
        earned = np.divide(gain, before, out=np.zeros_like(gain), where=before > 0)
        self.performance += self.parameters.memory * (earned - self.performance)

    def _rebalance(self, wanted: Floats) -> None:
        """Every fund holds what it wanted at this price; then its investors come or go."""
        p, wealth = self.parameters, np.maximum(self.wealth, 0.0)
        flow = np.maximum(p.flow * (self.performance - p.benchmark), -1.0) * wealth
        self.shares = wanted / self.price[:, None]
        self.cash = wealth - wanted + flow

    def _default(self) -> NDArray[np.int8]:
        """Funds that are ruined go, their shares to the noise traders; those whose absence is over begin anew."""
        p = self.parameters
        here = self.away == 0
        ruined = here & (self.wealth <= p.ruin * p.wealth)
        self.away = np.where(ruined, p.absence, np.maximum(self.away - 1, 0))
        gone = self.away > 0
        back = ~here & ~gone
        self.shares[gone | back] = 0.0
        self.performance[gone | back] = 0.0
        self.cash = np.where(gone, 0.0, np.where(back, p.wealth, self.cash))
        return ruined.sum(axis=1).astype(np.int8)


def simulate(
    highest: Floats,
    sensitivity: Floats,
    seeds: NDArray[np.int64],
    steps: int,
    anchor: float | None = None,
) -> Paths:
    """Paths of markets, an entry each; those with one seed share every shock of their noise traders."""
    markets = Markets(highest, sensitivity, Parameters(), anchor)
    streams, which = np.unique(seeds, return_inverse=True)
    shocks = np.stack([np.random.default_rng(int(seed)).standard_normal(steps) for seed in streams], axis=1)
    price = np.empty((steps, len(highest)))
    defaults = np.empty((steps, len(highest)), dtype=np.int8)
    for step in range(steps):
        defaults[step] = markets.step(shocks[step, which])
        price[step] = markets.price
    return Paths(price, defaults)
