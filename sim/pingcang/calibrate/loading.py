"""From SPEC.yaml to a calibration that can be run, or to a list of everything that is wrong with it."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pingcang.calibrate.expressions import Constraint, ExpressionError, parse_constraint, parse_formula
from pingcang.calibrate.loaded import Base, LoadedSpec, with_values
from pingcang.calibrate.measures import AllMeasures, Measures, PathMeasures
from pingcang.calibrate.space import Axis, Entry, Params, Space
from pingcang.calibrate.spec import FormulaPath, Parameter, Spec
from pingcang.calibrate.tables import path_part
from pingcang.calibrate.targets import target_measures
from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario, load_scenario, ready_made, trading_days
from pingcang.scenario.files import read_text
from pingcang.scenario.messages import findings_of
from pingcang.scenario.tree import Finding, Keys, Node, Place, located, plain, raise_problems, refused, shortened
from pingcang.scenario.yaml_reader import read_yaml


def load_spec(source: str | Path, measures: Measures | None = None) -> LoadedSpec:
    """The calibration in a YAML file, checked as a whole before anything is run.

    `measures` stands in for the target set of the file, whose own are not loaded then. Raises `ScenarioError`
    with one line for each thing that is wrong: keys, paths that no scenario has, values that a scenario
    refuses, constraints that the start violates, more news numbers than allowed.
    """
    path = Path(source)
    tree = read_yaml(read_text(path, Place(""), ()), str(source))
    _check_kind(tree)
    try:
        spec = Spec.model_validate(plain(tree))
    except ValidationError as error:
        raise_problems(located(tree, findings_of(error, tree, Spec)))
        raise
    return _Loader(spec, tree, str(source), path.parent.absolute()).load(measures)


def _check_kind(tree: Node) -> None:
    if not isinstance(tree.value, dict):
        raise refused(tree.place, (), "a calibration is keys with values, as name: my_fit")
    given = tree.value.get("kind")
    if given is None or given.value != "calibration":
        found = f"found {given.text!r}" if given is not None else "is missing"
        raise refused(given.place if given else tree.place, ("kind",), f"{found}; a calibration has kind: calibration")


class _Loader:
    """Collects what is wrong, stage by stage: a later stage needs the earlier ones."""

    def __init__(self, spec: Spec, tree: Node, source: str, folder: Path) -> None:
        self.spec, self.tree, self.source, self.folder = spec, tree, source, folder
        self.left_out: list[str] = []
        """Rows of the targets that cannot be measured, and have weight 0."""

    def load(self, given: Measures | None) -> LoadedSpec:
        self._refuse(self._names())
        bases = self._bases()
        space, formulas = self._space(bases)
        measures = self._measures(bases, given)
        constraints = self._constraints(bases, space)
        fixed = _fixed_news(bases, formulas)
        loaded = LoadedSpec(self.spec, self.source, bases, space, constraints, measures, fixed)
        self._refuse(self._weights(loaded))
        self._refuse(self._values(loaded))
        self._refuse(self._start(loaded))
        return loaded

    def _refuse(self, findings: Iterator[Finding]) -> None:
        raise_problems(located(self.tree, list(findings)))

    def _names(self) -> Iterator[Finding]:
        """What can be told from the file alone."""
        spec = self.spec
        for name, parameter in spec.parameters.items():
            for label in parameter.scenarios or ():
                if label not in spec.scenarios:
                    yield Finding(("parameters", name, "scenarios"), _unknown("scenario", label, spec.scenarios))
            for index, entry in enumerate(parameter.paths):
                path = _path(entry)
                for label in _own_scenarios(entry) or ():
                    if label not in (known := parameter.scenarios or list(spec.scenarios)):
                        yield Finding(("parameters", name, "paths", index), _unknown("scenario", label, known))
                if path.startswith("events.") and not parameter.news:
                    message = f"{path} lies in a dated event, and is a news number; write news: true"
                    yield Finding(("parameters", name, "paths", index), message)
        news = [name for name, parameter in spec.parameters.items() if parameter.news]
        if spec.news_numbers is not None and len(news) > spec.news_numbers:
            message = f"found {len(news)} parameters with news: true ({', '.join(news)}), at most {spec.news_numbers}"
            yield Finding(("news_numbers",), f"{message} are allowed; tie or drop some")
        for name, distance in spec.paths.items():
            if distance.scenario not in spec.scenarios:
                yield Finding(("paths", name, "scenario"), _unknown("scenario", distance.scenario, spec.scenarios))
        if spec.targets is None and not spec.paths:
            yield Finding(("targets",), "neither targets nor paths are given; name what the fit is held against")
        if spec.sampler.kind == "cmaes" and len(spec.parameters) < 2:
            yield Finding(("sampler",), "cmaes needs two parameters or more; take tpe, random or grid for one")

    def _bases(self) -> dict[str, Base]:
        return {label: self._base(label) for label in self.spec.scenarios}

    def _base(self, label: str) -> Base:
        asked = self.spec.scenarios[label]
        file = self.folder / asked.scenario
        is_file = asked.scenario.endswith((".yaml", ".yml")) or (asked.scenario not in ready_made() and file.exists())
        source = str(file.absolute()) if is_file else asked.scenario
        keys: Keys = ("scenarios", label)
        with_set = self._loaded(source, asked.set, keys)
        whole = self._loaded(source, {}, keys) if asked.set else with_set
        return Base(label, source, whole, with_set, asked.runs, tuple(asked.record))

    def _loaded(self, source: str, overrides: Mapping[str, Any], keys: Keys) -> LoadedScenario:
        try:
            return load_scenario(source, overrides=overrides)
        except ScenarioError as error:
            self._refuse(iter(Finding(keys, problem) for problem in error.problems))
            raise

    def _space(self, bases: Mapping[str, Base]) -> tuple[Space, list[Entry]]:
        findings: list[Finding] = []
        entries: list[Entry] = []
        for name, parameter in self.spec.parameters.items():
            for index, written in enumerate(parameter.paths):
                keys: Keys = ("parameters", name, "paths", index)
                try:
                    entries += self._entries(name, parameter, written, bases)
                except ExpressionError as error:
                    findings.append(Finding(keys, str(error)))
        findings += self._twice(entries)
        self._refuse(iter(findings))
        axes = [self._axis(name, parameter, entries, bases) for name, parameter in self.spec.parameters.items()]
        return Space(tuple(axes), tuple(entries)), entries

    def _entries(
        self, name: str, parameter: Parameter, written: str | FormulaPath, bases: Mapping[str, Base]
    ) -> list[Entry]:
        """The path in every scenario that the parameter belongs to; `ExpressionError` if it is wrong."""
        path, formula = _path(written), None
        if isinstance(written, FormulaPath):
            formula = parse_formula(written.formula)
            for used in formula.names:
                if used not in self.spec.parameters:
                    raise ExpressionError(f"formula: {_unknown('parameter', used, self.spec.parameters)}")
        labels = _own_scenarios(written) or parameter.scenarios or list(bases)
        for label in labels:
            if path not in bases[label].numbers or path not in bases[label].whole_numbers:
                raise ExpressionError(f"no number stands at {path} in {label}; {_way_out(path, bases)}")
        return [Entry(name, label, path, formula) for label in labels]

    def _twice(self, entries: list[Entry]) -> Iterator[Finding]:
        for (label, path), count in Counter((entry.label, entry.path) for entry in entries).items():
            if count > 1:
                names = [entry.parameter for entry in entries if (entry.label, entry.path) == (label, path)]
                message = f"{path} is set by {' and '.join(names)} in {label}; keep one of them"
                yield Finding(("parameters", names[-1]), message)

    def _axis(self, name: str, parameter: Parameter, entries: list[Entry], bases: Mapping[str, Base]) -> Axis:
        start = parameter.start
        if start is None:
            start = self._start_in_scenario(name, parameter, entries, bases)
        step = None if parameter.step is None else float(parameter.step)
        bounds = (float(parameter.low), float(parameter.high))
        return Axis(name, *bounds, float(start), parameter.scale == "log", step, parameter.news)

    def _start_in_scenario(
        self, name: str, parameter: Parameter, entries: list[Entry], bases: Mapping[str, Base]
    ) -> float:
        direct = [entry for entry in entries if entry.parameter == name and entry.formula is None]
        keys: Keys = ("parameters", name, "start")
        if not direct:
            self._refuse(iter([Finding(keys, "is missing; every path of this parameter has a formula")]))
        start = bases[direct[0].label].numbers[direct[0].path]
        if not parameter.low <= start <= parameter.high:
            message = f"the scenario's {start:g} is not between low {parameter.low:g} and high {parameter.high:g}"
            self._refuse(iter([Finding(keys, f"{message}; give a start")]))
        return start

    def _measures(self, bases: Mapping[str, Base], given: Measures | None) -> Measures:
        members: list[Measures] = [] if given is None else [given]
        if given is None and self.spec.targets is not None:
            try:
                measures, self.left_out = target_measures(self.spec.targets, bases, self.spec.weights)
                members.append(measures)
            except ScenarioError as error:
                self._refuse(iter(Finding(("targets",), problem) for problem in error.problems))
        findings: list[Finding] = []
        parts = []
        for name, distance in self.spec.paths.items():
            days = [day.isoformat() for day in trading_days(bases[distance.scenario].loaded.scenario.calendar)]
            try:
                parts.append(path_part(name, distance, days, self.folder))
            except ScenarioError as error:
                findings += [Finding(("paths", name), problem) for problem in error.problems]
        self._refuse(iter(findings))
        if parts:
            members.append(PathMeasures(tuple(parts)))
        return members[0] if len(members) == 1 else AllMeasures(tuple(members))

    def _constraints(self, bases: Mapping[str, Base], space: Space) -> tuple[Constraint, ...]:
        findings: list[Finding] = []
        constraints: list[Constraint] = []
        for index, text in enumerate(self.spec.constraints):
            try:
                constraint = parse_constraint(text)
                unknown = [name for name in constraint.names if not self._is_known(name, bases)]
                if unknown:
                    names = [*self.spec.parameters, *(entry.path for entry in space.entries)]
                    raise ExpressionError(_unknown("parameter or path", unknown[0], names))
                if all(base.values(constraint, space, space.start) is None for base in bases.values()):
                    raise ExpressionError(f"no scenario has all of {', '.join(constraint.names)}")
                constraints.append(constraint)
            except ExpressionError as error:
                findings.append(Finding(("constraints", index), str(error)))
        self._refuse(iter(findings))
        return tuple(constraints)

    def _is_known(self, name: str, bases: Mapping[str, Base]) -> bool:
        return name in self.spec.parameters or any(name in base.numbers for base in bases.values())

    def _weights(self, loaded: LoadedSpec) -> Iterator[Finding]:
        rows = loaded.scorer.rows
        for row in self.spec.weights:
            if row not in [*rows, *self.left_out] or row in self.spec.paths:
                named = [each for each in rows if each not in self.spec.paths]
                yield Finding(("weights", row), _unknown("row", row, named))
        weights = loaded.scorer.weights
        if not any(weights.values()):
            yield Finding(("weights",), "every weight is 0; leave one row above 0")

    def _values(self, loaded: LoadedSpec) -> Iterator[Finding]:
        """Every scenario must load at the start, and with each parameter at its bounds."""
        start = loaded.space.start
        problems = list(self._refusals(loaded, start))
        for label, problem in problems:
            yield Finding(("scenarios", label), f"with every parameter at its start: {problem}")
        if problems:
            return
        for axis in loaded.space.axes:
            for bound, coordinate in (("low", 0.0), ("high", 1.0)):
                params = {**start, axis.name: axis.value(coordinate)}
                for label, problem in self._refusals(loaded, params):
                    message = f"{label} refuses it: {problem}"
                    yield Finding(("parameters", axis.name, bound), message)

    @staticmethod
    def _refusals(loaded: LoadedSpec, params: Params) -> Iterator[tuple[str, str]]:
        for label, base in loaded.bases.items():
            overrides = loaded.space.overrides(label, params)
            wrong = [path for path, value in overrides.items() if not math.isfinite(value)]
            if wrong:
                yield label, f"{wrong[0]}: its formula gives no number"
                continue
            try:
                with_values(base.loaded, overrides)
            except ScenarioError as error:
                yield label, error.problems[0]

    def _start(self, loaded: LoadedSpec) -> Iterator[Finding]:
        for axis in loaded.space.axes:
            snapped = axis.value(axis.coordinate(axis.start))
            if axis.step is not None and not math.isclose(snapped, axis.start, abs_tol=1e-9):
                message = f"{axis.start:g} is no whole number of steps above low; the nearest is {snapped:g}"
                yield Finding(("parameters", axis.name, "start"), message)
        for index, constraint in enumerate(loaded.constraints):
            if loaded.violation_of(constraint, loaded.space.start) > 0:
                yield Finding(("constraints", index), f"{constraint.text!r} does not hold at the start; move the start")


def _path(written: str | FormulaPath) -> str:
    return written.path if isinstance(written, FormulaPath) else written


def _own_scenarios(written: str | FormulaPath) -> list[str] | None:
    return written.scenarios if isinstance(written, FormulaPath) else None


def _unknown(noun: str, word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {shortened(', '.join(known), 160) or 'none'}"
    return f"no {noun} {word!r}; {hint}"


def _way_out(path: str, bases: Mapping[str, Base]) -> str:
    having = [label for label, base in bases.items() if path in base.numbers]
    if having:
        return f"if it belongs to {having[0]} alone, write scenarios: [{having[0]}]"
    near = next(filter(None, (base.nearest(path) for base in bases.values())), "")
    return f"did you mean {near}?" if near else "a path is written as impact.trend or events.0.news.value"


def _fixed_news(bases: Mapping[str, Base], entries: list[Entry]) -> int:
    """How many sizes of news are above or below 0 and not fitted, by date and value."""
    fitted = {(entry.label, entry.path) for entry in entries}
    fixed = set()
    for label, base in bases.items():
        for index, event in enumerate(base.loaded.scenario.events):
            if event.news is not None and event.news.value and (label, f"events.{index}.news.value") not in fitted:
                fixed.add((event.date, event.news.value))
    return len(fixed)
