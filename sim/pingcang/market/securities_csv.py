"""Real stocks from a CSV with the columns of a written-out stock; every bad cell is named by line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario
from pingcang.scenario.schema import Exchange, Stock
from pingcang.scenario.types import Flag

_TEXT = {"code", "board", "sector"}
_FLAG_TYPES = (bool, Flag | None)
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_MOST_PROBLEMS = 20


def read_stocks(loaded: LoadedScenario, name: str) -> list[Stock]:
    """The stocks of a CSV named in a scenario, relative to it.

    Raises ScenarioError for a missing or unreadable file, missing or unknown columns, and cells that are empty, not
    numbers, NaN, infinite, or out of range.
    """
    path = Path(loaded.base_folder or ".") / name
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _parse(path, csv.DictReader(file), loaded.scenario.exchange)
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise ScenarioError(f"{path}: cannot be read as CSV in UTF-8 ({reason}); check securities.csv") from None


def _parse(path: Path, reader: csv.DictReader[str], exchange: Exchange) -> list[Stock]:
    _check_columns(path, list(reader.fieldnames or []))
    stocks: list[Stock] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for row in reader:
        place = f"{path}:{reader.line_num}"
        try:
            stock = Stock.model_validate(_typed(row))
        except ValidationError as error:
            problems += [_message(place, dict(item)) for item in error.errors()]
            continue
        if stock.code in seen:
            problems.append(f"{place}: code: {stock.code} stands in line {seen[stock.code]} too; keep one of them")
        seen[stock.code] = reader.line_num
        problems += [f"{place}: {problem}" for problem in _uneven(stock, exchange)]
        stocks.append(stock)
    if problems:
        raise ScenarioError(*problems[:_MOST_PROBLEMS])
    if not stocks:
        raise ScenarioError(f"{path}:1: no stocks below the header; a market needs at least one")
    return stocks


def _uneven(stock: Stock, exchange: Exchange) -> Iterator[str]:
    """What does not come out in whole ticks and lots."""
    ticks = stock.price / exchange.tick
    if abs(ticks - round(ticks)) > 1e-6 or round(ticks) < 1:
        yield f"price: found {stock.price:g}, must be a whole number of ticks of {exchange.tick:g}; round it"
    if stock.float_shares < exchange.lot_size:
        yield f"float_shares: found {stock.float_shares}, must be at least one lot of {exchange.lot_size} shares"


def _check_columns(path: Path, found: list[str]) -> None:
    allowed = list(Stock.model_fields)
    needed = [name for name, field in Stock.model_fields.items() if field.is_required()]
    missing = [name for name in needed if name not in found]
    unknown = [name for name in found if name not in allowed]
    if missing or unknown:
        raise ScenarioError(
            f"{path}:1: columns: {_told('missing', missing)}{_told('unknown', unknown)}allowed are {', '.join(allowed)}"
        )


def _told(what: str, names: list[str]) -> str:
    return f"{what} {', '.join(map(repr, names))}; " if names else ""


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _cell(key, value) for key, value in row.items() if value != ""}


def _cell(key: str, value: Any) -> Any:
    if key in _TEXT or not isinstance(value, str):
        return value
    if value.strip().lower() in _FLAGS and Stock.model_fields[key].annotation in _FLAG_TYPES:
        return _FLAGS[value.strip().lower()]
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if math.isfinite(number) and number.is_integer() else number


def _message(place: str, item: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in item["loc"])
    return f"{place}: {key}: {item['msg']}; found {item.get('input')!r}"
