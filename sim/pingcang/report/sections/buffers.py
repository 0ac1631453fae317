"""The buffers of accounts and lenders: how much of them the fall uses up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.arrays import Floats
from pingcang.language import translated
from pingcang.report.arm import MOMENTS
from pingcang.report.blocks import Block, Section, Source, Table, Words
from pingcang.report.numbers import in_words
from pingcang.report.sections.ratio_bins import ratio_bins
from pingcang.report.spreads import in_brackets, money_in_brackets, ratio, row_of, spread
from pingcang.report.words import money, number, percent

if TYPE_CHECKING:
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

COUNTS = {
    "margin_calls": "margin calls",
    "forced_accounts": "in forced liquidation, account-days",
    "closed_accounts": "accounts closed out",
    "negative_equity": "accounts that owe more than they hold, worst day",
}


BY_COHORT = "lender_loss_cohort"
"""Losses by the cohort that caused them, where a dataset has them."""


def _ratio(values: Floats) -> str:
    return in_brackets(values, ratio)


def _median(values: Floats) -> str:
    return money(spread(values)[1])


STATES: Mapping[str, tuple[str, Callable[[Floats], str]]] = {
    "maintenance_ratio": ("ratio", _ratio),
    "investor_equity": ("own funds", _median),
}


def buffers(material: Material) -> Section:
    """Maintenance ratios, accounts and debt by ratio, calls and their ends, and what lenders lose."""
    blocks: list[Block] = [
        _ratios(material),
        *(ratio_bins(arm, material) for arm in material.arms),
        _counts(material),
        Words(
            translated(
                "How a call ended, by a top-up or by a sale, is told by the audit table alone (--record audit)."
            ),
            "note",
        ),
        _losses(material),
    ]
    if material.broker_capital is not None:
        blocks.append(_capital(material, material.broker_capital))
    return Section("buffers", translated("Buffers used"), tuple(blocks))


def _each(material: Material) -> Iterator[tuple[Arm, int, dict[str, str]]]:
    """Every cohort of every arm: the arm, its place, and the cells that name it."""
    for arm in material.arms:
        for place, cohort in enumerate(arm.cohorts):
            yield arm, place, {**({"arm": arm.name} if material.compared else {}), "cohort": cohort}


def _ratios(material: Material) -> Table:
    shown, raw = [], []
    for arm, place, of in _each(material):
        row = dict(of)
        for name, (what, write) in STATES.items():
            for moment in MOMENTS:
                values = arm.at(name, moment)[:, place].astype(np.float64)
                row[translated("{what}, {moment}").format(what=translated(what), moment=translated(moment))] = write(
                    values
                )
                raw.append(row_of({**of, "moment": moment}, name, values))
        shown.append(row)
    return Table(
        "buffers-ratio",
        translated(
            "Maintenance ratio (assets over liabilities) and own funds by cohort, at start, trough "
            "of the index, and end"
        ),
        in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
        Source(
            ("maintenance_ratio", "investor_equity"),
            translated("at the trough of each run's own index; median, in brackets 5–95 % of the runs"),
        ),
    )


def counts(arm: Arm, name: str, place: int) -> Floats:
    """Of each run the sum over the days after the start; of accounts under water the worst day."""
    days = arm.dataset[name].values[:, 1:, place].astype(np.float64)
    found: Floats = days.max(axis=1) if name == "negative_equity" else days.sum(axis=1)
    return found


def _counts(material: Material) -> Table:
    shown: list[Mapping[str, Any]] = []
    raw = []
    for arm, place, of in _each(material):
        found = {name: counts(arm, name, place) for name in COUNTS}
        shown.append({**of, **{what: number(spread(found[name])[1], 0) for name, what in COUNTS.items()}})
        raw += [row_of(of, name, values) for name, values in found.items()]
    return Table(
        "buffers-counts",
        translated("Calls and their consequences, by cohort, median of the runs"),
        in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
        Source(
            tuple(COUNTS), translated("sum over the days, of accounts under water the worst day; median of the runs")
        ),
    )


def _losses(material: Material) -> Words:
    told = [f"{_whose(arm, material)}{money_in_brackets(arm.metric('lender_loss'))}" for arm in material.arms]
    return Words(
        translated("Lenders, shadow lenders included, write off {listed}.").format(listed="; ".join(told)),
        source=Source(("lender_loss",), translated("sum over the days; median, in brackets 5–95 % of the runs")),
    )


def _capital(material: Material, capital: float) -> Words:
    """Losses over the stated capital: of brokers where the dataset tells whose they are, else of all lenders."""
    known = all(BY_COHORT in arm.dataset for arm in material.arms)
    shares = [(brokers_loss(arm) if known else arm.metric("lender_loss")) / capital for arm in material.arms]
    told = [
        f"{_whose(arm, material)}{in_brackets(share, lambda part: percent(part, 2))}"
        for arm, share in zip(material.arms, shares, strict=True)
    ]
    what = translated("the losses of brokers are") if known else translated("the losses of lenders are")
    bound = "" if known else translated(": at most, since losses of shadow lenders are among them")
    return Words(
        translated("Of the stated capital of brokers, {capital}, {what} {listed}{bound}.").format(
            capital=money(capital), what=what, listed="; ".join(told), bound=bound
        ),
        source=Source((BY_COHORT if known else "lender_loss",), translated("over that capital; median of the runs")),
    )


def brokers_loss(arm: Arm) -> Floats:
    """Of each run what brokers write off, CNY."""
    found: Floats = arm.dataset[BY_COHORT].sel(cohort=arm.official).sum(["day", "cohort"]).values
    return found


def _whose(arm: Arm, material: Material) -> str:
    return f"{translated(arm.name)}: " if material.compared else ""
