"""What `pingcang sweep` and `pingcang factorial` show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pingcang.cli.compare_show import cells, paid
from pingcang.cli.study_show import Shown, console, table_of
from pingcang.results.labels import label_of

if TYPE_CHECKING:
    from pingcang.study.factorial import Factorial
    from pingcang.study.frontier import Frontier
    from pingcang.study.paired import Estimate
    from pingcang.study.sweep import Sweep

STRONGEST = 12
"""Effects that the table tells, by size; the others are in the files."""


def show_sweep(found: Sweep, metrics: Sequence[str]) -> None:
    """One block a metric: every point with its value and its difference from the reference."""
    out = console()
    out.print(
        f"reference: {found.reference.label}\n"
        f"{found.statistic} of {found.reference.runs} runs a point with the same random numbers, seed {found.seed}; "
        "in brackets 95% intervals"
    )
    paths = [axis.path for axis in found.axes]
    if len(paths) > 1:  # long names would leave no room for the numbers
        paths = [path.replace(".", ".\n") for path in paths]
    for metric in metrics:
        table = table_of((*paths, label_of(metric), "", "difference", "", "pairing", "unit"), words=0)
        for row in _points(found, metric):
            table.add_row(*row)
        out.print(table)
    if found.frontier is not None:
        _show_frontier(found.frontier)


def _show_frontier(found: Frontier) -> None:
    """Depth against credit, and which points another one dominates."""
    from pingcang.study.contrast import Contrast

    heads = ("point", "median drawdown", "difference", "", "calm credit", "difference", "")
    table = table_of((*heads, "dominated by"))
    base = next(point for point in found.points if point.is_reference)
    for point in found.points:
        depth = Contrast(base.depth.value, point.depth.value, point.depth_apart, "1")
        credit = Contrast(base.credit.value, point.credit.value, point.credit_apart, found.currency)
        table.add_row(point.label, *cells(depth)[1:], *cells(credit)[1:], point.dominated_by or "")
    console().print(table)
    print(
        f"calm credit: brokers' mean financing balance in {found.calm_runs} calm runs ({found.calm}); dominated: "
        "another point is no deeper, has no less credit, and can be told apart"
    )


def _points(found: Sweep, metric: str) -> list[tuple[str, ...]]:
    from pingcang.study.measures import unit_of

    paired = [point.metrics[metric] for point in found.points]
    shown = Shown(metric, unit_of(metric), [each.other.value for each in paired])
    return [
        (
            *map(_value, point.values),
            shown.number(each.other.value, more=1),
            shown.interval(each.other, sign=False),
            shown.number(each.difference.value, more=1, sign=True),
            shown.interval(each.difference),
            paid(each.variance_reduction),
            "%, points" if shown.unit == "%" else shown.unit,
        )
        for point, each in zip(found.points, paired, strict=True)
    ]


def show_factorial(found: Factorial, metrics: Sequence[str]) -> None:
    """Cells, effects and shares of each metric."""
    out = console()
    out.print(
        f"factors: {', '.join(found.names)}; {len(found.arms)} cells"
        f"{'' if found.full else f', a fraction of resolution {_roman(found)}'}\n"
        f"{found.statistic} of {found.runs.size} runs a cell with the same random numbers, seed {found.seed}; "
        "in brackets 95% intervals"
    )
    for metric in metrics:
        shown = _shown(found, metric)
        unit = "points" if shown.unit == "%" else shown.unit
        out.print(f"\n{label_of(metric)}, {shown.unit}; effects and shares in {unit or 'its unit'}")
        _show_cells(found, metric, shown)
        _show_effects(found, metric, shown)
        _show_shares(found, metric, shown)


def _show_cells(found: Factorial, metric: str, shown: Shown) -> None:
    table = table_of((*found.names, "value", ""), words=0)
    for cell, each in found.cells(metric).items():
        table.add_row(*map(str, cell), *_cells(shown, each, sign=False))
    console().print(table)


def _show_effects(found: Factorial, metric: str, shown: Shown) -> None:
    effects = found.effects(metric)
    strongest = sorted(effects, key=lambda term: -abs(effects[term].value))[:STRONGEST]
    mains = [(name,) for name in found.names]
    told = [*mains, *(term for term in strongest if term not in mains)]
    heads = ("effect", "level 1 less 0", "", *(() if found.full else ("not told from (up to pairs)",)))
    table = table_of(heads)
    for term in told:
        alike = () if found.full else (", ".join(" × ".join(other) for other in found.aliases[term]),)
        table.add_row(" × ".join(term), *_cells(shown, effects[term], sign=True), *alike)
    console().print(table)
    if len(told) < len(effects):
        print(f"{len(effects) - len(told)} smaller interactions are in the files (--out, --json)")


def _show_shares(found: Factorial, metric: str, shown: Shown) -> None:
    parts = found.shapley(metric)
    if parts is None:
        print("Shapley shares need all 2^k cells; main effects are the parts if only pairs of factors interact")
        return
    table = table_of(("Shapley part", "all 1 less all 0", "", "share", ""))
    for name, part in parts.parts.items():
        table.add_row(name, *_cells(shown, part, sign=True), *_share(parts.shares[name]))
    table.add_row("together", *_cells(shown, parts.total, sign=True), "", "")
    console().print(table)


def _shown(found: Factorial, metric: str) -> Shown:
    from pingcang.study.measures import unit_of

    return Shown(metric, unit_of(metric), [each.value for each in found.cells(metric).values()])


def _cells(shown: Shown, each: Estimate, *, sign: bool) -> tuple[str, str]:
    return shown.number(each.value, more=1, sign=sign), shown.interval(each, sign=sign)


def _share(share: Estimate) -> tuple[str, str]:
    if not math.isfinite(share.value):
        return "–", "–"
    return _percent(share.value), f"[{_percent(share.low)}, {_percent(share.high)}]"


def _percent(fraction: float) -> str:
    return f"{fraction:.0%}".replace("-", "−")


def _roman(found: Factorial) -> str:
    from pingcang.study.fractions import resolution

    return {3: "III", 4: "IV", 5: "V", 6: "VI", 7: "VII"}.get(resolution(list(found.arms)) or 0, "?")


def _value(value: object) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
