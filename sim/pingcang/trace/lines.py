"""A story as lines in order of time, and how a long one is folded: days with the same event are summed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.trace.falls import Fall

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.trace.account import AccountStory

ROUTINE = ("rotation", "purchase", "short sale", "cover")
SUMMED = ("forced order", "pre-emptive order", "top-up")
"""Events whose neighbouring days may be summed."""


@dataclass(frozen=True)
class Traded:
    """What was done in one stock under one kind of order."""

    shares: int = 0
    """Bought above 0."""
    value: float = 0.0
    unfilled: int = 0
    """Waiting when the last order was made."""
    stands: str = ""
    """limit-down or suspended, where that kept orders waiting."""

    def __add__(self, later: Traded) -> Traded:
        shares, value = self.shares + later.shares, self.value + later.value
        return Traded(shares, value, later.unfilled, later.stands or self.stands)


@dataclass(frozen=True)
class Line:
    """One line: what happened on a day, or on each of some days."""

    first: int
    last: int
    event: str
    """CALLED, FORCED, CLOSED, NORMAL, top-up, traded (routine), `forced order` and so on for other kinds of order, or
    `…` for what is folded away."""
    ratio: float = float("nan")
    """Behind it."""
    reason: str = ""
    amount: float = 0.0
    trades: dict[str, Traded] = field(default_factory=dict)
    """By stock."""
    fall: Fall | None = None
    times: int = 1
    """Events in it."""


def account_lines(story: AccountStory) -> list[Line]:
    """One line for each change of state and top-up, one for the orders of a kind on a day; routine days together."""
    falls = iter(story.falls)
    lines: list[Line] = []
    for row in story.events.to_dict("records"):
        if row["event"] == "state":
            lines.append(_state(row, next(falls) if row["since_day"] >= 0 else None))
        elif row["event"] == "top-up":
            lines.append(_line(row, "top-up", amount=float(row["amount"])))
        elif row["event"] == "order" and (row["filled_shares"] or row["reason"] == "forced"):
            _add_order(lines, row)
    return merged(lines, "traded")


def _line(row: dict[Any, Any], event: str, **more: Any) -> Line:
    return Line(int(row["day"]), int(row["day"]), event, float(row["ratio_after"]), **more)


def _state(row: dict[Any, Any], fall: Fall | None) -> Line:
    return _line(row, str(row["state_after"]), reason=str(row["reason"]), amount=float(row["amount"]), fall=fall)


def _add_order(lines: list[Line], row: dict[Any, Any]) -> None:
    """Add an order to the last line if that is of the same kind and day, else begin one."""
    event = "traded" if row["reason"] in ROUTINE else f"{row['reason']} order"
    filled, waiting = int(row["filled_shares"]), abs(int(row["ordered_shares"]) - int(row["filled_shares"]))
    stands = str(row["stock_closes"]) if waiting else ""
    done = Traded(filled, filled * float(row["price"]), waiting, stands)
    line = _line(row, event, trades={str(row["stock"]): done})
    last = lines[-1] if lines else None
    if last is not None and (last.event, last.last) == (event, line.first):
        lines[-1] = replace(_joined(last, line), times=last.times)
    else:
        lines.append(line)


def _joined(one: Line, later: Line) -> Line:
    trades = dict(one.trades)
    for stock, done in later.trades.items():
        trades[stock] = trades.get(stock, Traded()) + done
    ratio = later.ratio if np.isfinite(later.ratio) else one.ratio
    times, amount = one.times + later.times, one.amount + later.amount
    return replace(one, last=later.last, ratio=ratio, trades=trades, amount=amount, times=times)


def merged(lines: Sequence[Line], *events: str) -> list[Line]:
    """Neighbours with the same of some events become one."""
    out: list[Line] = []
    for line in lines:
        if out and line.event in events and out[-1].event == line.event:
            out[-1] = _joined(out[-1], line)
        else:
            out.append(line)
    return out


def without_trading(lines: Sequence[Line]) -> list[Line]:
    """Routine trading between calls is left out; days of forced sales become one line."""
    kept = [line for line in lines if line.event != "traded"]
    return merged(kept, *SUMMED)


def cut(lines: Sequence[Line], most: int) -> list[Line]:
    """The first and the last lines, and one that says how much is between."""
    if len(lines) <= most:
        return list(lines)
    head, tail = (most - 1 + 1) // 2, (most - 1) // 2
    gone = lines[head : len(lines) - tail]
    between = Line(gone[0].first, gone[-1].last, "…", times=sum(line.times for line in gone))
    return [*lines[:head], between, *lines[len(lines) - tail :]]


def fitting(lines: list[Line], most: int, height: Callable[[list[Line]], int]) -> list[Line]:
    """The lines folded as little as needed for a height of at most `most`."""
    steps: list[Callable[[list[Line]], list[Line]]] = [
        lambda all_: all_,
        lambda all_: merged(all_, *SUMMED),
        without_trading,
    ]
    for step in steps:
        if height(step(lines)) <= most:
            return step(lines)
    shortest = without_trading(lines)
    count = len(shortest)
    while count > 3 and height(cut(shortest, count)) > most:
        count -= 1
    return cut(shortest, count)


def folded_days(days: pd.DataFrame, weight: Sequence[float], most: int) -> list[tuple[int, int]]:
    """Ranges of rows, at most `most`: the heaviest days alone, the quiet ones between them together."""
    count = len(days)
    if count <= most:
        return [(k, k) for k in range(count)]
    alone: set[int] = set()
    for k in sorted(range(count), key=lambda day: (-weight[day], day)):
        if len(_ranges(count, alone | {k})) > most:
            break
        alone.add(k)
    return _ranges(count, alone)


def _ranges(count: int, alone: set[int]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for k in range(count):
        if k in alone or not out or out[-1][0] in alone:
            out.append((k, k))
        else:
            out[-1] = (out[-1][0], k)
    return out
