"""Engine and reference side by side: every fen, lot, state and price must be the same after every day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pingcang.accounts.initial import draw_initial_state
from pingcang.model import MarginMarket
from pingcang.reference.market import ReferenceMarket
from pingcang.scenario import LoadedScenario

ACCOUNT_COLUMNS = (
    "sma",
    "cash",
    "frozen",
    "debt",
    "interest",
    "remainder",
    "pending_loan",
    "pending_own",
    "presell",
    "wants",
    "state",
    "forced_on",
    "deadline",
    "quota",
    "active_session",
    "look_session",
)
SLOT_COLUMNS = ("lots", "loan", "reserved", "locked", "opened")
STOCK_COLUMNS = {
    "price": "price",
    "previous": "previous",
    "mark": "mark",
    "low": "low",
    "high": "high",
    "pinned": "pinned",
    "suspended": "suspended",
    "purchases_stopped": "stopped",
    "lendable": "lendable",
    "rest_lots": "rest_lots",
    "reference": "reference",
    "transient": "transient",
    "day_flow": "day_flow",
    "volume": "volume",
    "peak": "peak",
    "momentum": "momentum",
    "halt_requested": "halt_requested",
    "haircut": "haircut",
    "marginable": "marginable",
    "uptick": "uptick",
    "fell_on": "fell_on",
}
PURSES = {
    "rest_cash": "rest",
    "lender": "lender",
    "exchequer": "exchequer",
    "outside": "outside",
    "claims": "claims",
    "lender_loss": "lender_loss",
}
FIGURES = (
    "margin_purchases",
    "forced_sales",
    "preemptive_sales",
    "maturity_sales",
    "margin_calls",
    "forced_accounts",
    "closed_accounts",
)


def twins(
    loaded: LoadedScenario, *, seed: int, run: int = 0, threads: int = 1, feedback: bool = True, per_block: int = 3
) -> tuple[MarginMarket, ReferenceMarket]:
    """The same market twice, at the same start; blocks of few accounts, so that a small cohort has several."""
    scale = loaded.scenario.scale
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", per_block)
        engine = MarginMarket(loaded, seed=seed, run=run, threads=threads, feedback=feedback)
    initial = draw_initial_state(loaded, seed=seed, run=run, scale=scale, feedback=feedback)
    return engine, ReferenceMarket(initial, seed=seed, run=run)


def assert_same(engine: MarginMarket, reference: ReferenceMarket) -> None:
    """Every number of the two markets, exactly."""
    place = f"day {engine.day}"
    for plain, fast in STOCK_COLUMNS.items():
        _equal([getattr(s, plain) for s in reference.stocks], getattr(engine.stocks, fast), f"{place} stock.{plain}")
    for plain, fast in PURSES.items():
        assert getattr(reference, plain) == getattr(engine.purses, fast), f"{place} {plain}"
    for population in engine.populations:
        accounts, book, name = reference.cohorts[population.name], population.book, population.name
        for column in ACCOUNT_COLUMNS:
            _equal([getattr(a, column) for a in accounts], getattr(book, column), f"{place} {name}.{column}")
        _equal([a.whole for a in accounts], book.whole, f"{place} {name}.whole")
        for column in SLOT_COLUMNS:
            plain = [[getattr(a.slots[j], column) for a in accounts] for j in range(book.slots)]
            _equal(plain, getattr(book, column), f"{place} {name}.{column}")
        _equal(
            [[a.slots[j].stock if not a.slots[j].free else -1 for a in accounts] for j in range(book.slots)],
            np.where((book.lots == 0) & (book.loan == 0), -1, book.stock),
            f"{place} {name}.stock",
        )
        for figure in FIGURES:
            assert reference.counts[name, figure] == population.today[figure], f"{place} {name} {figure}"
        assert reference.memory[name] == population.memory, f"{place} {name} memory"
    for plain, fast in zip(reference.funds, engine.funds, strict=True):
        _equal(plain.lots, fast.lots, f"{place} fund lots")
        assert (plain.cash, plain.owed, plain.performance) == (fast.cash, fast.owed, fast.performance), place
    _equal(reference.team.lots, engine.national_team.lots, f"{place} national team")
    for name in ("breaker_level", "reopens", "sessions_halted"):
        assert getattr(reference, name) == getattr(engine, name), f"{place} {name}"
    assert reference.terms == {p.name: p.terms for p in engine.populations}, f"{place} terms"
    assert reference.trend == engine.rest.trend, f"{place} trend"
    assert reference.dmc_variance == engine.dmc_variance, f"{place} dmc variance"
    assert reference.heat == list(engine.stocks.heat), f"{place} heat"


def _equal(plain: Any, fast: Any, what: str) -> None:
    np.testing.assert_array_equal(np.asarray(plain), np.asarray(fast), err_msg=what, strict=False)


def run_together(loaded: LoadedScenario, **kwargs: Any) -> MarginMarket:
    """Step both through all days, comparing after each; the engine, for a look at what happened."""
    engine, reference = twins(loaded, **kwargs)
    assert_same(engine, reference)
    while engine.running:
        engine.step()
        reference.step()
        assert_same(engine, reference)
    return engine
