"""The stocks during a run: prices, bands, reference prices, halts, as arrays of one entry a stock."""

from __future__ import annotations

import numpy as np

from pingcang.accounts.initial import InitialState
from pingcang.arithmetic import ONE
from pingcang.arrays import Bools, Flags, Floats, Ints, Small, Tiny, in_order_sum
from pingcang.market.day import Day
from pingcang.market.securities import HALTED_AT_START, HALTED_BY_ORDER, HALTED_ON_REQUEST, TRADED
from pingcang.rules.price_limit import NO_LIMIT

MEMORY = 0.05
"""Weight of the last day in a stock's and a sector's EWMA return (about twenty days)."""


class StockState:
    """Prices in ticks, quantities in lots; what the kernels read and write."""

    def __init__(self, initial: InitialState) -> None:
        listing = initial.listing
        count = len(listing)
        self.listing = listing
        self.float_lots = listing.float_lots
        self.haircut: Small = listing.haircut.copy()
        self.marginable: Flags = listing.marginable.copy()
        self.liquidity: Floats = listing.turnover * listing.price.astype(np.float64)
        self.price: Small = listing.price.copy()
        self.previous: Small = listing.price.copy()
        self.mark: Small = listing.price.copy()
        self.low: Small = np.ones(count, np.int32)
        self.high: Small = np.full(count, NO_LIMIT, np.int32)
        self.pinned: Tiny = np.zeros(count, np.int8)
        self.suspended: Flags = listing.suspended.copy()
        self.stopped: Flags = np.zeros(count, np.uint8)
        self.uptick: Flags = np.zeros(count, np.uint8)
        """1 where the uptick rule binds now."""
        self.fell_on: Small = np.full(count, -1, np.int32)
        """Last day on which the stock fell so far that the uptick rule binds it; -1: none."""
        self.lendable: Ints = initial.lendable.copy()
        self.rest_lots: Ints = initial.rest_lots.copy()
        self.reference: Floats = listing.price.astype(np.float64)
        self.transient: Floats = np.zeros(count)
        self.day_flow: Floats = np.zeros(count)
        self.volume: Ints = np.zeros(count, np.int64)
        self.turnover: Ints = np.zeros(count, np.int64)
        """Value traded today, fen."""
        self.peak: Small = listing.price.copy()
        self.momentum: Floats = np.zeros(count)
        self.heat: Floats = np.zeros(len(listing.sectors))
        self.halt_requested = np.zeros(count, np.bool_)
        self.halts_today = 0
        self.suspended_at_index = np.full(count, float(initial.index_value))

    # ---- the open ---------------------------------------------------------------------------------------------

    def halt_and_resume(self, today: Day, resume_draws: Floats, up_days: int) -> None:
        """Yesterday's requests stop trading; halted stocks come back by their hazards, then by order."""
        impact = today.impact
        hazard = np.zeros(len(self.price))
        hazard[self.suspended == HALTED_AT_START] = impact.initial_resume_hazard
        if up_days >= impact.resume_after_up_days:
            hazard[self.suspended == HALTED_ON_REQUEST] = impact.resume_hazard
        self.suspended[resume_draws < hazard] = TRADED
        traded = self.suspended == TRADED
        self.suspended[self.halt_requested] = HALTED_ON_REQUEST
        self.suspended[today.suspend] = HALTED_BY_ORDER
        self.suspended_at_index[traded & (self.suspended != TRADED)] = float(self.index_value())
        self.suspended[today.resume] = TRADED
        self.halts_today = int(self.halt_requested.sum())
        self.halt_requested[:] = False

    def open_day(self, today: Day) -> None:
        """Take the rules of the stocks, set the bands; let the transient part of past impact decay."""
        self.previous[:] = self.price
        self.haircut[:] = today.stocks.haircut
        self.marginable[:] = today.stocks.marginable
        self.uptick[:] = today.uptick_rule if today.uptick_after_fall is None else self.fell_on == today.number - 1
        self._set_bands(today)
        self.pinned[:] = 0
        self.day_flow[:] = 0.0
        self.volume[:] = 0
        self.turnover[:] = 0
        decayed = self.transient * today.impact.transient_decay
        self.transient -= decayed
        self.reference *= np.where(-decayed >= 0.0, 1.0 - decayed, 1.0 / (1.0 + decayed))

    def _set_bands(self, today: Day) -> None:
        """rules/price_limit.py for all stocks at once."""
        if not today.price_limits:
            self.low[:], self.high[:] = 1, NO_LIMIT
            return
        previous, limit = self.price.astype(np.int64), today.stocks.price_limit.astype(np.int64)
        low, high = (previous * (10_000 - limit) + 5_000) // 10_000, (previous * (10_000 + limit) + 5_000) // 10_000
        self.low[:] = np.maximum(1, np.minimum(low, previous - 1))
        self.high[:] = np.minimum(NO_LIMIT, np.maximum(high, previous + 1))

    def set_marks(self, today: Day) -> None:
        """The price at which each stock counts in an account: its last, or index-adjusted while suspended."""
        self.mark[:] = self.price
        if today.index_adjusted:
            held = self.suspended != TRADED
            moved = float(self.index_value()) / self.suspended_at_index[held]
            ticks = np.minimum(float(NO_LIMIT), np.floor(self.price[held] * moved + 0.5))
            self.mark[held] = np.maximum(1, ticks).astype(np.int32)

    def watch_falls(self, today: Day) -> None:
        """From now on the uptick rule binds stocks that have fallen far (rules/uptick.py)."""
        if today.uptick_after_fall is None:
            return
        previous = self.previous.astype(np.int64)
        fallen = (previous - self.price) * ONE >= today.uptick_after_fall * previous
        self.fell_on[fallen] = today.number
        self.uptick[fallen] = 1

    # ---- returns ----------------------------------------------------------------------------------------------

    def index_value(self) -> int:
        """Float-cap weighted sum of last prices (lots × ticks)."""
        return int(np.dot(self.float_lots, self.price.astype(np.int64)))

    def index_at_open(self) -> int:
        """The same of the last closes."""
        return int(np.dot(self.float_lots, self.previous.astype(np.int64)))

    def market_return(self, base: Small) -> float:
        """Mean of the cap-weighted and the equal-weighted return since `base`."""
        cap = self.index_value() / int(np.dot(self.float_lots, base.astype(np.int64))) - 1.0
        traded = int(np.count_nonzero(self.suspended == TRADED))
        total = in_order_sum(self.price / base - 1.0)
        return 0.5 * (cap + (total / traded if traded else 0.0))

    # ---- the close --------------------------------------------------------------------------------------------

    def remember(self, today: Day, dmc_variance: float) -> float:
        """Update momentum, sector heat and peaks; the new EWMA variance behind the distance to margin call."""
        r = self.price / self.previous - 1.0
        self.momentum = (1.0 - MEMORY) * self.momentum + MEMORY * r
        sizes = np.bincount(self.listing.sector, minlength=len(self.heat))
        totals = np.bincount(self.listing.sector, weights=r, minlength=len(self.heat))
        self.heat = (1.0 - MEMORY) * self.heat + MEMORY * (totals / np.maximum(sizes, 1))
        np.maximum(self.peak, self.price, out=self.peak)
        traded = int(np.count_nonzero(self.suspended == TRADED))
        if not traded:
            return dmc_variance
        decay = today.impact.dmc_decay
        return (1.0 - decay) * dmc_variance + decay * (in_order_sum(r * r) / traded)

    def at_limit_down(self) -> Bools:
        """Stocks that trade and close at their lower limit."""
        where: Bools = (self.suspended == TRADED) & (self.price == self.low) & (self.low < self.previous)
        return where

    def at_limit_up(self) -> Bools:
        """Stocks that trade and close at their upper limit."""
        where: Bools = (self.suspended == TRADED) & (self.price == self.high) & (self.high > self.previous)
        return where

    def request_halts(self, today: Day, draws: Floats) -> None:
        """Companies that close at limit-down ask for a halt (rules/suspension.py)."""
        impact = today.impact
        beyond = (1.0 - self.price / self.peak) - impact.halt_threshold
        crowd = 1.0 + 10.0 * impact.halt_contagion * self.halts_today / len(self.price)
        hazard = impact.halt_base * beyond / 0.1 * crowd
        self.halt_requested = self.at_limit_down() & (beyond > 0.0) & (hazard > 0.0) & (draws < hazard)

    def stop_crowded_stocks(self, today: Day, financed: Ints) -> None:
        """Margin buying in a stock stops at a share of its float that is financed, and resumes below another."""
        cap = (self.float_lots * self.price.astype(np.int64) * self.listing.lot_value).astype(np.float64)
        balance = financed.astype(np.float64)
        self.stopped[balance < today.cap_resume * cap] = 0
        self.stopped[balance >= today.cap_stop * cap] = 1
