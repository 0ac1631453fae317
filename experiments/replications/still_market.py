"""A market of the engine in which everything random or costly is switched off, and the replication says what is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pingcang.model import MarginMarket
from pingcang.scenario import load_text

START, DAY = "2015-01-05", "2015-01-06"
"""The day before the market opens, and its first day."""
LOT = 100
"""Shares in a lot."""


def still_market(
    stocks: list[dict[str, Any]], cohorts: Mapping[str, Any], *, seed: int = 0, **sections: dict[str, Any]
) -> MarginMarket:
    """No costs, no interest, no chance, no price limits, one session a day; `sections` add keys to the scenario's."""
    still: dict[str, Any] = {
        "name": "still",
        "calendar": {"start": START, "days": 1, "sessions": 1},
        "exchange": {"commission": 0, "stamp_duty": 0, "price_limits": False},
        "rules": {"financing_rate": 0, "borrow_fee": 0, "immediate_line": 0},
        "impact": {"noise_bids": 0, "news_at_open": 1.0},
        "securities": {"stocks": stocks},
        "cohorts": dict(cohorts),
    }
    for name, keys in sections.items():
        still[name] = {**still.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return MarginMarket(load_text(yaml.safe_dump(still, sort_keys=False)), seed=seed)


def idle_accounts(*accounts: list[dict[str, Any]]) -> dict[str, Any]:
    """Accounts, a list of positions each, that do nothing of their own accord."""
    return {"kind": "retail", "explicit": [{"positions": held} for held in accounts], "behaviour": {"activity": 0}}


def position(stock: str, lots: int, loan: float = 0.0) -> dict[str, Any]:
    """Lots of a stock, and the loan on them (CNY)."""
    return {"stock": stock, "shares": lots * LOT, "loan": loan}
