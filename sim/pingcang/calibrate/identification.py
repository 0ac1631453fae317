"""Which combinations of parameters the targets tell apart.

Near the optimum the loss is nearly a sum of squares of z(u), so its second derivative follows from first ones
(Gauss-Newton):

    H = (2 / Σ w) Jᵀ diag(w s) J      J_pk = ∂z_p / ∂u_k, u in the unit cube; s slope of ρ (0 beyond the cap)
    ΔL ≈ uᵀ H u / 2

An eigenvector of H is a combination of parameters; along it ΔL passes the criterion at √(2·criterion/λ) of the
parameters' ranges. Few combinations are stiff and many are sloppy in most models (Gutenkunst et al. 2007); a
combination that may move by half its range or more is not identified. Correlations are those of (H + H₀)⁻¹, where
H₀ = 8·criterion·1 says no more than that each parameter lies within its range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pingcang.calibrate.evaluate import Evaluation
from pingcang.calibrate.loaded import LoadedSpec

HALF_RANGE = 0.5
LOAD_SHOWN = 0.3
TRIALS_A_COEFFICIENT = 3


@dataclass(frozen=True)
class Identification:
    """The curvature of the loss around an optimum."""

    names: tuple[str, ...]
    hessian: np.ndarray
    criterion: float
    source: str
    """What the slopes were taken from."""
    explained: float | None = None
    """Share of the variance of z that a linear fit explains, where slopes are fitted."""

    @property
    def directions(self) -> list[tuple[float, np.ndarray]]:
        """Half-width in ranges (at the criterion) and unit vector of every combination, the stiffest first."""
        curvature, vectors = np.linalg.eigh(self.hessian)
        widths = [math.sqrt(2 * self.criterion / c) if c > 0 else math.inf for c in curvature]
        return [(widths[k], vectors[:, k]) for k in np.argsort(-curvature)]

    @property
    def identified(self) -> int:
        """Combinations that cannot move by half their range within the criterion."""
        return sum(width < HALF_RANGE for width, _ in self.directions)

    @property
    def correlation(self) -> np.ndarray:
        """Of the parameters' errors; see the module."""
        prior = 2 * self.criterion / HALF_RANGE**2 * np.eye(len(self.names))
        covariance = np.linalg.inv(self.hessian + prior)
        scale = np.sqrt(np.diag(covariance))
        return np.asarray(covariance / np.outer(scale, scale))

    def pairs(self, least: float = 0.7) -> list[tuple[str, str, float]]:
        """Pairs of parameters whose correlation is at least this in size, the strongest first."""
        found = [
            (self.names[i], self.names[k], float(self.correlation[i, k]))
            for i in range(len(self.names))
            for k in range(i)
            if abs(self.correlation[i, k]) >= least
        ]
        return sorted(found, key=lambda pair: -abs(pair[2]))

    def told(self, vector: np.ndarray) -> str:
        """A combination in words: `0.8 depth − 0.6 trend`, small loads left out."""
        sign = np.sign(vector[np.argmax(np.abs(vector))])
        loads = sorted(zip(sign * vector, self.names, strict=True), key=lambda load: -abs(load[0]))
        shown = [
            f"{'−' if load < 0 else '+'} {abs(load):.1f} {name}" for load, name in loads if abs(load) >= LOAD_SHOWN
        ]
        return " ".join(shown).removeprefix("+ ")

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "source": self.source,
            "explained": self.explained,
            "identified": self.identified,
            "directions": [
                {
                    "half_width": width if math.isfinite(width) else None,
                    "loads": dict(zip(self.names, vector.tolist(), strict=True)),
                }
                for width, vector in self.directions
            ],
            "correlation": {
                name: dict(zip(self.names, row.tolist(), strict=True))
                for name, row in zip(self.names, self.correlation, strict=True)
            },
        }


def from_slices(
    loaded: LoadedSpec, optimum: Evaluation, neighbours: Mapping[str, Sequence[Evaluation]], criterion: float
) -> Identification | None:
    """From the nearest points on both sides of each parameter; None if one has none."""
    if any(not near for near in neighbours.values()):
        return None
    columns = []
    for axis in loaded.space.axes:
        points = [optimum, *neighbours[axis.name]] if len(neighbours[axis.name]) == 1 else neighbours[axis.name]
        first, last = points[0], points[-1]
        step = axis.coordinate(last.params[axis.name]) - axis.coordinate(first.params[axis.name])
        columns.append((_distances(loaded, last) - _distances(loaded, first)) / step)
    return _identification(loaded, optimum, np.column_stack(columns), criterion, "slices")


def from_trials(
    loaded: LoadedSpec, evaluations: Mapping[int, Evaluation], criterion: float | None = None
) -> Identification | None:
    """From a linear fit of z to the best trials, three for each coefficient; None if there are not so many."""
    done = sorted((each for each in evaluations.values() if each.state == "done"), key=lambda each: each.loss)
    count = TRIALS_A_COEFFICIENT * (1 + len(loaded.space.axes))
    if len(done) < count:
        return None
    points = np.array([loaded.space.coordinates(each.params) for each in done[:count]])
    z = np.array([_distances(loaded, each) for each in done[:count]])
    known = ~np.isnan(z).any(axis=0)
    design = np.column_stack([np.ones(count), points - points.mean(axis=0)])
    slopes = np.full((z.shape[1], points.shape[1]), np.nan)
    found, *_ = np.linalg.lstsq(design, z[:, known], rcond=None)
    slopes[known] = found[1:].T
    rest = ((z[:, known] - design @ found) ** 2).sum()
    total = ((z[:, known] - z[:, known].mean(axis=0)) ** 2).sum()
    limit = 1 / loaded.scorer.total_weight if criterion is None else criterion
    explained = float(1 - rest / total) if total > 0 else None
    return _identification(loaded, done[0], slopes, limit, f"best {count} trials", explained)


def _distances(loaded: LoadedSpec, point: Evaluation) -> np.ndarray:
    """z of every part."""
    return np.array([point.parts[part.name].z for part in loaded.measures.parts])


def _identification(
    loaded: LoadedSpec,
    optimum: Evaluation,
    slopes: np.ndarray,
    criterion: float,
    source: str,
    explained: float | None = None,
) -> Identification:
    scorer = loaded.scorer
    shares = scorer.part_weights()
    weights = np.array(
        [shares[part.name] * scorer.steepness(optimum.parts[part.name].z) for part in loaded.measures.parts]
    )
    jacobian = np.nan_to_num(slopes)
    hessian = 2 * (jacobian.T * weights) @ jacobian / sum(shares.values())
    return Identification(tuple(axis.name for axis in loaded.space.axes), hessian, criterion, source, explained)
