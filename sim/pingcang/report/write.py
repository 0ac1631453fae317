"""From a dataset, or a comparison, to one page on disk."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pingcang
from pingcang.errors import ScenarioError
from pingcang.report.blocks import Section
from pingcang.report.material import Material, read_material
from pingcang.report.sections.amplification import amplification
from pingcang.report.sections.answer import answer
from pingcang.report.sections.buffers import buffers
from pingcang.report.sections.differences import answer_of_two, differences
from pingcang.report.sections.distribution import distribution
from pingcang.report.sections.first_round import first_round
from pingcang.report.sections.flows import flows
from pingcang.report.sections.limits import limits
from pingcang.report.sections.reproduction import reproduction
from pingcang.report.sections.reverse import reverse
from pingcang.report.sections.scenario import scenario
from pingcang.report.sections.severity import severity
from pingcang.report.words import counted, day_of, in_currency
from pingcang.results.files import storage_errors, written_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HTML = {".html", ".htm"}
BOTH = (scenario, severity, first_round, amplification, flows, buffers, distribution, reverse, limits, reproduction)
"""Sections of every page, after the answer."""


def write_report(
    result: str | Path,
    page: str | Path,
    *,
    against: str | Path | None = None,
    reverse: str | Path | None = None,
    broker_capital: float | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the page of a dataset, of two (`against`), or of a comparison, whole or not at all.

    `reverse` is the file of a reverse stress test, `broker_capital` a capital that losses are held against.
    The same input gives the same bytes. Raises `ScenarioError` for what cannot be read or where the page may not
    stand, and `StorageError` when the disk refuses.
    """
    target = Path(page)
    check_page(target, overwrite=overwrite)
    material = read_material(
        Path(result),
        against=None if against is None else Path(against),
        reverse=None if reverse is None else Path(reverse),
        broker_capital=broker_capital,
    )
    with in_currency(material.currency):
        html = render(material, sections_of(material))
    with storage_errors(target), written_whole(target) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")
    return target


def check_page(path: Path, *, overwrite: bool) -> None:
    """Refuse, as `ScenarioError`, a place where no page can be or may be, and a machine that cannot make one."""
    if importlib.util.find_spec("jinja2") is None:
        raise ScenarioError(f"{path}: a page needs a library that is missing; pip install 'pingcang[report]'")
    if path.suffix.lower() not in HTML:
        raise ScenarioError(f"{path}: the suffix {path.suffix!r} is no page; use .html")
    if not path.parent.is_dir():
        raise ScenarioError(f"{path}: there is no folder {path.parent}; make it, or choose another place")
    if path.is_dir():
        raise ScenarioError(f"{path}: is a folder; choose another name")
    if path.exists() and not overwrite:
        raise ScenarioError(f"{path}: something is there already; choose another name or pass --overwrite")


def sections_of(material: Material) -> list[Section]:
    """The page's sections in their order."""
    first = [answer_of_two(material), differences(material)] if material.compared else [answer(material)]
    return [*first, *(section(material) for section in BOTH)]


def render(material: Material, sections: Sequence[Section]) -> str:
    """The page as HTML; whatever comes from a scenario, a dataset or a file is escaped."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    style = _text("style.css")
    page = environment.from_string(_text("page.html.j2"))
    return page.render(
        title=_title(material),
        subtitle=_subtitle(material),
        sections=sections,
        dims=_Dims(material),
        style=Markup(style),
        policy=policy(style),
        version=pingcang.__version__,
        currency=material.currency,
    )


def policy(style: str) -> str:
    """Nothing is fetched and nothing runs: images of the page itself, and this one style sheet, by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


class _Dims(dict[str, str]):
    """Variable -> its dimensions in words; empty for what is no variable."""

    def __init__(self, material: Material) -> None:
        super().__init__()
        self._dataset = material.base.dataset

    def __missing__(self, name: str) -> str:
        return " × ".join(map(str, self._dataset[name].dims)) if name in self._dataset else ""


def _text(name: str) -> str:
    return (files("pingcang.report") / name).read_text(encoding="utf-8")


def _title(material: Material) -> str:
    if material.compared:
        return f"{material.base.label} against {material.arms[1].label}"
    return f"Stress test: {material.base.label}"


def _subtitle(material: Material) -> str:
    arm: Mapping[str, object] = material.base.told
    base = material.base
    return (
        f"{day_of(base.dates[0])} to {day_of(base.dates[-1])}, {base.days} trading days, "
        f"{counted(base.runs, 'run')}, seed {arm['seed']}, scale {arm['scale']:g}. A simulation with Pingcang, not a "
        "forecast."
    )
