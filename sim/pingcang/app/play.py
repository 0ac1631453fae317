"""A teaching run: all days of some settings, with and without feedback, computed once for everybody who asks.

Nothing of a student is kept. `plays` remembers the last runs by their settings; the same settings give the same
numbers, and so does `pingcang run` with the downloaded scenario and the same seed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from pingcang.accounts.book import CLOSED
from pingcang.app.settings import Settings
from pingcang.arithmetic import ONE
from pingcang.arrays import Array, Floats
from pingcang.montecarlo.simulate import finish, forget, result_of
from pingcang.results.dataset import RunResult, assemble, official_cohorts, provenance, run_attributes
from pingcang.results.units import CNY

if TYPE_CHECKING:
    import datetime as dt

    import xarray as xr

    from pingcang.agents.accounts import MarginPopulation
    from pingcang.model import MarginMarket
    from pingcang.scenario import LoadedScenario

RECORD = ("stocks",)
MOST_PLAYS = 24
"""Runs that are remembered; one of china_2025 takes about 6 MB."""
T = TypeVar("T")


@dataclass(frozen=True)
class AccountDays:
    """All margin accounts on every day; (days, accounts) unless said otherwise."""

    cohorts: tuple[str, ...]
    cohort: Array
    """(accounts,) place of its cohort."""
    number: Array
    """(accounts,) number within the cohort."""
    distance: Floats
    """Share of its assets that an account may lose before it stands at its close-out line; NaN without debt."""
    debt: Floats
    """Liabilities in the scenario's currency, of the one simulated account."""
    state: Array

    def name(self, place: int) -> str:
        """As the audit names it: retail:12."""
        return f"{self.cohorts[self.cohort[place]]}:{self.number[place]}"

    def place(self, name: str) -> int | None:
        """Place of retail:12; None if there is no such account."""
        cohort, _, number = name.partition(":")
        if cohort not in self.cohorts or not number.isdecimal():
            return None
        found = np.flatnonzero((self.cohort == self.cohorts.index(cohort)) & (self.number == int(number)))
        return int(found[0]) if len(found) else None

    def nearest(self, day: int, most: int) -> list[int]:
        """Places of the accounts with debt nearest to their line on a day, those below it first."""
        order = np.argsort(self.distance[day], kind="stable")[:most]
        return [int(place) for place in order if np.isfinite(self.distance[day, place])]


@dataclass(frozen=True)
class Play:
    """One run of the page."""

    settings: Settings
    loaded: LoadedScenario
    result: RunResult
    accounts: AccountDays
    board: Array
    """(stocks,) place of its board."""
    boards: tuple[str, ...]
    float_cap: Floats
    """(stocks,) at the start."""

    def __getitem__(self, variable: str) -> Array:
        """A recorded variable, day first."""
        return self.result.variables[variable]

    @property
    def dates(self) -> list[dt.date]:
        """Of every day, day 0 first."""
        return [date.astype("datetime64[D]").item() for date in np.asarray(self.result.coordinates["date"])]

    @property
    def codes(self) -> list[str]:
        """Of the stocks."""
        return [str(code) for code in self.result.coordinates["stock"]]

    @property
    def currency(self) -> str:
        """Of all money."""
        return self.loaded.scenario.currency or CNY

    @property
    def official(self) -> Array:
        """(cohorts,) whether the lender is a broker."""
        brokers = official_cohorts(self.loaded)
        return np.array([name in brokers for name in self.result.coordinates["cohort"]], np.bool_)

    def dataset(self) -> xr.Dataset:
        """The run as a result dataset, as `pingcang run --amplification --record stocks` writes it."""
        about = provenance(self.loaded, seed=self.settings.seed, record=RECORD, amplification=True)
        return assemble([self.result], {**about, **run_attributes(1, {})})


def simulate(settings: Settings) -> Play:
    """Simulate all days, with and without feedback; ScenarioError where the settings do not go together."""
    from pingcang.model import MarginMarket

    loaded = settings.load()
    market = MarginMarket(loaded, seed=settings.seed, record=RECORD)
    others: list[MarginMarket] = []
    try:
        accounts = _watched(market)
        others.append(MarginMarket(loaded, seed=settings.seed, feedback=False))
        finish(others[0], 0.0, None)
        listing = market.listing
        return Play(
            settings=settings,
            loaded=loaded,
            result=result_of(market, *others),
            accounts=accounts,
            board=np.asarray(listing.board),
            boards=tuple(listing.boards),
            float_cap=listing.float_cap,
        )
    finally:
        forget(market, *others)


def _watched(market: MarginMarket) -> AccountDays:
    """Run a market to its end and keep what each account was at every close."""
    people = market.populations
    days = [_close(market)]
    while market.running:
        market.step()
        days.append(_close(market))
    distance, debt, state = (np.stack([day[k] for day in days]) for k in range(3))
    sizes = [len(population) for population in people]
    return AccountDays(
        cohorts=tuple(population.name for population in people),
        cohort=np.repeat(np.arange(len(people)), sizes),
        number=np.concatenate([np.arange(size) for size in sizes]) if sizes else np.zeros(0, np.int64),
        distance=distance,
        debt=debt,
        state=state,
    )


def _close(market: MarginMarket) -> tuple[Floats, Floats, Array]:
    people = market.populations
    if not people:
        return np.zeros(0), np.zeros(0), np.zeros(0, np.uint8)
    return (
        np.concatenate([_distance(population) for population in people]),
        np.concatenate([population.liabilities / 100.0 for population in people]),
        np.concatenate([population.book.state for population in people]),
    )


def _distance(population: MarginPopulation) -> Floats:
    """1 − line·L/A; by requirement (E − k·a·A)/(A·(1 − k·a)), as of an account that holds A in stocks."""
    assets, owed = population.assets.astype(np.float64), population.liabilities.astype(np.float64)
    line = np.where(population.book.own_line > 0, population.book.own_line, population.terms.close_out_line) / ONE
    required = population.model.loaded.scenario.rules.requirement
    if required is not None and population.terms.official:
        kept = line * required.long
        line = 1.0 / np.maximum(1.0 - kept, 1e-9)
    indebted = (owed > 0) & (assets > 0) & (population.book.state != CLOSED)
    distance: Floats = np.where(indebted, 1.0 - line * owed / np.maximum(assets, 1.0), np.nan)
    return distance


class Remembered(Generic[T]):
    """The last outcomes of a function of settings, computed once, one at a time, for all threads of a server."""

    def __init__(self, compute: Callable[[Settings], T], most: int) -> None:
        self._compute = compute
        self._most = most
        self._known: OrderedDict[Settings, T] = OrderedDict()
        self._looking, self._computing = threading.Lock(), threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def __call__(self, settings: Settings) -> T:
        """The outcome; whoever asks for what another thread computes waits for it."""
        found = self._look(settings)
        if found is not None:
            return found
        with self._computing:
            found = self._look(settings)
            return self._keep(settings, self._compute(settings)) if found is None else found

    def _look(self, settings: Settings) -> T | None:
        with self._looking:
            if settings in self._known:
                self._known.move_to_end(settings)
            return self._known.get(settings)

    def _keep(self, settings: Settings, outcome: T) -> T:
        with self._looking:
            self._known[settings] = outcome
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return outcome


plays: Remembered[Play] = Remembered(simulate, MOST_PLAYS)
"""Shared by all students; settings name a run completely, so that nobody can see or change another's."""


def play_of(raw: Any) -> Play:
    """The play of settings as a browser sends them; ScenarioError for what is refused."""
    return plays(Settings.read(raw))
