"""From a reading of a balance to one page on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pingcang.language import ENGLISH, language, translated
from pingcang.report.monitor.answer import answer
from pingcang.report.monitor.balance import balance
from pingcang.report.monitor.chain import chain
from pingcang.report.monitor.inputs import inputs, reproduction
from pingcang.report.monitor.material import Read, bare_command, private
from pingcang.report.monitor.measures import measures
from pingcang.report.monitor.scorecard import missing, quality, quantity
from pingcang.report.monitor.structure import structure
from pingcang.report.page import Page, check_page, save_page
from pingcang.report.words import counted, day_of, in_currency

if TYPE_CHECKING:
    from pingcang.leverage.monitor.scorecard import Monitor
    from pingcang.leverage.thresholds import Thresholds

SECTIONS = (
    answer, quantity, quality, missing, balance, measures, structure, chain, inputs, reproduction,
)  # fmt: skip
"""In the order of reading."""


def write_monitor(
    monitor: Monitor,
    page: str | Path,
    *,
    thresholds: Thresholds | None = None,
    command: str = "",
    paths: Sequence[Path] = (),
    lang: str = ENGLISH,
    overwrite: bool = False,
) -> Path:
    """Write the page of a monitor, whole or not at all.

    thresholds: those that the monitor was read with. command: what the page says to get it again, of its paths the
    last names. paths: files and folders that stand on the page by their last names alone. lang: the language of the
    page, `en` or `zh`. The same monitor gives the same bytes. Raises `ScenarioError` for a place where no page may
    stand, and `StorageError` when the disk refuses.
    """
    target = Path(page)
    check_page(target, overwrite=overwrite, lang=lang)
    read = Read(private(monitor, paths), thresholds, bare_command(command))
    with language(lang):
        return save_page(page_of(read), target)


def page_of(read: Read) -> Page:
    """The page of a reading, before it is HTML."""
    monitor = read.monitor
    with in_currency(monitor.currency):
        sections = [section(read) for section in SECTIONS]
    runs = (
        translated(", {run} of a simulation, not a forecast").format(run=counted(monitor.runs, "run"))
        if monitor.origin == "simulation"
        else ""
    )
    one = "" if monitor.exchange == "all" else translated(", {exchange} alone").format(exchange=monitor.exchange)
    subtitle = translated("Read on {on}{one}{runs}. Data from {first}, read with Pingcang.").format(
        on=day_of(np.datetime64(monitor.on)), one=one, runs=runs, first=monitor.first
    )
    return Page(
        translated("Leverage monitor: {name}").format(name=monitor.name),
        subtitle,
        sections,
        read.dims,
        monitor.currency,
        "pingcang monitor",
    )
