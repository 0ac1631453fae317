"""What `pingcang compare` shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pingcang.cli.study_show import Shown, console, table_of
from pingcang.results.labels import label_of

if TYPE_CHECKING:
    from pingcang.study.compare import Comparison
    from pingcang.study.measures import PairedMetric


def show_comparison(found: Comparison) -> None:
    """Title, table, what pairing paid, from which day on the arms differ, and where they are."""
    out, runs = console(), found.runs.size
    out.print(
        f"base:  {found.base.label}\nother: {found.other.label}\n"
        f"{found.statistic} of {runs} run{'s' if runs > 1 else ''} with the same random numbers, seed {found.seed}; "
        "in brackets 95% intervals"
    )
    table = table_of(("", "base", "other", "difference", "", "pairing", "unit"))
    for name, metric in found.metrics.items():
        if metric.difference.n:
            table.add_row(*_row(name, metric, found))
    out.print(table)
    print("pairing: how many times more independent runs would be needed for the same interval")
    print(_apart(found))
    for side in (found.base, found.other):
        print(f"dataset: {side.store}")


def _row(name: str, metric: PairedMetric, found: Comparison) -> tuple[str, ...]:
    from pingcang.study.measures import unit_of

    shown = Shown(name, unit_of(name), (metric.base.value, metric.other.value))
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
