"""From a file to one tree: `extends` and named rule sets written out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from pathlib import Path

from pingcang.scenario.files import Document, Kind, open_document
from pingcang.scenario.rule_heading import heading_of, rules_alone
from pingcang.scenario.tree import Keys, Node, merged, refused

MAX_CHAIN = 100
DATA_FILES = {"securities": ("from", "csv"), "replay": ("prices",), "cohorts": ("from", "positions")}
"""Keys of a section under which paths of data files stand; those of cohorts also in each cohort."""
Chain = tuple[tuple[str, str], ...]
"""Real path and name of every file from the first to the present one, to find circles."""


def resolve_scenario(document: Document, base_folder: Path, chain: Chain = ()) -> Node:
    """The scenario with its parents merged below it and its rule sets written out.

    `extends: PATH_OR_NAME` puts the file's keys over its parent's: mappings merge key by key, null takes a
    key out, everything else (lists and curves too) replaces. `rules: NAME` stands for a whole rule set and
    replaces the parent's rules; `rules: {close_out_line: 1.4}` merges over them. A relative path written in a
    parent starts from the parent's own folder. Raises ScenarioError for missing files and circles.
    """
    chain = (*chain, (document.identity, document.source))
    node = expand_rules(document.node, document.folder)
    node = _anchor_paths(node, document.folder, base_folder)
    parent = _parent(node, document.folder, "scenario", chain, ("extends",))
    if parent is None:
        return node
    below = resolve_scenario(parent, base_folder, chain)
    if node.entries.get("rules") is not document.node.entries.get("rules"):
        below = below.without("rules")
    return merged(below, node.without("extends"))


def expand_rules(node: Node, folder: Path) -> Node:
    """The tree with `rules: NAME` or `rules: {extends: NAME, ...}` written out; ScenarioError if unknown."""
    rules = node.entries.get("rules")
    if rules is None:
        return node
    if isinstance(rules.value, str):
        written = _rule_set(Node({"extends": rules}, rules.place), folder, ("rules",))
    elif "extends" in rules.entries:
        written = _rule_set(rules, folder, ("rules", "extends"))
    else:
        return node
    return replace(node, value={**node.entries, "rules": written})


def lineage(rules: Node, folder: Path, keys: Keys) -> list[Document]:
    """The rule sets that rules extend, the nearest first; `keys` is the path at which they say so."""
    documents: list[Document] = []
    chain: Chain = ()
    while (parent := _parent(rules, folder, "rules", chain, keys)) is not None:
        documents.append(parent)
        chain = (*chain, (parent.identity, parent.source))
        rules, folder, keys = parent.node, parent.folder, ("extends",)
    return documents


def merged_rules(documents: list[Document]) -> Node:
    """The rules of a lineage, the nearest over the others and called like its file unless it gives a name."""
    return reduce(merged, [_named(document) for document in reversed(documents)])


def _rule_set(rules: Node, folder: Path, keys: Keys) -> Node:
    """Rules over the rule sets that they extend."""
    return merged(merged_rules(lineage(rules, folder, keys)), rules.without("extends"))


def _named(document: Document) -> Node:
    """A rule set's own rules; its heading is checked and left out."""
    heading_of(document.node)
    name = Node(Path(document.source).stem, document.node.place)
    return replace(document.node, value={"name": name, **rules_alone(document.node).without("extends").entries})


def _parent(node: Node, folder: Path, kind: Kind, chain: Chain, keys: Keys) -> Document | None:
    """The document that a tree extends; ScenarioError if it is missing, or one of the chain again."""
    asked = node.entries.get("extends")
    if asked is None:
        return None
    if not isinstance(asked.value, str) or not asked.value:
        message = f"found {asked.text or 'nothing'!r}; give one path or ready-made name"
        raise refused(asked.place, keys, message)
    parent = open_document(asked.value, kind=kind, folder=folder, asked=asked.place, keys=keys)
    if parent.identity in [identity for identity, _ in chain] or len(chain) >= MAX_CHAIN:
        names = " -> ".join([*(name for _, name in chain), parent.source])
        message = f"runs in a circle or beyond {MAX_CHAIN} files: {names}; let one of them stand alone"
        raise refused(asked.place, keys, message)
    return parent


def _anchor_paths(node: Node, folder: Path, base_folder: Path) -> Node:
    """The tree with its data paths absolute, if they start from another folder than the scenario's own."""
    if folder == base_folder:
        return node
    entries = dict(node.entries)
    for section, keys in DATA_FILES.items():
        if section in entries:
            entries[section] = _absolute(entries[section], keys, folder)
    if "cohorts" in entries and entries["cohorts"].entries:
        named = entries["cohorts"].entries.items()
        cohorts = {name: _absolute(inner, DATA_FILES["cohorts"], folder) for name, inner in named}
        entries["cohorts"] = replace(entries["cohorts"], value=cohorts)
    return replace(node, value=entries)


def _absolute(section: Node, keys: Iterable[str], folder: Path) -> Node:
    paths = {key: section.entries[key] for key in keys if key in section.entries}
    here = {
        key: replace(path, value=str((folder / path.value).absolute()))
        for key, path in paths.items()
        if isinstance(path.value, str)
    }
    return replace(section, value={**section.entries, **here}) if here else section
