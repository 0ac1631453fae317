"""The leverage of the simulated market, read by the formulas of the monitor that reads real balances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.leverage.monitor.calendar import as_date
from pingcang.leverage.monitor.words import number_text
from pingcang.leverage.thresholds import MEANINGS
from pingcang.report.arm import MOMENTS
from pingcang.report.blocks import Block, Section, Source, Table, Words
from pingcang.report.levered import FROM, SECTORS, Levered
from pingcang.report.lights import lit
from pingcang.report.numbers import in_words
from pingcang.report.sections.leverage_path import leverage_path
from pingcang.report.spreads import in_brackets, money_in_brackets, row_of, spread
from pingcang.report.words import DASH, listed, percent, with_unit
from pingcang.results.metrics import official_balance
from pingcang.results.units import CNY, is_money
from pingcang.said import said

if TYPE_CHECKING:
    from pingcang.arrays import Floats
    from pingcang.leverage.monitor.reading import Reading
    from pingcang.report.material import Material

TITLE = "Leverage, as a monitor reads it"
WHAT = (
    "The formulas with which pingcang monitor reads the figures of exchanges, on what they would have published of "
    "this market: balances of brokers, and beside them shadow finance, which no statistic shows."
)


def leverage(material: Material) -> Section:
    """Readings at start, trough and end; their course; sectors; the light by the thresholds."""
    if not all((official_balance(arm.dataset) > 0).any() for arm in material.arms):
        return Section("leverage", TITLE, (Words(translated("Nobody owes to brokers: there is no balance to read.")),))
    arms = [Levered(arm) for arm in material.arms]
    blocks: list[Block] = [Words(WHAT), _table(material, arms), *leverage_path(material, arms)]
    blocks += [*_sectors(material, arms), *_lights(material, arms), *_missing(material, arms)]
    return Section("leverage", TITLE, tuple(blocks))


def _each(material: Material, arms: list[Levered]) -> Iterator[tuple[Levered, Reading, dict[str, str]]]:
    """Every reading that an arm has, and the cells that name it; arms of one reading below each other."""
    for key in FROM:
        for each in arms:
            if each.series(key) is not None:
                reading = each.monitor[key]
                yield each, reading, {"reading": reading.label, **_arm(material, each)}


def _arm(material: Material, each: Levered) -> dict[str, str]:
    return {"arm": each.arm.name} if material.compared else {}


def _table(material: Material, arms: list[Levered]) -> Table:
    shown, raw = [], []
    for each, reading, of in _each(material, arms):
        found = {moment: each.at(reading.key, moment) for moment in MOMENTS}
        told = {moment: _written(reading, values) for moment, values in found.items()}
        shown.append({**of, **told, "light at the end": lit(reading.light)})
        raw += [row_of({**of, "moment": moment}, reading.key, values) for moment, values in found.items()]
    variables = tuple(dict.fromkeys(name for key in FROM for name in FROM[key]))
    return Table(
        "leverage-table",
        translated("Leverage at the start, at the trough of the index, and at the end"),
        in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
        Source(
            variables,
            translated("by the formulas of the monitor, at the trough of each run's own index{material}").format(
                material=_spread(material)
            ),
        ),
    )


def _written(reading: Reading, values: Floats) -> str:
    """`3.92 (3.90 to 3.95) %`."""
    if is_money(reading.unit):
        return money_in_brackets(values)
    numbers = {value: number_text(reading, value) for value in spread(values) if np.isfinite(value)}
    unit = next((text.partition(" ")[2] for text in numbers.values()), "")
    return with_unit(in_brackets(values, lambda value: numbers.get(value, DASH).partition(" ")[0]), unit)


def _spread(material: Material) -> str:
    return translated("; median, in brackets 5–95 % of the runs") if any(arm.runs > 1 for arm in material.arms) else ""


def _sectors(material: Material, arms: list[Levered]) -> list[Block]:
    shown: list[dict[str, str]] = []
    raw: list[dict[str, Any]] = []
    for each in arms:
        for sector, share in _shares(each).items():
            of = {"sector": sector, **_arm(material, each)}
            found = {moment: each.arm.picked(share, moment) for moment in MOMENTS}
            shown.append({**of, **{moment: in_brackets(values, percent) for moment, values in found.items()}})
            raw += [row_of({**of, "moment": moment}, "share", values) for moment, values in found.items()]
    if not shown:
        return []
    return [
        Table(
            "leverage-sectors",
            translated("Share of the balance by sector, at the start, at the trough of the index, and at the end"),
            in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
            Source((SECTORS,), translated("over the sum of the sectors{material}").format(material=_spread(material))),
        )
    ]


def _shares(each: Levered) -> dict[str, Floats]:
    """Sector -> its share of the balance (run, day); nothing for a market of one sector."""
    if SECTORS not in each.arm.dataset or each.arm.dataset.sizes["sector"] == 1:
        return {}
    balance = each.arm.dataset[SECTORS].transpose("run", "day", "sector")
    total = balance.sum("sector")
    share = (balance / total.where(total > 0)).values
    return {str(sector): share[:, :, place] for place, sector in enumerate(balance["sector"].values)}


def _lights(material: Material, arms: list[Levered]) -> list[Block]:
    """A sentence an arm; one for both if neither has a light for the same reason."""
    return list(dict.fromkeys(_light(material, each) for each in arms))


def _light(material: Material, each: Levered) -> Words:
    source = Source(("financing_balance",), translated("median of the runs, held against the thresholds"))
    if material.currency != CNY:
        return Words(
            translated("The thresholds are for a balance in {cny}; this one has no light.").format(cny=CNY),
            "note",
            source,
        )
    thresholds = each.thresholds
    if thresholds is None:
        start = as_date(each.arm.dates[0])
        text = translated("No ready-made thresholds are as early as {start}; the balance has no light by them.").format(
            start=start
        )
        return Words(text, "note", source)
    whose = (
        translated("{arm}: by").format(arm=translated(each.arm.name).capitalize())
        if material.compared
        else translated("By")
    )
    lights = {moment: thresholds.light(spread(each.at("financing_balance", moment))[1]) for moment in MOMENTS}
    told = listed(
        [
            translated("{light} at the {moment}").format(light=lit(light), moment=translated(moment))
            for moment, light in lights.items()
        ]
    )
    return Words(
        translated(
            "{whose} the thresholds {name}, of {date}, the balance is {told} ({end}: {meanings}). "
            "They are the arithmetic of an article, no law and no forecast."
        ).format(
            whose=whose,
            name=thresholds.name,
            date=thresholds.spec.now.date,
            told=told,
            end=translated(str(lights["end"])),
            meanings=translated(MEANINGS[lights["end"]]),
        ),
        source=source,
    )


def _missing(material: Material, arms: list[Levered]) -> list[Block]:
    told = []
    for each in arms:
        lacking = [said(each.monitor[key].label).lower() for key in FROM if each.series(key) is None]
        if each.absent:
            whose = (
                translated("the dataset of the {name}").format(name=translated(each.arm.name))
                if material.compared
                else translated("this dataset")
            )
            told.append(
                translated("Not read: {value}; {whose} lacks {absent}.").format(
                    value=listed(lacking) or translated("nothing"), whose=whose, absent=listed(each.absent)
                )
            )
    return [Words(" ".join(told), "note")] if told else []
