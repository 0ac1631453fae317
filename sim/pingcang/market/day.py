"""What is in force on one day: everything the scenario says about it, in the units of the engine."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pingcang.accounts.terms import Moment, Terms, terms_of
from pingcang.arrays import Floats
from pingcang.errors import ScenarioError
from pingcang.market.levers import Breaker, MarginCurve, breaker_of, margin_curve_of, uptick_of
from pingcang.market.macro import macro_factors
from pingcang.market.securities import Listing, curve, group_weights
from pingcang.market.stock_rules import RulesOfStocks, StockRules
from pingcang.rules.contract_term import NEVER, last_due
from pingcang.scenario import LoadedScenario
from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Event, Exchange, Impact, News
from pingcang.scenario.timeline import Sections, events_on, sections_on, trading_days
from pingcang.scenario.types import basis_points

if TYPE_CHECKING:
    from pingcang.market.replay import ReplayDay

SMALLEST_SIGMA = 1e-6
"""Daily standard deviation behind the distance to margin call in a market that does not move at all."""
MOST_RESCUE = 10**18
"""Fen a day; the team's purse has 64 bits."""


@dataclass(frozen=True)
class ImpactToday:
    """The parameters of price formation and of halts, per session where that is their unit."""

    feedback: bool
    square_root: bool
    sessions: int
    depth: float
    """κ: relative price change per day's turnover traded net."""
    transient_share: float
    transient_decay: float
    """Share of the transient impact that decays overnight."""
    noise: float
    """Noise bids of a day, as a share of mean daily turnover."""
    trend: float
    trend_decay: float
    herding_down: float
    herding_up: float
    reversion: float
    market_volatility: float
    stock_volatility: float
    news_at_open: float
    self_trade_share: float
    turnover_response: float
    dmc_decay: float
    halt_base: float
    halt_threshold: float
    halt_contagion: float
    resume_hazard: float
    resume_after_up_days: int
    initial_resume_hazard: float
    replay_limit_fill: float
    """Share of a stock's real volume that fills beyond the other side at a limit; replay only."""


@dataclass(frozen=True)
class Day:
    """One trading day's rules, news and orders from outside."""

    number: int
    date: dt.date
    calendar_days: int
    """Days since the previous trading day; interest accrues for them."""
    terms: dict[str, Terms]
    impact: ImpactToday
    commission: int
    stamp_duty: int
    price_limits: bool
    stocks: StockRules
    """Band, haircut and marginability of each stock."""
    uptick_rule: bool
    forced_share: float | None
    """Cap of brokers' forced orders in a stock, as a share of its mean turnover; None for no cap."""
    uptick_after_fall: int | None
    """Fall from the last close after which the uptick rule binds a stock, basis points; None: no such rule."""
    breaker: Breaker | None
    margin_curve: MarginCurve | None
    cap_stop: float
    cap_resume: float
    index_adjusted: bool
    news: Floats
    """Today's dated news of each stock, as a return."""
    rescue: int
    """Budget of the national team, fen at the scenario's scale."""
    suspend: list[int]
    resume: list[int]
    credit_withdrawal: dict[str, float]
    replay: ReplayDay | None = None
    """The day's real prices, if prices are replayed (market/replay.py)."""


def plan_days(loaded: LoadedScenario, listing: Listing, scale: float, feedback: bool) -> list[Day]:
    """Day 0 (the start, only its terms matter) and every trading day after it."""
    scenario = loaded.scenario
    dates = trading_days(scenario.calendar)
    of_stocks = RulesOfStocks(listing)
    calendar = [(date - dates[0]).days for date in dates]
    days: list[Day] = []
    yesterday = scenario.rules
    for number, date in enumerate(dates):
        sections = sections_on(scenario, date)
        moment = Moment(scenario.calendar.sessions, *_due(calendar, number, sections.rules, yesterday))
        gap = calendar[number] - calendar[max(0, number - 1)]
        days.append(_plan(loaded, listing, of_stocks, scale, feedback, number, date, gap, sections, moment))
        yesterday = sections.rules
    return days


def _due(calendar: list[int], number: int, rules: Rules, yesterday: Rules) -> tuple[int, int]:
    """Moment.due and Moment.matured. Matured is what was due at yesterday's close, by the rules of both days; the
    first close that looks at terms is that of day 1."""
    if rules.contract_term is None:
        return NEVER, NEVER
    due = last_due(calendar, number, rules.contract_term.days)
    if number < 2 or yesterday.contract_term is None:
        return due, NEVER
    longer = max(rules.contract_term.days, yesterday.contract_term.days)
    return due, last_due(calendar, number - 1, longer)


def _plan(
    loaded: LoadedScenario,
    listing: Listing,
    of_stocks: RulesOfStocks,
    scale: float,
    feedback: bool,
    number: int,
    date: dt.date,
    calendar_days: int,
    sections: Sections,
    moment: Moment,
) -> Day:
    scenario = loaded.scenario
    rules, impact, exchange, contracts, macro = sections
    economy = macro_factors(macro)
    events = events_on(scenario, date) if number else []
    withdrawn = [event.credit_withdrawal for event in events if event.credit_withdrawal]
    uptick_rule, uptick_after_fall = uptick_of(rules, exchange)
    return Day(
        number=number,
        date=date,
        calendar_days=calendar_days,
        terms={
            name: terms_of(economy.on_cohort(cohort), contracts[name], rules, exchange, moment)
            for name, cohort in scenario.cohorts.items()
        },
        impact=_impact(impact, exchange, scenario.calendar.sessions, feedback),
        commission=basis_points(exchange.commission),
        stamp_duty=basis_points(exchange.stamp_duty),
        price_limits=exchange.price_limits,
        forced_share=rules.liquidation_volume_share,
        stocks=of_stocks.on(rules, exchange),
        uptick_rule=uptick_rule,
        uptick_after_fall=uptick_after_fall,
        breaker=breaker_of(rules, exchange, scenario.calendar.sessions),
        margin_curve=margin_curve_of(rules, scenario.cohorts, contracts) if number else None,
        cap_stop=rules.single_stock_cap.stop,
        cap_resume=rules.single_stock_cap.resume,
        index_adjusted=exchange.suspended_valuation == "index_adjusted",
        news=_news([event.news for event in events if event.news], listing),
        rescue=_budget(scenario.events, date, economy.rescue, scale),
        suspend=[s for event in events if event.suspend for s in _stocks(event.suspend.stocks, listing)],
        resume=[s for event in events if event.resume for s in _stocks(event.resume.stocks, listing)],
        credit_withdrawal={withdrawal.cohort: withdrawal.share for withdrawal in withdrawn},
    )


def _impact(impact: Impact, exchange: Exchange, sessions: int, feedback: bool) -> ImpactToday:
    halts = exchange.suspensions
    per_session = math.sqrt(sessions)
    return ImpactToday(
        feedback=feedback,
        square_root=impact.exponent != 1,
        sessions=sessions,
        depth=impact.depth,
        transient_share=impact.transient_share,
        transient_decay=1.0 - math.pow(2.0, -1.0 / impact.transient_half_life),
        noise=impact.noise_bids,
        trend=impact.trend / sessions,
        trend_decay=impact.trend_decay,
        herding_down=impact.herding_down,
        herding_up=impact.herding_up,
        reversion=impact.reversion / sessions,
        market_volatility=impact.market_volatility / per_session,
        stock_volatility=impact.stock_volatility / per_session,
        news_at_open=impact.news_at_open if sessions > 1 else 1.0,
        self_trade_share=impact.self_trade_share,
        turnover_response=impact.turnover_response,
        dmc_decay=impact.dmc_decay,
        halt_base=halts.base_hazard,
        halt_threshold=halts.drawdown_threshold,
        halt_contagion=halts.contagion,
        resume_hazard=halts.resume_hazard,
        resume_after_up_days=halts.resume_after_up_days,
        initial_resume_hazard=halts.initial_resume_hazard,
        replay_limit_fill=impact.replay_limit_fill,
    )


def news_share(impact: ImpactToday, session: int) -> float:
    """Share of the day's dated news that arrives in a session: so much at the open, the rest evenly."""
    if session == 0:
        return impact.news_at_open
    return (1.0 - impact.news_at_open) / (impact.sessions - 1)


def _news(shocks: list[News], listing: Listing) -> Floats:
    total = np.zeros(len(listing))
    for shock in shocks:
        hit = shock.value * curve(shock.size, listing.float_cap)
        if shock.use_beta:
            hit = hit * listing.beta
        hit = hit * group_weights(shock.boards, shock.sectors, listing)
        if shock.stocks is not None:
            chosen = np.zeros(len(listing))
            chosen[[listing.index_of(code) for code in shock.stocks]] = 1
            hit = hit * chosen
        total = total + hit
    return total


def _budget(events: list[Event], date: dt.date, discount: float, scale: float) -> int:
    rescues = [(event.date, event.rescue) for event in events if event.rescue]
    active = [rescue for start, rescue in rescues if start <= date <= (rescue.until or start)]
    budget = sum(round(rescue.budget * discount * 100 * scale) for rescue in active)
    if budget > MOST_RESCUE:
        raise ScenarioError(
            f"events: rescue on {date} comes to {budget / 100 / scale:g} CNY a day (macro.links.rescue multiplies by "
            f"{discount:g}), must be at most {MOST_RESCUE / 100 / scale:g}; lower the budget or the elasticity"
        )
    return budget


def _stocks(named: list[str] | str, listing: Listing) -> list[int]:
    return list(range(len(listing))) if named == "all" else [listing.index_of(code) for code in named]
