"""What a sensitivity analysis may say: SPEC.yaml of kind sensitivity, checked as a whole before anything is run."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario, load_scenario
from pingcang.scenario.tree import Finding, Keys, Node, located, raise_problems
from pingcang.scenario.types import Name, Number, Positive, Section, Text, Whole
from pingcang.study.arms import changed
from pingcang.study.design import Axis
from pingcang.study.spec_files import read_spec, scenario_source
from pingcang.study.statistic import Statistic, parse_statistic

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]
Seed = Annotated[Whole, Field(ge=0, lt=2**32 - 1)]


class Parameter(Section):
    """A number that is varied."""

    low: Number
    high: Number
    scale: Literal["linear", "log"] = "linear"
    """log: sampled in the logarithm."""
    step: Positive | None = None
    """Values are whole multiples of it above `low`: 1 for counts, 0.0001 for ratios in basis points."""
    paths: Annotated[list[Text], Field(min_length=1)]
    """Where it stands in the scenario; several paths share the value."""

    @model_validator(mode="after")
    def _ordered(self) -> Parameter:
        if not self.low < self.high:
            raise ValueError(f"low: {self.low:g} is not below high {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low: {self.low:g}, must be above 0 on a log scale")
        return self


class Morris(Section):
    """Screening by elementary effects: trajectories · (parameters + 1) points."""

    trajectories: Annotated[Whole, Field(ge=2, le=10_000)] = 10
    levels: Annotated[Whole, Field(ge=4, le=100)] = 4
    """Values of each parameter; even."""

    @field_validator("levels")
    @classmethod
    def _even(cls, levels: int) -> int:
        if levels % 2:
            raise ValueError(f"found {levels}, must be even: a step of the design is half the grid")
        return levels


class Sobol(Section):
    """Shares of the variance: samples · (parameters + 2) points."""

    samples: Annotated[Whole, Field(ge=4, le=2**20)] = 64
    """A power of two."""

    @field_validator("samples")
    @classmethod
    def _power_of_two(cls, samples: int) -> int:
        if samples & (samples - 1):
            raise ValueError(f"found {samples}, must be a power of two, as {2 ** (samples.bit_length() - 1)}")
        return samples


class Spec(Section):
    """A sensitivity analysis: a scenario, what is varied, what is looked at."""

    kind: Literal["sensitivity"]
    name: Name
    description: Text = ""
    scenario: Text
    """A ready-made scenario, or a YAML file; a relative path starts from the folder of the spec."""
    set: dict[str, Any] = {}
    """Values by path that hold at every point (scale, days)."""
    parameters: Annotated[dict[Word, Parameter], Field(min_length=1)]
    outputs: Annotated[list[Text], Field(min_length=1)]
    """Statistics over the runs of a point, as mean(drawdown), median(forced_sales), p(drawdown>0.25)."""
    runs: Annotated[Whole, Field(ge=1, le=100_000)] = 4
    """Runs of a point: 0 to n-1 of the seed, the same random numbers at every point."""
    seed: Seed = 0
    """Seed of the model's random numbers."""
    sampler_seed: Seed = 0
    """Seed of the choice of points, and of the intervals."""
    morris: Morris = Morris()
    sobol: Sobol = Sobol()

    @field_validator("outputs")
    @classmethod
    def _statistics(cls, texts: list[str]) -> list[str]:
        for text in texts:
            try:
                parse_statistic(text)
            except ScenarioError as reason:
                raise ValueError(str(reason)) from None
        if len(set(texts)) < len(texts):
            raise ValueError("an output is given twice; keep one of them")
        return texts


@dataclass(frozen=True)
class LoadedSpec:
    """A sensitivity analysis that was checked: its scenario loads with each parameter at both ends of its range."""

    spec: Spec
    source: str
    loaded: LoadedScenario
    axes: tuple[Axis, ...]
    outputs: tuple[Statistic, ...]


def load_spec(source: str | Path, *, scale: float | None = None) -> LoadedSpec:
    """The analysis in a YAML file; `scale` wins over the file.

    ScenarioError with one line for each thing that is wrong, with its line.
    """
    spec, tree = read_spec(source, "sensitivity", Spec)
    everywhere = {**spec.set, **({} if scale is None else {"scale": scale})}
    loaded = _scenario(spec, tree, Path(source).parent.absolute(), everywhere)
    axes = tuple(
        Axis(name, float(each.low), float(each.high), tuple(each.paths), each.scale == "log", each.step)
        for name, each in spec.parameters.items()
    )
    raise_problems(located(tree, list(_twice(axes))))
    raise_problems(located(tree, list(_values(loaded, axes))))
    return LoadedSpec(spec, str(source), loaded, axes, tuple(parse_statistic(text) for text in spec.outputs))


def _scenario(spec: Spec, tree: Node, folder: Path, everywhere: Mapping[str, Any]) -> LoadedScenario:
    try:
        return load_scenario(scenario_source(spec.scenario, folder), overrides=everywhere)
    except ScenarioError as error:
        raise_problems(located(tree, [Finding(("scenario",), problem) for problem in error.problems]))
        raise


def _twice(axes: tuple[Axis, ...]) -> Iterator[Finding]:
    counted = Counter(path for axis in axes for path in axis.paths)
    for path, count in counted.items():
        if count > 1:
            names = [axis.name for axis in axes if path in axis.paths]
            message = f"{path} is set by {' and '.join(dict.fromkeys(names))}, {count} times; keep one of them"
            yield Finding(("parameters", names[-1], "paths"), message)


def _values(loaded: LoadedScenario, axes: tuple[Axis, ...]) -> Iterator[Finding]:
    """What the scenario says to each parameter at both ends of its range, and to a value between them."""
    for axis in axes:
        for key, u in (("low", 0.0), ("high", 1.0), ("step", 0.381966)):
            value = axis.value(u)
            keys: Keys = ("parameters", axis.name, key)
            if (problem := _problem(loaded, axis.overrides(value))) is not None:
                yield Finding(keys, f"at {value:g}: {problem}")
                break


def _problem(loaded: LoadedScenario, overrides: Mapping[str, float]) -> str | None:
    try:
        changed(loaded, overrides)
    except ScenarioError as error:
        return error.problems[0]
    return None
