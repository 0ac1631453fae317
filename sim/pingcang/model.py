"""`MarginMarket`: the trading day, told in order.

open      events, halts, price bands, interest, T+1 unlocked, calls answered or enforced
sessions  decide → clear → settle → check; none of them while the market is halted
close     calls issued and cured, halt requests, record
"""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from pingcang._core.book import Tape
from pingcang._core.rng import uniforms
from pingcang.accounts.conservation import Purses, all_cash, audit_books
from pingcang.accounts.counter_cyclical import new_loan_margin
from pingcang.accounts.initial import InitialState, draw_initial_state
from pingcang.agents.accounts import POPULATIONS, MarginPopulation
from pingcang.agents.pacing import pace
from pingcang.agents.portfolios import Fund, NationalTeam, Portfolio
from pingcang.agents.replayed_market import ReplayedMarket
from pingcang.agents.rest_of_market import RestOfMarket
from pingcang.arrays import Array, Floats
from pingcang.errors import ScenarioError
from pingcang.market.day import SMALLEST_SIGMA, Day
from pingcang.market.session import Auction
from pingcang.market.state import StockState
from pingcang.randomness import Purpose
from pingcang.results.recorder import Recorder
from pingcang.rules.circuit_breaker import level_reached
from pingcang.scenario import LoadedScenario, load_scenario, load_text

if TYPE_CHECKING:
    import pyarrow as pa

REPORTERS = {name: name for name in ("date", "index", "financing_balance", "limit_down")}
"""What the model's own DataCollector keeps; `results()` holds everything."""


class MarginMarket(mesa.Model):
    """A stock market with margin accounts whose forced sales move its prices.

    Parameters
    ----------
    scenario: a LoadedScenario, the path of a scenario file, or the name of a ready-made one.
    seed, run: name the random numbers; the same pair gives the same market to the bit.
    scale: share of the market that is simulated, 1/whole number; default: the scenario's.
    threads: OpenMP threads; they change nothing but the time it takes.
    feedback: False keeps every order of a margin account out of prices (the counterfactual of the amplification);
        refused where prices are replayed.
    record: "stocks" and "audit" for the larger records.
    overrides: keys of the scenario with double underscores for dots, e.g. rules__close_out_line=1.4.

    Raises ScenarioError for a wrong scenario or seed, and in `step` BooksError if money or shares are not conserved.
    """

    def __init__(
        self,
        scenario: LoadedScenario | Path | str,
        *,
        seed: int = 0,
        run: int = 0,
        scale: float | None = None,
        threads: int = 1,
        feedback: bool = True,
        record: tuple[str, ...] = (),
        **overrides: Any,
    ) -> None:
        _check_numbers(seed, run, threads)
        super().__init__(rng=seed)
        self.loaded = _loaded(scenario, scale, overrides)
        self.run_number = run
        self.threads = threads
        self.scale = self.loaded.scenario.scale
        self._begin(draw_initial_state(self.loaded, seed=seed, run=run, scale=self.scale, feedback=feedback))
        self.recorder = Recorder(self, record or tuple(self.loaded.scenario.record))
        self.recorder.close_day(self.recorder.financed())
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)
        self.datacollector.collect(self)

    def _begin(self, initial: InitialState) -> None:
        self.listing, self.days, self.keys = initial.listing, initial.days, initial.keys
        self.stocks = StockState(initial)
        self.tick = self.loaded.scenario.exchange.tick
        self.day = 0
        self.today: Day = self.days[0]
        self.breaker_level = self.reopens = self.sessions_halted = 0
        self.new_loan_margin = 0
        self.up_days = 0
        self.dmc_variance = initial.dmc_volatility * initial.dmc_volatility
        self.float_cap_start = initial.index_value * self.listing.lot_value / 100.0 / self.scale
        keys = np.zeros(max(Purpose) + 1, np.uint64)
        for purpose, key in self.keys.items():
            keys[purpose] = key
        self.tape = Tape(self.stocks, keys, self.listing.lot_value)
        self._enter_agents(initial)
        self.purses = Purses(claims=sum(int((p.book.debt + p.book.interest).sum()) for p in self.populations))
        self.total_cash = all_cash(self)

    def _enter_agents(self, initial: InitialState) -> None:
        self.populations: list[MarginPopulation] = []
        for name, book in initial.books.items():
            kind = POPULATIONS[self.loaded.scenario.cohorts[name].kind]
            self.populations.append(kind(self, name, book, initial.size_tilt[name]))
        self.funds: list[Fund] = []
        if initial.fund_rules is not None:
            for f, (lots, cash) in enumerate(zip(initial.fund_lots, initial.fund_cash, strict=True)):
                self.funds.append(Fund(self, f, initial.fund_rules, lots.copy(), int(cash)))
        self.national_team = NationalTeam(self, initial.team_tilt)
        replay = self.loaded.scenario.price_formation == "replay"
        self.rest = ReplayedMarket(self) if replay else RestOfMarket(self)
        for population in self.populations:
            population.take_terms(self.today)
        for market_return in self.loaded.scenario.calendar.past_returns:
            self._remember_market(market_return)

    # ---- the day ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """All days that are left."""
        while self.running:
            self.step()

    def step(self) -> None:
        """One trading day."""
        if not self.running:
            raise RuntimeError(f"{self.loaded.scenario.name} ends on {self.today.date}; there is no day after it")
        self.open()
        for session in range(self.today.impact.sessions):
            self.tape.session = session
            if session < self.reopens:
                self.pause(session)
                continue
            self.decide(session)
            auction = self.clear(session)
            self.settle(auction)
            self.check()
            self.watch_index(session)
        self.close()

    def open(self) -> None:
        """What has changed overnight, for the stocks first, then for the agents."""
        self.day += 1
        self.today = today = self.days[self.day]
        self.breaker_level = self.reopens = self.sessions_halted = 0
        self.new_loan_margin = new_loan_margin(self)
        self.purses.lender_loss = 0
        self.tape.day, self.tape.session, self.tape.sessions = self.day, 0, today.impact.sessions
        self.tape.return_today = 0.0
        self.tape.dmc_volatility = max(SMALLEST_SIGMA, math.sqrt(self.dmc_variance))
        self.stocks.halt_and_resume(today, self.draws(Purpose.RESUME), self.up_days)
        self.stocks.open_day(today)
        self.stocks.set_marks(today)
        self.margin_accounts.do("open_day", today)
        for holder in (*self.funds, self.national_team):
            holder.open_day(today)
        self.recorder.watch("open")

    def decide(self, session: int) -> None:
        """Everybody writes orders; those of lenders are paced where a rule says so."""
        self.margin_accounts.do("decide")
        if self.today.forced_share is not None:
            sessions = self.today.impact.sessions
            pace(self.populations, self.today.forced_share, self.listing.turnover, session, sessions)
        for holder in (*self.funds, self.national_team):
            holder.decide(session)

    def clear(self, session: int) -> Auction:
        """The rest of the market learns the news; then each stock gets one price."""
        self.rest.learn(self.today, session)
        self.recorder.learnt(session)
        auction = Auction(len(self.listing), self.keys[Purpose.RATION])
        for participant in self.participants:
            participant.add_up(auction)
        auction.close_orders()
        pooled = self.pooled_routine()
        self.rest.make_prices(self.today, session, auction, pooled)
        self.stocks.watch_falls(self.today)
        self.recorder.priced(auction, pooled)
        self.tape.return_today = self.stocks.market_return(self.stocks.previous)
        return auction

    def pooled_routine(self) -> Floats:
        """Each cohort's net routine value, spread over what it pays attention to; lots of each stock."""
        value = np.zeros(len(self.listing))
        for population in self.populations:
            total = int(population.weights.sum())
            if total > 0:
                value = value + (population.routine / total) * population.weights
        unit = (self.last_prices * self.listing.lot_value).astype(np.float64)
        pooled: Floats = value / unit
        return pooled

    @property
    def last_prices(self) -> Array:
        """Prices in ticks, int64."""
        return self.stocks.price.astype(np.int64)

    def settle(self, auction: Auction) -> None:
        """Orders are filled exactly, in the order of the queue."""
        for participant in self.participants:
            participant.settle(auction)
        self.recorder.fills()

    def check(self) -> None:
        """Lines that bind at once; then the books must balance."""
        self.margin_accounts.do("check")
        self.recorder.watch("check")
        audit_books(self)

    def pause(self, session: int) -> None:
        """A session in which the whole market is halted: news arrives, windows run, nobody orders."""
        self.rest.learn(self.today, session)
        self.recorder.learnt(session)
        self.rest.pause()
        self.check()
        self.sessions_halted += 1
        self.recorder.pause()

    def watch_index(self, session: int) -> None:
        """The circuit breaker: a level that the index reaches for the first time today halts the whole market.

        Moments that fall into the halt are those of the session in which trading resumes; without one they are lost
        with the day, and what stands by itself (forced and pre-emptive sales, wanted purchases, redemptions owed)
        stands tomorrow.
        """
        breaker, sessions = self.today.breaker, self.today.impact.sessions
        if breaker is None:
            return
        index, last_close = self.stocks.index_value(), self.stocks.index_at_open()
        level = level_reached(index, last_close, breaker.moves, breaker.both_ways)
        if level <= self.breaker_level:
            return
        self.breaker_level = level
        self.reopens = min(sessions, session + 1 + breaker.halts[level - 1])
        if self.reopens < sessions:
            self._postpone(session)

    def _postpone(self, session: int) -> None:
        for population in self.populations:
            population.postpone(session, self.reopens)
        for fund in self.funds:
            fund.postpone(session, self.reopens)

    def close(self) -> None:
        """Calls, halt requests, memories; the day is recorded."""
        self.tape.session = 0
        self.margin_accounts.do("close_day")
        for fund in self.funds:
            fund.close_day()
        financed = self.recorder.financed()
        self.stocks.stop_crowded_stocks(self.today, financed)
        self.stocks.request_halts(self.today, self.draws(Purpose.HALT))
        self._remember()
        self.recorder.watch("close")
        audit_books(self, every_account=True)
        self.recorder.close_day(financed)
        self.datacollector.collect(self)
        self.running = self.day < len(self.days) - 1

    def _remember(self) -> None:
        self._remember_market(self.stocks.market_return(self.stocks.previous))
        self.dmc_variance = self.stocks.remember(self.today, self.dmc_variance)

    def _remember_market(self, market_return: float) -> None:
        self.rest.remember(self.today, market_return)
        for population in self.populations:
            population.remember(market_return)
        self.up_days = self.up_days + 1 if market_return > 0.0 else 0

    # ---- what can be asked ------------------------------------------------------------------------------------

    @property
    def margin_accounts(self) -> mesa.agent.AgentSet:
        """The populations of margin accounts, in the order of the queue."""
        return mesa.agent.AgentSet(self.populations, random=self.random)

    @property
    def portfolios(self) -> list[Portfolio]:
        """Funds and the national team, in the order of the queue behind the accounts."""
        return [*self.funds, self.national_team]

    @property
    def participants(self) -> list[MarginPopulation | Portfolio]:
        """Everybody who sends orders, in the order of the queue."""
        return [*self.populations, *self.portfolios]

    def draws(self, purpose: Purpose) -> Floats:
        """Today's uniform number of every stock for a purpose."""
        return uniforms(self.keys[purpose], 0, len(self.listing), self.day, 0, 0)

    @property
    def date(self) -> dt.date:
        """Today."""
        return self.today.date

    @property
    def index(self) -> float:
        """Float-cap weighted index, suspended stocks at their last price; 1 at the start."""
        return float(self.recorder.index[self.day])

    @property
    def financing_balance(self) -> float:
        """Financing balance of brokers at scale 1, CNY."""
        return sum(p.financing_balance for p in self.populations if p.terms.official)

    @property
    def limit_down(self) -> int:
        """Stocks at limit-down."""
        return int(self.stocks.at_limit_down().sum())

    def results(self) -> dict[str, Array]:
        """The recorded variables of pingcang.results.variables, up to today."""
        return self.recorder.results()

    def coordinates(self) -> dict[str, Any]:
        """Labels of the dimensions of `results`."""
        return self.recorder.coordinates()

    def audit(self) -> dict[str, Array]:
        """State changes and fills of every account, one row each; empty unless record holds "audit"."""
        return self.recorder.audit.columns()

    def causes(self) -> pa.Table:
        """By whom prices were moved, a row for each day, stock and cause; empty unless record holds "audit"."""
        return self.recorder.causes.table()


def _check_numbers(seed: int, run: int, threads: int) -> None:
    """Seeds and runs name random numbers of 64 and 32 bits."""
    for name, value, largest in (("seed", seed, 2**64 - 1), ("run", run, 2**32 - 1), ("threads", threads, 1024)):
        least = 1 if name == "threads" else 0
        if not isinstance(value, int) or not least <= value <= largest:
            raise ScenarioError(f"{name}: found {value!r}, must be a whole number from {least} to {largest}")


def _loaded(scenario: LoadedScenario | Path | str, scale: float | None, overrides: dict[str, Any]) -> LoadedScenario:
    changes = {key.replace("__", "."): value for key, value in overrides.items()}
    if scale is not None:
        changes["scale"] = scale
    if isinstance(scenario, LoadedScenario):
        if not changes:
            return scenario
        return load_text(scenario.text, source=scenario.source, base_folder=scenario.base_folder, overrides=changes)
    return load_scenario(scenario, overrides=changes)
