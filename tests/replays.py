"""Small price files for replays, rows written out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from twins.market_levers import without_breaker

Row = dict[str, Any]
COLUMNS = ("code", "date", "open", "high", "low", "close", "change", "volume")
CODE = "60000"
"""Followed by one digit: stocks of the Shanghai main board."""


def row(code: str, date: str, close: float, change: float, **more: Any) -> Row:
    """A day that stood at its close from open to end, unless `more` says otherwise."""
    return {
        "code": code,
        "date": date,
        "open": close,
        "high": close,
        "low": close,
        "close": close,
        "change": change,
        "volume": 10_000_000,
        **more,
    }


def flat(code: str, dates: Iterable[str], price: float, **more: Any) -> list[Row]:
    """Days on which nothing happened."""
    return [row(code, date, price, 0.0, **more) for date in dates]


def write(path: Path, rows: Iterable[Row], columns: Iterable[str] = COLUMNS) -> Path:
    """The rows as a CSV; numbers as Python prints them, so that nothing is rounded."""
    columns = list(columns)
    lines = [",".join("" if line[name] is None else str(line[name]) for name in columns) for line in rows]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n", encoding="utf-8")
    return path


def renamed(market: Mapping[str, Any]) -> dict[str, Any]:
    """A market whose stocks S0, S1 … have codes of A shares."""
    told: dict[str, Any] = json.loads(json.dumps(market).replace('"S', f'"{CODE}'))
    return told


def replaying(market: Mapping[str, Any], prices: Path) -> dict[str, Any]:
    """The market with the prices of a file, which have had their halts already."""
    return {**without_breaker(dict(market)), "price_formation": "replay", "replay": {"prices": str(prices)}}
