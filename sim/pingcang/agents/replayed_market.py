"""The rest of the market where prices are replayed: it trades at the prices that really were, whoever orders what.

At the lower limit of a day it takes `replay_limit_fill` of the real volume beyond what others buy, at the upper limit
it gives as much; else it takes the other side of everything. Twin: `follow` in pingcang.reference.stock.
"""

from __future__ import annotations

import numpy as np

from pingcang.agents.rest_of_market import RestOfMarket
from pingcang.arrays import Floats, Ints, Small
from pingcang.market.day import Day
from pingcang.market.orders import BUY, SELL, SHORT
from pingcang.market.replay import ReplayDay
from pingcang.market.session import Auction


class ReplayedMarket(RestOfMarket):
    """Holds the remaining float; its prices come from a file (market/replay.py)."""

    def learn(self, today: Day, session: int) -> None:
        """Nothing: real prices know the news already."""

    def make_prices(self, today: Day, session: int, auction: Auction, pooled: Floats) -> None:
        """The session's real price of each stock that traded, and what each side gets at it."""
        if today.replay is None:
            raise RuntimeError(f"day {today.number} has no prices to replay")
        stocks = self.model.stocks
        before, volume = stocks.price.copy(), stocks.volume.copy()
        traded = stocks.suspended == 0
        stocks.price[traded] = self.real_prices(today.replay, session)[traded]
        self.fill(today, today.replay, session, auction, before)
        stocks.volume[traded] += _of_day(today.replay.volume, session, today)[traded]
        self.book(auction, volume)
        stocks.reference[traded] = stocks.price[traded]
        stocks.mark[traded] = stocks.price[traded]
        self.last_session_return = stocks.market_return(before)

    def real_prices(self, replay: ReplayDay, session: int) -> Small:
        """Exactly the engine's limit where the real price stood at its limit, else strictly inside (rules.inside)."""
        stocks, side = self.model.stocks, replay.side[session]
        floor, ceiling = np.minimum(stocks.low + 1, stocks.previous), np.maximum(stocks.high - 1, stocks.previous)
        inside = np.minimum(np.maximum(replay.ticks[session], floor), ceiling)
        return np.where(side < 0, stocks.low, np.where(side > 0, stocks.high, inside)).astype(np.int32)

    def fill(self, today: Day, replay: ReplayDay, session: int, auction: Auction, last: Small) -> None:
        """Everything fills, but for the queue at a limit; what can be bought is what others sell and the rest holds."""
        stocks = self.model.stocks
        price, traded = stocks.price, stocks.suspended == 0
        down = traded & (price == stocks.low) & (stocks.low < stocks.previous)
        up = traded & (price == stocks.high) & (stocks.high > stocks.previous)
        room = _of_day(today.impact.replay_limit_fill * replay.volume, session, today)
        buys, sells, shorts = (np.where(traded, auction.ordered[side], 0) for side in (BUY, SELL, SHORT))
        shorts = np.where(down | ((stocks.uptick > 0) & (price < last)), 0, np.minimum(shorts, stocks.lendable))
        sells = np.where(down, np.minimum(sells, buys + room), sells)
        buys = np.where(up, np.minimum(buys, sells + shorts + room), buys)
        buys = np.minimum(buys, sells + shorts + stocks.rest_lots)
        stocks.pinned[traded] = (up.astype(np.int8) - down.astype(np.int8))[traded]
        stocks.rest_lots -= buys - sells - shorts
        auction.filled[BUY], auction.filled[SELL], auction.filled[SHORT] = buys, sells, shorts


def _of_day(lots: Floats, session: int, today: Day) -> Ints:
    """A session's part of the day's lots, whole, so that the parts add up."""
    sessions = today.impact.sessions
    part: Ints = (np.floor(lots * (session + 1) / sessions) - np.floor(lots * session / sessions)).astype(np.int64)
    return part
