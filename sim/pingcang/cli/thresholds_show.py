"""What `pingcang thresholds` prints."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pingcang.cli.study_show import console, table_of
from pingcang.leverage.thresholds.chain import RESULTS
from pingcang.leverage.thresholds.lights import LIGHTS, LINES, MEANINGS
from pingcang.leverage.thresholds.rounding import INTERMEDIATE, size_of
from pingcang.leverage.thresholds.told import rows

if TYPE_CHECKING:
    from rich.console import Console

    from pingcang.leverage.thresholds.loading import Thresholds
    from pingcang.leverage.thresholds.told import Standing
    from pingcang.leverage.thresholds.uncertainty import Uncertainty

TN = 1e12


def show_thresholds(found: Thresholds, uncertain: Uncertainty | None, standing: Sequence[Standing]) -> None:
    """Inputs, the chain step by step, where the balances stand, and what the answer hangs on."""
    screen = console()
    screen.print(f"{found.name}, {found.spec.now.date}: {found.spec.description}", style="bold")
    _inputs(screen, found)
    _chain(screen, found, uncertain)
    _rounding(screen, found)
    _lights(screen, standing, uncertain)
    if uncertain is not None:
        _influences(screen, uncertain)
    _simulated(screen, found)
    _growth_gap(screen, found)


def print_csv(found: Thresholds, uncertain: Uncertainty | None) -> None:
    """The chain as CSV, money in CNY."""
    table = rows(found, uncertain)
    writer = csv.DictWriter(sys.stdout, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)


def _inputs(screen: Console, found: Thresholds) -> None:
    table = table_of(("input", "value", "range", "confidence", "source"))
    for column in table.columns[-2:]:
        column.justify, column.no_wrap = "left", False
    for path, given in found.inputs.items():
        value = _written(path, given.point)
        span = f"{_written(path, given.value[0])} to {_written(path, given.value[-1])}" if given.is_range else ""
        table.add_row(path, value, span, given.confidence, given.source)
    screen.print(table)


def _chain(screen: Console, found: Thresholds, uncertain: Uncertainty | None) -> None:
    once = found.rounded_once if found.rounding == "printed" else None
    heads = ["step", "how", *(["printed", "rounded once"] if once else []), "unrounded"]
    table = table_of([*heads, *(["5%", "95%"] if uncertain else []), "unit"], words=2)
    digits: dict[str, int] = {step.result: step.digits for step in found.spec.printed}
    how = _how(found)
    for name, result in RESULTS.items():
        cells = [_number(name, found.results[name], digits.get(name)) if name in digits else ""] if once else []
        cells += [_number(name, once[name], _digits_once(name, digits))] if once else []
        cells.append(_number(name, found.unrounded[name]))
        if uncertain is not None:
            low, _, high = uncertain.intervals[name]
            cells += [_number(name, low), _number(name, high)] if low < high else ["", ""]
        table.add_row(result.label, how[name], *cells, "tn CNY" if result.unit == "CNY" else result.unit)
    screen.print(table)


def _digits_once(name: str, digits: Mapping[str, int]) -> int | None:
    return 3 if name in INTERMEDIATE else digits.get(name)


def _how(found: Thresholds) -> dict[str, str]:
    """Each step in numbers: `2.1tn / 2.3 % × 4.27 %`."""
    given = {path: _written(path, each.point) for path, each in found.inputs.items()}
    cap = given.get("now.float_cap") or f"{given['now.balance']} / {given['now.float_ratio']}"
    value = {name: f"{number / size_of(name):.4g}" for name, number in found.results.items()}
    kinds = ("official", "broad")
    return {
        "equal_risk_balance": f"{cap} × {given['then.peak_ratio']}",
        **{f"mpdf_{kind}": f"{given[f'then.debt_{kind}']} / {given[f'now.debt_{kind}']}" for kind in kinds},
        "irf": f"({given['then.loan_rate']} / {given['now.loan_rate']}) ^ {given['elasticity']}",
        **{f"discounted_{kind}": f"{value['equal_risk_balance']} × {value[f'mpdf_{kind}']}" for kind in kinds},
        **{f"threshold_{kind}": f"{value[f'discounted_{kind}']} × {value['irf']}" for kind in kinds},
        "balance_to_m1_now": f"{given['now.balance']} / {given['now.m1']}",
        "balance_to_m1_2015": f"{given['then.balance']} / {given['then.m1']}",
        "balance_at_m1_2015": f"{given['now.m1']} × {given['then.balance']} / {given['then.m1']}",
    }


def _rounding(screen: Console, found: Thresholds) -> None:
    """Which steps of the source bend the lines, and by how much."""
    if found.rounding != "printed" or found.rounded_once is None:
        return
    for step in found.spec.printed:
        if step.note:
            screen.print(f"Printed step: {step.note}.")
    for name in ("threshold_official", "threshold_broad"):
        once, exact = ((other[name] - found.results[name]) / 1e9 for other in (found.rounded_once, found.unrounded))
        told = f"{once:+.1f} bn CNY with each factor rounded once, {exact:+.1f} unrounded"
        screen.print(f"{RESULTS[name].label}, against the printed {found.results[name] / TN:.4g}tn: {told}.")


def _lights(screen: Console, standing: Sequence[Standing], uncertain: Uncertainty | None) -> None:
    heads = ["balance of", "tn CNY", "light", *(LIGHTS if uncertain else ()), "what"]
    table = table_of(heads)
    for each in standing:
        shares = uncertain.shares[each.value] if uncertain else {}
        cells = [f"{100 * share:.0f} %" if share else "" for share in shares.values()]
        date = "asked for" if each.date is None else str(each.date)
        table.add_row(date, f"{each.value / TN:.5g}", each.light, *cells, MEANINGS[each.light])
    screen.print(table)


def _influences(screen: Console, uncertain: Uncertainty) -> None:
    table = table_of(["input, one at a time", *(RESULTS[name].label for name in LINES), "unit"])
    for each in uncertain.influences:
        cells = [f"{_number(name, each.low[name])} to {_number(name, each.high[name])}" for name in LINES]
        table.add_row(each.input, *cells, "tn CNY")
    screen.print(table)
    screen.print(
        f"Ranges: {uncertain.draws:,} draws, seed {uncertain.seed}, inputs independent, nothing rounded; "
        "uniform between two numbers, triangular with three."
    )
    if uncertain.out_of_order:
        screen.print(f"In {uncertain.out_of_order:.1%} of the draws the lines do not rise; the ranges are too wide.")


def _simulated(screen: Console, found: Thresholds) -> None:
    """The engine's own answers beside the analytic one."""
    for each in found.spec.simulated:
        interval = f" [{each.interval[0] / TN:.2f}, {each.interval[1] / TN:.2f}]" if each.interval else ""
        answer = each.answer if each.balance is None else f"{each.balance / TN:.2f}tn{interval}"
        told = f"Simulated, {each.measure}, shadow debt {each.shadow_debt / TN:g}tn: {answer}"
        screen.print(f"{told} ({each.source}).")
    if found.spec.simulated:
        screen.print(
            "The simulated answers differ from the arithmetic, which takes the ratio to float for all of the risk."
        )


def _growth_gap(screen: Console, found: Thresholds) -> None:
    gaps = {"now": found.spec.now.m1_m2_growth_gap, "2015": found.spec.then.m1_m2_growth_gap}
    told = [f"{100 * gap.point:+.1f} points {when}" for when, gap in gaps.items() if gap is not None]
    if told:
        screen.print(
            f"M1 growth less M2 growth: {', '.join(told)}. It is in no line; below 0 money goes into time deposits "
            "and less is at hand to top up accounts."
        )


def _number(name: str, value: float, digits: int | None = None) -> str:
    """A result in its unit, with the digits that were printed or four."""
    return f"{value / size_of(name):.{4 if digits is None else digits}f}"


def _written(path: str, value: float) -> str:
    """An input as people write it: trillions, percentages, and the elasticity."""
    if path == "elasticity":
        return f"{value:g}"
    if path.endswith(("balance", "float_cap", ".m1")):
        return f"{value / TN:.6g}tn"
    return f"{100 * value:.6g} %"
