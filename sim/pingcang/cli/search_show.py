"""What `pingcang reverse` and `pingcang sensitivity` print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from pingcang.study.bisection import Root
    from pingcang.study.reverse import Reversal
    from pingcang.study.sensitivity import Sensitivity

WIDEST = 120


def show_reversal(found: Reversal, lever: str) -> None:
    """Every point in the order in which it was tried, and the answer."""
    console = _console()
    table = _table("", lever, str(found.condition.statistic), "")
    for number, each in enumerate(found.root.evaluations, start=1):
        table.add_row(str(number), f"{each.x:.6g}", f"{each.number:.4f}", _side(found, each.number))
    console.print(table)
    console.print(_answer(found, lever), highlight=False, style="bold")
    for sentence in warnings(found.root):
        console.print(sentence, highlight=False)


def warnings(root: Root) -> list[str]:
    """What casts doubt on a root."""
    told = [
        f"not monotone: {each.number[0]:.4f} at {each.x[0]:.6g}, but {each.number[1]:.4f} at {each.x[1]:.6g}; "
        "there may be more than one answer, take more runs"
        for each in root.violations
    ]
    if root.outside > 0:
        told.append(f"{root.outside:.1%} of the resamples have their answer outside --low to --high; widen them")
    return told


def show_sensitivity(found: Sensitivity) -> None:
    """Indices of every output, largest first, and what casts doubt on them."""
    console = _console()
    if (screening := found.screening) is not None:
        for output, effects in screening.effects.items():
            table = _table(f"{output}: Morris, {len(screening.design)} points", "mu*", "95%", "mu", "sigma")
            for each in sorted(effects, key=lambda each: -each.mu_star):
                interval = _range(each.mu_star_interval)
                table.add_row(each.parameter, f"{each.mu_star:.4g}", interval, f"{each.mu:+.4g}", f"{each.sigma:.4g}")
            console.print(table)
    if found.note:
        console.print(found.note, highlight=False)
    if (decomposition := found.decomposition) is not None:
        for output, shares in decomposition.shares.items():
            table = _table(f"{output}: Sobol, {len(decomposition.design)} points", "S1", "95%", "ST", "95%")
            for share in sorted(shares, key=lambda share: -np.nan_to_num(share.total)):
                first, total = f"{share.first:.3f}", f"{share.total:.3f}"
                table.add_row(share.parameter, first, _range(share.first_interval), total, _range(share.total_interval))
            console.print(table)
            for sentence in decomposition.doubts[output]:
                console.print(f"  {sentence}", highlight=False, style="italic")


def _answer(found: Reversal, lever: str) -> str:
    root = found.root
    interval = f"{root.x:.4g} (95% {_range(root.interval)})"
    if found.holds_up_to is not None:
        return f"{found.condition} holds up to {lever} {found.holds_up_to:.6g}; it turns at {interval}"
    if found.holds_from is not None:
        return f"{found.condition} holds from {lever} {found.holds_from:.6g} on; it turns at {interval}"
    return f"{found.condition} at {lever} {interval}"


def _side(found: Reversal, number: float) -> str:
    if found.condition.sign == "=":
        return "above" if number > found.condition.level else "below" if number < found.condition.level else "equal"
    return "holds" if found.condition.holds(number) else "fails"


def _range(interval: tuple[float, float]) -> str:
    low, high = (f"{end:.4g}" if np.isfinite(end) else "beyond" for end in interval)
    return f"{low} to {high}"


def _console() -> Console:
    return Console(width=None if Console().is_terminal else WIDEST)


def _table(head: str, *heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(head)
    _right(table, heads)
    return table


def _right(table: Table, heads: Sequence[str]) -> None:
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
