"""Real stocks from a table with the columns of a written-out stock, CSV or Parquet; every bad cell is named."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario
from pingcang.scenario.schema import Exchange, Stock

_TEXT = {"code", "board", "sector"}
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
_MOST_PROBLEMS = 20


class _Row(NamedTuple):
    place: str
    """What a message begins with."""
    where: str
    """The same among rows: `line 3`."""
    cells: dict[str, Any]


def read_stocks(loaded: LoadedScenario, name: str) -> list[Stock]:
    """The stocks of a table named in a scenario, relative to it; .parquet is read as Parquet, anything else as CSV.

    Raises ScenarioError for a missing or unreadable file, missing or unknown columns, and cells that are empty, not
    numbers, NaN, infinite, or out of range.
    """
    path = Path(loaded.base_folder or ".") / name
    read = _parquet_rows if path.suffix.lower() == ".parquet" else _csv_rows
    return _stocks(path, read(path), loaded.scenario.exchange)


def _csv_rows(path: Path) -> list[_Row]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            _check_columns(f"{path}:1", list(reader.fieldnames or []))
            return [
                _Row(f"{path}:{reader.line_num}", f"line {reader.line_num}", {k: _cell(k, v) for k, v in row.items()})
                for row in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise ScenarioError(f"{path}: cannot be read as CSV in UTF-8 ({reason}); check securities.from") from None


def _parquet_rows(path: Path) -> list[_Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as reason:
        raise ScenarioError(f"{path}: cannot be read as Parquet ({reason}); check securities.from") from None
    _check_columns(str(path), table.column_names)
    rows = enumerate(table.to_pylist(), start=1)
    return [_Row(f"{path}: row {n}", f"row {n}", {k: _plain(v) for k, v in row.items()}) for n, row in rows]


def _stocks(path: Path, rows: Iterable[_Row], exchange: Exchange) -> list[Stock]:
    stocks: list[Stock] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for row in rows:
        try:
            stock = Stock.model_validate({key: value for key, value in row.cells.items() if value not in ("", None)})
        except ValidationError as error:
            problems += [_message(row.place, dict(item)) for item in error.errors()]
            continue
        if stock.code in seen:
            problems.append(f"{row.place}: code: {stock.code} stands in {seen[stock.code]} too; keep one of them")
        seen[stock.code] = row.where
        problems += [f"{row.place}: {problem}" for problem in _uneven(stock, exchange)]
        stocks.append(stock)
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        raise ScenarioError(*problems[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else []))
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


def _check_columns(place: str, found: Sequence[str]) -> None:
    allowed = list(Stock.model_fields)
    needed = [name for name, field in Stock.model_fields.items() if field.is_required()]
    missing = [name for name in needed if name not in found]
    unknown = [name for name in found if name not in allowed]
    if missing or unknown:
        raise ScenarioError(
            f"{place}: columns: {_told('missing', missing)}{_told('unknown', unknown)}allowed are {', '.join(allowed)}"
        )


def _told(what: str, names: list[str]) -> str:
    return f"{what} {', '.join(map(repr, names))}; " if names else ""


def _cell(key: str, value: Any) -> Any:
    """A cell of a CSV: text, flag or number as its column is."""
    if key in _TEXT or not isinstance(value, str):
        return value
    if value.strip().lower() in _FLAGS and _is_flag(Stock.model_fields[key].annotation):
        return _FLAGS[value.strip().lower()]
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if math.isfinite(number) and number.is_integer() else number


def _is_flag(annotation: Any) -> bool:
    """`bool`, optional or not, whatever it is annotated with."""
    return annotation is bool or any(_is_flag(inner) for inner in get_args(annotation))


def _plain(value: Any) -> Any:
    """A cell of a Parquet table: a NaN is no value; decimals are numbers."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return float(value) if hasattr(value, "as_tuple") else value


def _message(place: str, item: dict[str, Any]) -> str:
    key = ".".join(str(part) for part in item["loc"])
    return f"{place}: {key}: {item['msg']}; found {item.get('input')!r}"
