"""What one section alone cannot know: names that other sections must define, amounts that must fit together.

Every check takes a validated scenario and yields findings: a path and what is wrong there.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from pingcang.scenario.binding import binding
from pingcang.scenario.checks_events import event_findings
from pingcang.scenario.checks_rules import any_marginable, rules_findings
from pingcang.scenario.checks_tables import table_findings
from pingcang.scenario.schema import Cohort, Event, Scenario, Stock
from pingcang.scenario.timeline import trading_days
from pingcang.scenario.tree import Finding, Keys, shortened

MAX_TICKS = 2**31 - 1
MAX_LOTS = 10**9
"""Prices and an account's holdings are 32-bit integers."""


def check_scenario(scenario: Scenario) -> list[Finding]:
    """Everything that is wrong between the sections of a scenario."""
    findings = [
        *_scale(scenario),
        *_prices(scenario),
        *_board_caps(scenario),
        *_event_dates(scenario),
        *_cohort_names(scenario),
        *_board_and_sector_names(scenario),
        *_stock_names(scenario),
        *_empty_cohorts(scenario),
        *_marginable(scenario),
        *_holdings(scenario),
        *_one_to_one(scenario),
        *_own_lines(scenario),
        *_replay(scenario),
        *rules_findings(scenario),
    ]
    return [*findings, *table_findings(scenario), *event_findings(scenario)]


def _scale(scenario: Scenario) -> Iterator[Finding]:
    one_in = 1 / scenario.scale
    if abs(one_in - round(one_in)) > 1e-6 * one_in:
        nearest = 1 / round(one_in)
        yield Finding(
            ("scale",),
            f"found {scenario.scale:g}, one account in {one_in:g}: 1/scale must be a whole number; "
            f"take {nearest:.10g} (one in {round(one_in)})",
        )


def _prices(scenario: Scenario) -> Iterator[Finding]:
    tick = scenario.exchange.tick
    for index, stock in enumerate(scenario.securities.stocks or []):
        keys: Keys = ("securities", "stocks", index, "price")
        ticks = stock.price / tick
        if ticks > MAX_TICKS:
            yield Finding(keys, f"found {stock.price:g}, must be at most {MAX_TICKS * tick:g}; check the unit (CNY)")
        elif abs(ticks - round(ticks)) > 1e-6 or round(ticks) < 1:
            yield Finding(keys, f"found {stock.price:g}, must be a whole number of ticks of {tick:g}; round it")
    for name, board in (scenario.securities.boards or {}).items():
        if board.price[-1][1] / tick > MAX_TICKS:
            highest = f"found {board.price[-1][1]:g}, must be at most {MAX_TICKS * tick:g}; check the unit (CNY)"
            yield Finding(("securities", "boards", name, "price"), highest)


def _board_caps(scenario: Scenario) -> Iterator[Finding]:
    for name, board in (scenario.securities.boards or {}).items():
        total, suspended = board.total_float_cap, board.suspended_float_cap
        if total is not None and suspended is not None and suspended > total:
            yield Finding(
                ("securities", "boards", name, "suspended_float_cap"),
                f"found {suspended:g}, must be at most total_float_cap {total:g}; check the unit (CNY)",
            )


def _event_dates(scenario: Scenario) -> Iterator[Finding]:
    days = trading_days(scenario.calendar)
    open_days = frozenset(days)
    for index, event in enumerate(scenario.events):
        keys: Keys = ("events", index, "date")
        before = scenario.events[index - 1].date if index else None
        if not days[0] < event.date <= days[-1]:
            yield Finding(keys, _outside(event.date, days))
        elif event.date not in open_days:
            opening = next(day for day in days if day > event.date)
            yield Finding(keys, f"{event.date} is not a trading day; write the day of the next open, {opening}")
        elif before is not None and event.date < before:
            yield Finding(keys, f"{event.date} stands after {before}; events must be in order of date, move it up")
        if event.rescue and event.rescue.until and event.rescue.until < event.date:
            until = f"found {event.rescue.until}, must not be before the event's date {event.date}"
            yield Finding((*keys[:-1], "rescue", "until"), until)


def _outside(date: dt.date, days: list[dt.date]) -> str:
    late = date > days[-1]
    way_out = "raise calendar.days or leave the event out" if late else "put it into the initial sections"
    return f"{date} lies outside the calendar, after {days[0]} to {days[-1]} ({len(days) - 1} days); {way_out}"


def _unknown(keys: Keys, name: str, known: Collection[str], noun: str) -> Iterator[Finding]:
    """A finding unless the name is known."""
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {shortened(', '.join(known), 80) or 'none'}"
        yield Finding(keys, f"there is no {noun} {name!r}; {hint}")


def _all_unknown(keys: Keys, names: Iterable[str] | None, known: Collection[str], noun: str) -> Iterator[Finding]:
    for name in names or []:
        yield from _unknown((*keys, name), name, known, noun)


def _cohort_names(scenario: Scenario) -> Iterator[Finding]:
    for index, event in enumerate(scenario.events):
        yield from _all_unknown(("events", index, "contract"), event.contract, scenario.cohorts, "cohort")
        if event.credit_withdrawal:
            keys = ("events", index, "credit_withdrawal", "cohort")
            yield from _unknown(keys, event.credit_withdrawal.cohort, scenario.cohorts, "cohort")


def _board_and_sector_names(scenario: Scenario) -> Iterator[Finding]:
    securities = scenario.securities
    if securities.table is not None:  # its reader knows the boards and sectors
        return
    stocks = securities.stocks or []
    boards = list(securities.boards or dict.fromkeys(stock.board for stock in stocks))
    sectors = list(dict.fromkeys(stock.sector for stock in stocks) if stocks else securities.sectors)
    yield from _all_unknown(("national_team", "boards"), scenario.national_team.boards, boards, "board")
    for name, cohort in scenario.cohorts.items():
        yield from _all_unknown(("cohorts", name, "debt_by_board"), cohort.debt_by_board, boards, "board")
        yield from _all_unknown(("cohorts", name, "debt_by_sector"), cohort.debt_by_sector, sectors, "sector")
        attention, place = cohort.behaviour.attention, ("cohorts", name, "behaviour", "attention")
        yield from _all_unknown((*place, "boards"), attention.boards, boards, "board")
        yield from _all_unknown((*place, "sectors"), attention.sectors, sectors, "sector")
    for index, event in enumerate(scenario.events):
        if event.news:
            yield from _all_unknown(("events", index, "news", "boards"), event.news.boards, boards, "board")
            yield from _all_unknown(("events", index, "news", "sectors"), event.news.sectors, sectors, "sector")


def _named_stocks(event: Event) -> Iterator[tuple[str, list[str]]]:
    if event.news and event.news.stocks:
        yield "news", event.news.stocks
    for key, halt in (("suspend", event.suspend), ("resume", event.resume)):
        if halt and halt.stocks != "all":
            yield key, halt.stocks


def _stock_names(scenario: Scenario) -> Iterator[Finding]:
    if scenario.securities.stocks is None:  # drawn, or read from a table: the codes are not known here
        return
    codes = [stock.code for stock in scenario.securities.stocks]
    for index, event in enumerate(scenario.events):
        for key, stocks in _named_stocks(event):
            for place, code in enumerate(stocks):
                yield from _unknown(("events", index, key, "stocks", place), code, codes, "stock")
    for name, cohort in scenario.cohorts.items():
        for number, account in enumerate(cohort.explicit or []):
            for place, position in enumerate(account.positions):
                keys = ("cohorts", name, "explicit", number, "positions", place, "stock")
                yield from _unknown(keys, position.stock, codes, "stock")


def _empty_cohorts(scenario: Scenario) -> Iterator[Finding]:
    for name, cohort in scenario.cohorts.items():
        if cohort.accounts is not None and cohort.accounts * scenario.scale < 1 - 1e-9:
            yield Finding(
                ("cohorts", name, "accounts"),
                f"found {cohort.accounts} at scale {scenario.scale:g}, which leaves none; "
                f"raise scale to at least {1 / cohort.accounts:g} or leave the cohort out",
            )


def _marginable(scenario: Scenario) -> Iterator[Finding]:
    """Drawn debts need stocks that may stand behind them."""
    if scenario.securities.table is not None or any_marginable(scenario):
        return
    for name, cohort in scenario.cohorts.items():
        if cohort.debt and _needs_marginable(cohort):
            message = "its loans need marginable stocks and no stock is marginable; raise marginable"
            yield Finding(("cohorts", name, "debt"), message)


def _needs_marginable(cohort: Cohort) -> bool:
    only = cohort.contract.marginable_only
    return cohort.kind == "short_seller" or (cohort.kind != "shadow" if only is None else only)


def _holdings(scenario: Scenario) -> Iterator[Finding]:
    """Written-out positions: whole lots, one a stock, and together no more than there is."""
    lot = scenario.exchange.lot_size
    for name, cohort in scenario.cohorts.items():
        for number, account in enumerate(cohort.explicit or []):
            keys: Keys = ("cohorts", name, "explicit", number, "positions")
            counts = Counter(position.stock for position in account.positions)
            for place, position in enumerate(account.positions):
                if counts[position.stock] > 1:
                    message = f"{position.stock} stands in {counts[position.stock]} positions; put them into one"
                    yield Finding((*keys, place, "stock"), message)
                yield from _lots((*keys, place, "shares"), position.shares, lot)
    yield from _float(scenario)


def _lots(keys: Keys, shares: int, lot: int) -> Iterator[Finding]:
    if shares == 0 or shares % lot:
        yield Finding(keys, f"found {shares}, must be a whole number of lots of {lot} shares, and not 0; round it")
    elif abs(shares) // lot > MAX_LOTS:
        yield Finding(keys, f"found {shares}, must be at most {MAX_LOTS} lots of {lot} shares; split the account")


def _one_to_one(scenario: Scenario) -> Iterator[Finding]:
    """Real and written-out accounts cannot be thinned."""
    for name, cohort in scenario.cohorts.items():
        if scenario.scale != 1 and cohort.accounts is None:
            key = "from" if cohort.tables is not None else "explicit"
            message = f"its accounts are simulated one to one, but scale is {scenario.scale:g}; set scale: 1"
            yield Finding(("cohorts", name, key), message)


def _own_lines(scenario: Scenario) -> Iterator[Finding]:
    """An account's own line lies between 1 (under a requirement: above 0) and the level at which it is restored."""
    for name, cohort in scenario.cohorts.items():
        rules = binding(scenario.rules, cohort, cohort.contract)
        restore = cohort.contract.restore_line or rules.restore_line
        lowest = 1.0 if (cohort.contract.requirement or rules.requirement) is None else 0.0001
        for number, account in enumerate(cohort.explicit or []):
            line = account.close_out_line
            if line is not None and not lowest <= line <= restore:
                message = f"found {line:g}, must lie between {lowest:g} and restore_line {restore:g}; move one of them"
                yield Finding(("cohorts", name, "explicit", number, "close_out_line"), message)


def _float(scenario: Scenario) -> Iterator[Finding]:
    lot = scenario.exchange.lot_size
    held: Counter[str] = Counter()
    for cohort in scenario.cohorts.values():
        for account in cohort.explicit or []:
            for position in account.positions:
                held[position.stock] += max(position.shares, 0)
    for index, stock in enumerate(scenario.securities.stocks or []):
        yield from _float_of(("securities", "stocks", index, "float_shares"), stock, held[stock.code], lot)


def _float_of(keys: Keys, stock: Stock, held: int, lot: int) -> Iterator[Finding]:
    if stock.float_shares < lot:
        yield Finding(keys, f"found {stock.float_shares}, must be at least one lot of {lot} shares; raise it")
    elif held > stock.float_shares:
        yield Finding(keys, f"found {stock.float_shares}, but the written-out accounts hold {held}; raise it")


def _replay(scenario: Scenario) -> Iterator[Finding]:
    """Replayed prices need a file, and stocks that have prices in it."""
    if scenario.price_formation != "replay":
        if scenario.replay is not None:
            message = "is read with price_formation: replay only; set that, or leave the section out"
            yield Finding(("replay",), message)
        return
    if scenario.replay is None:
        message = "is missing; price_formation: replay needs a price file, write replay: {prices: FILE.csv}"
        yield Finding(("replay",), message)
    if scenario.securities.boards is not None:
        message = (
            "drawn stocks have no real prices; price_formation: replay needs securities.from or securities.stocks, "
            "with the codes of the price file"
        )
        yield Finding(("securities", "boards"), message)
