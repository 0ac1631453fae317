"""From the name of a scenario to the scenario, or to a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pingcang.scenario.canonical import canonical_hash, canonical_text
from pingcang.scenario.checks import check_scenario
from pingcang.scenario.files import Document, check_kind, open_document
from pingcang.scenario.messages import findings_of
from pingcang.scenario.own_book import share_tables
from pingcang.scenario.resolve import expand_rules, resolve_scenario
from pingcang.scenario.schema import Scenario
from pingcang.scenario.settings import apply_settings, parse_settings
from pingcang.scenario.tree import Place, located, plain, raise_problems
from pingcang.scenario.yaml_reader import read_yaml


@dataclass(frozen=True)
class LoadedScenario:
    """A validated scenario and where it comes from."""

    scenario: Scenario
    text: str
    """The resolved scenario as YAML: everything merged in, defaults written out."""
    hash: str
    """SHA-256 of the resolved scenario, in hex; its first 8 digits stand in file names."""
    source: str
    """The scenario as its user named it."""
    base_folder: Path
    """Absolute folder where relative paths of data files in the scenario start."""


def load_scenario(
    source: str | Path, *, settings: Sequence[str] = (), overrides: Mapping[str, Any] | None = None
) -> LoadedScenario:
    """The scenario in a YAML file, or a ready-made one by its name (`china_2015`).

    `settings` are `--set` texts such as "rules.close_out_line=1.4", with values in YAML and list items by
    index (events.0.news.value=-0.05); `overrides` are Python values by path, `{"rules.close_out_line": 1.4}`
    or `{"rules__close_out_line": 1.4}`. Both apply last, overrides after settings, and win over dated events:
    setting `rules.X`, `impact.X`, `exchange.X`, `macro.X` or `cohorts.N.contract.X` takes X out of the same section
    of every event. A mapping as value merges, null takes a key out, `rules=NAME` puts a whole rule set in place.
    A calendar that is shortened by a setting leaves out the events after its end.

    Raises ScenarioError with one line for each thing that is wrong.
    """
    document = open_document(source, kind="scenario", folder=Path(), asked=Place(""))
    return _loaded(document, str(source), settings, overrides)


def load_text(
    text: str,
    *,
    source: str = "scenario text",
    base_folder: Path | None = None,
    settings: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
) -> LoadedScenario:
    """The scenario in a text, for instance in a dataset's attributes; everything else as in `load_scenario`.

    Relative paths start from `base_folder`, by default the working folder.
    """
    node = read_yaml(text, source)
    check_kind(node, "scenario")
    document = Document(node, base_folder or Path(), f"text of {source}", source)
    return _loaded(document, source, settings, overrides)


def _loaded(
    document: Document, source: str, settings: Sequence[str], overrides: Mapping[str, Any] | None
) -> LoadedScenario:
    folder = document.folder
    tree = resolve_scenario(document, folder)
    tree = apply_settings(tree, parse_settings(settings, overrides), lambda node: expand_rules(node, folder))
    tree = share_tables(tree)
    try:
        scenario = Scenario.model_validate(plain(tree))
    except ValidationError as error:
        raise_problems(located(tree, findings_of(error, tree)))
        raise
    raise_problems(located(tree, check_scenario(scenario)))
    text, digest = canonical_text(scenario), canonical_hash(scenario)
    return LoadedScenario(scenario, text, digest, source, folder.absolute())
