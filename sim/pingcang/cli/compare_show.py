"""What `pingcang compare` shows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pingcang.cli.study_show import Shown, console, table_of
from pingcang.results.labels import label_of

if TYPE_CHECKING:
    from pingcang.study.calm import Calm
    from pingcang.study.compare import Comparison
    from pingcang.study.contrast import Contrast
    from pingcang.study.measures import PairedMetric
    from pingcang.study.sellers import Forced

MOST_CHANGES = 20
"""Keys that are listed; the others are counted."""
CALM_LABELS = {
    "mean_credit": "Brokers' credit, mean",
    "end_credit": "Brokers' credit, last day",
    "margin_purchases": "Margin purchases",
    "turnover": "Turnover",
    "drawdown": "Drawdown of the index",
    "margin_calls": "Margin calls",
    "forced_sales": "Forced sales",
}


def show_comparison(found: Comparison) -> None:
    """What is changed; tables of the whole, its parts, lenders and calm times; the same in words; the datasets."""
    out, runs = console(), found.runs.size
    out.print(
        f"base:  {found.base.label}\nother: {found.other.label}\n"
        f"{found.statistic} of {runs} run{'s' if runs > 1 else ''} with the same random numbers, seed {found.seed}; "
        "in brackets 95% intervals"
    )
    _changes(found)
    table = table_of(("", "base", "other", "difference", "", "pairing", "unit"))
    for name, metric in found.metrics.items():
        if metric.difference.n:
            table.add_row(*_row(name, metric, found))
    out.print(table)
    print("pairing: how many times more independent runs would be needed for the same interval")
    _parts(found)
    _lenders(found)
    if found.sellers is not None:
        _sellers(found.sellers)
    if found.calm is not None:
        _calm(found.calm)
    out.print(f"\n{found.text}\n")
    print(_apart(found))
    for side in (found.base, found.other):
        print(f"dataset: {side.store}")


def _changes(found: Comparison) -> None:
    from pingcang.study.changes import shown

    for each in found.changed[:MOST_CHANGES]:
        print(f"  {each.key}: {shown(each.before)} → {shown(each.after)}")
    if len(found.changed) > MOST_CHANGES:
        print(f"  and {len(found.changed) - MOST_CHANGES} more keys, all in --json")


def _row(name: str, metric: PairedMetric, found: Comparison) -> tuple[str, ...]:
    from pingcang.results.units import in_currency
    from pingcang.study.measures import unit_of

    shown = Shown(name, in_currency(unit_of(name), found.currency), (metric.base.value, metric.other.value))
    few = f" ({metric.difference.n} runs)" if metric.difference.n < found.runs.size else ""
    difference = shown.number(metric.difference.value, more=1, sign=True)
    return (
        label_of(name) + few,
        shown.number(metric.base.value),
        shown.number(metric.other.value),
        difference,
        shown.interval(metric.difference),
        paid(metric.variance_reduction),
        "%, points" if shown.unit == "%" else shown.unit,
    )


def _parts(found: Comparison) -> None:
    """One table a dimension; rows that are 0 everywhere, or the same in every run, are left out."""
    from pingcang.study.breakdown import QUANTITIES

    for dimension, names in found.breakdown.parts.items():
        table = table_of((f"by {dimension}", "", "base", "other", "difference", ""), words=2)
        for name, metrics in names.items():
            rows = [(key, each) for key, each in metrics.items() if each.difference.n and not each.still]
            for number, (key, each) in enumerate(rows):
                label = QUANTITIES[dimension][key].long_name
                table.add_row("" if number else name, label, *cells(each))
        if table.row_count:
            console().print(table)


def _lenders(found: Comparison) -> None:
    from pingcang.study.numbers import amount

    lenders = found.lenders
    rows = {"Loss of brokers": lenders.brokers, "Loss of shadow lenders": lenders.shadow}
    if lenders.capital is not None and lenders.share is not None:
        rows[f"Brokers' loss, share of {amount(lenders.capital.amount, found.currency)}"] = lenders.share
        if lenders.beyond is not None:
            rows[f"P(brokers' loss > {100 * (lenders.capital.limit or 0):g}% of it)"] = lenders.beyond
    _table("lenders", rows.items())


def _sellers(found: dict[str, Forced]) -> None:
    """Accounts that were forced to sell, from the audit."""
    table = table_of(("forced accounts", "base", "other", "both", "spared", "", "newly forced", "", "unit"))
    for name, each in found.items():
        shares = Shown("p_", "1", ())
        table.add_row(
            name,
            *(f"{count:,.0f}" for count in (each.base, each.other, each.both)),
            shares.number(each.spared.value),
            shares.interval(each.spared, sign=False),
            shares.number(each.newly.value),
            shares.interval(each.newly, sign=False),
            "accounts, %",
        )
    console().print(table)
    print("spared: of those forced in the base, the share that is not in the other arm; newly forced: the reverse")


def _calm(calm: Calm) -> None:
    runs = int(calm.runs.size)
    title = f"calm: {calm.scenario}, {runs} run{'s' if runs > 1 else ''}"
    _table(title, ((CALM_LABELS[key], each) for key, each in calm.metrics.items()))


def _table(title: str, rows: Iterable[tuple[str, Contrast]]) -> None:
    table = table_of((title, "base", "other", "difference", ""))
    for label, each in rows:
        if each.difference.n:
            table.add_row(label, *cells(each))
    console().print(table)


def cells(each: Contrast) -> tuple[str, str, str, str]:
    """Base, other, difference and interval, each with its unit."""
    from pingcang.study.numbers import Written

    written = Written.of(each)
    value, _, interval = written.difference(each).partition(" [")
    return (
        written.levels.plain(each.base),
        written.levels.plain(each.other),
        value,
        f"[{interval}" if interval else "",
    )


def paid(variance_reduction: float) -> str:
    """What pairing paid: 12×."""
    if math.isnan(variance_reduction):
        return "–"
    return "∞" if math.isinf(variance_reduction) else f"{variance_reduction:,.1f}×"


def _apart(found: Comparison) -> str:
    if found.first_day_apart is None:
        return "The arms never differ: they are the same bit for bit."
    same = int((found.days_apart < 0).sum())
    some = f"; {same} of the runs never differ" if same else ""
    if found.first_day_apart == 0:
        return f"The arms differ from the start on{some}."
    return f"The arms are the same bit for bit before {found.date_apart} (day {found.first_day_apart}){some}."
