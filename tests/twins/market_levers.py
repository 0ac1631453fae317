"""Random levers of the whole market and of classes of stocks, for the random markets of `markets.py`."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

BREAKERS = [
    {"levels": [{"move": 0.02, "minutes": 15}, {"move": 0.05}], "both_ways": True},
    {"levels": [{"move": 0.01, "minutes": 70}, {"move": 0.03, "minutes": 40}, {"move": 0.2}]},
    {"levels": [{"move": 0.0001, "minutes": 1}], "both_ways": True},
]
CURVES = [
    {"driver": "balance_to_float", "initial_margin": [[0.0, 0.2], [0.05, 1.0]]},
    {"driver": "volatility", "initial_margin": [[0.0, 0.9], [0.06, 0.1]]},
    {"driver": "volatility", "initial_margin": [[0.02, 0.33333]]},
]
PAST = {"driver": "past_return", "initial_margin": [[-0.2, 0.1], [0.0, 0.5], [0.2, 1.0]]}
HAIRCUTS = [
    {"stock": [[0, 0.5], [1e10, 0.7]], "st": 0.1, "etf": 0.95, "pe_limit": 300},
    {"stock": [[0, 1.0]], "pe_limit": 20, "pe_haircut": 0.2},
]
LIMITS = [{"st": 0.1}, {"main": 0.03, "chinext": 0.2}, {"st": 0.001}]
UPTICKS = [True, False, {"after_fall": 0.03}, {"after_fall": 0.0}]


def _sometimes(draw: st.DrawFn, found: dict[str, Any], key: str, choices: list[Any]) -> None:
    if draw(st.integers(0, 2)) == 0:
        found[key] = draw(st.sampled_from(choices))


@st.composite
def market_rules(draw: st.DrawFn, listed: list[dict[str, Any]], past_returns: list[float]) -> dict[str, Any]:
    """Keys of `rules`; any of them may be missing."""
    found: dict[str, Any] = {}
    _sometimes(draw, found, "circuit_breaker", BREAKERS)
    window = draw(st.integers(1, max(1, len(past_returns))))
    _sometimes(draw, found, "counter_cyclical", [*CURVES, *([PAST | {"window": window}] if past_returns else [])])
    _sometimes(draw, found, "haircuts", HAIRCUTS)
    growth = any(stock["board"] == "growth" for stock in listed)
    _sometimes(draw, found, "price_limits", [*LIMITS, *([{"growth": 0.2, "st": 0.1}] if growth else [])])
    _sometimes(draw, found, "uptick_rule", UPTICKS)
    _sometimes(draw, found, "marginable_stocks", list(range(1, 2 + len(listed))))
    _sometimes(draw, found, "marginable_boards", [[], ["main"], ["chinext", "star"]])
    return found


EVENTS: list[dict[str, Any]] = [
    {"circuit_breaker": BREAKERS[0]},
    {"circuit_breaker": None},
    {"counter_cyclical": CURVES[0]},
    {"counter_cyclical": None},
    {"haircuts": HAIRCUTS[0]},
    {"price_limits": LIMITS[1]},
    {"uptick_rule": {"after_fall": 0.02}},
    {"marginable_stocks": 1},
    {"marginable_stocks": None, "marginable_boards": ["main"]},
]
"""Changes of `rules` by a dated event."""


@st.composite
def brokers(draw: st.DrawFn) -> dict[str, Any]:
    """Brokers between the immediate line of 1.25 and the warning line of 1.3 of random contracts."""
    return {
        "count": draw(st.integers(1, 4)),
        "close_out_line": [[0.0, 1.26], [1.0, draw(st.sampled_from([1.26, 1.3]))]],
    }


def without_breaker(market: dict[str, Any]) -> dict[str, Any]:
    """The market without its circuit breaker, which a replay refuses."""

    def left(rules: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in rules.items() if key != "circuit_breaker"}

    events = [
        event | ({"rules": left(event["rules"])} if "rules" in event else {}) for event in market.get("events", [])
    ]
    return market | {"rules": left(market.get("rules", {})), "events": events}
