"""Rules as changes of a market: one function a lever, each of what it is laid over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from experiments.rule_laboratory.markets import BROKERS, Market, Overrides

Lever = Callable[[Market], Overrides]
Rows = Sequence[tuple[float, float]]

DISTANCE = 0.2
"""From the close-out line to the warning and the restore line in both markets: 1.50 less 1.30."""
WINDOW = 20
"""Trading days over which a return counts as past."""


def nothing(_: Market) -> Overrides:
    """The rules as they are."""
    return {}


def close_out(line: float, *, move_lines: bool = False) -> Lever:
    """Another close-out line of brokers, alone or with the lines above it at their old distance.

    A line of 1.50 is the highest that leaves warning (1.50) and restore line (1.50) where they are: a call is then
    cured, and a forced liquidation done, right at the line.
    """
    lines = {"warning_line": line + DISTANCE, "restore_line": line + DISTANCE} if move_lines else {}
    return lambda _: {f"rules.{key}": round(value, 4) for key, value in ({"close_out_line": line} | lines).items()}


def window(days: int) -> Lever:
    """One call window throughout; in 2015 the loosening of 2 July (four days) gives way."""
    return lambda _: {"rules.call_window": days}


def at_once(_: Market) -> Overrides:
    """Brokers look after every session and sell in the next one. At the close a window of 0 days is one of 1 day."""
    return {"rules.call_window": 0, **{f"cohorts.{name}.contract.check": "session" for name in BROKERS}}


def initial_margin(value: float) -> Lever:
    """Initial margin of new loans from the start on."""
    return lambda _: {"rules.initial_margin.value": value}


def initial_margin_mid_crash(value: float) -> Lever:
    """Initial margin of new loans from the middle of the crash on."""
    return lambda market: {f"events.{market.mid_crash}.rules.initial_margin.value": value}


def whole_account(_: Market) -> Overrides:
    """Brokers sell everything once the line is broken, instead of as much as restores the account."""
    return {f"cohorts.{name}.contract.liquidate_whole_account": True for name in BROKERS}


def partial_shadow(_: Market) -> Overrides:
    """Shadow lenders sell as much as restores the account, instead of everything."""
    return {"cohorts.shadow.contract.liquidate_whole_account": False}


def restore(line: float) -> Lever:
    """Where a call is cured and a forced liquidation ends."""
    return lambda _: {"rules.restore_line": line}


def spread(days: int, *, shadow: bool = False) -> Lever:
    """Forced liquidations over some days instead of at once: those of brokers, or those of all lenders."""
    others = {"cohorts.shadow.contract.liquidation_days": days} if shadow else {}
    return lambda _: {"rules.liquidation_days": days, **others}


def no_price_limits(_: Market) -> Overrides:
    """No daily price bands."""
    return {"exchange.price_limits": False}


def leaning(driver: str, curve: Callable[[Market], Rows]) -> Lever:
    """An initial margin that follows the state of the market."""

    def lever(market: Market) -> Overrides:
        rows = [[round(at, 6), round(margin, 4)] for at, margin in curve(market)]
        rule = {"driver": driver, "window": WINDOW, "initial_margin": rows}
        history = {"calendar.past_returns": [0.0] * WINDOW} if driver == "past_return" and market.key == "2025" else {}
        return {"rules.counter_cyclical": rule, **history}

    return lever


def balance_curve(market: Market) -> Rows:
    """The rule's own margin at the balance of the first day; half of it at half the balance, twice at twice."""
    start, margin = market.balance_to_float, market.initial_margin
    return [(0.5 * start, 0.5 * margin), (start, margin), (2 * start, 2 * margin)]


def buffer_curve(market: Market) -> Rows:
    """A buffer that is full at the peak and is released: 100 % at the balance of the first day, half at two thirds."""
    start = market.balance_to_float
    return [(start * 2 / 3, 0.5), (start, 1.0)]


def calm_volatility_curve(market: Market) -> Rows:
    """High when it is calm: the rule's own margin at the volatility of the first day, half of it at twice that."""
    start, margin = market.volatility, market.initial_margin
    return [(0.5 * start, 2 * margin), (start, margin), (2 * start, 0.5 * margin)]


def risk_volatility_curve(market: Market) -> Rows:
    """The opposite, as a risk model would: twice the margin at twice the volatility of the first day."""
    start, margin = market.volatility, market.initial_margin
    return [(0.5 * start, 0.5 * margin), (start, margin), (2 * start, 2 * margin)]


def return_curve(market: Market) -> Rows:
    """The rule's own margin after a flat month, twice it after a rise by 40 %, half of it after a fall by 20 %.

    The market of 2025 has no record of its past month: it counts as flat, which moves nothing but this rule.
    """
    margin = market.initial_margin
    return [(-0.2, 0.5 * margin), (0.0, margin), (0.4, 2 * margin)]
