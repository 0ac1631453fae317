"""Thurner, Farmer and Geanakoplos (2012): the numbers of the model, and where each comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    """The published values; κ and τ of the adaptive ceiling from memory."""

    shares: float = 1000.0
    """N, of the one stock."""
    value: float = 1.0
    """V: what funds and noise traders take the stock to be worth."""
    persistence: float = 0.99
    """ρ of the noise traders' log cash."""
    noise: float = 0.035
    """σ of the noise traders' log cash, per step."""
    aggression: Floats = field(default_factory=lambda: np.arange(5.0, 51.0, 5.0))
    """β of each fund."""
    wealth: float = 2.0
    """W0 of a fund that begins."""
    ruin: float = 0.1
    """A fund defaults at this share of W0."""
    absence: int = 100
    """Steps until a new fund takes the place of one that defaulted."""
    memory: float = 0.1
    """a: weight of the last step in a fund's performance."""
    flow: float = 0.15
    """b: what investors bring or withdraw per unit of performance above the benchmark."""
    benchmark: float = 0.005
    """r_b, per step."""
    window: int = 10
    """τ: steps over which an adaptive ceiling measures volatility."""
    sensitivity: float = 100.0
    """κ of an adaptive ceiling."""

    @property
    def calm(self) -> float:
        """Where the noise traders' log cash returns to: the logarithm of V·N."""
        return math.log(self.value * self.shares)
