"""Random small markets: accounts, stocks, rules, behaviour and events that together reach every branch of the day."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from twins.lever_draws import contract_levers, lever_changes, liquidation_levers, loan_ages
from twins.market_levers import EVENTS, brokers, market_rules
from twins.requirements import contract_by_requirement, initial_margins, rules_by_requirement

START = "2015-06-12"
DATES = ["2015-06-15", "2015-06-16", "2015-06-17", "2015-06-18", "2015-06-19", "2015-06-22", "2015-06-23"]


HUGE = 10**8
"""A yuan of an account that owes up to 5·10¹² yuan, so that lines times money leave 64 bits."""


def bp(low: float, high: float) -> st.SearchStrategy[float]:
    """A ratio in whole basis points."""
    return st.integers(round(low * 10_000), round(high * 10_000)).map(lambda x: x / 10_000)


@st.composite
def stocks(draw: st.DrawFn, count: int) -> list[dict[str, Any]]:
    listed = []
    for k in range(count):
        st_flag = k > 0 and draw(st.integers(0, 9)) == 0
        listed.append(
            {
                "code": f"S{k}",
                "board": draw(st.sampled_from(["main", "growth"])) if k else "main",
                "sector": draw(st.sampled_from(["a", "b", "c"])) if k else "a",
                "price": draw(st.one_of(st.sampled_from([1, 2, 500, 1000]), st.integers(1, 6000))) / 100,
                "float_shares": draw(
                    st.one_of(
                        st.sampled_from([2_000_000, 500_000_000]), st.integers(20_000, 5_000_000).map(lambda n: n * 100)
                    )
                ),
                "turnover": draw(st.sampled_from([0.002, 0.01, 0.05])),
                "price_limit": draw(st.sampled_from([0.05, 0.1, 0.2])),
                "marginable": k == 0 or draw(st.integers(0, 3)) > 0,
                "haircut": draw(bp(0.0, 0.9)),
                "st": st_flag,
                "etf": not st_flag and k > 0 and draw(st.integers(0, 9)) == 0,
                "suspended": draw(st.integers(0, 5)) == 0,
                "beta": draw(st.sampled_from([0.5, 1.0, 1.5])),
                "fundamental_to_price": draw(st.sampled_from([0.5, 1.0, 1.3])),
            }
        )
        if not listed[-1]["etf"]:
            listed[-1]["pe"] = draw(st.sampled_from([None, -5.0, 12.0, 400.0]))
    return listed


@st.composite
def behaviours(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "activity": draw(st.sampled_from([0.0, 0.3, 0.9])),
        "activity_memory": draw(st.sampled_from([0.0, 3.0, -20.0])),
        "appetite": {
            "base": draw(st.sampled_from([0.0, 0.8, 1.1])),
            "today": draw(st.sampled_from([0.0, 2.0])),
            "memory": draw(st.sampled_from([0.0, 1.5])),
        },
        "preemptive_hazard": draw(
            st.sampled_from([[[0.0, 0.0]], [[0.0, 0.9], [3.0, 0.4], [8.0, 0.0]], [[-2, 1.0], [30, 0.6]]])
        ),
        "preemptive_size": draw(st.sampled_from([0.3, 1.0])),
        "relief_return": draw(st.sampled_from([0.0, 0.02])),
        "top_up_probability": draw(st.sampled_from([0.0, 0.3, 1.0])),
        "withdrawal_share": draw(st.sampled_from([0.0, 0.5])),
        "attention": {
            "momentum": draw(st.sampled_from([0.0, 20.0])),
            "heat": draw(st.sampled_from([0.0, 20.0])),
            "value": draw(st.sampled_from([0.0, 1.0])),
            **draw(st.sampled_from([{}, {"boards": {"main": 0.0}}, {"sectors": {"a": 8.0}}])),
        },
        "minimum_order": draw(st.sampled_from([0.0, 0.02])),
        "short_size": draw(st.sampled_from([0.3, 0.9])),
        "cover_profit": draw(st.sampled_from([0.0, 0.1])),
    }


@st.composite
def contracts(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    contract: dict[str, Any] = {}
    if draw(st.booleans()):
        contract["liquidation"] = draw(st.sampled_from(["pro_rata", "most_liquid_first", "largest_first"]))
    if kind == "shadow":
        contract["close_out_line"] = [[0.0, 1.05], [1.0, draw(bp(1.05, 1.2))]]
        contract["initial_margin"] = draw(bp(0.1, 0.5))
        contract["haircut"] = 1.0
    if draw(st.integers(0, 4)) == 0:
        contract["check"] = draw(st.sampled_from(["close", "session"]))
    if draw(st.integers(0, 4)) == 0:
        contract["liquidate_whole_account"] = draw(st.booleans())
    if draw(st.integers(0, 2)) == 0:
        contract["immediate_line"] = 1.05 if kind == "shadow" else draw(st.sampled_from([1.05, 1.25]))
    if draw(st.integers(0, 2)) == 0:
        contract["initial_margin"] = draw(st.sampled_from([0.1, 0.3]))
        contract["haircut"] = 1.0
    if draw(st.integers(0, 4)) == 0:
        contract["marginable_only"] = draw(st.booleans())
    if draw(st.integers(0, 6)) == 0:
        contract = draw(contract_by_requirement(contract))
    elif kind != "shadow" and draw(st.integers(0, 3)) == 0:
        contract["brokers"] = draw(brokers())
    return contract | draw(contract_levers())


@st.composite
def drawn_cohort(draw: st.DrawFn, kind: str, cap: float) -> dict[str, Any]:
    accounts = draw(st.integers(1, 40))
    low = draw(bp(1.02, 1.15) if kind == "short_seller" else bp(1.05, 1.6))
    return {
        "kind": kind,
        "accounts": accounts,
        "debt": round(cap * draw(st.sampled_from([0.001, 0.01, 0.05])), 2),
        "slots": draw(st.integers(1, 4)),
        "maintenance_ratio": [[0.0, low], [1.0, low + draw(bp(0.0, 2.5))]],
        "size": [[0.0, 0.2], [1.0, draw(st.sampled_from([0.2, 5.0]))]],
        "cash_share": draw(st.sampled_from([0.0, 0.1])),
        "loan_age": None if kind == "short_seller" else draw(loan_ages()),
        "contract": draw(contracts(kind)),
        "behaviour": draw(behaviours()),
    }


@st.composite
def explicit_cohort(draw: st.DrawFn, codes: list[str]) -> dict[str, Any]:
    slots = draw(st.integers(1, 3))
    accounts = []
    for _ in range(draw(st.integers(1, 4))):
        held = draw(st.lists(st.sampled_from(codes), unique=True, max_size=slots))
        money = draw(st.sampled_from([1] * 9 + [HUGE]))
        accounts.append(
            {
                "cash": float(draw(st.integers(0, 500_000)) * money),
                "positions": [
                    {
                        "stock": code,
                        "shares": draw(st.one_of(st.sampled_from([-10, 10, 20]), st.integers(-20, 60))) * 100,
                        "loan": float(draw(st.integers(0, 50_000)) * money),
                    }
                    for code in held
                ],
                "close_out_line": draw(st.sampled_from([None, 1.06, 1.2])),
            }
        )
    for account in accounts:
        account["positions"] = [p for p in account["positions"] if p["shares"] != 0]
    return {
        "kind": draw(st.sampled_from(["retail", "shadow", "short_seller"])),
        "slots": slots,
        "explicit": accounts,
        "contract": {
            **draw(st.one_of(st.just({"close_out_line": 1.3}), brokers().map(lambda drawn: {"brokers": drawn}))),
            "check": draw(st.sampled_from(["close", "session"])),
        },
        "behaviour": draw(behaviours()),
    }


@st.composite
def events(draw: st.DrawFn, days: int, codes: list[str], cohorts: list[str]) -> list[dict[str, Any]]:
    chosen = sorted(draw(st.lists(st.sampled_from(DATES[:days]), max_size=4)))
    found: list[dict[str, Any]] = []
    for date in chosen:
        event: dict[str, Any] = {"date": date}
        what = draw(st.integers(0, 9))
        if what <= 3:
            event["news"] = {
                "value": draw(st.sampled_from([-0.4, -0.3, -0.15, -0.08, 0.1, 0.25, 0.6])),
                "use_beta": draw(st.booleans()),
            }
        elif what == 4:
            event["rescue"] = {"budget": draw(st.sampled_from([1e5, 1e7, 1e9]))}
        elif what == 5:
            event["rules"] = draw(
                st.sampled_from(
                    [
                        {"call_window": 1},
                        {"close_out_line": 1.45, "warning_line": 1.5},
                        {"lending_stopped": True},
                        {"lending_stopped": True, "short_margin": 1.2},
                        {"initial_margin": {"value": 1.0}},
                        {"short_cover_t_plus_one": True},
                        {"initial_margin": {"value": 0.5, "of": "purchase"}},
                        draw(rules_by_requirement()),
                        *EVENTS,
                    ]
                )
            )
        elif what == 6 and cohorts:
            event["credit_withdrawal"] = {
                "cohort": draw(st.sampled_from(cohorts)),
                "share": draw(st.sampled_from([0.3, 1.0])),
            }
        elif what == 9:
            event["rules"] = draw(lever_changes())
        elif what == 7:
            event["suspend"] = {"stocks": draw(st.sampled_from(["all", codes[:1]]))}
        else:
            event["resume"] = {"stocks": draw(st.sampled_from(["all", codes[:1]]))}
        found.append(event)
    return found


@st.composite
def small_markets(draw: st.DrawFn) -> dict[str, Any]:
    """A scenario as a mapping, small enough for plain Python and rough enough to break a twin."""
    listed = draw(st.integers(1, 7).flatmap(stocks))
    codes = [stock["code"] for stock in listed]
    cap = sum(stock["price"] * stock["float_shares"] for stock in listed)
    days = draw(st.integers(2, len(DATES)))
    kinds = draw(
        st.lists(st.sampled_from(["retail", "shadow", "institution", "short_seller"]), unique=True, max_size=3)
    )
    cohorts = {kind: draw(drawn_cohort(kind, cap)) for kind in kinds}
    if draw(st.integers(0, 3)) == 0:
        cohorts["written"] = draw(explicit_cohort(codes))
    past_returns = draw(st.sampled_from([[], [0.03, -0.04, 0.05], [0.02, 0.06]]))
    return {
        "name": "small",
        "calendar": {
            "start": START,
            "days": days,
            "sessions": draw(st.sampled_from([1, 2, 3, 8])),
            "past_returns": past_returns,
        },
        "exchange": {
            "lot_size": draw(st.sampled_from([100, 100, 1])),
            "trading_hours": draw(st.sampled_from([None, 5.5, 6.5])),
            "t_plus_one": draw(st.booleans()),
            "price_limits": draw(st.integers(0, 4)) > 0,
            "uptick_rule": draw(st.booleans()),
            "suspended_valuation": draw(st.sampled_from(["last_close", "index_adjusted"])),
            "suspensions": {
                "base_hazard": draw(st.sampled_from([0.0, 0.5])),
                "drawdown_threshold": draw(st.sampled_from([0.05, 0.3])),
                "contagion": 1.0,
                "resume_hazard": 0.5,
                "resume_after_up_days": draw(st.integers(0, 1)),
                "initial_resume_hazard": draw(st.sampled_from([0.0, 0.4])),
            },
        },
        "securities": {"stocks": listed},
        "cohorts": cohorts,
        "funds": draw(
            st.sampled_from(
                [
                    None,
                    {
                        "count": 2,
                        "share_of_float": 0.1,
                        "redemptions": {"response": 2.0},
                        "value_tilt": 0.5,
                        "rebalancing": 0.2,
                    },
                    {"count": 1, "share_of_float": 0.02, "redemptions": {"base": -0.01}, "rebalancing": 0.0},
                ]
            )
        ),
        "rules": {
            "call_window": draw(st.integers(0, 3)),
            "lendable_share": draw(st.sampled_from([0.0001, 0.05])),
            "single_stock_cap": {"stop": draw(st.sampled_from([0.01, 0.25])), "resume": 0.005},
            "short_margin": draw(st.sampled_from([0.5, 1.0])),
            "warning_line": draw(st.sampled_from([1.3, 1.5])),
            "withdrawal_line": draw(st.sampled_from([1.5, 3.0, 1000.0])),
            "short_cover_t_plus_one": draw(st.booleans()),
            **draw(liquidation_levers()),
            **(draw(rules_by_requirement()) if draw(st.integers(0, 3)) == 0 else {}),
            **draw(initial_margins()),
            **draw(market_rules(listed, past_returns)),
        },
        "impact": {
            "exponent": draw(st.sampled_from([1, 0.5])),
            "depth": draw(st.sampled_from([0.05, 0.3])),
            "transient_share": draw(st.sampled_from([0.0, 0.4])),
            "noise_bids": draw(st.sampled_from([0.0, 0.03])),
            "trend": draw(st.sampled_from([0.0, 0.3])),
            "herding_down": draw(st.sampled_from([0.0, 0.3])),
            "herding_up": 0.1,
            "reversion": draw(st.sampled_from([0.0, 0.05])),
            "market_volatility": draw(st.sampled_from([0.0, 0.02])),
            "stock_volatility": draw(st.sampled_from([0.0, 0.05, 0.25])),
            "self_trade_share": draw(st.sampled_from([0.4, 1.0])),
            "turnover_response": draw(st.sampled_from([0.0, 5.0])),
        },
        "events": draw(events(days, codes, list(cohorts))),
    }
