"""Rules that speak of boards, stocks and past days: do these exist?"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Scenario
from pingcang.scenario.timeline import changed, trading_days
from pingcang.scenario.tree import Finding, Keys

ST = "st"
"""Stands for ST stocks among the boards of `rules.price_limits`."""
CHINESE_BOARDS = ("sse_main", "szse_main", "sme", "chinext", "star", "bse", "main")
"""Boards that a rule set may name though the scenario has none of their stocks."""


class Stage(NamedTuple):
    """The rules from a date on: where they stand, and which keys were set there."""

    keys: Keys
    date: dt.date | None
    rules: Rules
    said: Collection[str]


def rules_findings(scenario: Scenario) -> Iterator[Finding]:
    """What is wrong in the rules at the start, and in those of each event."""
    for stage in _stages(scenario):
        yield from _boards(scenario, stage)
        yield from _replayed(scenario, stage)
        yield from _past_returns(scenario, stage)
    yield from _brokers(scenario)


def unknown_board(name: str, known: Collection[str]) -> str | None:
    """What is wrong with the name of a board in the rules; None if nothing is."""
    if name in known or name in CHINESE_BOARDS:
        return None
    close = difflib.get_close_matches(name, [*known, *CHINESE_BOARDS], n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join([*known][:8])}"
    return f"there is no board {name!r}; {hint}"


def _stages(scenario: Scenario) -> Iterator[Stage]:
    rules = scenario.rules
    yield Stage(("rules",), None, rules, rules.model_fields_set)
    for index, event in enumerate(scenario.events):
        try:
            rules = changed(rules, event.rules or {})
        except ValidationError:  # checks_events.py tells it
            continue
        yield Stage(("events", index, "rules"), event.date, rules, set(event.rules or {}))


def _boards(scenario: Scenario, stage: Stage) -> Iterator[Finding]:
    securities = scenario.securities
    if securities.table is not None:  # its boards are known when it is read: market/stock_rules.py
        return
    known = list(securities.boards or dict.fromkeys(stock.board for stock in securities.stocks or []))
    if "price_limits" in stage.said:
        for name in stage.rules.price_limits or {}:
            problem = unknown_board(name, [*known, ST])
            if problem:
                yield Finding((*stage.keys, "price_limits", name), problem)
        if ST in (stage.rules.price_limits or {}) and ST in known:
            message = f"{ST} stands for ST stocks, but a board has that name too; rename the board"
            yield Finding((*stage.keys, "price_limits", ST), message)
    if "marginable_boards" in stage.said:
        for place, name in enumerate(stage.rules.marginable_boards or []):
            problem = unknown_board(name, known)
            if problem:
                yield Finding((*stage.keys, "marginable_boards", place), problem)


def any_marginable(scenario: Scenario) -> bool:
    """Whether loans can buy anything at the start; only a file may know better."""
    securities, rules = scenario.securities, scenario.rules
    boards = securities.boards or {}
    whole = set(rules.marginable_boards or [])
    if any(name in whole and board.stocks > board.st for name, board in boards.items()):
        return True
    if any(stock.board in whole and not stock.st for stock in securities.stocks or []):
        return True
    if rules.marginable_stocks is not None:
        return rules.marginable_stocks > 0 or any(s.etf and s.marginable for s in securities.stocks or [])
    return any(board.marginable for board in boards.values()) or any(s.marginable for s in securities.stocks or [])


def _replayed(scenario: Scenario, stage: Stage) -> Iterator[Finding]:
    if scenario.price_formation == "replay" and "circuit_breaker" in stage.said and stage.rules.circuit_breaker:
        message = (
            "with price_formation: replay real prices have had their halts already; set it to null, "
            "or set price_formation: endogenous"
        )
        yield Finding((*stage.keys, "circuit_breaker"), message)


def _past_returns(scenario: Scenario, stage: Stage) -> Iterator[Finding]:
    """A return over more days than there are: those before the start must be given."""
    rule = stage.rules.counter_cyclical
    if rule is None or rule.driver != "past_return" or "counter_cyclical" not in stage.said:
        return
    days = trading_days(scenario.calendar)
    lived = 0 if stage.date not in days else days.index(stage.date) - 1
    missing = rule.window - lived - len(scenario.calendar.past_returns)
    if missing > 0:
        message = (
            f"{rule.window} trading days of past_return reach {missing} days further back than the run and "
            f"calendar.past_returns ({len(scenario.calendar.past_returns)} days); give their returns, or lower window"
        )
        yield Finding((*stage.keys, "counter_cyclical", "window"), message)


def _brokers(scenario: Scenario) -> Iterator[Finding]:
    for name, cohort in scenario.cohorts.items():
        if cohort.contract.brokers is not None and cohort.contract.close_out_line is not None:
            message = "brokers have their own lines, so close_out_line would have no effect; keep one of the two"
            yield Finding(("cohorts", name, "contract", "brokers"), message)
    for index, event in enumerate(scenario.events):
        for name, change in (event.contract or {}).items():
            if "brokers" in change:
                message = (
                    f"brokers is read at the start only and cannot change; set cohorts.{name}.contract.brokers itself"
                )
                yield Finding(("events", index, "contract", name, "brokers"), message)
