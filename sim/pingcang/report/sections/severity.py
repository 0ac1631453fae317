"""How severe the simulated fall is, beside that of 2015."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pingcang.language import translated
from pingcang.report.blocks import Chart, Section, Source, Table, Words
from pingcang.report.drawing import ARMS, BLACK, date_ticks, drawing, fan, legend, new_figure, picture
from pingcang.report.numbers import Column, Numbers, in_words
from pingcang.report.words import POINTS, iso, number, percent, with_unit
from pingcang.results.metrics import drawdown_path
from pingcang.validate.daily import START, crash_series, trading_days

if TYPE_CHECKING:
    from pingcang.arrays import Floats
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

REAL = "real market, 12 June to 17 August 2015"
WEEK = 5


def severity(material: Material) -> Section:
    """The index and its drawdown by trading day beside the real crash, and the same in numbers."""
    fitted = "" if not _same_start(material) else (
        translated(" The ready-made scenarios of 2015 are fitted to this very path, so nearness to it is no "
"evidence.")
    )  # fmt: skip
    return Section(
        "severity",
        translated("Severity against history"),
        (
            Words(
                translated(
                    "The reference is the crash of 2015, the only one that the package holds: the float-cap "
                    "weighted index of about 2,500 stocks, suspended ones at their last price, from 12 June "
                    "(day 0) to 17 August 2015 (day 45).{fitted}"
                ).format(fitted=fitted)
            ),
            _chart(material),
            _table(material),
        ),
    )


def measures(index: Floats) -> dict[str, Floats]:
    """Of each run (run, day): depth of the fall, worst day, worst five days, day of the trough."""
    path = drawdown_path(index)
    week = min(WEEK, index.shape[-1] - 1)
    return {
        "drawdown": path.max(axis=-1),
        "worst_day": (1 - index[:, 1:] / index[:, :-1]).max(axis=-1),
        "worst_week": (1 - index[:, week:] / index[:, :-week]).max(axis=-1),
        "trough_day": path.argmax(axis=-1).astype(np.float64),
    }


def _same_start(material: Material) -> bool:
    return any(arm.dates[0].astype("datetime64[D]") == START for arm in material.arms)


def _real() -> Floats:
    found: Floats = crash_series("index").astype(np.float64)
    return found


def _chart(material: Material) -> Chart:
    bands = "5–95 %" if material.compared else translated("25–75 % and 5–95 %")
    return Chart(
        "severity-path",
        translated("Index and drawdown, by trading day since the start, beside the crash of 2015"),
        _drawn(material),
        translated("The simulated index and drawdown beside the real market of 2015, which falls by {max}.").format(
            max=percent(float(drawdown_path(_real()).max()))
        ),
        _path_numbers(material, _real()),
        Source(
            ("index",),
            translated("median, {bands} of the runs; drawdown from the highest level so far of each run").format(
                bands=bands
            ),
        ),
    )


def _drawn(material: Material) -> str:
    longest, inner = max(material.arms, key=lambda arm: arm.days), not material.compared
    real = _real()[: longest.days + 1]
    with drawing():
        figure, panels = new_figure(2, row=2.4)
        levels, falls = panels[:, 0]
        for arm, (colour, line) in zip(material.arms, ARMS, strict=False):
            index = arm.dataset["index"].values
            fan(levels, arm.fan(index), colour, line, inner=inner)
            fan(falls, arm.fan(POINTS * drawdown_path(index)), colour, line, inner=inner)
        for panel, path in ((levels, real), (falls, POINTS * drawdown_path(real))):
            panel.plot(range(real.size), path, color=BLACK, linewidth=1.4, linestyle=":")
        levels.set_ylabel(translated("index (start = 1)"))
        falls.set_ylabel(translated("below peak (%)"))
        falls.invert_yaxis()
        date_ticks(falls, longest.dates)
        names = [
            translated("{name}, median{word}").format(
                name=translated(arm.name), word=translated(" and fan") if arm.runs > 1 else ""
            )
            for arm in material.arms
        ]
        legend(figure, levels.lines, [*names, REAL], ncols=2)
        return picture(figure)


def _path_numbers(material: Material, real: Floats) -> Numbers:
    table = pd.DataFrame(
        {"day": np.arange(real.size), "date_2015": [iso(day) for day in trading_days()], "index_2015": real}
    )
    columns = [Column("day", "day", digits=0)]
    for arm in material.arms:
        rows = arm.fan(arm.dataset["index"])
        keys = {key: f"{key}_{arm.name}" for key in ("date", "p05", "median", "p95")}
        table = table.merge(rows[["day", *keys]].rename(columns=keys), on="day", how="outer")
        columns += [Column(keys["date"], translated("date, {name}").format(name=translated(arm.name)), words=True)]
        columns += [Column(keys[key], _head(key, arm), digits=3) for key in ("p05", "median", "p95")]
    table = table.fillna({key: "" for key in table.columns if key.startswith("date")})
    columns += [Column("date_2015", "date, 2015", words=True), Column("index_2015", "index, 2015", digits=3)]
    return Numbers(table, tuple(columns))


def _head(quantile: str, arm: Arm) -> str:
    return translated("{quantile}, {name}").format(quantile=translated(quantile), name=translated(arm.name))


WHAT: Mapping[str, tuple[str, float, int, str]] = {
    "drawdown": ("largest drawdown", POINTS, 1, "%"),
    "worst_day": ("largest fall in a day", POINTS, 1, "%"),
    "worst_week": ("largest fall in five days", POINTS, 1, "%"),
    "trough_day": ("trough on trading day", 1, 0, ""),
}


def _table(material: Material) -> Table:
    real = {name: float(values[0]) for name, values in measures(_real()[None, :]).items()}
    shown, raw = [], []
    found = {arm.name: measures(arm.dataset["index"].values) for arm in material.arms}
    for name, (what, factor, digits, unit) in WHAT.items():
        row = {"": what}
        for arm in material.arms:
            low, middle, high = np.quantile(found[arm.name][name], (0.05, 0.5, 0.95))
            raw.append({"measure": name, "of": arm.name, "median": middle, "p05": low, "p95": high})
            spread = (
                translated(" ({low} to {high})").format(
                    low=number(factor * low, digits), high=number(factor * high, digits)
                )
                if arm.runs > 1
                else ""
            )
            row[arm.name] = with_unit(number(factor * middle, digits), unit) + spread
        raw.append({"measure": name, "of": "2015", "median": real[name], "p05": np.nan, "p95": np.nan})
        shown.append({**row, "2015": with_unit(number(factor * real[name], digits), unit)})
    title = (
        translated("Median")
        + (translated(" (5–95 % of the runs)") if _many(material.arms) else "")
        + translated(", beside 2015")
    )
    return Table(
        "severity-table",
        title,
        in_words(pd.DataFrame(shown), pd.DataFrame(raw)),
        Source(("index",), translated("of each run, then over the runs")),
    )


def _many(arms: tuple[Arm, ...]) -> bool:
    return any(arm.runs > 1 for arm in arms)
