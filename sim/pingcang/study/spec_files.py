"""YAML files that describe a study: read, of the kind that is wanted, and checked as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from pingcang.scenario import ready_made
from pingcang.scenario.files import read_text
from pingcang.scenario.messages import findings_of
from pingcang.scenario.tree import Node, Place, located, plain, raise_problems, refused
from pingcang.scenario.types import Section
from pingcang.scenario.yaml_reader import read_yaml

Spec = TypeVar("Spec", bound=Section)


def read_spec(source: str | Path, kind: str, model: type[Spec]) -> tuple[Spec, Node]:
    """The file as `model`, and its tree; `ScenarioError` with file, line and path for each thing that is wrong."""
    tree = read_yaml(read_text(Path(source), Place(""), ()), str(source))
    _check_kind(tree, kind)
    try:
        return model.model_validate(plain(tree)), tree
    except ValidationError as error:
        raise_problems(located(tree, findings_of(error, tree, model)))
        raise


def scenario_source(name: str, folder: Path) -> str:
    """What a study's file means by a scenario: a file beside it, or a ready-made one."""
    file = folder / name
    is_file = name.endswith((".yaml", ".yml")) or (name not in ready_made() and file.exists())
    return str(file.absolute()) if is_file else name


def _check_kind(tree: Node, kind: str) -> None:
    if not isinstance(tree.value, dict):
        raise refused(tree.place, (), f"a {kind} file is keys with values, as name: my_{kind}")
    given = tree.value.get("kind")
    if given is None or given.value != kind:
        found = f"found {given.text!r}" if given is not None else "is missing"
        raise refused(given.place if given else tree.place, ("kind",), f"{found}; a {kind} file has kind: {kind}")
