"""The audit of single accounts: a row for the start, for each change of call state and the positions held at it, for
each top-up and for each order, so that a cascade can be told account by account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.accounts.book import CALLED, CLOSED, FORCED, NORMAL, STATES
from pingcang.arrays import Array, Floats, Ints
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
    "held_shares": np.int64,
    "assets": np.float64,
    "liabilities": np.float64,
    "amount": np.float64,
    "since_day": np.int64,
    "since_ratio": np.float64,
}
"""Rows are in order of time. phase is `open`, `session` or `close`; the first and last stand outside the sessions and
carry session 0. event is `start` (every account, day 0), `state`, `position` (behind a state that is neither NORMAL nor
CLOSED: what the account holds, at its valuation price), `top-up` or `order`; reason tells why; shares are above 0
bought or held, below 0 sold or sold short; price, assets, liabilities in CNY, the last two of `start` and `state`;
amount in CNY: of a top-up, or the lender's loss on an account that is CLOSED; ratios are maintenance ratios, NaN
without liabilities. since_day and since_ratio, of a `state` with positions: the close of the last PEAK_DAYS at which
the ratio was highest, from which the fall is reckoned; else -1 and NaN. Accounts are the simulated ones, not grown to
scale 1."""

PEAK_DAYS = 20
"""Trading days over which a fall is looked back to its peak."""


class AccountAudit:
    """Collects the rows; does nothing unless wanted."""

    def __init__(self, market: MarginMarket, *, wanted: bool) -> None:
        self.market = market
        self.wanted = wanted
        self.parts: list[dict[str, Array]] = []
        populations = market.populations if wanted else []
        self.seen = [p.book.state.copy() for p in populations]
        self.ratios = [_ratios(p) for p in populations]
        self.posted = [_posted(p) for p in populations]
        self.closes = [np.full((PEAK_DAYS + 1, len(p)), np.nan) for p in populations]
        """Ratio at the close of day t in row t modulo PEAK_DAYS + 1."""
        for c, population in enumerate(populations):
            self.closes[c][0] = self.ratios[c]
            self._start(population, self.ratios[c])

    def _start(self, population: MarginPopulation, ratios: Floats) -> None:
        state = [STATES[s] for s in population.book.state]
        everybody = np.arange(len(population))
        told = {"state_before": state, "state_after": state, "ratio_before": ratios, "ratio_after": ratios}
        self._add(population, everybody, event="start", phase="close", **told, **_worth(population, everybody))

    # ---- states -----------------------------------------------------------------------------------------------

    def states(self, phase: str) -> Ints:
        """Rows of the accounts whose call state changed in a phase of the day; the stocks of those that were hit."""
        hit = [np.zeros(0, np.int64)]
        for c, population in enumerate(self.market.populations if self.wanted else []):
            now, posted = _ratios(population), _posted(population)
            self._top_ups(c, population, phase, posted[1] - self.posted[c][1])
            changed = np.flatnonzero(population.book.state != self.seen[c])
            if len(changed):
                self._changes(c, population, phase, changed, now, posted[0] - self.posted[c][0])
                hit.append(self._positions(population, phase, changed))
            self.seen[c], self.ratios[c], self.posted[c] = population.book.state.copy(), now, posted
            if phase == "close":
                self.closes[c][self.market.day % (PEAK_DAYS + 1)] = now
        return np.concatenate(hit)

    def _changes(
        self, c: int, population: MarginPopulation, phase: str, changed: Ints, now: Floats, booked: Ints
    ) -> None:
        before, after = self.seen[c][changed], population.book.state[changed]
        since = [self._peak(c, int(i)) if s not in _CALM else (-1, np.nan) for i, s in zip(changed, after, strict=True)]
        self._add(
            population,
            changed,
            event="state",
            phase=_stage(phase),
            reason=[_reason(phase, population, int(i), int(b)) for i, b in zip(changed, before, strict=True)],
            state_before=[STATES[s] for s in before],
            state_after=[STATES[s] for s in after],
            ratio_before=self.ratios[c][changed],
            ratio_after=now[changed],
            amount=np.where(after == CLOSED, booked[changed] / 100.0, 0.0),
            since_day=[day for day, _ in since],
            since_ratio=[ratio for _, ratio in since],
            **_worth(population, changed),
        )

    def _peak(self, c: int, account: int) -> tuple[int, float]:
        """Day and ratio of the highest of the last closes, the latest of equals; without liabilities counts highest."""
        days = np.arange(max(0, self.market.day - PEAK_DAYS), self.market.day)
        ratios = self.closes[c][days % (PEAK_DAYS + 1), account]
        last = len(days) - 1 - int(np.argmax(np.where(np.isnan(ratios), np.inf, ratios)[::-1]))
        return int(days[last]), float(ratios[last])

    def _positions(self, population: MarginPopulation, phase: str, changed: Ints) -> Ints:
        """Rows of what accounts hold that are called or forced now; its stocks."""
        book = population.book
        hit = changed[~np.isin(book.state[changed], _CALM)]
        slot, place = np.nonzero(book.lots[:, hit])
        order = np.lexsort((slot, place))
        slot, account = slot[order], hit[place[order]]
        stock = book.stock[slot, account].astype(np.int64)
        state = [STATES[s] for s in book.state[account]]
        self._add(
            population,
            account,
            event="position",
            phase=_stage(phase),
            state_before=state,
            state_after=state,
            stock=[self.market.listing.codes[s] for s in stock],
            held_shares=book.lots[slot, account] * np.int64(self.market.loaded.scenario.exchange.lot_size),
            price=self.market.stocks.mark[stock] * self.market.tick,
        )
        return stock

    def _top_ups(self, c: int, population: MarginPopulation, phase: str, paid_in: Ints) -> None:
        """Rows of the money that came from outside in a phase; none of it comes from trading, which has its own."""
        who = np.flatnonzero((paid_in > 0) & (population.book.state != CLOSED))
        if len(who):
            state = [STATES[s] for s in population.book.state[who]]
            self._add(
                population,
                who,
                event="top-up",
                phase=_stage(phase),
                reason="call answered",
                state_before=[STATES[s] for s in self.seen[c][who]],
                state_after=state,
                ratio_before=self.ratios[c][who],
                ratio_after=_ratios(population)[who],
                amount=paid_in[who] / 100.0,
            )

    # ---- orders -----------------------------------------------------------------------------------------------

    def fills(self) -> None:
        """Rows of a session's orders, filled or not."""
        if not self.wanted:
            return
        lot = self.market.loaded.scenario.exchange.lot_size
        for c, population in enumerate(self.market.populations):
            self.posted[c] = _posted(population)
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
            **_NOTHING,
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


_CALM = (NORMAL, CLOSED)
_NOTHING: dict[str, Any] = {
    "reason": "",
    "ratio_before": np.nan,
    "ratio_after": np.nan,
    "stock": "",
    "ordered_shares": 0,
    "filled_shares": 0,
    "price": np.nan,
    "held_shares": 0,
    "assets": np.nan,
    "liabilities": np.nan,
    "amount": 0.0,
    "since_day": -1,
    "since_ratio": np.nan,
}
"""What a row says of what its event does not have."""


def _stage(phase: str) -> str:
    return "session" if phase == "check" else phase


def _worth(population: MarginPopulation, accounts: Ints) -> dict[str, Floats]:
    """Assets and liabilities of some accounts as last marked, CNY."""
    return {
        "assets": population.assets[accounts] / 100.0,
        "liabilities": population.liabilities[accounts] / 100.0,
    }


def _posted(population: MarginPopulation) -> Ints:
    """(2, N) fen: what each account must have by the flows posted so far, and the same before interest."""
    book = population.book
    return np.stack([book.booked, book.booked + book.interest])


def _ratios(population: MarginPopulation) -> Floats:
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
