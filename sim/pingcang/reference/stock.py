"""One stock, written plainly: its band, its latent reference price, and how a session's orders make a price.

Twin: `ext/pingcang/_core/clear.pyx`.

Glossary: p_ref latent reference price (ticks, real), D depth (lots), N net flow that moves the price (lots).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pingcang.arithmetic import growth
from pingcang.market.day import ImpactToday
from pingcang.rules.price_impact import flow_to, impact_factor, impact_move
from pingcang.rules.price_limit import NO_LIMIT, band, inside
from pingcang.rules.suspension import halt_hazard


@dataclass
class Demand:
    """A session's orders in one stock, lots; `net` is the part that moves the price."""

    buys: int = 0
    sells: int = 0
    shorts: int = 0
    net: float = 0.0


@dataclass
class Filled:
    """What of it is executed, lots."""

    buys: int
    sells: int
    shorts: int


@dataclass
class Stock:
    """Prices in ticks, quantities in lots."""

    index: int
    board: int
    sector: int
    price: int
    price_limit: int
    st: bool
    float_lots: int
    turnover: float
    beta: float
    fundamental: float
    haircut: int
    marginable: bool
    float_cap: float
    suspended: int
    rest_lots: int
    lendable: int

    def __post_init__(self) -> None:
        self.previous = self.price
        self.mark = self.price
        self.reference = float(self.price)
        self.transient = 0.0
        self.day_flow = 0.0
        self.low, self.high = 1, NO_LIMIT
        self.pinned = 0
        self.purchases_stopped = False
        self.halt_requested = False
        self.peak = self.price
        self.momentum = 0.0
        self.volume = 0
        self.suspended_at_index = 0
        self.uptick = False
        self.fell_on = -1
        self.liquidity = self.turnover * float(self.price)

    def open_day(self, limits: bool, impact: ImpactToday) -> None:
        """Set the band; let the transient part of past impact decay."""
        self.previous = self.price
        self.low, self.high = band(self.price, self.price_limit) if limits else (1, NO_LIMIT)
        self.pinned = 0
        self.day_flow = 0.0
        self.volume = 0
        decayed = self.transient * impact.transient_decay
        self.transient -= decayed
        self.reference *= growth(-decayed)

    def drift(self, common: float, news: float, own: float, impact: ImpactToday) -> None:
        """Move the reference price by what unlevered holders learn and feel; band and halt do not hold it back.

        Half the variance is taken off, so that noise alone leaves the expected price where it is.
        """
        pull = impact.reversion * (self.fundamental / self.reference - 1.0)
        wide = self.beta * impact.market_volatility
        convexity = 0.5 * (impact.stock_volatility * impact.stock_volatility + wide * wide)
        self.reference *= growth(self.beta * common + news + own + pull - convexity)

    def clear(self, demand: Demand, impact: ImpactToday, session: int, shorts_need_uptick: bool) -> Filled:
        """One price inside the band, and what each side gets; moves price and reference price."""
        depth = self.turnover / impact.depth
        noise = self.noise_bids(session + 1, impact) - self.noise_bids(session, impact)
        shorts = min(demand.shorts, self.lendable)
        net = demand.net - (shorts if impact.feedback else 0)
        ticks = self.curve(net, depth, impact)
        if shorts > 0 and ((shorts_need_uptick and ticks < self.price) or ticks < self.low):
            net += shorts if impact.feedback else 0
            shorts = 0
            ticks = self.curve(net, depth, impact)
        filled = self.fill(demand, shorts, ticks, noise, depth, impact)
        self.pinned = -1 if ticks < self.low else 1 if ticks > self.high else 0
        self.trade(filled, ticks, net, noise, depth, impact)
        return filled

    def noise_bids(self, sessions: int, impact: ImpactToday) -> int:
        """Lots that the rest bids (or offers) at the limit in the first sessions of a day."""
        return math.floor(impact.noise * self.turnover * sessions / impact.sessions)

    def curve(self, net: float, depth: float, impact: ImpactToday) -> float:
        """p*(N) rounded to the tick, not yet clipped to the band."""
        price = self.reference * impact_factor(net, self.day_flow, depth, impact.square_root)
        return float(math.floor(price + 0.5)) if price < NO_LIMIT else float(NO_LIMIT) + 1.0

    def taken_at(self, limit: int, depth: float, impact: ImpactToday) -> float:
        """The net flow at which the curve reaches a limit price, lots."""
        return flow_to(float(limit), self.reference, self.day_flow, depth, impact.square_root)

    def fill(self, demand: Demand, shorts: int, ticks: float, noise: int, depth: float, impact: ImpactToday) -> Filled:
        """Exact quantities: everything inside the band, the reachable part at a limit, never more than there is."""
        buys, sells = demand.buys, demand.sells
        if ticks < self.low:
            curve = max(0, math.floor(-self.taken_at(self.low, depth, impact)))
            sells = min(sells, buys + noise + curve)
        elif ticks > self.high:
            curve = max(0, math.floor(self.taken_at(self.high, depth, impact)))
            buys = min(buys, sells + shorts + noise + curve)
        buys = min(buys, sells + shorts + self.rest_lots)
        return Filled(buys, sells, shorts)

    def trade(self, filled: Filled, ticks: float, net: float, noise: int, depth: float, impact: ImpactToday) -> None:
        """Book the session: price, volume, the rest's holding, and the impact of what was executed."""
        if ticks < self.low:
            self.price = self.low
            net = max(net, -float(noise + max(0, math.floor(-self.taken_at(self.low, depth, impact)))))
        elif ticks > self.high:
            self.price = self.high
            net = min(net, float(noise + max(0, math.floor(self.taken_at(self.high, depth, impact)))))
        else:
            self.price = int(ticks)
            change = abs(self.price / self.previous - 1.0)
            still = self.turnover * impact.self_trade_share
            self.volume += math.floor(still * (1.0 + impact.turnover_response * change) / impact.sessions)
        self.volume += filled.buys + filled.sells + filled.shorts
        self.rest_lots -= filled.buys - filled.sells - filled.shorts
        self.transient += impact.transient_share * impact_move(net, self.day_flow, depth, impact.square_root)
        self.reference *= impact_factor(net, self.day_flow, depth, impact.square_root)
        self.day_flow += net

    def follow(
        self,
        ticks: int,
        side: int,
        volume: float,
        demand: Demand,
        impact: ImpactToday,
        session: int,
        shorts_need_uptick: bool,
    ) -> Filled:
        """Replay: the price that really was; what it fills, and only at a limit not all. Twin: agents.replayed_market.

        `ticks` and `side` (at the lower limit -1, at the upper 1) are the real price's, `volume` the real lots of the
        day, of which a share fills at a limit.
        """
        last, traded = self.price, self.of_day(volume, session, impact)
        self.price = (
            self.low if side < 0 else self.high if side > 0 else inside(ticks, self.previous, self.low, self.high)
        )
        down, up = self.price == self.low < self.previous, self.price == self.high > self.previous
        self.pinned = -1 if down else 1 if up else 0
        room = self.of_day(impact.replay_limit_fill * volume, session, impact)
        shorts = 0 if down or (shorts_need_uptick and self.price < last) else min(demand.shorts, self.lendable)
        sells = min(demand.sells, demand.buys + room) if down else demand.sells
        buys = min(demand.buys, sells + shorts + room) if up else demand.buys
        buys = min(buys, sells + shorts + self.rest_lots)
        self.volume += traded
        self.rest_lots -= buys - sells - shorts
        self.reference = float(self.price)
        return Filled(buys, sells, shorts)

    @staticmethod
    def of_day(lots: float, session: int, impact: ImpactToday) -> int:
        """A session's part of the day's lots, whole, so that the parts add up."""
        return math.floor(lots * (session + 1) / impact.sessions) - math.floor(lots * session / impact.sessions)

    def halt_hazard(self, impact: ImpactToday, halts_yesterday: int, stocks: int) -> float:
        """Daily probability that the company asks for a halt; 0 unless it closed at limit-down."""
        if self.suspended or self.price != self.low or self.low >= self.previous:
            return 0.0
        return halt_hazard(
            1.0 - self.price / self.peak,
            impact.halt_base,
            impact.halt_threshold,
            impact.halt_contagion,
            halts_yesterday,
            stocks,
        )
