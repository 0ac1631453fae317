"""By whom each price was moved: a row for every run, day, stock and cause, whose log returns add up to the stock's.

The latent reference price p_ref moves by the decay of past impact (at the open), by what the rest of the market learns
(before each session) and by the orders (in it); what a limit or a suspension does not let through, and rounding to the
tick, are the rest: ln(close / previous close) = Σ causes. Nothing here touches the market.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pingcang.arrays import Array, Floats, Ints
from pingcang.market.day import news_share
from pingcang.market.orders import BUY, KINDS, PURCHASE, ROTATE, SHORT
from pingcang.results.attribution import flow_parts, growth_of, log_parts, log_return_parts, value_parts

if TYPE_CHECKING:
    import pyarrow as pa

    from pingcang.agents.accounts import MarginPopulation
    from pingcang.market.session import Auction
    from pingcang.model import MarginMarket

MARKET_CAUSES = (
    "news",
    "trend and herding",
    "reversion",
    "noise",
    "recovery",
    "funds",
    "national team",
    "other orders",
    "replayed prices",
    "held back",
    "rounding",
)
(
    NEWS,
    TREND,
    REVERSION,
    NOISE,
    RECOVERY,
    FUNDS,
    TEAM,
    OTHERS,
    REPLAYED,
    HELD_BACK,
    ROUNDING,
) = range(len(MARKET_CAUSES))
"""Causes without a cohort. noise: the rest's own, of the market and of the stock. recovery: the decay of transient
impact. other orders: of whoever is none of those named. held back: what a price limit or a suspension kept latent, or
let through later."""

ORDER_CAUSES = ("routine", *(kind for k, kind in enumerate(KINDS) if k not in {ROTATE, PURCHASE}))
"""Causes with a cohort: rotation and purchases together, then each other kind of order."""

NEGLIGIBLE = 1e-13
"""Log return below which a difference is rounding of floats."""
UNNAMED = 1e-6
"""Lots below which a difference between the net flow and the sum of its causes is rounding of floats."""

COLUMNS = {
    "day": "int32",
    "session": "int16",
    "whole_day": "bool",
    "stock": "text",
    "cause": "text",
    "cohort": "text",
    "net_shares": "float64",
    "net_value": "float64",
    "log_return": "float64",
    "traced_return": "float64",
}
"""A row covers the time from the previous close to the end of a session: the last one where whole_day, an earlier one
for stocks of accounts that were called or forced in it. stock is empty in the rows of the float-cap weighted index,
cohort where the cause has none. net_shares entered the price, bought above 0, worth net_value in CNY; both are of the
simulated accounts, not grown to scale 1; for the index they are those of all stocks together. log_return and
traced_return both add up to the return; the second has nothing held back: that is charged to the causes that moved the
latent price, when the printed price follows, in proportion to what of each still waits."""

_CODES = {"stock": np.int32, "cause": np.int16}
_INDEX = -1


class _Parts(NamedTuple):
    """(C, S) parts of log returns since the previous close; and what the next day begins with."""

    moved: Floats
    traced: Floats
    rounding: Floats
    """(S,) log of printed over unrounded price."""
    held: Floats
    """(C, S) what moved the latent price and is not printed yet."""


class CauseRecord:
    """Collects the rows; does nothing unless wanted."""

    def __init__(self, market: MarginMarket, *, wanted: bool) -> None:
        self.market = market
        self.wanted = wanted
        self.parts: list[dict[str, Array]] = []
        self.labels = [(cause, "") for cause in MARKET_CAUSES]
        self.labels += [(cause, population.name) for population in market.populations for cause in ORDER_CAUSES]
        if wanted:
            self.reference = np.log(market.stocks.reference)
            self.rounding = np.zeros(len(market.listing))
            self.held = np.zeros((len(self.labels), len(market.listing)))
            self.before: dict[str, Array] = {}
            self._begin()

    def _begin(self) -> None:
        shape = (len(self.labels), len(self.market.listing))
        self.moved, self.lots, self.value = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    # ---- during the day ---------------------------------------------------------------------------------------

    def opened(self) -> None:
        """After the open: transient impact has decayed."""
        if self.wanted:
            self._begin()
            self.moved[RECOVERY] = self._log_move()

    def learnt(self, session: int) -> None:
        """After the rest of the market has learnt, before the orders meet."""
        if not self.wanted:
            return
        stocks, rest, impact = self.market.stocks, self.market.rest, self.market.today.impact
        reference = np.exp(self.reference)
        x = growth_of(self._log_move())
        herding = impact.herding_down if rest.last_session_return < 0.0 else impact.herding_up
        parts = np.zeros((4, len(x)))
        if not self._replayed():
            parts[NEWS] = self.market.today.news * news_share(impact, session)
            parts[TREND] = self.market.listing.beta * (impact.trend * rest.trend + herding * rest.last_session_return)
            parts[REVERSION] = impact.reversion * (self.market.listing.fundamental / reference - 1.0)
        parts[NOISE] = _told(x - parts.sum(axis=0))
        self.moved[:4] += log_parts(parts, x)
        self.before = {name: getattr(stocks, name).copy() for name in ("price", "pinned", "day_flow")}

    def priced(self, auction: Auction, pooled: Floats) -> None:
        """After the orders of a session have met; `pooled` is the routine flow of all cohorts."""
        if not self.wanted:
            return
        if self._replayed():
            self.moved[REPLAYED] += self._log_move()
            return
        self._log_move()
        stocks, impact, before = self.market.stocks, self.market.today.impact, self.before
        depth = self.market.listing.turnover / impact.depth
        entered = stocks.day_flow - before["day_flow"]
        moved, lots = flow_parts(self._flows(auction, pooled), entered, before["day_flow"], depth, impact.square_root)
        self.moved += moved
        self.lots += lots
        self.value += lots * (stocks.price.astype(np.float64) * self.market.listing.lot_value / 100.0)

    def _log_move(self) -> Floats:
        """How far reference prices have moved since the last look."""
        now = np.log(self.market.stocks.reference)
        moved = now - self.reference
        self.reference = now
        return moved

    def _replayed(self) -> bool:
        return self.market.today.replay is not None

    # ---- orders -----------------------------------------------------------------------------------------------

    def _flows(self, auction: Auction, pooled: Floats) -> Floats:
        """Lots that each cause adds to the net flow of a session; without feedback, portfolios alone."""
        market = self.market
        flows = np.zeros((len(self.labels), auction.stocks))
        flows[FUNDS] = sum((fund.wanted for fund in market.funds if fund.wanted is not None), start=0)
        if market.national_team.wanted is not None:
            flows[TEAM] = market.national_team.wanted
        flows[OTHERS] = auction.direct - flows[FUNDS] - flows[TEAM]
        if market.today.impact.feedback:
            for c, population in enumerate(market.populations):
                rows = slice(self._row(c, 0), self._row(c + 1, 0))
                flows[rows] = self._of_cohort(population, auction)
            named = flows[len(MARKET_CAUSES) :].sum(axis=0) + auction.filled[SHORT]
            missing = auction.net_flow(pooled, True) - auction.direct - named
            flows[OTHERS] += np.where(np.abs(missing) > UNNAMED, missing, 0.0)
        return flows

    def _row(self, cohort: int, cause: int) -> int:
        return len(MARKET_CAUSES) + cohort * len(ORDER_CAUSES) + cause

    def _of_cohort(self, population: MarginPopulation, auction: Auction) -> Floats:
        """Lots of a cohort's routine trading, pooled where it is, and of its other orders (see _core/clear.pyx)."""
        rows = population.sheet.rows()
        stock, side, kind = rows["stock"], rows["side"], rows["kind"]
        lots = np.where(side == BUY, 1.0, -1.0) * rows["lots"]
        ordered, filled = auction.ordered[SHORT], auction.filled[SHORT]
        short = side == SHORT
        lots[short] *= (filled / np.maximum(ordered, 1))[stock[short]]
        routine = (kind == ROTATE) | (kind == PURCHASE)
        direct = ~(routine & (self.before["pinned"][stock] >= 0))
        flows = np.zeros((len(ORDER_CAUSES), auction.stocks))
        np.add.at(flows, (_cause_of_kind()[kind[direct]], stock[direct]), lots[direct])
        total = int(population.weights.sum())
        if total > 0:
            unit = (self.before["price"].astype(np.int64) * self.market.listing.lot_value).astype(np.float64)
            flows[0] += (population.routine / total) * population.weights / unit
        return flows

    # ---- rows -------------------------------------------------------------------------------------------------

    def so_far(self, stocks: Ints) -> None:
        """Rows of some stocks up to this session, unless it is the day's last: the close has those."""
        session = self.market.tape.session
        if self.wanted and len(stocks) and session < self.market.today.impact.sessions - 1:
            self._add(self._parts(), session, np.unique(stocks), whole_day=False)

    def close(self) -> None:
        """Rows of the day, of every stock and of the index."""
        if not self.wanted:
            return
        parts = self._parts()
        self.rounding, self.held = parts.rounding, parts.held
        last = self.market.today.impact.sessions - 1
        self._add(parts, last, np.arange(len(self.rounding)), whole_day=True)
        self._add_index(parts, last)

    def _parts(self) -> _Parts:
        """What has moved each price so far today, completed by what limits held back and by rounding."""
        stocks = self.market.stocks
        price = stocks.price.astype(np.float64)
        gap = np.log(price) - self.reference
        rounding = np.clip(gap, np.log(price / (price + 0.5)), np.log(price / (price - 0.5)))
        rounding = np.where(stocks.pinned != 0, 0.0, np.where(stocks.suspended != 0, self.rounding, rounding))
        rounded = _told(rounding - self.rounding)
        printed = np.log(price / stocks.previous) - rounded
        moved = self.moved.copy()
        moved[HELD_BACK] = _told(printed - moved.sum(axis=0))
        moved[ROUNDING] = rounded
        latent = self.held + self.moved
        traced = latent * self._share_printed(printed, latent.sum(axis=0))
        held = _told(latent - traced)
        traced[ROUNDING] = rounded
        return _Parts(moved, traced, rounding, held)

    def _share_printed(self, printed: Floats, latent: Floats) -> Floats:
        """How much of what has moved the latent price is in the printed one: all, but for limits and suspensions."""
        share: Floats = np.divide(printed, latent, out=np.ones_like(latent), where=np.abs(latent) > NEGLIGIBLE)
        share[self.market.stocks.suspended != 0] = 0.0
        return share

    def _add(self, parts: _Parts, session: int, stocks: Ints, *, whole_day: bool) -> None:
        lots, value, moved, traced = (each[:, stocks] for each in (self.lots, self.value, parts.moved, parts.traced))
        place, cause = np.nonzero(((moved != 0.0) | (lots != 0.0) | (traced != 0.0)).T)
        shares = lots * self.market.loaded.scenario.exchange.lot_size
        columns = (each[cause, place] for each in (shares, value, moved, traced))
        self._append(session, whole_day, stocks[place], cause, *columns)

    def _add_index(self, parts: _Parts, session: int) -> None:
        stocks = self.market.stocks
        cap = stocks.float_lots * stocks.previous.astype(np.float64)
        moved, traced = (
            log_return_parts((value_parts(each) * (cap / cap.sum())).sum(axis=1))
            for each in (parts.moved, parts.traced)
        )
        shares = self.lots.sum(axis=1) * self.market.loaded.scenario.exchange.lot_size
        value = self.value.sum(axis=1)
        cause = np.flatnonzero((moved != 0.0) | (value != 0.0) | (traced != 0.0))
        columns = (each[cause] for each in (shares, value, moved, traced))
        self._append(session, True, np.full(len(cause), _INDEX), cause, *columns)

    def _append(self, session: int, whole_day: bool, stock: Array, cause: Array, *columns: Floats) -> None:
        given = (self.market.day, session, whole_day, stock, cause, *columns)
        names = [name for name in COLUMNS if name != "cohort"]
        self.parts.append(
            {
                name: np.broadcast_to(np.asarray(column, _CODES.get(name, COLUMNS[name])), (len(stock),))
                for name, column in zip(names, given, strict=True)
            }
        )

    def rows(self) -> dict[str, Array]:
        """All rows, in order of time, with stocks and causes as numbers."""
        names = [name for name in COLUMNS if name != "cohort"]
        return {
            name: np.concatenate([part[name] for part in self.parts])
            if self.parts
            else np.zeros(0, _CODES.get(name, COLUMNS[name]))
            for name in names
        }

    def table(self) -> pa.Table:
        """All rows with their labels."""
        import pyarrow as pa

        rows: dict[str, Any] = self.rows()
        codes = [*self.market.listing.codes, ""]
        cause = rows["cause"]
        rows["stock"] = _labelled(np.where(rows["stock"] == _INDEX, len(codes) - 1, rows["stock"]), codes)
        rows["cause"] = _labelled(cause, [name for name, _ in self.labels])
        rows["cohort"] = _labelled(cause, [cohort for _, cohort in self.labels])
        return pa.table({name: rows[name] for name in COLUMNS})


def _told(moved: Floats) -> Floats:
    """Without what is rounding of floats."""
    told: Floats = np.where(np.abs(moved) > NEGLIGIBLE, moved, 0.0)
    return told


def _labelled(place: Array, labels: list[str]) -> pa.DictionaryArray:
    """Labels by number, each kept once."""
    import pyarrow as pa

    unique = list(dict.fromkeys(labels))
    code = np.array([unique.index(label) for label in labels], np.int32)
    return pa.DictionaryArray.from_arrays(code[place], unique)


def _cause_of_kind() -> Ints:
    """Place of each kind of order among ORDER_CAUSES."""
    places: Ints = np.array(
        [0 if k in {ROTATE, PURCHASE} else ORDER_CAUSES.index(kind) for k, kind in enumerate(KINDS)]
    )
    return places
