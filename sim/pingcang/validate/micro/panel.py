"""The panel: what indebted accounts held at each close, how near their line they stood, and what they sold next day.

One row is a position (account, stock) held at the close of day t − 1 by an account with financing debt and no short
sales; short sellers' accounts are left out, as in the account data of 2015.

    δ = 1 − lots held at the close of t / lots held at the close of t − 1      net selling, a share of the holding
    DMC = (A − line·L) / (σ·V) at the close of t − 1                            rules/distance_to_call.py
    DMC⁻ = the least DMC of the same holdings, debt and σ after any session of t: what the day did to the account

A assets, L liabilities, V securities held; σ the engine's EWMA of the stocks' daily standard deviation.
Source: Bian, He, Shue, Zhou (NBER w25040, 2018), net selling and distance to margin call.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import mesa
import numpy as np
import numpy.typing as npt

from pingcang.accounts.book import CALLED, FORCED, AccountBook
from pingcang.agents.accounts import MarginPopulation
from pingcang.arithmetic import ONE
from pingcang.arrays import Array, Bools, Floats, Ints, Small, Tiny
from pingcang.market.day import SMALLEST_SIGMA
from pingcang.model import MarginMarket
from pingcang.randomness import ENTITIES_PER_COHORT
from pingcang.scenario import LoadedScenario

FREE, AT_LIMIT, SEALED, HALTED = range(4)
"""A stock's day: tradable; closed at limit-down; sealed at limit-down in every session; suspended."""

UNCALLED, WAITING, DUE, SELLING = range(4)
"""An account at the close before: not called; called; called, and sold out from the next open unless it tops up;
being sold out by its lender."""

Singles = npt.NDArray[np.float32]
Shorts = npt.NDArray[np.int16]

COLUMNS: dict[str, type[np.generic]] = {
    "day": np.int16,
    "cohort": np.int8,
    "account": np.int32,
    "stock": np.int32,
    "lots": np.int32,
    "dmc": np.float32,
    "dmc_low": np.float32,
    "crossed": np.int8,
    "status": np.int8,
    "sold": np.float32,
}


@dataclass(frozen=True)
class Panel:
    """Rows of positions, and the stocks' days, of one run.

    Of a row: `day` t; `cohort`, an index into `cohorts`; `account`, unique over cohorts; `stock`; `lots` held at the
    close of t − 1; `dmc` then; `dmc_low`, DMC⁻; `crossed`, the first session of t after which the DMC was below 0 (the
    number of sessions: none); `status`, UNCALLED to SELLING; `sold`, δ: 1 sold out, below 0 bought.
    Of a day (rows 0 to T, 0 is the start): `dates`, `market_return`; of a day and a stock: `price` (ticks), `state`.
    """

    day: Shorts
    cohort: Tiny
    account: Small
    stock: Small
    lots: Small
    dmc: Singles
    dmc_low: Singles
    crossed: Tiny
    status: Tiny
    sold: Singles
    cohorts: tuple[str, ...]
    official: Bools
    """Of each cohort: whether its lender is a broker."""
    dates: Array
    market_return: Floats
    price: Small
    state: Tiny
    float_lots: Ints
    float_cap: Floats
    beta: Floats

    def __len__(self) -> int:
        return len(self.day)

    @property
    def days(self) -> int:
        """Trading days after the start."""
        return len(self.dates) - 1

    @property
    def stocks(self) -> int:
        """Number of stocks."""
        return int(self.price.shape[1])

    @property
    def broker(self) -> Bools:
        """Rows of accounts whose lender is a broker; the others are shadow-financed."""
        rows: Bools = self.official[self.cohort]
        return rows

    @property
    def returns(self) -> Floats:
        """Daily return of each stock (T + 1, S); 0 on day 0 and while suspended."""
        moved = np.zeros(self.price.shape)
        moved[1:] = self.price[1:] / self.price[:-1] - 1.0
        return moved

    @property
    def stock_day(self) -> Ints:
        """The stock-date of each row, a number below (T + 1)·S."""
        numbers: Ints = self.day.astype(np.int64) * self.stocks + self.stock
        return numbers

    @property
    def account_day(self) -> Ints:
        """The account-date of each row, numbered from 0 without gaps."""
        key = self.account.astype(np.int64) * (self.days + 1) + self.day
        numbers: Ints = np.unique(key, return_inverse=True)[1].astype(np.int64)
        return numbers

    @property
    def value(self) -> Floats:
        """Value of each position at the close of t − 1, in ticks × lots."""
        worth: Floats = self.lots.astype(np.float64) * self.price[self.day - 1, self.stock]
        return worth

    def rows(self, keep: Bools) -> Panel:
        """The panel with some of its rows."""
        return replace(self, **{name: getattr(self, name)[keep] for name in COLUMNS})

    def until(self, day: int) -> Panel:
        """The panel of the first days of the run."""
        cut = {name: getattr(self, name)[: day + 1] for name in ("dates", "market_return", "price", "state")}
        return replace(self.rows(self.day <= day), **cut)


def distance(assets: Ints, liabilities: Ints, line: Ints, risky: Ints, sigma: float) -> Floats:
    """rules/distance_to_call.py for many long accounts at once; money in fen, lines in basis points."""
    room = (assets * ONE - line * liabilities).astype(np.float64)
    dmc: Floats = room / (sigma * (risky * ONE).astype(np.float64))
    return dmc


def collect_panel(loaded: LoadedScenario, *, seed: int, run: int, threads: int = 1) -> Panel:
    """Simulate one run and keep its panel; the run itself is the one that `pingcang run` makes."""
    market = WatchedMarket(loaded, seed=seed, run=run, threads=threads)
    try:
        return _collected(market)
    finally:
        mesa.Agent._ids.pop(market, None)  # Mesa 3.3 keeps every model alive here for ever


class WatchedMarket(MarginMarket):
    """A market that keeps the day's session prices, and in how many sessions a stock was sealed at limit-down."""

    def open(self) -> None:
        """As every day; no session yet."""
        super().open()
        self.sessions_sealed = np.zeros(len(self.listing), np.int64)
        self.session_prices: list[Small] = []

    def check(self) -> None:
        """As every session; then take notes."""
        super().check()
        self.sessions_sealed += self.stocks.pinned < 0
        self.session_prices.append(self.stocks.price.copy())


def _collected(market: WatchedMarket) -> Panel:
    stocks, listing = market.stocks, market.listing
    price = [stocks.price.copy()]
    state = [np.where(stocks.suspended, HALTED, FREE).astype(np.int8)]
    market_return = [0.0]
    rows: list[dict[str, Array]] = []
    while market.running:
        eves = [eve for population in market.populations if (eve := _eve(population)) is not None]
        market.step()
        rows += [columns for eve in eves for columns in _positions(eve, market)]
        price.append(stocks.price.copy())
        state.append(_states(market))
        market_return.append(stocks.market_return(stocks.previous))
    return Panel(
        **_joined(rows),
        cohorts=tuple(population.name for population in market.populations),
        official=np.array([population.terms.official for population in market.populations]),
        dates=np.array([day.date for day in market.days], "datetime64[D]"),
        market_return=np.array(market_return),
        price=np.stack(price),
        state=np.stack(state),
        float_lots=listing.float_lots,
        float_cap=listing.float_cap,
        beta=listing.beta,
    )


def _joined(rows: list[dict[str, Array]]) -> dict[str, Any]:
    return {
        name: np.concatenate([columns[name] for columns in rows] or [np.zeros(0)]).astype(kind)
        for name, kind in COLUMNS.items()
    }


def _states(market: WatchedMarket) -> Tiny:
    stocks = market.stocks
    sealed = market.sessions_sealed == market.today.impact.sessions
    state = np.where(stocks.at_limit_down(), np.where(sealed, SEALED, AT_LIMIT), FREE)
    states: Tiny = np.where(stocks.suspended, HALTED, state).astype(np.int8)
    return states


@dataclass(frozen=True)
class _Eve:
    """The indebted accounts `who` of a population at a close: what `book` forgets by the next one."""

    population: MarginPopulation
    who: Ints
    stock: Small
    lots: Small
    assets: Ints
    liabilities: Ints
    line: Ints
    risky: Ints
    status: Tiny
    sigma: float


def _eve(population: MarginPopulation) -> _Eve | None:
    book, model = population.book, population.model
    population.mark()
    risky = population.assets - book.cash - book.frozen
    who = np.flatnonzero((book.debt > 0) & (book.frozen == 0) & (risky > 0))
    if not len(who):
        return None
    own = book.own_line[who].astype(np.int64)
    return _Eve(
        population=population,
        who=who,
        stock=book.stock[:, who],
        lots=book.lots[:, who],
        assets=population.assets[who],
        liabilities=population.liabilities[who],
        line=np.where(own > 0, own, population.terms.close_out_line),
        risky=risky[who],
        status=_status(book, model.day + 1)[who],
        sigma=max(SMALLEST_SIGMA, math.sqrt(model.dmc_variance)),
    )


def _status(book: AccountBook, tomorrow: int) -> Tiny:
    called = np.where(book.forced_on <= tomorrow, DUE, WAITING)
    status: Tiny = np.select([book.state == FORCED, book.state == CALLED], [SELLING, called], UNCALLED).astype(np.int8)
    return status


def _positions(eve: _Eve, market: WatchedMarket) -> Iterator[dict[str, Array]]:
    """The rows of one population's day, slot by slot."""
    population = eve.population
    dmc = distance(eve.assets, eve.liabilities, eve.line, eve.risky, eve.sigma)
    low, crossed = _worst(eve, market)
    book, first = population.book, population.book.code * ENTITIES_PER_COHORT
    stock_now, lots_now = book.stock[:, eve.who], book.lots[:, eve.who]
    for stock, lots in zip(eve.stock, eve.lots, strict=True):
        kept = np.where((stock_now == stock) & (lots_now > 0), lots_now, 0).sum(axis=0)
        held = lots > 0
        yield {
            "day": np.full(int(held.sum()), market.day),
            "cohort": np.full(int(held.sum()), market.populations.index(population)),
            "account": first + eve.who[held],
            "stock": stock[held],
            "lots": lots[held],
            "dmc": dmc[held],
            "dmc_low": low[held],
            "crossed": crossed[held],
            "status": eve.status[held],
            "sold": 1.0 - kept[held] / lots[held],
        }


def _worst(eve: _Eve, market: WatchedMarket) -> tuple[Floats, Ints]:
    """DMC⁻ of each account, and the first session after which the holdings of the eve stood below the line."""
    low = np.full(len(eve.who), np.inf)
    crossed = np.full(len(eve.who), len(market.session_prices))
    before = market.stocks.previous.astype(np.int64)
    for session, price in enumerate(market.session_prices):
        moved = (price - before) * market.listing.lot_value
        gain = (eve.lots * moved[eve.stock]).sum(axis=0)
        dmc = distance(eve.assets + gain, eve.liabilities, eve.line, eve.risky + gain, eve.sigma)
        crossed[(crossed > session) & (dmc < 0.0)] = session
        low = np.minimum(low, dmc)
    return low, crossed
