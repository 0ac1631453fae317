"""Files of kind `factorial`: what they may say, and the arms that they mean."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario, load_scenario
from pingcang.scenario.tree import Finding, Keys, Node, located, raise_problems
from pingcang.scenario.types import Flag, Name, Number, Section, Text, Whole
from pingcang.study.arms import Arm, changed
from pingcang.study.effects import Levels, lattice
from pingcang.study.fractions import GENERATORS, fraction
from pingcang.study.measures import THRESHOLD
from pingcang.study.spec_files import read_spec, scenario_source

KIND = "factorial"
MOST_IN_FULL = 5
MOST_FACTORS = 10


class Factor(Section):
    """A factor: what is set at its two levels. One that is left out leaves the scenario as it stands."""

    low: dict[str, Any] = {}
    """Values by path at level 0."""
    high: dict[str, Any] = {}
    """Values by path at level 1."""

    @model_validator(mode="after")
    def _two_levels(self) -> Factor:
        if self.low == self.high:
            raise ValueError("high: sets the same as low; a factor has two levels that differ")
        return self


class FactorialSpec(Section):
    """Two-level factors over a scenario."""

    kind: Literal["factorial"]
    name: Name
    description: Text = ""
    scenario: Text
    """A ready-made scenario, or a YAML file; a relative path starts from the folder of this file."""
    set: dict[str, Any] = {}
    """Values by path in every cell, as {scale: 0.01}."""
    factors: Annotated[dict[Name, Factor], Field(min_length=1, max_length=MOST_FACTORS)]
    resolution: Literal["full", "IV", "V"] = "full"
    """full: all 2^k cells, for at most 5 factors; IV or V: the fraction of this resolution."""
    runs: Annotated[Whole, Field(ge=1, le=100_000)] = 20
    """Runs of each cell; run by run the cells share their random numbers."""
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] = 0
    amplification: Flag = False
    """Simulate every run without feedback, too."""
    drawdown: Annotated[Number, Field(gt=0, lt=1)] = THRESHOLD
    """x in P(drawdown > x)."""
    statistic: Literal["mean", "median"] = "mean"

    @model_validator(mode="after")
    def _cells(self) -> FactorialSpec:
        k = len(self.factors)
        if self.resolution == "full" and k > MOST_IN_FULL:
            raise ValueError(f"resolution: full with {k} factors is {2**k} cells; write V or IV, or drop factors")
        if self.resolution != "full" and k not in GENERATORS[self.resolution]:
            known = GENERATORS[self.resolution]
            span = f"{min(known)} to {max(known)}"
            raise ValueError(f"resolution: {self.resolution} is known for {span} factors, found {k}; write full")
        return self


@dataclass(frozen=True)
class LoadedFactorial:
    """A factorial that can be run: every cell with its scenario."""

    spec: FactorialSpec
    source: str
    names: tuple[str, ...]
    arms: dict[Levels, Arm]


def load_factorial(source: str | Path, *, runs: int | None = None, scale: float | None = None) -> LoadedFactorial:
    """The factorial in a YAML file, with every cell's scenario loaded before anything is run.

    `runs` and `scale` win over the file. `ScenarioError` with one line for each thing that is wrong: keys, paths and
    values that a scenario refuses, two factors that set the same path, a factor that changes nothing.
    """
    spec, tree = read_spec(source, KIND, FactorialSpec)
    raise_problems(located(tree, list(_shared_paths(spec))))
    everywhere = {**spec.set, **({} if scale is None else {"scale": scale})}
    base = _base(spec, tree, Path(source).parent.absolute(), everywhere)
    raise_problems(located(tree, list(_refused_levels(spec, base))))
    cells = lattice(len(spec.factors)) if spec.resolution == "full" else fraction(len(spec.factors), spec.resolution)
    names = tuple(spec.factors)
    arms = {cell: _arm(spec, cell, base, runs or spec.runs) for cell in cells}
    return LoadedFactorial(spec, str(source), names, arms)


def overrides_of(factors: Mapping[str, Factor], cell: Levels) -> dict[str, Any]:
    """What is set in a cell."""
    chosen = [factor.high if level else factor.low for factor, level in zip(factors.values(), cell, strict=True)]
    return {path: value for values in chosen for path, value in values.items()}


def cell_label(names: tuple[str, ...], cell: Levels) -> str:
    """breadth=1, shadow=0."""
    return ", ".join(f"{name}={level}" for name, level in zip(names, cell, strict=True))


def _base(spec: FactorialSpec, tree: Node, folder: Path, everywhere: Mapping[str, Any]) -> LoadedScenario:
    try:
        return load_scenario(scenario_source(spec.scenario, folder), overrides=everywhere)
    except ScenarioError as error:
        raise_problems(located(tree, [Finding(("scenario",), problem) for problem in error.problems]))
        raise


def _arm(spec: FactorialSpec, cell: Levels, base: LoadedScenario, runs: int) -> Arm:
    label = cell_label(tuple(spec.factors), cell)
    try:
        loaded = changed(base, overrides_of(spec.factors, cell))
    except ScenarioError as error:
        raise ScenarioError(*(f"cell {label}: {problem}" for problem in error.problems)) from None
    return Arm(label, loaded, runs, spec.amplification)


def _refused_levels(spec: FactorialSpec, base: LoadedScenario) -> Iterator[Finding]:
    """Levels that the scenario refuses when they are set alone, and factors whose levels are the same scenario."""
    for name, factor in spec.factors.items():
        hashes = []
        for level, values in (("low", factor.low), ("high", factor.high)):
            keys: Keys = ("factors", name, level)
            try:
                hashes.append(changed(base, values).hash)
            except ScenarioError as error:
                yield from (Finding(keys, problem) for problem in error.problems)
        if len(hashes) == 2 and hashes[0] == hashes[1]:
            yield Finding(("factors", name), "low and high give the same scenario; a factor must change something")


def _shared_paths(spec: FactorialSpec) -> Iterator[Finding]:
    for (one, first), (other, second) in combinations(spec.factors.items(), 2):
        for path in {**second.low, **second.high}:
            for taken in {**first.low, **first.high}:
                if _overlap(path, taken):
                    message = f"sets {path}, and {one} sets {taken}; two factors cannot set the same value"
                    yield Finding(("factors", other), message)


def _overlap(one: str, other: str) -> bool:
    """Whether a path is the other or lies below it."""
    first, second = (path.replace("__", ".").split(".") for path in (one, other))
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]
