"""What a run leaves behind: one entry a day of every variable, and the audit of single accounts where it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang._core.book import financed
from pingcang.arithmetic import ONE
from pingcang.arrays import Array, Floats, Ints
from pingcang.market.orders import FORCE, SELL
from pingcang.results.account_audit import AccountAudit
from pingcang.results.causes import CauseRecord
from pingcang.results.variables import (
    AT_LIMIT_DOWN,
    AT_LIMIT_UP,
    RATIO_BIN_LABELS,
    RATIO_BINS,
    SUSPENDED,
    TRADED,
    VARIABLES,
    Variable,
)

if TYPE_CHECKING:
    from pingcang.agents.accounts import MarginPopulation
    from pingcang.market.session import Auction
    from pingcang.model import MarginMarket

_MONEY_FLOWS = ("margin_purchases", "forced_sales", "preemptive_sales", "maturity_sales")
_COUNTS = ("margin_calls", "forced_accounts", "closed_accounts")


class Recorder:
    """Collects a run's variables; money in CNY and counts at scale 1."""

    def __init__(self, market: MarginMarket, record: tuple[str, ...]) -> None:
        self.market = market
        self.record = record
        self.sizes = {
            "day": len(market.days),
            "cohort": len(market.populations),
            "board": len(market.listing.boards),
            "sector": len(market.listing.sectors),
            "ratio_bin": len(RATIO_BIN_LABELS),
            "stock": len(market.listing),
        }
        self.arrays = {v.name: self._empty(v) for v in VARIABLES if v.when in self._kept}
        self.unfilled = np.zeros(len(market.populations))
        self.left_limit_down = np.zeros(len(market.listing), np.bool_)
        """Stocks that have cleared above limit-down in a session of today."""
        self.audit = AccountAudit(market, wanted="audit" in record)
        self.causes = CauseRecord(market, wanted="audit" in record)

    @property
    def _kept(self) -> set[str]:
        """When a variable is kept; an audit is read together with the stocks."""
        return {"always", *self.record, *(["stocks"] if "audit" in self.record else [])}

    def _empty(self, variable: Variable) -> Array:
        return np.zeros([self.sizes[dim] for dim in variable.dims], variable.dtype)

    @property
    def index(self) -> Array:
        """The index so far."""
        return self.arrays["index"]

    # ---- during the day ---------------------------------------------------------------------------------------

    def watch(self, phase: str) -> None:
        """Note changes of call states after a phase of the day, and what moved the prices behind them."""
        hit = self.audit.states(phase)
        if phase == "open":
            self.causes.opened()
        elif phase == "close":
            self.causes.close()
        else:
            self.causes.so_far(hit)

    def learnt(self, session: int) -> None:
        """Note what the rest of the market has learnt."""
        self.causes.learnt(session)

    def priced(self, auction: Auction, pooled: Floats) -> None:
        """Note whose orders have moved the prices of a session."""
        self.causes.priced(auction, pooled)

    def fills(self) -> None:
        """Note the fills of a session, what of its forced orders stays unfilled, and who traded above limit-down."""
        self.audit.fills()
        for c, population in enumerate(self.market.populations):
            self.unfilled[c] = self._unfilled(population) if self._is_last_session() else 0.0
        above = self.market.stocks.price > self.market.stocks.low
        self.left_limit_down = above if self.market.tape.session == 0 else self.left_limit_down | above

    def pause(self) -> None:
        """Note a session that was halted: what its day's last orders left unfilled stays so."""
        for c, population in enumerate(self.market.populations):
            self.unfilled[c] = self._unfilled(population) if self._is_last_session() else 0.0

    def _is_last_session(self) -> bool:
        return bool(self.market.tape.session == self.market.today.impact.sessions - 1)

    def _unfilled(self, population: MarginPopulation) -> float:
        rows = population.sheet.rows()
        forced = (rows["kind"] == FORCE) & (rows["side"] == SELL)
        lots = (rows["lots"] - rows["fill"]).astype(np.int64)[forced]
        price = self.market.last_prices[rows["stock"][forced]]
        return self._cny(int(np.dot(lots, price)) * self.market.listing.lot_value)

    def financed(self) -> Ints:
        """Financing balance of broker accounts in each stock (fen)."""
        by_stock = np.zeros(len(self.market.listing), np.int64)
        for population in self.market.populations:
            if population.terms.official:
                financed(population.ledger, by_stock)
        return by_stock

    # ---- the close --------------------------------------------------------------------------------------------

    def close_day(self, by_stock: Ints) -> None:
        """Enter today into every variable; `by_stock` is what `financed` gave."""
        day = self.market.day
        self._prices(day)
        for c, population in enumerate(self.market.populations):
            self._cohort(day, c, population)
        self._boards(day)
        self.arrays["financing_balance_sector"][day] = self._sums(by_stock, self.market.listing.sector, "sector")
        self.arrays["market_halted"][day] = self.market.sessions_halted
        self.arrays["lender_loss"][day] = self._cny(self.market.purses.lender_loss)
        self.arrays["rescue_purchases"][day] = self._cny(self.market.national_team.spent_today)
        if "stocks" in self._kept:
            self._stocks(day, by_stock)

    def _cny(self, fen: int) -> float:
        return fen / 100.0 / self.market.scale

    def _prices(self, day: int) -> None:
        stocks, index = self.market.stocks, self.arrays["index"]
        equal = self.arrays["index_equal_weight"]
        now, start = self._sector_caps(stocks.price), self._sector_caps(self.market.listing.price)
        self.arrays["index_sector"][day] = now / start
        if day == 0:
            index[0] = equal[0] = 1.0
            return
        start_value = int(np.dot(stocks.float_lots, self.market.listing.price.astype(np.int64)))
        index[day] = stocks.index_value() / start_value
        traded = stocks.suspended == 0
        r = np.cumsum(stocks.price / stocks.previous - 1.0)[-1]
        equal[day] = equal[day - 1] * (1.0 + (r / traded.sum() if traded.any() else 0.0))

    def _sector_caps(self, price: Array) -> Array:
        """Float cap of each sector, lots × ticks; NaN for a sector that drew no stock."""
        total = np.zeros(self.sizes["sector"], np.int64)
        np.add.at(total, self.market.listing.sector, self.market.stocks.float_lots * price.astype(np.int64))
        return np.where(total > 0, total, np.nan)

    def _cohort(self, day: int, c: int, population: MarginPopulation) -> None:
        population.mark()
        assets, owed = population.assets, population.liabilities
        total_assets, total_owed = int(assets.sum()), int(owed.sum())
        arrays, grown = self.arrays, 1.0 / self.market.scale
        arrays["financing_balance"][day, c] = population.financing_balance
        arrays["short_balance"][day, c] = population.short_balance
        arrays["maintenance_ratio"][day, c] = total_assets / total_owed if total_owed else np.nan
        arrays["investor_equity"][day, c] = self._cny(total_assets - total_owed)
        arrays["negative_equity"][day, c] = round(int((assets < owed).sum()) * grown)
        arrays["unfilled_forced"][day, c] = self.unfilled[c]
        arrays["initial_margin"][day, c] = population.terms.initial_margin / ONE
        for name in _MONEY_FLOWS:
            arrays[name][day, c] = self._cny(population.today[name])
        arrays["lender_loss_cohort"][day, c] = self._cny(population.today["lender_loss"])
        for name in _COUNTS:
            arrays[name][day, c] = round(population.today[name] * grown)
        self._by_ratio(day, c, population)
        if day == 0:
            arrays["margin_purchases"][0, c] = self._historic_purchases(population.name)

    def _historic_purchases(self, cohort: str) -> float:
        known = self.market.loaded.scenario.cohorts[cohort].margin_purchases_at_start
        return np.nan if known is None else known

    def _by_ratio(self, day: int, c: int, population: MarginPopulation) -> None:
        assets, owed = population.assets, population.liabilities
        indebted = owed > 0
        place = np.zeros(len(assets), np.int64)
        for edge in RATIO_BINS:
            place += assets * ONE >= round(edge * ONE) * owed
        place, debt = place[indebted], population.book.debt[indebted]
        count = np.bincount(place, minlength=self.sizes["ratio_bin"])
        self.arrays["accounts_by_ratio"][day, c] = np.rint(count / self.market.scale)
        self.arrays["debt_by_ratio"][day, c] = self._sums(debt, place, "ratio_bin")

    def _sums(self, fen: Ints, place: Array, dim: str) -> Array:
        total = np.zeros(self.sizes[dim], np.int64)
        np.add.at(total, place, fen)
        return total / 100.0 / self.market.scale

    def _boards(self, day: int) -> None:
        stocks, listing = self.market.stocks, self.market.listing
        count = self.sizes["board"]
        at_limit_down = stocks.at_limit_down()
        for name, where in (
            ("limit_down", at_limit_down),
            ("limit_down_one_price", at_limit_down & ~self.left_limit_down),
            ("limit_up", stocks.at_limit_up()),
            ("suspended", stocks.suspended != 0),
        ):
            if day or name == "suspended":
                self.arrays[name][day] = np.bincount(listing.board[where], minlength=count)
        traded = stocks.turnover if day else self._usual_turnover()
        self.arrays["turnover"][day] = self._sums(traded, listing.board, "board")

    def _usual_turnover(self) -> Ints:
        """Mean daily turnover of the stocks that trade at the start (fen)."""
        listing = self.market.listing
        lots = np.where(self.market.stocks.suspended == 0, np.floor(listing.turnover), 0.0).astype(np.int64)
        usual: Ints = lots * listing.price.astype(np.int64) * listing.lot_value
        return usual

    def _stocks(self, day: int, by_stock: Ints) -> None:
        stocks, market = self.market.stocks, self.market
        self.arrays["close"][day] = stocks.price * market.tick
        lot = market.loaded.scenario.exchange.lot_size
        self.arrays["volume"][day] = np.rint(stocks.volume * lot / market.scale)
        self.arrays["stock_financing_balance"][day] = by_stock / 100.0 / market.scale
        status = np.where(stocks.suspended == 0, TRADED, SUSPENDED)
        if day:
            status[stocks.at_limit_down()] = AT_LIMIT_DOWN
            status[stocks.at_limit_up()] = AT_LIMIT_UP
        else:
            self.arrays["stock_st"][:] = market.listing.st
        self.arrays["stock_status"][day] = status

    # ---- what is handed on ------------------------------------------------------------------------------------

    def results(self) -> dict[str, Array]:
        """Every variable up to today."""
        daily = {variable.name for variable in VARIABLES if "day" in variable.dims}
        upto = self.market.day + 1
        return {name: array[:upto] if name in daily else array for name, array in self.arrays.items()}

    def coordinates(self) -> dict[str, Any]:
        """Labels of the dimensions, up to today."""
        dates = [np.datetime64(day.date, "ns") for day in self.market.days[: self.market.day + 1]]
        labels: dict[str, Any] = {
            "date": np.array(dates),
            "cohort": [population.name for population in self.market.populations],
            "board": self.market.listing.boards,
            "sector": self.market.listing.sectors,
            "ratio_bin": list(RATIO_BIN_LABELS),
        }
        if "stocks" in self._kept:
            listing = self.market.listing
            labels["stock"] = listing.codes
            labels["stock_board"] = [listing.boards[b] for b in listing.board]
        return labels
