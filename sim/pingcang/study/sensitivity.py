"""Sensitivity analysis: which parameters a result hangs on. Morris screens, Sobol shares out the variance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pingcang.errors import ScenarioError
from pingcang.study.arms import Bench
from pingcang.study.design import Axis, Design, morris_design, sobol_design
from pingcang.study.indices import Effect, Share, as_dict, doubts, morris_effects, sobol_shares
from pingcang.study.points import OnFinished, Points
from pingcang.study.sensitivity_spec import LoadedSpec
from pingcang.study.statistic import Floats

Asked = Literal["morris", "sobol", "both"]
Evaluate = Callable[[Design], dict[str, Floats]]
"""From a design to the outputs at its points: statistic -> (points), in the design's order."""

Shown = Callable[[Design], AbstractContextManager[OnFinished]]
"""Shows the progress of a design while it is open."""


@dataclass(frozen=True)
class Screening:
    """What Morris found."""

    design: Design
    outputs: dict[str, Floats]
    effects: dict[str, list[Effect]]
    """Statistic -> one row a parameter."""


@dataclass(frozen=True)
class Decomposition:
    """What Sobol found."""

    design: Design
    outputs: dict[str, Floats]
    shares: dict[str, list[Share]]
    """Statistic -> one row a parameter."""
    doubts: dict[str, list[str]]
    left_out: tuple[str, ...] = ()
    """Parameters that the screening left out; they stand at the scenario's own values."""


@dataclass(frozen=True)
class Sensitivity:
    """Either or both."""

    screening: Screening | None
    decomposition: Decomposition | None
    note: str = ""
    """How the screening chose the parameters for Sobol."""


def screen(axes: Sequence[Axis], evaluate: Evaluate, *, trajectories: int, levels: int, seed: int) -> Screening:
    """Morris's elementary effects of every output."""
    design = morris_design(axes, trajectories=trajectories, levels=levels, seed=seed)
    outputs = evaluate(design)
    return Screening(
        design, outputs, {name: morris_effects(design, output, seed=seed) for name, output in outputs.items()}
    )


def decompose(
    axes: Sequence[Axis], evaluate: Evaluate, *, samples: int, seed: int, left_out: Sequence[str] = ()
) -> Decomposition:
    """Sobol's first-order and total indices of every output."""
    design = sobol_design(axes, samples=samples, seed=seed)
    outputs = evaluate(design)
    shares = {name: sobol_shares(design, output, seed=seed) for name, output in outputs.items()}
    return Decomposition(
        design, outputs, shares, {name: doubts(rows) for name, rows in shares.items()}, tuple(left_out)
    )


def chosen(screening: Screening, most: int | None) -> tuple[list[str], str]:
    """The parameters that Sobol goes on with, and the reason in words.

    Those with mu* surely above 0 for some output; with `most`, the largest of all by mu* relative to the largest mu*
    of the same output.
    """
    names = [axis.name for axis in screening.design.axes]
    if most is not None:
        rank = _relative(screening)
        kept = {names[at] for at in np.argsort(-rank, kind="stable")[:most]}
        return [name for name in names if name in kept], "the parameters of the largest mu*"
    surely = {each.parameter for rows in screening.effects.values() for each in rows if each.matters}
    return [name for name in names if name in surely], "the parameters whose interval of mu* lies above 0"


def _relative(screening: Screening) -> Floats:
    """Parameter -> the largest of its mu* over the outputs, each relative to that output's largest."""
    stars = np.array([[each.mu_star for each in rows] for rows in screening.effects.values()])
    largest = stars.max(axis=1, keepdims=True)
    relative: Floats = np.divide(stars, largest, out=np.zeros_like(stars), where=largest > 0).max(axis=0)
    return relative


def sensitivity(asked: LoadedSpec, method: Asked, evaluate: Evaluate, *, top: int | None = None) -> Sensitivity:
    """The analysis of a spec. With `both`, Sobol takes the `top` parameters, or those that are not ruled out."""
    spec, axes = asked.spec, asked.axes
    if top is not None and (method != "both" or not 1 <= top <= len(axes)):
        raise ScenarioError(f"--top: got {top}; it goes with method both, and lies between 1 and {len(axes)}")
    if method == "sobol":
        return Sensitivity(None, decompose(axes, evaluate, samples=spec.sobol.samples, seed=spec.sampler_seed))
    screening = screen(
        axes, evaluate, trajectories=spec.morris.trajectories, levels=spec.morris.levels, seed=spec.sampler_seed
    )
    if method == "morris":
        return Sensitivity(screening, None)
    names, reason = chosen(screening, top)
    if not names:
        return Sensitivity(screening, None, "Sobol was left out: no parameter has an interval of mu* above 0")
    left_out = [axis.name for axis in axes if axis.name not in names]
    further = [axis for axis in axes if axis.name in names]
    found = decompose(further, evaluate, samples=spec.sobol.samples, seed=spec.sampler_seed, left_out=left_out)
    return Sensitivity(screening, found, f"Sobol was given {reason}: {', '.join(names)}")


def on_the_bench(asked: LoadedSpec, bench: Bench, runs: int, shown: Shown | None = None) -> Evaluate:
    """Outputs by simulation: every point runs with the same random numbers, and is kept by the bench."""
    amplified = any(statistic.amplification for statistic in asked.outputs)
    points = Points(bench, asked.loaded, runs, amplified)

    def evaluate(design: Design) -> dict[str, Floats]:
        metrics = dict.fromkeys(statistic.metric for statistic in asked.outputs)
        overrides = [design.overrides(point) for point in range(len(design))]
        with (shown or _hidden)(design) as on_finished:
            values = points.measure(overrides, list(metrics), on_finished)
        return {str(statistic): statistic.of(values[statistic.metric]) for statistic in asked.outputs}

    return evaluate


@contextmanager
def _hidden(_: Design) -> Iterator[OnFinished]:
    yield lambda _: None


def summary(found: Sensitivity) -> dict[str, Any]:
    """The object of `--json`, without where it comes from."""
    told: dict[str, Any] = {"note": found.note, "morris": None, "sobol": None}
    if (screening := found.screening) is not None:
        effects = {name: [as_dict(each) for each in rows] for name, rows in screening.effects.items()}
        told["morris"] = {"points": len(screening.design), "effects": effects}
    if (decomposition := found.decomposition) is not None:
        shares = {name: [as_dict(each) for each in rows] for name, rows in decomposition.shares.items()}
        told["sobol"] = {
            "points": len(decomposition.design),
            "indices": shares,
            "doubts": decomposition.doubts,
            "left_out": list(decomposition.left_out),
        }
    return told
