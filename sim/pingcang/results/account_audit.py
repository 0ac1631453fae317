"""The audit of single accounts: a row for each change of call state and for each order, so that a cascade can be told
account by account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.accounts.book import CALLED, CLOSED, FORCED, NORMAL, STATES
from pingcang.arrays import Array
from pingcang.market.orders import BUY, KINDS

if TYPE_CHECKING:
    from pingcang.agents.accounts import MarginPopulation
    from pingcang.model import MarginMarket


COLUMNS = {
    "day": np.int64,
    "session": np.int64,
    "phase": np.str_,
    "cohort": np.str_,
    "account": np.int64,
    "event": np.str_,
    "reason": np.str_,
    "state_before": np.str_,
    "state_after": np.str_,
    "ratio_before": np.float64,
    "ratio_after": np.float64,
    "stock": np.str_,
    "ordered_shares": np.int64,
    "filled_shares": np.int64,
    "price": np.float64,
}
"""Rows are in order of time. phase is `open`, `session` or `close`; the first and last stand outside the sessions and
carry session 0. event is `state` or `order`; reason tells why; shares are above 0 bought, below 0 sold; price in CNY;
ratios are maintenance ratios, NaN without liabilities. Accounts are the simulated ones, not grown to scale 1."""


class AccountAudit:
    """Collects the rows; does nothing unless wanted."""

    def __init__(self, market: MarginMarket, *, wanted: bool) -> None:
        self.market = market
        self.wanted = wanted
        self.parts: list[dict[str, Array]] = []
        self.seen = [p.book.state.copy() for p in market.populations] if wanted else []
        self.ratios = [_ratios(p) for p in market.populations] if wanted else []

    def states(self, phase: str) -> None:
        """Rows of the accounts whose call state changed in a phase of the day."""
        if not self.wanted:
            return
        for c, population in enumerate(self.market.populations):
            now = _ratios(population)
            state = population.book.state
            changed = np.flatnonzero(state != self.seen[c])
            if len(changed):
                before = self.seen[c][changed]
                self._add(
                    population,
                    changed,
                    event="state",
                    phase="session" if phase == "check" else phase,
                    reason=[_reason(phase, population, int(i), int(b)) for i, b in zip(changed, before, strict=True)],
                    state_before=[STATES[s] for s in before],
                    state_after=[STATES[s] for s in state[changed]],
                    ratio_before=self.ratios[c][changed],
                    ratio_after=now[changed],
                )
            self.seen[c] = state.copy()
            self.ratios[c] = now

    def fills(self) -> None:
        """Rows of a session's orders, filled or not."""
        if not self.wanted:
            return
        lot = self.market.loaded.scenario.exchange.lot_size
        for c, population in enumerate(self.market.populations):
            rows = population.sheet.rows()
            if not len(rows["account"]):
                continue
            accounts, sign = rows["account"], np.where(rows["side"] == BUY, lot, -lot)
            state = [STATES[s] for s in population.book.state[accounts]]
            self._add(
                population,
                accounts,
                event="order",
                reason=[KINDS[kind] for kind in rows["kind"]],
                state_before=state,
                state_after=state,
                ratio_before=self.ratios[c][accounts],
                ratio_after=_ratios(population)[accounts],
                stock=[self.market.listing.codes[s] for s in rows["stock"]],
                ordered_shares=rows["lots"] * sign,
                filled_shares=rows["fill"] * sign,
                price=self.market.stocks.price[rows["stock"]] * self.market.tick,
            )

    def _add(self, population: MarginPopulation, accounts: Array, **columns: Any) -> None:
        count = len(accounts)
        given = {
            "day": self.market.day,
            "session": self.market.tape.session,
            "phase": "session",
            "cohort": population.name,
            "account": accounts,
            "stock": "",
            "ordered_shares": 0,
            "filled_shares": 0,
            "price": np.nan,
            **columns,
        }
        self.parts.append({name: np.broadcast_to(np.asarray(given[name]), (count,)) for name in COLUMNS})

    def columns(self) -> dict[str, Array]:
        """All rows as equal-length columns, in order of time."""
        return {
            name: np.concatenate([part[name] for part in self.parts]).astype(dtype)
            if self.parts
            else np.zeros(0, dtype)
            for name, dtype in COLUMNS.items()
        }


def _ratios(population: MarginPopulation) -> Array:
    population.mark()
    owed = population.liabilities
    return np.where(owed > 0, population.assets / np.maximum(owed, 1), np.nan)


def _reason(phase: str, population: MarginPopulation, i: int, before: int) -> str:
    state = int(population.book.state[i])
    if state == CLOSED:
        return "nothing left to sell"
    if state == CALLED:
        return "closed below the close-out line" if phase == "close" else "below the close-out line"
    if state == NORMAL:
        return "restored" if before == FORCED else "call cured"
    if phase == "open":
        return "credit withdrawn" if population.book.whole[i] else "call expired"
    if before == CALLED and _window_is_over(population, i):
        return "call expired"
    at_once = population.terms.check_session and population.terms.window_sessions == 0
    return "below the close-out line" if at_once else "below the immediate line"


def _window_is_over(population: MarginPopulation, i: int) -> bool:
    """Whether a window in hours has ended by this session."""
    tape, deadline = population.model.tape, int(population.book.deadline[i])
    return 0 < deadline <= tape.day * tape.sessions + tape.session + 1
