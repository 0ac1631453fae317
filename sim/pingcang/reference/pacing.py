"""The cap on forced sales as a share of turnover, written plainly. Twin: `ext/pingcang/_core/pace.pyx`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pingcang.market.orders import FORCE, SELL
from pingcang.randomness import Purpose
from pingcang.reference.holding import Order
from pingcang.rules.liquidation_volume import lots_allowed
from pingcang.rules.rationing import fill

if TYPE_CHECKING:
    from pingcang.reference.market import ReferenceMarket


def paced(orders: list[Order], share: float, market: ReferenceMarket, sessions: int) -> list[Order]:
    """The orders, brokers' forced sales in each stock cut to what a session may take; what is cut to 0 falls out."""
    for stock in market.stocks:
        forced = [order for order in orders if order.stock == stock.index and _is_forced_by_a_broker(order)]
        wanted = sum(order.lots for order in forced)
        allowed = lots_allowed(share, stock.turnover, market.session, sessions)
        if wanted > allowed:
            phase = math.floor(market.uniform(Purpose.RATION, stock.index, 3) * float(wanted))
            _cut(forced, allowed, wanted, phase)
    return [order for order in orders if order.lots > 0]


def _cut(forced: list[Order], allowed: int, wanted: int, phase: int) -> None:
    before = 0
    for order in forced:
        lots = order.lots
        order.lots = fill(allowed, wanted, before, lots, phase)
        before += lots


def _is_forced_by_a_broker(order: Order) -> bool:
    return order.side == SELL and order.kind == FORCE and order.account.terms.official
