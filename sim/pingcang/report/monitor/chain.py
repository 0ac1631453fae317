"""The thresholds behind the light: their chain with its rounding, their inputs, and where balances stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from pingcang.language import translated
from pingcang.leverage.thresholds.chain import RESULTS
from pingcang.leverage.thresholds.rounding import size_of
from pingcang.leverage.thresholds.told import rows, standings
from pingcang.leverage.thresholds.uncertainty import uncertainty
from pingcang.report.blocks import Block, Items, Section, Source, Table, Words
from pingcang.report.lights import lit
from pingcang.report.monitor.answer import why_dark
from pingcang.report.numbers import in_words
from pingcang.report.words import DASH, counted, listed, number, percent, with_unit
from pingcang.said import said

if TYPE_CHECKING:
    from pingcang.leverage.thresholds import Thresholds
    from pingcang.leverage.thresholds.spec import Input
    from pingcang.leverage.thresholds.uncertainty import Uncertainty
    from pingcang.report.monitor.material import Read

TN = 1e12
DIGITS = 4
"""Decimals of a result that no rounding is published for."""
TITLE = "The thresholds behind the light"


def chain(read: Read) -> Section:
    """Step by step, with what each rounding does, and what the ranges of the inputs make of the lines."""
    thresholds = read.thresholds
    if thresholds is None:
        told = translated("There are none: {read}. pingcang thresholds shows those that are ready-made.").format(
            read=why_dark(read)
        )
        return Section("thresholds", TITLE, (Words(told),))
    balance = read.monitor["financing_balance"].value
    uncertain = uncertainty(thresholds, [] if balance is None else [balance])
    blocks: list[Block] = [Words(f"{thresholds.name}: {thresholds.spec.description}")]
    blocks += [_steps(thresholds, uncertain), *_printed(thresholds), *_sure(uncertain, balance)]
    return Section("thresholds", TITLE, (*blocks, _standing(thresholds, read), _inputs(thresholds)))


def _source(thresholds: Thresholds, reduction: str) -> Source:
    return Source(
        ("thresholds",), translated("the set {name}, {reduction}").format(name=thresholds.name, reduction=reduction)
    )


def _steps(thresholds: Thresholds, uncertain: Uncertainty | None) -> Table:
    raw = rows(thresholds, uncertain)
    shown = [_step(row) | _printed_step(row, thresholds) | _exact(row, ranges=uncertain is not None) for row in raw]
    rounding = (
        translated("rounded as published and otherwise")
        if thresholds.rounding == "printed"
        else translated("nothing rounded")
    )
    used = translated("as published") if thresholds.rounding == "printed" else translated("unrounded")
    return Table(
        "chain",
        translated("The chain from inputs to lines, {rounding}").format(rounding=rounding),
        in_words(pd.DataFrame(shown), pd.DataFrame(raw).dropna(axis="columns", how="all")),
        _source(
            thresholds,
            translated("of {date}; the lights are by the column {used}").format(
                date=thresholds.spec.now.date, used=used
            ),
        ),
    )


def _step(row: dict[str, Any]) -> dict[str, str]:
    return {"step": RESULTS[row["result"]].label, "formula": row["formula"]}


def _printed_step(row: dict[str, Any], thresholds: Thresholds) -> dict[str, str]:
    """What was published, a dash where nothing was; nothing if the thresholds are not rounded as published."""
    if thresholds.rounding != "printed" or thresholds.rounded_once is None:
        return {}
    size, name = size_of(row["result"]), row["result"]
    digits = {str(step.result): step.digits for step in thresholds.spec.printed}
    return {
        "as published": number(row["value"] / size, digits[name]) if name in digits else DASH,
        "each factor rounded once": number(row["rounded_once"] / size, max(digits.get(name, DIGITS), 3)),
    }


def _exact(row: dict[str, Any], *, ranges: bool) -> dict[str, str]:
    size = size_of(row["result"])
    spread = _between(*(number(row[end] / size, 3) for end in ("p05", "p95"))) if ranges else DASH
    return {
        "unrounded": number(row["unrounded"] / size, DIGITS),
        **({"5–95 % of the draws": spread} if ranges else {}),
        "unit": with_unit("tn", "CNY") if row["unit"] == "CNY" else DASH,
    }


def _between(low: str, high: str) -> str:
    return DASH if low == high else translated("{low} to {high}").format(low=low, high=high)


def _printed(thresholds: Thresholds) -> list[Block]:
    notes = [f"{said(RESULTS[step.result].label)}: {said(step.note)}." for step in thresholds.spec.printed if step.note]
    return [Words(translated("How the source rounded on its way:")), Items(tuple(notes))] if notes else []


def _sure(uncertain: Uncertainty | None, balance: float | None) -> list[Block]:
    if uncertain is None or balance is None:
        return []
    shares = {light: share for light, share in uncertain.shares[balance].items() if share > 0}
    told = listed(
        [
            translated("{light} in {share}").format(light=lit(light), share=percent(share, 0))
            for light, share in shares.items()
        ]
    )
    return [
        Words(
            translated("Over the ranges of the inputs ({draw}, each input by itself) the balance is {told}.").format(
                draw=counted(uncertain.draws, "draw"), told=told
            ),
            source=Source(("financing_balance", "thresholds"), translated("share of the draws")),
        )
    ]


def _standing(thresholds: Thresholds, read: Read) -> Table:
    balance = read.monitor["financing_balance"]
    placed = [
        {"date": str(each.date), "balance": each.value, "light": each.light, "source": _cut(each)}
        for each in standings(thresholds)
    ]
    if balance.value is not None:
        own = thresholds.light(balance.value)
        placed.append(
            {"date": str(balance.date), "balance": balance.value, "light": own, "source": translated("this page")}
        )
    frame = pd.DataFrame(placed)
    shown = pd.DataFrame(
        {
            "date": frame["date"],
            "balance, tn CNY": [number(value / TN, 3) for value in frame["balance"]],
            "light": [lit(light) for light in frame["light"]],
            "where from": frame["source"],
        }
    )
    title = translated("Where balances stand by these lines, whatever their date")
    return Table(
        "standings",
        title,
        in_words(shown, frame),
        Source(("financing_balance", "thresholds"), translated("balances that the thresholds list, and this one")),
    )


def _cut(each: Any) -> str:
    return f"{each.source} ({each.confidence}){f'; {each.note}' if each.note else ''}"


def _inputs(thresholds: Thresholds) -> Table:
    frame = pd.DataFrame(
        [
            {"input": path, "value": each.point, **_range(each), "confidence": each.confidence, "source": _told(each)}
            for path, each in thresholds.inputs.items()
        ]
    )
    shown = frame.drop(columns=["low", "high"])
    shown["value"] = [_written(path, each.value) for path, each in thresholds.inputs.items()]
    title = translated("The {count} inputs, how sure each is, and where it comes from").format(count=len(frame))
    return Table(
        "chain-inputs", title, in_words(shown, frame), _source(thresholds, translated("its inputs")), folded=True
    )


def _range(each: Input) -> dict[str, float]:
    return {"low": each.value[0], "high": each.value[-1]}


def _told(each: Input) -> str:
    return f"{each.source}{f'. {each.note.rstrip(chr(10))}' if each.note else ''}"


def _written(path: str, values: Sequence[float]) -> str:
    """A number or the ends of its range, as people write it."""
    if path == "elasticity":
        told = [f"{value:g}" for value in values]
    elif path.endswith(("balance", "float_cap", ".m1")):
        told = [f"{value / TN:.6g}" for value in values]
    else:
        told = [f"{100 * value:.6g}" for value in values]
    unit = (
        ""
        if path == "elasticity"
        else translated(" tn CNY")
        if path.endswith(("balance", "float_cap", ".m1"))
        else " %"
    )
    between = translated(" ({told} to {told_2})").format(told=told[0], told_2=told[-1]) if len(told) > 1 else ""
    middle = told[len(told) // 2] if len(told) != 2 else ""
    return f"{middle}{between}{unit}".strip()
