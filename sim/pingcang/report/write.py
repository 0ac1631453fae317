"""From a dataset, or a comparison, to one page on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pingcang.language import ENGLISH, language, translated
from pingcang.report.blocks import Section
from pingcang.report.material import Material, read_material
from pingcang.report.page import Page, check_page, save_page
from pingcang.report.sections.amplification import amplification
from pingcang.report.sections.answer import answer
from pingcang.report.sections.buffers import buffers
from pingcang.report.sections.differences import answer_of_two, differences
from pingcang.report.sections.distribution import distribution
from pingcang.report.sections.first_round import first_round
from pingcang.report.sections.flows import flows
from pingcang.report.sections.leverage import leverage
from pingcang.report.sections.limits import limits
from pingcang.report.sections.reproduction import reproduction
from pingcang.report.sections.reverse import reverse
from pingcang.report.sections.scenario import scenario
from pingcang.report.sections.severity import severity
from pingcang.report.words import counted, day_of, in_currency

BOTH = (
    scenario, severity, first_round, amplification, flows, buffers, leverage, distribution, reverse, limits,
    reproduction,
)  # fmt: skip
"""Sections of every page, after the answer."""


def write_report(
    result: str | Path,
    page: str | Path,
    *,
    against: str | Path | None = None,
    reverse: str | Path | None = None,
    broker_capital: float | None = None,
    lang: str = ENGLISH,
    overwrite: bool = False,
) -> Path:
    """Write the page of a dataset, of two (`against`), or of a comparison, whole or not at all.

    `reverse` is the file of a reverse stress test, `broker_capital` a capital that losses are held against, `lang` the
    language of the page, `en` or `zh`.
    The same input gives the same bytes. Raises `ScenarioError` for what cannot be read or where the page may not
    stand, and `StorageError` when the disk refuses.
    """
    target = Path(page)
    check_page(target, overwrite=overwrite, lang=lang)
    material = read_material(
        Path(result),
        against=None if against is None else Path(against),
        reverse=None if reverse is None else Path(reverse),
        broker_capital=broker_capital,
    )
    with language(lang), in_currency(material.currency):
        return save_page(page_of(material, sections_of(material)), target)


def sections_of(material: Material) -> list[Section]:
    """The page's sections in their order."""
    first = [answer_of_two(material), differences(material)] if material.compared else [answer(material)]
    return [*first, *(section(material) for section in BOTH)]


def page_of(material: Material, sections: Sequence[Section]) -> Page:
    """The page of a dataset, or of two, with these sections."""
    dataset = material.base.dataset
    dims = {str(name): " × ".join(map(str, dataset[name].dims)) for name in dataset.variables}
    return Page(_title(material), _subtitle(material), sections, dims, material.currency, "pingcang report")


def _title(material: Material) -> str:
    if material.compared:
        return translated("{label} against {label_2}").format(label=material.base.label, label_2=material.arms[1].label)
    return translated("Stress test: {label}").format(label=material.base.label)


def _subtitle(material: Material) -> str:
    arm: Mapping[str, object] = material.base.told
    base = material.base
    return translated(
        "{dates} to {dates_2}, {days} trading days, {run}, seed {seed}, scale {scale:g}. A "
        "simulation with Pingcang, not a forecast."
    ).format(
        dates=day_of(base.dates[0]),
        dates_2=day_of(base.dates[-1]),
        days=base.days,
        run=counted(base.runs, "run"),
        seed=arm["seed"],
        scale=arm["scale"],
    )
