"""Rules of more than one number, in the units of the engine: circuit breaker, margin curve, uptick after a fall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pingcang.accounts.terms import Terms
from pingcang.rules.circuit_breaker import sessions_halted
from pingcang.scenario.binding import lent_by_broker
from pingcang.scenario.levers import UptickAfterFall
from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Cohort, Contract, Exchange
from pingcang.scenario.types import basis_points

TRADING_HOURS = 4.0
"""Hours of trading a day where the exchange does not say."""


@dataclass(frozen=True)
class Breaker:
    """Levels of a circuit breaker, rising."""

    moves: tuple[int, ...]
    """Basis points of the last close."""
    halts: tuple[int, ...]
    """Sessions that each level halts; as many as a day has for the rest of it."""
    both_ways: bool


@dataclass(frozen=True)
class MarginCurve:
    """Initial margin of new loans as a curve of the state of the market (rules/counter_cyclical.py)."""

    driver: str
    window: int
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cohorts: tuple[str, ...]
    """Brokers' contracts without an initial margin of their own: those that it binds."""


def breaker_of(rules: Rules, exchange: Exchange, sessions: int) -> Breaker | None:
    """The circuit breaker in force, if there is one."""
    breaker = rules.circuit_breaker
    if breaker is None:
        return None
    hours = exchange.trading_hours or TRADING_HOURS
    return Breaker(
        moves=tuple(basis_points(level.move) for level in breaker.levels),
        halts=tuple(sessions_halted(level.minutes, sessions, hours) for level in breaker.levels),
        both_ways=breaker.both_ways,
    )


def margin_curve_of(
    rules: Rules, cohorts: Mapping[str, Cohort], contracts: Mapping[str, Contract]
) -> MarginCurve | None:
    """The margin curve in force, if there is one."""
    rule = rules.counter_cyclical
    if rule is None:
        return None
    xs, ys = zip(*rule.initial_margin, strict=True)
    bound = [
        name
        for name, cohort in cohorts.items()
        if lent_by_broker(cohort, contracts[name]) and contracts[name].initial_margin is None
    ]
    return MarginCurve(rule.driver, rule.window, xs, ys, tuple(bound))


def uptick_of(rules: Rules, exchange: Exchange) -> tuple[bool, int | None]:
    """Whether the uptick rule binds every stock, and the fall (basis points) after which it binds one."""
    rule = exchange.uptick_rule if rules.uptick_rule is None else rules.uptick_rule
    if isinstance(rule, UptickAfterFall):
        return False, basis_points(rule.after_fall)
    return rule, None


def terms_in_force(name: str, terms: Terms, curve: MarginCurve | None, initial_margin: int) -> Terms:
    """A cohort's terms with today's margin of new loans, where the curve binds it."""
    if curve is None or name not in curve.cohorts:
        return terms
    return replace(terms, initial_margin=initial_margin)
