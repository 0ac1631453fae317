"""What a calibration may say: the sections of SPEC.yaml."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from pingcang.scenario.types import Day, Flag, Name, NotNegative, Number, Positive, Section, Text, Whole

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]
"""A name that can stand in a formula."""
Number1 = Annotated[Whole, Field(ge=1)]
Seed = Annotated[Whole, Field(ge=0, lt=2**63)]

OPTIONS_OF = {
    "cmaes": {"sigma", "population"},
    "tpe": {"batch"},
    "gp": {"batch"},
    "random": {"batch"},
    "grid": {"points", "batch"},
}
"""Sampler -> the options that it knows beside its kind and seed."""


class ScenarioRuns(Section):
    """A scenario of the calibration, and how it is run."""

    scenario: Text
    """A ready-made scenario, or a YAML file; a relative path starts from the folder of the calibration."""
    set: dict[str, Any] = {}
    """Values by path that hold in every trial and are not written to the fitted scenario (scale, days)."""
    runs: Annotated[Number1, Field(le=10_000)] = 4
    """Runs of a trial: 0 to n-1 of the calibration's seed, the same random numbers in every trial."""
    record: list[Literal["stocks"]] = []
    """What is recorded beside the daily series; `stocks` where a target needs single stocks."""


class PathDistance(Section):
    """A daily series held against a daily table: root mean square of the log ratio over a window."""

    scenario: Word
    """Label of the scenario whose series it is."""
    variable: Text
    """A daily variable of the dataset; of brokers' accounts if it is by cohort, summed if it is by board."""
    table: Text
    """CSV file with a column `date`, its path relative to the folder of the calibration, or `china_2015`."""
    column: Text
    """The column with the real values."""
    unit: Positive = 1.0
    """What one of the column is in the variable's unit, e.g. 1e8 for 亿 CNY."""
    start: Day
    """First day of the window."""
    end: Day
    """Last day of the window."""
    rebase: Flag = False
    """Divide both series by their first value in the window, as for an index."""
    band: Positive
    """The distance that counts as one band, in log points, e.g. 0.05."""
    weight: NotNegative = 1.0
    """Weight in the loss, beside the rows of the targets."""


class Loss(Section):
    """How distances become one number."""

    rule: Literal["capped", "huber"] = "capped"
    """capped: min(z², cap²); huber: z² up to the cap, then 2·cap·|z| − cap²."""
    cap: Positive = 3.0
    """In bands."""
    centre: Literal["median", "mean"] = "median"
    """What of the runs is held against the target."""


class FormulaPath(Section):
    """A path whose value is computed from the parameters."""

    path: Text
    formula: Text
    """Arithmetic on parameters, e.g. shadow_ratio * hazard_0."""
    scenarios: Annotated[list[Word], Field(min_length=1)] | None = None
    """Labels of the scenarios that the formula holds in; default those of the parameter."""


class Parameter(Section):
    """A number that is fitted."""

    low: Number
    high: Number
    start: Number | None = None
    """Default: what the scenario says at the first path."""
    scale: Literal["linear", "log"] = "linear"
    """log: searched in the logarithm."""
    step: Positive | None = None
    """Values are whole multiples of it above `low`: 1 for counts, 0.0001 for ratios in basis points."""
    paths: Annotated[list[str | FormulaPath], Field(min_length=1)]
    """Where it stands in the scenario; several paths share the value."""
    scenarios: Annotated[list[Word], Field(min_length=1)] | None = None
    """Labels of the scenarios that it belongs to; default all."""
    news: Flag = False
    """Counts as a news number. Whatever lies in a dated event does."""

    @model_validator(mode="after")
    def _ordered(self) -> Parameter:
        if not self.low < self.high:
            raise ValueError(f"low: {self.low:g} is not below high {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low: {self.low:g}, must be above 0 on a log scale")
        if self.start is not None and not self.low <= self.start <= self.high:
            raise ValueError(f"start: {self.start:g} is not between low {self.low:g} and high {self.high:g}")
        return self


class SamplerChoice(Section):
    """How trials are chosen."""

    kind: Literal["cmaes", "tpe", "gp", "random", "grid"] = "cmaes"
    seed: Seed = 0
    """Of the choice of trials; the model's seed is the calibration's own."""
    sigma: Annotated[Positive, Field(le=1)] | None = None
    """cmaes: first step as a share of each parameter's range; default 0.2."""
    population: Annotated[Whole, Field(ge=4, le=1000)] | None = None
    """cmaes: trials of a generation; default 4 + 3·ln(number of parameters)."""
    batch: Annotated[Number1, Field(le=1000)] | None = None
    """tpe, gp, random, grid: trials that are chosen together; default 8, gp 1."""
    points: Annotated[Whole, Field(ge=2, le=1000)] | None = None
    """grid: values of each parameter, evenly spaced on its scale; default 3."""

    @model_validator(mode="after")
    def _own_options(self) -> SamplerChoice:
        for name in ("sigma", "population", "batch", "points"):
            if getattr(self, name) is not None and name not in OPTIONS_OF[self.kind]:
                known = ", ".join(sorted(OPTIONS_OF[self.kind]))
                raise ValueError(f"{name}: the sampler {self.kind} has no such option; it knows {known}")
        return self


class Spec(Section):
    """A calibration: scenarios, targets, loss, parameters, and how trials are chosen."""

    kind: Literal["calibration"]
    name: Name
    description: Text = ""
    scenarios: Annotated[dict[Word, ScenarioRuns], Field(min_length=1)]
    """Label -> scenario; the first one is the base of the fitted scenario."""
    seed: Seed = 0
    """Seed of the model's random numbers."""
    targets: Name | None = None
    """A target set of pingcang.validate; its labels (crash, calm) are those of the scenarios."""
    weights: dict[str, NotNegative] = {}
    """Weight of a row of the targets, default 1; the parts of a row share it; 0 leaves it out of the loss."""
    paths: dict[Word, PathDistance] = {}
    """Daily series that are held against a table."""
    loss: Loss = Loss()
    constraints: list[Text] = []
    """Comparisons of arithmetic on parameters and paths; a trial that violates one is not simulated."""
    parameters: Annotated[dict[Word, Parameter], Field(min_length=1)]
    sampler: SamplerChoice = SamplerChoice()
    trials: Annotated[Number1, Field(le=1_000_000)] = 100
    """Trials in all, those that fail or violate a constraint included."""
    news_numbers: Annotated[Whole, Field(ge=0)] | None = None
    """Most parameters that may be news numbers; default: no limit."""

    @field_validator("constraints")
    @classmethod
    def _comparisons(cls, texts: list[str]) -> list[str]:
        for text in texts:
            if "<" not in text and ">" not in text:
                raise ValueError(f"{text[:60]!r} compares nothing; write it as impact.trend < 0.6")
        return texts
