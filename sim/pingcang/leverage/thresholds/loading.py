"""From the name of a set of thresholds to its lines, or to a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from pingcang.errors import ScenarioError
from pingcang.leverage.thresholds.chain import RESULTS, chain
from pingcang.leverage.thresholds.lights import LINES, Lines
from pingcang.leverage.thresholds.rounding import as_printed, once_each, size_of
from pingcang.leverage.thresholds.spec import ORDER, Input, Spec
from pingcang.scenario.files import open_document
from pingcang.scenario.messages import findings_of
from pingcang.scenario.settings import Setting, apply_settings, parse_settings
from pingcang.scenario.tree import Finding, Node, Place, located, plain, raise_problems

if TYPE_CHECKING:
    from pingcang.leverage.monitor.reading import Light


@dataclass(frozen=True)
class Thresholds:
    """A set of thresholds that was checked, and what follows from it; money in CNY."""

    spec: Spec
    source: str
    """The file or ready-made name, as its user named it."""
    rounding: Literal["printed", "unrounded"]
    """Whether `results` are rounded as they were published, or not at all."""
    results: Mapping[str, float]
    """By name, as in `chain.RESULTS`; the lines and the lights are of these."""
    unrounded: Mapping[str, float]
    rounded_once: Mapping[str, float] | None
    """With each factor rounded once; None if the file prints no rounding, or its inputs were changed."""

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.spec.name

    @property
    def inputs(self) -> dict[str, Input]:
        """Every input by its path."""
        return self.spec.inputs()

    @property
    def lines(self) -> Lines:
        """The lines between the lights, CNY: broad, official, equal_risk."""
        return Lines.of(self.results)

    def light(self, balance: float) -> Light:
        """The light of a balance in CNY: green, amber, orange or red."""
        return self.lines.light(balance)


def load_thresholds(
    name_or_path: str | Path = "china_2025", *, settings: Sequence[str] = (), unrounded: bool = False
) -> Thresholds:
    """The thresholds in a YAML file, or a ready-made set by its name (`china_2025`, `china_2026_06`).

    `settings` are texts such as "now.balance=2.5e12" or "elasticity=[0, 0.4]". A file that prints the rounding of a
    published chain is computed with it, unless `unrounded`, or unless an input is changed: the rounding belongs to the
    published numbers.

    Raises ScenarioError with one line for each thing that is wrong, lines out of order included.
    """
    document = open_document(name_or_path, kind="thresholds", folder=Path(), asked=Place(""))
    changes = list(_with_provenance(parse_settings(settings, None)))
    tree = apply_settings(document.node, changes, lambda node: node)
    spec = _checked(tree)
    printed = bool(spec.printed) and not any(_is_input(setting) for setting in changes)
    found = _computed(spec, str(name_or_path), printed=printed)
    if printed:
        raise_problems(located(tree, list(_not_as_published(spec, found.results))))
    found = replace(found, rounding="unrounded", results=found.unrounded) if unrounded else found
    _check_order(found)
    return found


def _computed(spec: Spec, source: str, *, printed: bool) -> Thresholds:
    """The chain at the points of the inputs, in every rounding."""
    points = {path: given.point for path, given in spec.inputs().items()}
    exact = chain(points)
    if not printed:
        return Thresholds(spec, source, "unrounded", exact, exact, None)
    as_published, once = (chain(points, rounding(spec.printed)) for rounding in (as_printed, once_each))
    return Thresholds(spec, source, "printed", as_published, exact, once)


def _checked(tree: Node) -> Spec:
    try:
        return Spec.model_validate(plain(tree))
    except ValidationError as error:
        raise_problems(located(tree, findings_of(error, tree, Spec)))
        raise


def _is_input(setting: Setting) -> bool:
    return ".".join(setting.keys[:-1]) in ORDER and setting.keys[-1] == "value"


def _with_provenance(settings: Sequence[Setting]) -> Iterator[Setting]:
    """`now.balance=2.5e12` sets its value; what is set loses the source that the file has for another number."""
    given = {".".join(setting.keys) for setting in settings}
    for setting in settings:
        path = ".".join(setting.keys)
        changed = setting if path not in ORDER else Setting((*setting.keys, "value"), setting.value)
        if setting.value.value is None or not _is_input(changed):
            yield setting
            continue
        yield changed
        above, place = changed.keys[:-1], setting.value.place
        for key, text in (("source", place.source), ("confidence", "set"), ("note", "")):
            if ".".join((*above, key)) not in given:
                yield Setting((*above, key), Node(text, place, text))


def _not_as_published(spec: Spec, results: Mapping[str, float]) -> Iterator[Finding]:
    for number, step in enumerate(spec.printed):
        found, published = results[step.result] / size_of(step.result), step.published
        if f"{found:.12g}" != f"{published:.12g}":
            message = (
                f"found {published:g}, but the inputs with the steps before give {found:.6g} for {step.result}; "
                "correct an input, a step, or what is published"
            )
            yield Finding(("printed", number, "published"), message)


def _check_order(found: Thresholds) -> None:
    if found.lines.in_order():
        return
    told = ", ".join(
        f"{RESULTS[name].label.lower()} {line / 1e12:.4g}tn" for name, line in zip(LINES, found.lines, strict=True)
    )
    raise ScenarioError(
        f"{found.source}: lines out of order: found {told}, must not fall in this order; "
        "check the debts (MPDF) and the elasticity (IRF), or look at the inputs by another measure"
    )
