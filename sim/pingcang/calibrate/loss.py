"""From the numbers of the runs to one loss.

Glossary: v_p value of part p, the middle of its runs; r_p real value; b_p band; z_p = (v_p − r_p) / b_p, the
distance in bands; W_i weight of row i, shared evenly by its parts: w_p = W_i / n_i. The loss is

    L = Σ_p w_p ρ(z_p) / Σ_p w_p,     ρ(z) = min(z², c²)                       (capped)
                                      ρ(z) = z² for |z| ≤ c, else 2c|z| − c²   (Huber 1964)

so that one row that cannot be met does not decide the fit. A part without a number counts as `MISSING` bands off,
the farthest that any part counts. L is 0 when every part is met, and at most ρ(MISSING).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pingcang.calibrate.measures import Part
from pingcang.calibrate.spec import Loss

MISSING = 10.0
RunNumbers = Mapping[str, np.ndarray]
"""Part -> its numbers (run, 1), or (run, day) for a path."""


@dataclass(frozen=True)
class PartScore:
    """How a part came out; NaN where there is no number."""

    value: float
    z: float


@dataclass(frozen=True)
class Score:
    """How a trial came out."""

    loss: float
    parts: dict[str, PartScore]
    rows_in_band: int
    """Rows of which every part lies in its band."""


@dataclass(frozen=True)
class Scorer:
    """Holds the numbers of runs against the parts."""

    parts: tuple[Part, ...]
    weights: Mapping[str, float]
    """Row -> weight."""
    rule: Loss

    @property
    def total_weight(self) -> float:
        """The sum of the weights of the rows that are there."""
        return sum(self.weights[row] for row in self.rows)

    @property
    def rows(self) -> list[str]:
        """The rows, in order."""
        return list(dict.fromkeys(part.row for part in self.parts))

    @property
    def worst(self) -> float:
        """The highest loss there can be."""
        return float(self._rho(np.array(MISSING)))

    def score(self, runs: RunNumbers) -> Score:
        """Value and distance of every part, and the loss."""
        values = {part.name: self._values(part, runs[part.name][None])[0] for part in self.parts}
        parts = {
            part.name: PartScore(float(values[part.name]), float((values[part.name] - part.real) / part.band))
            for part in self.parts
        }
        outside = {part.row for part in self.parts if not abs(parts[part.name].z) <= 1}
        loss = float(self._losses({name: np.array([part.z]) for name, part in parts.items()})[0])
        return Score(loss, parts, len(self.rows) - len(outside))

    def resampled(self, runs: RunNumbers, draws: Mapping[str, np.ndarray]) -> np.ndarray:
        """The loss of each sample of runs: `draws` has the run numbers (sample, run) of every label."""
        z = {
            part.name: (self._values(part, runs[part.name][draws[part.label]]) - part.real) / part.band
            for part in self.parts
        }
        return self._losses(z)

    def _values(self, part: Part, samples: np.ndarray) -> np.ndarray:
        return part.values(samples, self.rule.centre)

    def _losses(self, z: Mapping[str, np.ndarray]) -> np.ndarray:
        """L of distances (sample) by part."""
        shares = self.part_weights()
        total = sum(share * self._rho(z[name]) for name, share in shares.items())
        return np.asarray(total / sum(shares.values()))

    def part_weights(self) -> dict[str, float]:
        """Part -> w_p."""
        count = Counter(part.row for part in self.parts)
        return {part.name: self.weights[part.row] / count[part.row] for part in self.parts}

    def _rho(self, z: np.ndarray) -> np.ndarray:
        size = np.where(np.isnan(z), MISSING, np.minimum(np.abs(z), MISSING))
        cap = self.rule.cap
        beyond = cap**2 if self.rule.rule == "capped" else 2 * cap * size - cap**2
        return np.where(size <= cap, size**2, beyond)

    def steepness(self, z: float) -> float:
        """ρ'(z) / 2z: how much a part counts for the slope of the loss, 1 inside the cap; 0 without a number."""
        cap = self.rule.cap
        if math.isnan(z) or abs(z) >= MISSING:
            return 0.0
        if abs(z) <= cap:
            return 1.0
        return 0.0 if self.rule.rule == "capped" else cap / abs(z)


def stacked(runs: Sequence[Mapping[str, Sequence[float]]]) -> dict[str, np.ndarray]:
    """The numbers of single runs as arrays (run, 1) or (run, day)."""
    return {name: np.array([run[name] for run in runs], dtype=float) for name in runs[0]}
