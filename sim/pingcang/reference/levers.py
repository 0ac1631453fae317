"""Rules of the whole market, written plainly: circuit breaker, counter-cyclical margin, rules of single stocks.

Twins: `MarginMarket.pause` and `watch_index`, `pingcang.accounts.counter_cyclical`, `pingcang.market.state`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pingcang.market.day import Day
from pingcang.reference.auction import Auction
from pingcang.rules.circuit_breaker import level_reached
from pingcang.rules.counter_cyclical import initial_margin, past_return
from pingcang.rules.uptick import has_fallen

if TYPE_CHECKING:
    from pingcang.accounts.terms import Terms
    from pingcang.market.levers import MarginCurve


class Levers(Auction):
    """A market under rules that bind it as a whole, and each stock by its class."""

    breaker_level: int
    reopens: int
    sessions_halted: int
    closes: list[float]
    """The index at every close, 1 at the start."""

    # ---- the open ---------------------------------------------------------------------------------------------

    def take_rules_of_stocks(self, today: Day) -> None:
        """Band, haircut, marginability; whether the uptick rule binds from the open."""
        for stock in self.stocks:
            stock.price_limit = int(today.stocks.price_limit[stock.index])
            stock.haircut = int(today.stocks.haircut[stock.index])
            stock.marginable = bool(today.stocks.marginable[stock.index])
            if today.uptick_after_fall is None:
                stock.uptick = today.uptick_rule
            else:
                stock.uptick = stock.fell_on == today.number - 1

    def terms_of(self, today: Day) -> dict[str, Terms]:
        """Today's terms; where a curve binds new loans, with the margin of the last close."""
        curve = today.margin_curve
        if curve is None:
            return today.terms
        margin = initial_margin(self.driver(curve), curve.xs, curve.ys)
        return {
            name: replace(terms, initial_margin=margin) if name in curve.cohorts else terms
            for name, terms in today.terms.items()
        }

    def driver(self, curve: MarginCurve) -> float:
        """What the initial margin depends on, at the last close."""
        if curve.driver == "balance_to_float":
            balance = sum(account.debt for account in self.accounts() if account.terms.official)
            return float(balance / (self.index_value() * self.lot_value))
        if curve.driver == "volatility":
            return float(self.dmc_volatility)
        return past_return(self.closes, curve.window, self.initial.loaded.scenario.calendar.past_returns)

    # ---- a session --------------------------------------------------------------------------------------------

    def watch_falls(self, today: Day) -> None:
        """Stocks that have fallen far are bound by the uptick rule, today and tomorrow."""
        for stock in self.stocks:
            after = today.uptick_after_fall
            if after is not None and has_fallen(stock.price, stock.previous, after):
                stock.fell_on = today.number
                stock.uptick = True

    def pause(self, today: Day) -> None:
        """A session in which the whole market is halted: news arrives, nobody orders."""
        self.drift(today, self.session)
        self.last_session_return = 0.0
        self.sessions_halted += 1

    def watch_index(self, today: Day) -> None:
        """A level of the circuit breaker that the index reaches for the first time today halts the whole market."""
        if today.breaker is None:
            return
        breaker, sessions = today.breaker, today.impact.sessions
        level = level_reached(self.index_value(), self.index_at_open, breaker.moves, breaker.both_ways)
        if level > self.breaker_level:
            self.breaker_level = level
            self.reopens = min(sessions, self.session + 1 + breaker.halts[level - 1])
            if self.reopens < sessions:
                self.postpone()

    def postpone(self) -> None:
        """Moments that fall into the halt are those of the session in which trading resumes."""
        for account in self.accounts():
            if self.session < account.active_session < self.reopens:
                account.active_session = self.reopens
            if self.session < account.look_session < self.reopens:
                account.look_session = self.reopens
        for fund in self.funds:
            if self.session < fund.session < self.reopens:
                fund.session = self.reopens
