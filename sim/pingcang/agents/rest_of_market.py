"""The rest of the market: one aggregate counterparty that supplies depth and carries news, trend and herding.

It holds what accounts and portfolios do not, trades along its supply curve (rules/price_impact.py), and closes the
books: what others buy, it sells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from pingcang._core.clear import clear, drift
from pingcang._core.rng import TABLE, normals
from pingcang.arrays import Floats, Ints
from pingcang.market.day import Day, news_share
from pingcang.market.session import Auction
from pingcang.randomness import Purpose

if TYPE_CHECKING:
    from pingcang.model import MarginMarket


class RestOfMarket(mesa.Agent):
    """Holds the remaining float and makes the prices."""

    model: MarginMarket

    def __init__(self, model: MarginMarket) -> None:
        super().__init__(model)
        self.trend = 0.0
        """EWMA of the market return that unlevered holders follow."""
        self.last_session_return = 0.0

    def learn(self, today: Day, session: int) -> None:
        """News, trend and herding move every reference price, traded or not."""
        impact, model, stocks = today.impact, self.model, self.model.stocks
        herding = impact.herding_down if self.last_session_return < 0.0 else impact.herding_up
        shock = float(normals(model.keys[Purpose.MARKET_NEWS], 0, 1, today.number, session, 0)[0])
        drift(
            stocks.reference,
            model.listing.beta,
            model.listing.fundamental,
            today.news,
            TABLE,
            impact.trend * self.trend + herding * self.last_session_return + impact.market_volatility * shock,
            news_share(impact, session),
            impact.stock_volatility,
            impact.market_volatility,
            impact.reversion,
            model.keys[Purpose.STOCK_NEWS],
            today.number,
            session,
        )

    def pause(self) -> None:
        """The session was halted: there is no return to follow."""
        self.last_session_return = 0.0

    def make_prices(self, today: Day, session: int, auction: Auction, pooled: Floats) -> None:
        """One price a stock, and what each side gets."""
        impact, stocks = today.impact, self.model.stocks
        before, volume = stocks.price.copy(), stocks.volume.copy()
        clear(
            stocks.suspended,
            self.model.listing.turnover,
            stocks.low,
            stocks.high,
            stocks.previous,
            auction.net_flow(pooled, impact.feedback),
            auction.ordered,
            stocks.lendable,
            stocks.uptick,
            stocks.price,
            stocks.pinned,
            stocks.reference,
            stocks.transient,
            stocks.day_flow,
            stocks.volume,
            stocks.rest_lots,
            auction.filled,
            impact.depth,
            impact.noise,
            impact.transient_share,
            impact.self_trade_share,
            impact.turnover_response,
            session,
            impact.sessions,
            impact.square_root,
            impact.feedback,
        )
        self.book(auction, volume)
        traded = stocks.suspended == 0
        stocks.mark[traded] = stocks.price[traded]
        self.last_session_return = stocks.market_return(before)

    def book(self, auction: Auction, volume_before: Ints) -> None:
        """Money against lots: what others paid, less what they were paid; and the day's turnover."""
        unit = self.model.stocks.price.astype(np.int64) * self.model.listing.lot_value
        bought, sold, short = auction.filled
        self.model.purses.rest += int(((bought - sold - short) * unit).sum())
        self.model.stocks.lendable -= short
        self.model.stocks.turnover += (self.model.stocks.volume - volume_before) * unit

    def remember(self, today: Day, market_return: float) -> None:
        """Update the trend."""
        decay = today.impact.trend_decay
        self.trend = (1.0 - decay) * self.trend + decay * market_return
