"""A set of thresholds as one object, for `--json` and for other programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pingcang.leverage.thresholds.chain import RESULTS
from pingcang.leverage.thresholds.rounding import size_of

if TYPE_CHECKING:
    from pingcang.leverage.monitor.reading import Light
    from pingcang.leverage.thresholds.loading import Thresholds
    from pingcang.leverage.thresholds.spec import Input
    from pingcang.leverage.thresholds.uncertainty import Influence, Uncertainty

HEADLINES = (
    "equal_risk_balance", "mpdf_official", "mpdf_broad", "irf", "threshold_official", "threshold_broad",
    "balance_to_m1_now", "balance_to_m1_2015",
)  # fmt: skip
"""The results at the top level of the object; `light` stands beside them."""


class Standing(NamedTuple):
    """A balance and its light."""

    date: dt.date | None
    """None of a balance that was asked for."""
    value: float
    light: Light
    source: str
    confidence: str
    note: str


def standings(thresholds: Thresholds, asked: Sequence[float] = ()) -> list[Standing]:
    """The file's own balance, those it lists, by date, and those asked for (CNY); each with its light."""
    spec, own = thresholds.spec, thresholds.inputs["now.balance"]
    light = thresholds.light
    found = [Standing(spec.now.date, own.point, light(own.point), own.source, own.confidence, own.note)]
    found += [
        Standing(each.date, each.value, light(each.value), each.source, each.confidence, each.note)
        for each in sorted(spec.balances, key=lambda each: each.date)
    ]
    return found + [Standing(None, value, light(value), "asked for", "set", "") for value in asked]


def told(thresholds: Thresholds, uncertain: Uncertainty | None = None, asked: Sequence[float] = ()) -> dict[str, Any]:
    """Headlines (money in CNY), and beside them all that leads to them; numbers only, no NaN."""
    standing = standings(thresholds, asked)
    return {
        **{name: thresholds.results[name] for name in HEADLINES},
        "light": standing[0].light,
        "name": thresholds.name,
        "date": str(thresholds.spec.now.date),
        "rounding": thresholds.rounding,
        "results": dict(thresholds.results),
        "unrounded": dict(thresholds.unrounded),
        "rounded_once": None if thresholds.rounded_once is None else dict(thresholds.rounded_once),
        "printed": _printed(thresholds),
        "balances": [_standing(each, uncertain) for each in standing],
        "uncertainty": None if uncertain is None else _uncertainty(uncertain),
        "inputs": {path: _input(given) for path, given in thresholds.inputs.items()},
        "simulated": [each.model_dump(mode="json") for each in thresholds.spec.simulated],
    }


def rows(thresholds: Thresholds, uncertain: Uncertainty | None = None) -> list[dict[str, Any]]:
    """A row a result, for a table: value, unrounded, rounded once, interval, unit, formula."""
    once = thresholds.rounded_once
    return [
        {
            "result": name,
            "value": thresholds.results[name],
            "unrounded": thresholds.unrounded[name],
            "rounded_once": None if once is None else once[name],
            "p05": None if uncertain is None else uncertain.intervals[name][0],
            "p95": None if uncertain is None else uncertain.intervals[name][2],
            "unit": result.unit,
            "formula": result.formula,
        }
        for name, result in RESULTS.items()
    ]


def _printed(thresholds: Thresholds) -> list[dict[str, Any]]:
    """The published steps, if they were followed; money in CNY like everything else."""
    if thresholds.rounding != "printed":
        return []
    return [
        {
            **step.model_dump(mode="json"),
            "published": thresholds.results[step.result],
            "printed_in": size_of(step.result),
        }
        for step in thresholds.spec.printed
    ]


def _standing(each: Standing, uncertain: Uncertainty | None) -> dict[str, Any]:
    shares: Mapping[str, float] | None = None if uncertain is None else uncertain.shares.get(each.value)
    date = None if each.date is None else str(each.date)
    return {**each._asdict(), "date": date, "shares": None if shares is None else dict(shares)}


def _uncertainty(found: Uncertainty) -> dict[str, Any]:
    return {
        "draws": found.draws,
        "seed": found.seed,
        "intervals": {
            name: dict(zip(("p05", "p50", "p95"), ends, strict=True)) for name, ends in found.intervals.items()
        },
        "out_of_order": found.out_of_order,
        "influences": [_influence(each) for each in found.influences],
    }


def _influence(each: Influence) -> dict[str, Any]:
    return {"input": each.input, "low": dict(each.low), "high": dict(each.high)}


def _input(given: Input) -> dict[str, Any]:
    low, high = (given.value[0], given.value[-1]) if given.is_range else (None, None)
    return {
        "value": given.point, "low": low, "high": high, "source": given.source, "confidence": given.confidence,
        "note": given.note,
    }  # fmt: skip
