"""The fitted scenario: a file that extends its base and says only what was fitted, with where it comes from.

What is written is the difference between the two scenarios, resolved: mappings key by key, anything else whole.
So a list of events is written out if one of its numbers was fitted, and an event that gave way to a fitted
value (`impact.X` takes X out of every event) gives way in the file, too.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import pingcang
from pingcang.calibrate.evaluate import Evaluation
from pingcang.calibrate.loaded import LoadedSpec, numbers_of, with_values
from pingcang.calibrate.space import Entry
from pingcang.errors import PingcangError, ScenarioError
from pingcang.results.files import storage_errors, written_whole
from pingcang.scenario import LoadedScenario, load_scenario
from pingcang.scenario.canonical import CanonicalDumper, written_out
from pingcang.scenario.files import read_text
from pingcang.scenario.resolve import DATA_FILES
from pingcang.scenario.tree import Place
from pingcang.scenario.yaml_reader import scalar

PARAMETER = "# parameter "
"""How a line of the header begins that keeps a parameter's value."""
Comments = Mapping[str, str]
"""Path -> what is said behind the value."""


class NotFittedError(PingcangError):
    """The file that was written does not load back to the fitted scenario: a fault of the program."""


@dataclass(frozen=True)
class Fitted:
    """A fitted scenario that was written."""

    label: str
    path: Path
    hash: str


def write_fitted(
    loaded: LoadedSpec,
    fit: Evaluation,
    out: str | Path,
    *,
    label: str | None = None,
    trials: int = 0,
    command: str = "",
) -> Fitted:
    """Write the fitted scenario of a label (default: the first one) to `out`; what is there is replaced.

    The values of `set` are not part of it. `trials` and `command` go into the header. The file is loaded again
    and compared before it takes its place. `StorageError` if the disk fails.
    """
    path = Path(out)
    base = loaded.bases[label or next(iter(loaded.bases))]
    first = base.label == next(iter(loaded.bases))
    name = loaded.spec.name if first else f"{loaded.spec.name}_{base.label}"
    wanted = with_values(base.whole, loaded.space.overrides(base.label, fit.params))
    change = {"name": name, **_difference(written_out(base.whole.scenario), written_out(wanted.scenario))}
    comments = _comments(loaded, fit, base.label)
    text = "\n".join(
        [
            *_header(loaded, fit, base.label, trials, command),
            f"extends: {_extends(base.source, path)}",
            *_block(change, comments),
        ]
    )
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
            digest = _checked(temporary, wanted, name)
    return Fitted(base.label, path, digest)


def write_all(
    loaded: LoadedSpec, fit: Evaluation, out: str | Path, *, trials: int = 0, command: str = ""
) -> list[Fitted]:
    """Write the scenario of every label: the first to `out`, label L to the same name with _L before the suffix."""
    path = Path(out)
    labels = list(loaded.bases)
    places = [path, *(path.with_name(f"{path.stem}_{label}{path.suffix}") for label in labels[1:])]
    return [
        write_fitted(loaded, fit, place, label=label, trials=trials, command=command)
        for label, place in zip(labels, places, strict=True)
    ]


def parameters_of(loaded: LoadedSpec, path: str | Path) -> dict[str, float]:
    """The parameters of a scenario of the first label, fitted or written by hand.

    A parameter is read at its own path, or from the header where it only enters formulas. Raises `ScenarioError`
    if a parameter cannot be found, lies outside its bounds, or is another one at another of its paths.
    """
    label = next(iter(loaded.bases))
    found = numbers_of(load_scenario(path))
    kept = _kept(Path(path))
    params: dict[str, float] = {}
    for axis in loaded.space.axes:
        own = [
            e.path for e in loaded.space.entries if (e.parameter, e.formula) == (axis.name, None) and e.label == label
        ]
        value = found.get(own[0]) if own else kept.get(axis.name)
        if value is None:
            raise ScenarioError(f"{path}: does not tell the parameter {axis.name}; use the file that calibrate wrote")
        if not axis.low <= value <= axis.high:
            raise ScenarioError(f"{path}: {axis.name} is {value:g}, outside [{axis.low:g}, {axis.high:g}]")
        params[axis.name] = value
    for place, value in loaded.space.overrides(label, params).items():
        if not math.isclose(found.get(place, math.nan), value, rel_tol=1e-9, abs_tol=1e-12):
            raise ScenarioError(f"{path}: {place} is {found.get(place)}, the parameters give {value:g}")
    return params


def _kept(path: Path) -> dict[str, float]:
    """The parameters in the header of a fitted scenario; none for any other."""
    if not path.is_file():
        return {}
    lines = read_text(path, Place(""), ()).splitlines()
    pairs = (line.removeprefix(PARAMETER).partition(" = ") for line in lines if line.startswith(PARAMETER))
    return {name.strip(): number for name, _, text in pairs if isinstance(number := scalar(text), (int, float))}


def _checked(file: Path, wanted: LoadedScenario, name: str) -> str:
    """The hash of the scenario in a file; `NotFittedError` unless it is the one that is wanted, renamed."""
    found = load_scenario(file)
    if _anchored(found) != {**_anchored(wanted), "name": name}:
        raise NotFittedError(f"{file}: does not load back to the fitted scenario; nothing was written")
    return found.hash


def _anchored(loaded: LoadedScenario) -> dict[str, Any]:
    """The scenario as plain mappings with absolute data paths: relative ones depend on where the file lies."""
    told: dict[str, Any] = written_out(loaded.scenario)
    cohorts = [(cohort, key) for cohort in told.get("cohorts", {}).values() for key in DATA_FILES["cohorts"]]
    others = [(told.get(name), key) for name in ("securities", "replay") for key in DATA_FILES[name]]
    for section, key in [*cohorts, *others]:
        if isinstance(section, dict) and isinstance(section.get(key), str):
            section[key] = str((Path(loaded.base_folder) / section[key]).resolve())
    return told


def _extends(source: str, out: Path) -> str:
    """The base as `extends` names it: a ready-made name, or a path from the folder of the file."""
    if not Path(source).is_absolute():
        return source
    return _scalar(Path(os.path.relpath(source, out.parent.absolute())).as_posix())


def _header(loaded: LoadedSpec, fit: Evaluation, label: str, trials: int, command: str) -> Iterator[str]:
    """Where the numbers come from, as comments."""
    base, spec = loaded.bases[label], loaded.spec
    rows = len(loaded.scorer.rows)
    yield f"# Fitted by pingcang {pingcang.__version__} calibrate: {spec.name}, trial {fit.trial} of {trials}."
    yield f"# loss {fit.loss:.6g}, {fit.rows_in_band} of {rows} rows in their bands, in the runs that it was fitted to."
    runs = ", ".join(f"{each.label} {each.runs}" for each in loaded.bases.values())
    yield f"# runs of a trial: {runs}, seed {spec.seed}; sampler {spec.sampler.kind}, seed {spec.sampler.seed}"
    yield f"# news numbers: {len(loaded.news)} fitted, {loaded.fixed_news} given in the scenarios"
    yield f"# calibration: {Path(loaded.source).name}, SHA-256 {loaded.hash}"
    yield f"# base scenario ({label}): {base.whole.scenario.name}, SHA-256 {base.whole.hash}"
    if command:
        yield f"# command: {command}"
    for name, value in fit.params.items():
        yield f"{PARAMETER}{name} = {value!r}"


def _comments(loaded: LoadedSpec, fit: Evaluation, label: str) -> dict[str, str]:
    """What stands behind every fitted value, by its path."""
    return {
        entry.path: f"fitted: {loaded.spec.name}, {_origin(loaded, entry)}; loss {fit.loss:.4g}"
        for entry in loaded.space.entries
        if entry.label == label
    }


def _origin(loaded: LoadedSpec, entry: Entry) -> str:
    axis = loaded.space.axis(entry.parameter)
    said = entry.parameter if entry.formula is None else f"{entry.formula.text} ({entry.parameter})"
    bound = f"[{axis.low:g}, {axis.high:g}]"
    return f"{said} in {bound}"


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What must be laid over `old` to give `new`: mappings key by key, null for a key that is gone."""
    change: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key in old and isinstance(old[key], dict) and isinstance(value, dict):
            inner = _difference(old[key], value)
            if inner:
                change[key] = inner
        elif key not in old or old[key] != value:
            change[key] = value
    return change


def _block(value: Mapping[str, Any], comments: Comments, path: str = "", indent: str = "") -> Iterator[str]:
    """A mapping as lines of YAML, with a comment behind every fitted value."""
    for key, inner in value.items():
        here = f"{path}.{key}" if path else str(key)
        yield from _entry(f"{indent}{_scalar(key)}:", inner, comments, here, indent)


def _entry(lead: str, value: Any, comments: Comments, path: str, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield lead
        yield from _block(value, comments, path, indent + "  ")
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield lead
        for index, item in enumerate(value):
            lines = list(_block(item, comments, f"{path}.{index}", indent + "    "))
            yield f"{indent}  - {lines[0].strip()}"
            yield from lines[1:]
    else:
        yield f"{lead} {_scalar(value)}{_said(comments, path)}"


def _said(comments: Comments, path: str) -> str:
    """The comments on a value, and on the numbers inside a table."""
    own = [comments[path]] if path in comments else []
    inside = [
        f"{each.removeprefix(path + '.')}: {text}" for each, text in comments.items() if each.startswith(f"{path}.")
    ]
    said = "; ".join([*own, *inside])
    return f"  # {said}" if said else ""


def _scalar(value: Any) -> str:
    """A value on one line."""
    text: str = yaml.dump(
        value, Dumper=CanonicalDumper, default_flow_style=True, allow_unicode=True, width=float("inf"), sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...").removesuffix("...").strip()
