"""Markets written out for one purpose: everything random or costly is switched off, and the test says what is on."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import yaml

from pingcang.model import MarginMarket
from pingcang.scenario import LoadedScenario, load_text

START = "2015-01-05"
DATES = ["2015-01-06", "2015-01-07", "2015-01-08", "2015-01-09", "2015-01-12", "2015-01-13", "2015-01-14"]
"""Days 1, 2, 3 … of the calendar."""

_QUIET = {
    "name": "quiet",
    "calendar": {"start": START, "days": 5, "sessions": 1},
    "exchange": {"commission": 0, "stamp_duty": 0},
    "rules": {"financing_rate": 0, "borrow_fee": 0, "immediate_line": 0},
    "impact": {"depth": 1e-9, "noise_bids": 0},
}


def merged(tree: Any, change: Any) -> Any:
    """`tree` with the keys of `change`, mappings merged deeply."""
    if not (isinstance(tree, Mapping) and isinstance(change, Mapping)):
        return copy.deepcopy(change)
    return {
        key: merged(tree.get(key), change[key]) if key in change else copy.deepcopy(tree[key])
        for key in [*tree, *(k for k in change if k not in tree)]
    }


def stock(code: str = "deep", price: float = 10.0, **more: Any) -> dict[str, Any]:
    """A stock so large that nobody's orders move it, unless `more` says otherwise."""
    return {"code": code, "price": price, "float_shares": 1_000_000_000, **more}


def holding(stock: str, lots: int, loan: float = 0.0) -> dict[str, Any]:
    """A position in lots of 100 shares."""
    return {"stock": stock, "shares": lots * 100, "loan": loan}


def cohort(*accounts: dict[str, Any], kind: str = "retail", **more: Any) -> dict[str, Any]:
    """Accounts written out, that do nothing of their own accord."""
    return merged({"kind": kind, "explicit": list(accounts), "behaviour": {"activity": 0}}, more)


def quiet(stocks: list[dict[str, Any]], cohorts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A scenario as a mapping: no costs, no interest, no chance, no impact."""
    return merged({**_QUIET, "securities": {"stocks": stocks}, "cohorts": cohorts}, changes)


def loaded(market: Mapping[str, Any]) -> LoadedScenario:
    """The scenario of a mapping."""
    return load_text(yaml.safe_dump(dict(market), sort_keys=False))


def engine(market: Mapping[str, Any], **kwargs: Any) -> MarginMarket:
    """The compiled market of a mapping, at its start."""
    return MarginMarket(loaded(market), **kwargs)


def news(day: int, value: float, **more: Any) -> dict[str, Any]:
    """An event: dated news on day 1, 2, …"""
    return {"date": DATES[day - 1], "news": {"value": value, **more}}


_DRAWN = {
    "retail": {"kind": "retail", "accounts": 120, "debt": 3e7, "slots": 3, "maintenance_ratio": [[0, 1.32], [1, 2.6]]},
    "shadow": {
        "kind": "shadow",
        "accounts": 60,
        "debt": 1e7,
        "slots": 2,
        "maintenance_ratio": [[0, 1.15], [1, 1.5]],
        "contract": {"close_out_line": [[0, 1.05], [1, 1.14]], "initial_margin": 0.25, "haircut": 1.0},
    },
    "short_seller": {
        "kind": "short_seller",
        "accounts": 40,
        "debt": 3e6,
        "slots": 2,
        "maintenance_ratio": [[0, 1.4], [1, 2.5]],
    },
}
_BEHAVIOUR = {
    "activity": 0.3,
    "appetite": {"base": 1.05, "today": 1.0, "memory": 0.5},
    "preemptive_hazard": [[0, 0.5], [3, 0.1], [6, 0]],
    "top_up_probability": 0.2,
    "withdrawal_share": 0.3,
}


def busy(*, stocks: int = 6, **changes: Any) -> dict[str, Any]:
    """A market in which everything happens: three drawn cohorts, funds, volatility, fees, a fall and a rescue."""
    listed = [
        {
            "code": f"S{k}",
            "board": ["main", "growth"][k % 2],
            "sector": "abc"[k % 3],
            "price": 5 + 3 * k,
            "float_shares": 20_000_000 // (1 + k),
            "turnover": 0.02,
            "price_limit": [0.1, 0.2][k % 2],
            "beta": [0.8, 1.2][k % 2],
        }
        for k in range(stocks)
    ]
    base = {
        "name": "busy",
        "calendar": {"start": START, "days": 7, "sessions": 4},
        "exchange": {
            "suspensions": {
                "base_hazard": 0.5,
                "drawdown_threshold": 0.1,
                "resume_hazard": 0.5,
                "resume_after_up_days": 0,
            }
        },
        "securities": {"stocks": listed},
        "cohorts": {name: {**drawn, "behaviour": _BEHAVIOUR} for name, drawn in _DRAWN.items()},
        "funds": {
            "count": 2,
            "share_of_float": 0.1,
            "redemptions": {"response": 2.0},
            "value_tilt": 0.5,
            "rebalancing": 0.1,
        },
        "impact": {
            "transient_share": 0.3,
            "trend": 0.2,
            "herding_down": 0.2,
            "market_volatility": 0.01,
            "stock_volatility": 0.02,
            "turnover_response": 3.0,
            "self_trade_share": 0.8,
        },
        "events": [news(2, -0.12), news(3, -0.08)],
    }
    return merged(base, changes)
