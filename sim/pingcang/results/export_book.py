"""A market written out as the tables of a real book: accounts.parquet, positions.parquet, stocks.csv, scenario.yaml."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from pingcang.accounts.book import NORMAL, STATES, AccountBook
from pingcang.accounts.initial import InitialState, draw_initial_state
from pingcang.accounts.own_book.draft import share_up
from pingcang.arithmetic import ONE
from pingcang.arrays import Array, Ints
from pingcang.errors import ScenarioError
from pingcang.market.securities import columns_of
from pingcang.results.files import storage_errors, written_whole
from pingcang.scenario import LoadedScenario
from pingcang.scenario.canonical import CanonicalDumper, written_out
from pingcang.scenario.resolve import DATA_FILES
from pingcang.scenario.schema import Stock

FILES = ("accounts.parquet", "positions.parquet", "stocks.csv", "scenario.yaml")
BLOCK = 2**18
"""Accounts that are written at a time."""
_MONEY = pa.decimal128(18, 2)
_DRAWN = {"accounts", "debt", "positions", "maintenance_ratio", "size", "cash_share", "explicit", "on_error"}
_DRAWN |= {"debt_by_board", "debt_by_sector"}
"""Keys of a cohort that say how it is drawn."""
_STOCK_SOURCES = {"float_shares": "shares", "fundamental_to_price": "fundamental"}
_BASIS_POINTS = {"haircut", "price_limit"}


def export_book(
    loaded: LoadedScenario, folder: Path, *, seed: int = 0, run: int = 0, overwrite: bool = False
) -> list[Path]:
    """Write the start of a run of a scenario as tables, with a scenario that reads them; the paths of the four files.

    At scale 1 the exported market is the drawn one: the same accounts in the same order, to the fen and lot. At another
    scale the tables hold the accounts that are simulated and the float at that scale.

    Raises ScenarioError if a file is there, unless `overwrite`; StorageError if the disk refuses.
    """
    paths = [folder / name for name in FILES]
    there = [str(path) for path in paths if path.exists()]
    if there and not overwrite:
        raise ScenarioError(f"{', '.join(there)}: exists; choose another folder, or pass --overwrite")
    initial = draw_initial_state(loaded, seed=seed, run=run, scale=loaded.scenario.scale)
    writers: list[Callable[[InitialState, Path], None]] = [_accounts, _positions, _stocks, _scenario]
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path, write in zip(paths, writers, strict=True):
            with written_whole(path) as temporary:
                write(initial, temporary)
    return paths


# ---- accounts and positions ----------------------------------------------------------------------------------------


def _accounts(initial: InitialState, path: Path) -> None:
    _write(path, initial, _account_columns, _account_rows)


def _positions(initial: InitialState, path: Path) -> None:
    _write(path, initial, _position_columns, _position_rows)


def _write(path: Path, initial: InitialState, columns: Any, rows: Any) -> None:
    """Block by block, so that memory does not grow with the accounts."""
    schema = pa.schema(columns(initial))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for book in initial.books.values():
            for first in range(0, len(book), BLOCK):
                told = rows(initial, book, slice(first, min(first + BLOCK, len(book))))
                writer.write_table(pa.table({name: told[name] for name in schema.names}, schema))


def _any(initial: InitialState, told: Callable[[AccountBook], Any]) -> bool:
    return any(bool(np.any(told(book))) for book in initial.books.values())


def _account_columns(initial: InitialState) -> Iterator[tuple[str, Any]]:
    """Optional columns only where they say something."""
    yield from (("account", pa.string()), ("cohort", pa.string()), ("cash", _MONEY))
    if _any(initial, lambda book: book.interest):
        yield "interest", _MONEY
    if _any(initial, lambda book: book.own_line):
        yield "close_out_line", pa.float64()
    if _any(initial, lambda book: book.state != NORMAL):
        yield from (("call_state", pa.string()), ("days_left", pa.int32()))
    if _any(initial, lambda book: book.wants):
        yield from (("wanted_loan", _MONEY), ("wanted_own", _MONEY))


def _account_rows(initial: InitialState, book: AccountBook, block: slice) -> dict[str, Any]:
    line, state = book.own_line[block], book.state[block]
    called = np.array([STATES[s] == "CALLED" for s in state], np.bool_)
    return {
        "account": _names(book, np.arange(block.start, block.stop)),
        "cohort": pa.repeat(book.name, block.stop - block.start),
        "cash": _money(book.cash[block]),
        "interest": _money(book.interest[block]),
        "close_out_line": pa.array(line / ONE, mask=line == 0),
        "call_state": pa.array([STATES[s].lower() for s in state]),
        "days_left": pa.array(book.forced_on[block], mask=~called),
        "wanted_loan": _money(book.pending_loan[block]),
        "wanted_own": _money(book.pending_own[block]),
    }


def _position_columns(initial: InitialState) -> Iterator[tuple[str, Any]]:
    yield from (("account", pa.string()), ("stock", pa.string()), ("shares", pa.int64()), ("loan", _MONEY))
    yield from (("initial_margin", pa.float64()), ("slot", pa.int8()))
    if _any(initial, lambda book: book.opened):
        yield "opened", pa.date32()


def _position_rows(initial: InitialState, book: AccountBook, block: slice) -> dict[str, Any]:
    account, slot = np.nonzero(((book.lots[:, block] != 0) | (book.loan[:, block] != 0)).T)
    account = account + block.start
    at = (slot, account)
    lots, loan, reserved = book.lots[at].astype(np.int64), book.loan[at], book.reserved[at]
    start = initial.loaded.scenario.calendar.start
    return {
        "account": _names(book, account),
        "stock": pa.array(initial.listing.codes).take(pa.array(book.stock[at])),
        "shares": lots * initial.loaded.scenario.exchange.lot_size,
        "loan": _money(loan),
        "initial_margin": pa.array(_margin(loan, reserved) / ONE, mask=(lots < 0) | (loan == 0)),
        "slot": slot.astype(np.int8),
        "opened": np.datetime64(start, "D") + book.opened[at].astype("timedelta64[D]"),
    }


def _margin(loan: Ints, reserved: Ints) -> Ints:
    """The ratio in basis points from which a loan's margin was reserved, as nearly as whole basis points allow."""
    divisor = np.maximum(loan, 1)
    ratio: Ints = reserved // divisor * ONE + reserved % divisor * ONE // divisor
    return np.where(share_up(loan, ratio) < reserved, ratio + 1, ratio)


def _names(book: AccountBook, numbers: Array) -> Any:
    return pc.binary_join_element_wise(book.name, pa.array(numbers).cast(pa.string()), "-")


def _money(fen: Ints) -> Any:
    """Exact decimals: the 128-bit words of a decimal with two digits are the fen."""
    words = np.empty((len(fen), 2), np.int64)
    words[:, 0], words[:, 1] = fen, fen >> 63
    return pa.Array.from_buffers(_MONEY, len(fen), [None, pa.py_buffer(words)])


# ---- stocks and scenario -------------------------------------------------------------------------------------------


def _stocks(initial: InitialState, path: Path) -> None:
    columns, _ = columns_of(initial.loaded, initial.keys)
    shares = columns.shares
    if initial.scale < 1:
        shares = initial.listing.float_lots * initial.loaded.scenario.exchange.lot_size
    told = {name: getattr(columns, _STOCK_SOURCES.get(name, name), None) for name in Stock.model_fields}
    told["float_shares"] = shares
    given = {name: _cells(name, values) for name, values in told.items() if values is not None}
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(given)
        lines.writerows(zip(*given.values(), strict=True))


def _cells(name: str, values: Any) -> list[Any]:
    """Cells that read back to the same bits; NaN is an empty cell."""
    kind = Stock.model_fields[name].annotation
    numbers = values.tolist() if isinstance(values, np.ndarray) else values
    if "bool" in str(kind):
        return ["true" if value else "false" for value in numbers]
    if name in _BASIS_POINTS:
        return [value / ONE for value in numbers]
    if kind is int:
        return [int(value) for value in numbers]
    return ["" if isinstance(value, float) and math.isnan(value) else value for value in numbers]


def _scenario(initial: InitialState, path: Path) -> None:
    loaded = initial.loaded
    told = written_out(loaded.scenario)
    told["scale"] = 1
    told["securities"] = {"from": "stocks.csv"}
    cohorts = {name: _contract_only(cohort, initial.scale) for name, cohort in told.get("cohorts", {}).items()}
    if cohorts:
        told["cohorts"] = {"from": "accounts.parquet", "positions": "positions.parquet", **cohorts}
    for key in DATA_FILES["replay"]:
        if key in told.get("replay", {}):
            told["replay"][key] = str((Path(loaded.base_folder) / told["replay"][key]).resolve())
    text = yaml.dump(
        told, Dumper=CanonicalDumper, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110
    )
    path.write_text(text, encoding="utf-8")


def _contract_only(cohort: dict[str, Any], scale: float) -> dict[str, Any]:
    kept = {key: value for key, value in cohort.items() if key not in _DRAWN and key != "from"}
    if "margin_purchases_at_start" in kept:
        kept["margin_purchases_at_start"] = kept["margin_purchases_at_start"] * scale
    return kept
