"""The state at the start of a run: securities, account books, portfolios, and the days to come.

`MarginMarket` and the reference start from the same `InitialState`; what happens then they compute each by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pingcang._core.rng import run_key
from pingcang.accounts.book import AccountBook
from pingcang.accounts.brokers import give_brokers_lines
from pingcang.accounts.loading import written_out
from pingcang.accounts.loan_ages import draw_loan_ages
from pingcang.accounts.own_book import BookNotes, read_own_books
from pingcang.accounts.population import draw_accounts, fit_into_float
from pingcang.arrays import Floats, Ints
from pingcang.errors import ScenarioError
from pingcang.market.day import Day, plan_days
from pingcang.market.replay import replayed
from pingcang.market.securities import Listing, curve, group_weights, list_securities
from pingcang.randomness import Purpose, cohort_code
from pingcang.scenario import LoadedScenario
from pingcang.scenario.replay import NO_COUNTERFACTUAL
from pingcang.scenario.schema import Cohort, Funds, NationalTeam
from pingcang.scenario.tree import PROBLEMS_SHOWN


@dataclass(frozen=True)
class InitialState:
    """Everything a run starts from. Money in fen, quantities in lots, both at the scenario's scale."""

    loaded: LoadedScenario
    scale: float
    seed: int
    run: int
    keys: dict[Purpose, int]
    listing: Listing
    days: list[Day]
    books: dict[str, AccountBook]
    size_tilt: dict[str, Floats]
    """Attention of each cohort per CNY of float cap: its size tilt times its weights of boards and sectors."""
    fund_rules: Funds | None
    fund_lots: Ints
    """(funds, stocks)"""
    fund_cash: Ints
    team_tilt: Floats
    rest_lots: Ints
    lendable: Ints
    index_value: int
    """Σ float lots × price in ticks."""
    dmc_volatility: float
    notes: BookNotes
    """What is to be told about accounts that came from tables."""


def draw_initial_state(
    loaded: LoadedScenario, *, seed: int, run: int, scale: float, feedback: bool = True
) -> InitialState:
    """The start of run `run` of a scenario; ScenarioError where its parts do not fit together."""
    scenario = loaded.scenario
    if scenario.price_formation == "replay" and not feedback:
        raise ScenarioError(NO_COUNTERFACTUAL)
    keys = {purpose: run_key(seed, run, purpose) for purpose in Purpose}
    listing = list_securities(loaded, keys, scale)
    days = plan_days(loaded, listing, scale, feedback)
    listing = replace(listing, marginable=days[0].stocks.marginable, haircut=days[0].stocks.haircut)
    if scenario.price_formation == "replay":
        days = replayed(days, loaded, listing, scale)
    codes = _codes(list(scenario.cohorts))
    own, notes = read_own_books(loaded, listing, days[0], codes, keys)
    books = {
        name: own[name] if name in own else _book(loaded, name, codes[name], listing, days[0], keys, scale)
        for name in scenario.cohorts
    }
    for name, cohort in scenario.cohorts.items():
        give_brokers_lines(books[name], cohort.contract.brokers, keys)
        if not books[name].opened.any():
            draw_loan_ages(books[name], cohort, keys)
    fund_lots, fund_cash = _fund_holdings(scenario.funds, listing)
    drawn = [book for name, book in books.items() if scenario.cohorts[name].accounts is not None]
    others = [book for name, book in books.items() if scenario.cohorts[name].accounts is None]
    fit_into_float(drawn, listing, listing.float_lots - fund_lots.sum(axis=0) - _held(listing, others))
    rest = _rest(listing, books, fund_lots)
    return InitialState(
        loaded=loaded,
        scale=scale,
        seed=seed,
        run=run,
        keys=keys,
        listing=listing,
        days=days,
        books=books,
        size_tilt={name: _relative(_attention(cohort, listing)) for name, cohort in scenario.cohorts.items()},
        fund_rules=scenario.funds,
        fund_lots=fund_lots,
        fund_cash=fund_cash,
        team_tilt=_team_tilt(scenario.national_team, listing),
        rest_lots=rest,
        lendable=_lendable(listing, books, scenario.rules.lendable_share),
        index_value=sum(int(lots) * int(price) for lots, price in zip(listing.float_lots, listing.price, strict=True)),
        dmc_volatility=scenario.impact.dmc_volatility,
        notes=notes,
    )


def _codes(names: list[str]) -> dict[str, int]:
    codes = {name: cohort_code(name) for name in names}
    for name, code in codes.items():
        others = [other for other in names if other != name and codes[other] == code]
        if others:
            raise ScenarioError(f"cohorts.{name}: would share its random numbers with {others[0]}; rename one of them")
    return codes


def check_data_files(loaded: LoadedScenario) -> BookNotes:
    """Read the stocks, the books and the prices that a scenario names; ScenarioError for what is wrong in them.

    What is told of the books depends on nothing but the scenario and its files, so files that have not changed are not
    read again.
    """
    scenario = loaded.scenario
    tables = [path for cohort in scenario.cohorts.values() for path in cohort.tables or ()]
    prices = None if scenario.replay is None else scenario.replay.prices
    files = [name for name in (scenario.securities.table, prices, *tables) if name is not None]
    if not files:
        return BookNotes()
    key = (loaded.hash, *(_stamp(Path(loaded.base_folder or ".") / name) for name in files))
    if not tables or key not in _NOTES:
        _NOTES.clear()
        _NOTES[key] = draw_initial_state(loaded, seed=0, run=0, scale=scenario.scale).notes
    return _NOTES[key]


_NOTES: dict[tuple[Any, ...], BookNotes] = {}


def _stamp(file: Path) -> tuple[str, int, int]:
    """What changes when a file changes; zeros for one that is not there, which its reader tells."""
    try:
        found = file.stat()
    except OSError:
        return str(file), 0, 0
    return str(file.absolute()), found.st_mtime_ns, found.st_size


def _book(
    loaded: LoadedScenario, name: str, code: int, listing: Listing, start: Day, keys: dict[Purpose, int], scale: float
) -> AccountBook:
    cohort: Cohort = loaded.scenario.cohorts[name]
    if cohort.explicit is not None:
        return written_out(name, code, cohort, cohort.explicit, listing, start.terms[name], loaded)
    return draw_accounts(name, code, cohort, listing, start, keys, scale)


def _attention(cohort: Cohort, listing: Listing) -> Floats:
    weights = cohort.behaviour.attention
    tilt: Floats = curve(cohort.size_tilt, listing.float_cap) * group_weights(weights.boards, weights.sectors, listing)
    return tilt


def _relative(weights: Floats) -> Floats:
    """Weights as a share of the largest, so that sums of weighted floats stay exact; all 0 stays so."""
    top = float(weights.max())
    return weights / top if top > 0 else weights


def _team_tilt(team: NationalTeam, listing: Listing) -> Floats:
    tilt: Floats = curve(team.size_tilt, listing.float_cap) * group_weights(team.boards, None, listing)
    return _relative(tilt)


def _fund_holdings(funds: Funds | None, listing: Listing) -> tuple[Ints, Ints]:
    if funds is None:
        return np.zeros((0, len(listing)), np.int64), np.zeros(0, np.int64)
    each = np.floor(listing.float_lots * (funds.share_of_float / funds.count)).astype(np.int64)
    worth = int((each * listing.price.astype(np.int64) * listing.lot_value).sum())
    cash = int(worth * funds.cash_share / (1 - funds.cash_share)) if funds.cash_share < 1 else worth
    return np.tile(each, (funds.count, 1)), np.full(funds.count, cash, np.int64)


def _rest(listing: Listing, books: dict[str, AccountBook], fund_lots: Ints) -> Ints:
    """What is left of each float for the rest of the market."""
    rest: Ints = listing.float_lots - fund_lots.sum(axis=0) - _held(listing, books.values())
    short = np.flatnonzero(rest < 0)
    if len(short):
        raise ScenarioError(*_beyond_the_float(listing, rest, short))
    return rest


def _beyond_the_float(listing: Listing, rest: Ints, short: Ints) -> Iterator[str]:
    for s in short[:PROBLEMS_SHOWN].tolist():
        yield (
            f"cohorts: the accounts and funds hold {int(listing.float_lots[s] - rest[s])} lots of "
            f"{listing.codes[s]}, its float is {int(listing.float_lots[s])}; lower the debt or share_of_float, "
            "or enlarge the float"
        )
    if len(short) > PROBLEMS_SHOWN:
        yield f"cohorts: and {len(short) - PROBLEMS_SHOWN} more stocks"


def _held(listing: Listing, books: Iterable[AccountBook]) -> Ints:
    """Net lots of each stock in some accounts."""
    held = np.zeros(len(listing), np.int64)
    for book in books:
        np.add.at(held, book.stock.ravel(), book.lots.ravel())
    return held


def _lendable(listing: Listing, books: dict[str, AccountBook], share: float) -> Ints:
    """Lots of each stock that can still be borrowed, as long as it is marginable."""
    pool: Ints = np.floor(listing.float_lots * share).astype(np.int64)
    for book in books.values():
        np.subtract.at(pool, book.stock.ravel(), np.maximum(0, -book.lots.astype(np.int64)).ravel())
    np.maximum(pool, 0, out=pool)
    return pool
