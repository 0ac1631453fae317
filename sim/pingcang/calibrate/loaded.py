"""A calibration that was checked, and can be run."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pingcang.calibrate.expressions import Constraint, Formula
from pingcang.calibrate.loss import Scorer
from pingcang.calibrate.measures import Measures
from pingcang.calibrate.space import Params, Space
from pingcang.calibrate.spec import Spec
from pingcang.scenario import LoadedScenario, load_text
from pingcang.scenario.canonical import written_out

OUTSIDE_IDENTITY = {"trials", "description"}


@dataclass(frozen=True)
class Base:
    """A scenario of the calibration, loaded."""

    label: str
    source: str
    """A ready-made name, or the absolute path of a file."""
    whole: LoadedScenario
    """As it is written, without the values of `set`."""
    loaded: LoadedScenario
    """As it is simulated, but for the parameters."""
    runs: int
    record: tuple[str, ...]

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Every number of the scenario that is simulated, by its path."""
        return numbers_of(self.loaded)

    @cached_property
    def whole_numbers(self) -> dict[str, float]:
        """Every number of the scenario without the values of `set`, by its path."""
        return numbers_of(self.whole)

    def nearest(self, path: str) -> str:
        """The path of a number that is written much alike, or nothing."""
        close = difflib.get_close_matches(path, list(self.numbers), n=1, cutoff=0.8)
        return close[0] if close else ""

    def values(self, formula: Formula, space: Space, params: Params) -> dict[str, float] | None:
        """The values of a formula's names in this scenario; None if it has not all of the paths."""
        known = {**self.numbers, **space.overrides(self.label, params), **params}
        if any(name not in known for name in formula.names):
            return None
        return {name: known[name] for name in formula.names}


@dataclass(frozen=True)
class LoadedSpec:
    """A calibration that was checked: its scenarios load at the start and at both bounds of every parameter."""

    spec: Spec
    source: str
    bases: dict[str, Base]
    space: Space
    constraints: tuple[Constraint, ...]
    measures: Measures
    fixed_news: int
    """Sizes of news in the scenarios that are given, not fitted; the same one in two scenarios counts once."""

    @cached_property
    def scorer(self) -> Scorer:
        """The loss."""
        rows = dict.fromkeys(part.row for part in self.measures.parts)
        given = {name: path.weight for name, path in self.spec.paths.items()} | dict(self.spec.weights)
        return Scorer(tuple(self.measures.parts), {row: given.get(row, 1.0) for row in rows}, self.spec.loss)

    @property
    def news(self) -> list[str]:
        """The parameters that are news numbers."""
        return [axis.name for axis in self.space.axes if axis.news]

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of what the trials depend on in the file: all but trials and description."""
        text = json.dumps(self.written(), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def written(self) -> dict[str, Any]:
        """The file as plain mappings, defaults written out, without what no trial depends on."""
        told: dict[str, Any] = written_out(self.spec)
        return {key: value for key, value in told.items() if key not in OUTSIDE_IDENTITY}

    def violation(self, params: Params) -> float:
        """By how much the worst constraint is violated, in its own unit; 0 if all hold."""
        return max((self.violation_of(constraint, params) for constraint in self.constraints), default=0.0)

    def violation_of(self, constraint: Constraint, params: Params) -> float:
        """The violation in the scenario in which it is largest, of those that have the constraint's paths."""
        values = [base.values(constraint, self.space, params) for base in self.bases.values()]
        return max((constraint.violation(known) for known in values if known is not None), default=0.0)


def with_values(loaded: LoadedScenario, overrides: Mapping[str, float]) -> LoadedScenario:
    """A scenario with values by path, defaults already written out so that every list item is there."""
    return load_text(loaded.text, source=loaded.source, base_folder=loaded.base_folder, overrides=overrides)


def numbers_of(loaded: LoadedScenario) -> dict[str, float]:
    """Every number of a scenario by its path, defaults written out."""
    return dict(_numbers(written_out(loaded.scenario), ""))


def _numbers(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, (dict, list)):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in inside:
            yield from _numbers(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, float(value)
