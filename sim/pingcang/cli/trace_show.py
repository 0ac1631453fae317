"""What `pingcang trace --account` shows: from the first call to the last sale on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from pingcang.cli.trace_words import LINES, about, causes_in_words, dates_of, money, ratio_of, screen, short_date

if TYPE_CHECKING:
    from pingcang.trace import AccountStory, Fall
    from pingcang.trace.lines import Line, Traded

MOST_STOCKS = 3


def account_screen(story: AccountStory) -> str:
    """From the first call to the last sale."""
    from pingcang.trace.lines import account_lines, fitting

    trail = story.trail
    head = (
        f"{story.name} in {about(trail)}\n"
        f"{trail.dates[0]}: owns {money(story.assets)}, owes {money(story.liabilities)}, "
        f"ratio {ratio_of(story.ratio) or '–'}\n{trail.dates[-1]}: {end_of(story)}"
    )

    def drawn(lines: list[Line]) -> str:
        return screen(head, _account_table(story, lines))

    lines = fitting(account_lines(story), LINES, lambda some: drawn(some).count("\n"))
    return drawn(lines)


def end_of(story: AccountStory) -> str:
    """State, calls and the lender's loss at the end."""
    calls = int(((story.events["event"] == "state") & (story.events["state_after"] == "CALLED")).sum())
    told = [story.state, *([f"{calls} call{'s' if calls > 1 else ''}"] if calls else [])]
    return ", ".join([*told, *([f"the lender lost {money(story.lender_loss)}"] if story.lender_loss else [])])


def _account_table(story: AccountStory, lines: Sequence[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in ("date", "event"):
        table.add_column(name, no_wrap=True)
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    if not lines:
        table.add_row("", "", "", "nothing was ordered, called or sold")
    for line in lines:
        table.add_row(
            dates_of(story.trail, line.first, line.last), _event(line), ratio_of(line.ratio), told_line(story, line)
        )
    return table


def _event(line: Line) -> str:
    return f"{line.event} ×{line.times}" if line.times > 1 and line.event == "top-up" else line.event


def told_line(story: AccountStory, line: Line) -> str:
    """What happened, in words."""
    if line.fall is not None and line.reason != "call expired":
        return "\n".join([line.reason, *_why(line.fall)])
    if line.event == "CLOSED":
        return f"{line.reason}; the lender lost {money(line.amount) if line.amount else 'nothing'}"
    if line.event == "top-up":
        return f"paid in {money(line.amount)}"
    if line.event == "…":
        return f"{line.times} more events; --json tells all"
    if line.event == "traded":
        return _routine(line)
    return _trades(line) if line.trades else line.reason


def _why(fall: Fall) -> list[str]:
    """The causes of a fall; empty where nothing was lost."""
    if not len(fall.shares):
        return []
    since = f"{short_date(fall.since_date)} ({ratio_of(fall.since_ratio) or 'no debt'})"
    lines = [f"lost {money(-fall.loss)} since {since}: {causes_in_words(fall.shares)}"]
    positions = fall.positions
    if len(positions) > 1:
        told = [f"{stock} {money(float(loss))}" for stock, loss in positions.items()]
        more = f" and {len(told) - MOST_STOCKS} more" if len(told) > MOST_STOCKS else ""
        lines.append(f"in {', '.join(told[:MOST_STOCKS])}{more}")
    if fall.last_day > fall.since_day + 1 and len(fall.shares_of_last_day):
        day = "that day" if fall.phase != "open" else "the day before"
        lines.append(f"{day}: {causes_in_words(fall.shares_of_last_day, most=3)}")
    return lines


def _routine(line: Line) -> str:
    """Totals of rotation."""
    sold = -sum(done.value for done in line.trades.values() if done.shares < 0)
    bought = sum(done.value for done in line.trades.values() if done.shares > 0)
    sides = [f"{verb} {money(value)}" for verb, value in (("sold", sold), ("bought", bought)) if value]
    return f"{', '.join(sides) or 'as much sold as bought'}, net, in {len(line.trades)} stocks"


def _trades(line: Line) -> str:
    """What was sold, at which price, and what waits."""
    order = sorted(line.trades.items(), key=lambda item: -abs(item[1].value) - 1e-9 * item[1].unfilled)
    told = [_trade(stock, done) for stock, done in order[:MOST_STOCKS]]
    rest = [done for _, done in order[MOST_STOCKS:]]
    if rest:
        told.append(f"{len(rest)} other stocks for {money(sum(abs(done.value) for done in rest))}")
    return "; ".join(told)


def _trade(stock: str, done: Traded) -> str:
    wait = f"{done.unfilled:,} wait" + (f" at {done.stands}" if done.stands == "limit-down" else "")
    if not done.shares:
        return f"{stock}: nothing, {wait}"
    text = f"{abs(done.shares):,} {stock} at {done.value / done.shares:,.2f}"
    text = f"covered {text}" if done.shares > 0 else text
    return f"{text} ({wait})" if done.unfilled else text
