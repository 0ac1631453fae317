"""What is told beside the result, not refused: what has no effect, and what the economy around the market does."""

from __future__ import annotations

from collections.abc import Iterator

from pingcang.market.macro_notes import macro_notes
from pingcang.market.securities_table import read_stocks
from pingcang.scenario import LoadedScenario, Scenario
from pingcang.scenario.schema import Rules
from pingcang.scenario.timeline import after_event, initial_sections


def notes_of(loaded: LoadedScenario) -> list[str]:
    """Notes on a scenario, one line each."""
    return [*_unbound(loaded), *macro_notes(loaded.scenario)]


def _unbound(loaded: LoadedScenario) -> list[str]:
    """A rule set speaks of all stocks there are; a scenario may know less."""
    limited = any(rules.haircuts and rules.haircuts.pe_limit is not None for rules in _rules(loaded.scenario))
    if not limited or _has_ratios(loaded):
        return []
    return [
        "rules.haircuts.pe_limit: binds no stock, since none has a P/E; give securities.boards.NAME.pe, "
        "or the pe of stocks"
    ]


def _rules(scenario: Scenario) -> Iterator[Rules]:
    sections = initial_sections(scenario)
    yield sections.rules
    for event in scenario.events:
        sections = after_event(sections, event)
        yield sections.rules


def _has_ratios(loaded: LoadedScenario) -> bool:
    securities = loaded.scenario.securities
    if securities.boards is not None:
        return any(board.pe is not None for board in securities.boards.values())
    return any(stock.pe is not None for stock in securities.stocks or read_stocks(loaded, securities.table or ""))
