"""The headline answer in plain words, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pingcang.language import translated
from pingcang.report.blocks import Block, Section, Source, Tile, Tiles, Words
from pingcang.report.words import Metric, counted, day_of, listed, number, percent
from pingcang.results.dataset import left_out
from pingcang.results.metrics import UNITS, median_interval

if TYPE_CHECKING:
    from pingcang.report.arm import Arm
    from pingcang.report.material import Material

FROM = {
    "drawdown": ("index",),
    "trough_day": ("index",),
    "time_to_recover": ("index",),
    "financing_change": ("financing_balance",),
    "max_limit_down": ("limit_down",),
    "max_suspended": ("suspended",),
    "amplification": ("index", "index_no_feedback"),
    "amplification_points": ("index", "index_no_feedback"),
}
"""Variables of a metric that is not named like its own."""
TILES = (
    "drawdown",
    "amplification_points",
    "financing_change",
    "forced_sales",
    "preemptive_sales",
    "margin_calls",
    "lender_loss",
)
FEW = 20
"""Below so many runs an interval is short of what it says."""


def variables_of(metric: str) -> tuple[str, ...]:
    """The variables of the dataset that a metric comes from."""
    return ("index",) if metric.startswith("p_") else FROM.get(metric, (metric,))


def answer(material: Material) -> Section:
    """One dataset in a few sentences, and its key numbers."""
    arm = material.base
    blocks: list[Block] = [
        Words(_fall(arm), "answer", Source(("index",), translated("maximum drawdown of each run; median")))
    ]
    if arm.amplification:
        blocks.append(
            Words(
                _feedback(arm),
                "answer",
                Source(("index", "index_no_feedback"), translated("difference by run; median")),
            )
        )
    blocks += [Words(_deleveraging(arm)), Tiles(tuple(_tile(arm, name) for name in TILES if arm.metric(name).size))]
    blocks.append(Words(_how_sure(arm), "note"))
    return Section("answer", translated("The answer"), tuple(blocks))


def with_interval(arm: Arm, name: str) -> str:
    """The median of a metric with the 95 % interval of the median, and the 5–95 % range of the runs."""
    values = arm.metric(name)
    shown = Metric(name, UNITS[name][0], float(np.abs(values).max()))
    return f"{shown.full(float(np.median(values)))}{_uncertainty(shown, values)}"


def _uncertainty(shown: Metric, values: np.ndarray) -> str:
    if values.size == 1:
        return ""
    low, high = median_interval(values)
    p05, p95 = np.quantile(values, (0.05, 0.95))
    return translated(" (95 % interval of the median {low} to {high}; 5–95 % of the runs {p05} to {p95})").format(
        low=shown.bare(low), high=shown.bare(high), p05=shown.bare(p05), p95=shown.bare(p95)
    )


def _fall(arm: Arm) -> str:
    troughs = arm.metric("trough_day")
    day = int(np.median(troughs))
    over = (
        translated("In the median of {run}").format(run=counted(arm.runs, "run"))
        if arm.runs > 1
        else translated("In the one run that was simulated")
    )
    return translated(
        "{over}, the index falls by {drawdown} from its highest level. It is lowest on trading day {day}, {dates}."
    ).format(over=over, drawdown=with_interval(arm, "drawdown"), day=day, dates=day_of(arm.dates[day]))


def _feedback(arm: Arm) -> str:
    added = arm.metric("amplification_points")
    ratio = arm.metric("amplification")
    times = (
        translated(", which is {ratio} times as deep as without it").format(ratio=number(float(np.median(ratio)), 2))
        if ratio.size
        else ""
    )
    return (
        translated(
            "The price effect of margin orders adds {amplification_points} to the fall{times}; the "
            "rest would happen all the same."
        ).format(amplification_points=with_interval(arm, "amplification_points"), times=times)
        if np.median(added) >= 0
        else translated("The price effect of margin orders makes the fall smaller: {amplification_points}.").format(
            amplification_points=with_interval(arm, "amplification_points")
        )
    )


def _deleveraging(arm: Arm) -> str:
    told = {name: Metric(name, UNITS[name][0], float(np.abs(arm.metric(name)).max(initial=0))) for name in UNITS}
    middle = {name: float(np.median(arm.metric(name))) if arm.metric(name).size else float("nan") for name in UNITS}
    change = middle["financing_change"]
    words = [
        translated("margin accounts are called {margin_calls} times").format(
            margin_calls=told["margin_calls"].bare(middle["margin_calls"])
        ),
        translated("lenders sell {forced_sales} of their clients' stocks by force").format(
            forced_sales=told["forced_sales"].full(middle["forced_sales"])
        ),
        translated("holders sell {preemptive_sales} ahead of a call").format(
            preemptive_sales=told["preemptive_sales"].full(middle["preemptive_sales"])
        ),
        translated("lenders lose {lender_loss}").format(lender_loss=told["lender_loss"].full(middle["lender_loss"])),
    ]
    if np.isfinite(change):
        words.append(
            translated("the financing balance of brokers {word} by {change}").format(
                word=translated("falls") if change < 0 else translated("grows"), change=percent(abs(change))
            )
        )
    text = listed(words)
    return f"{text[0].upper()}{text[1:]}{(translated(' (medians)') if arm.runs > 1 else '')}."


def _tile(arm: Arm, name: str) -> Tile:
    values = arm.metric(name)
    unit, long_name = UNITS[name]
    shown = Metric(name, unit, float(np.abs(values).max()))
    note = ""
    if values.size > 1:
        p05, p95 = np.quantile(values, (0.05, 0.95))
        note = translated("{p05} to {p95} in 5–95 % of the runs").format(p05=shown.bare(p05), p95=shown.bare(p95))
    return Tile(
        long_name,
        shown.full(float(np.median(values))),
        note,
        Source(variables_of(name), translated("median of the runs")),
    )


def _how_sure(arm: Arm) -> str:
    if arm.runs == 1:
        return translated("One run is one draw and has no interval; pingcang run --runs 20 or more gives one.")
    few = (
        translated(" With {runs} runs the intervals are themselves uncertain; 20 or more are better.").format(
            runs=arm.runs
        )
        if arm.runs < FEW
        else ""
    )
    missing = (
        translated(" Of the runs asked for, {dataset}.").format(dataset=left_out(arm.dataset))
        if arm.told.get("failed_runs", "[]") != "[]"
        else ""
    )
    return translated(
        "Intervals of the median are of the Monte Carlo error: what more runs would make "
        "smaller. They say nothing of how well the scenario's numbers are known, nor of what the "
        "model leaves out.{few}{missing}"
    ).format(few=few, missing=missing)
