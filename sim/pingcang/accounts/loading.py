"""Accounts written out in a scenario, or read from a Parquet table of a real book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from pingcang.accounts.book import AccountBook
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import ONE
from pingcang.errors import ScenarioError
from pingcang.market.orders import MOST_LOTS
from pingcang.market.securities import Listing
from pingcang.rules.initial_margin import reserved_for
from pingcang.scenario import LoadedScenario
from pingcang.scenario.schema import Account, Cohort, Position

BOOK_COLUMNS = {"account", "cash", "stock", "shares", "loan"}
"""Columns of a book in Parquet: one row a position; `cash` repeats in the rows of an account; `stock` is empty in the
only row of an account without positions. Money in CNY. `close_out_line` is optional."""


def written_out(
    name: str,
    code: int,
    cohort: Cohort,
    accounts: Sequence[Account],
    listing: Listing,
    terms: Terms,
    loaded: LoadedScenario,
) -> AccountBook:
    """The book of accounts listed one by one, in whole lots. ScenarioError for an unknown stock."""
    n, slots = len(accounts), cohort.slots
    stock, lots = np.zeros((slots, n), np.int32), np.zeros((slots, n), np.int32)
    loan, reserved = np.zeros((slots, n), np.int64), np.zeros((slots, n), np.int64)
    lot_size = loaded.scenario.exchange.lot_size
    for i, account in enumerate(accounts):
        for j, position in enumerate(account.positions):
            stock[j, i] = listing.index_of(position.stock)
            lots[j, i] = position.shares // lot_size
            loan[j, i] = round(position.loan * 100)
            reserved[j, i] = reserved_for(int(loan[j, i]), terms.initial_margin) if position.shares > 0 else 0
    return AccountBook(
        name=name,
        code=code,
        cash=np.array([round(account.cash * 100) for account in accounts], np.int64),
        stock=stock,
        lots=lots,
        loan=loan,
        reserved=reserved,
        own_line=np.array([round((account.close_out_line or 0) * ONE) for account in accounts], np.int32),
        pending_loan=np.zeros(n, np.int64),
        pending_own=np.zeros(n, np.int64),
    )


def _check_lots(position: Position, lot_size: int, place: str) -> None:
    """What scenario/checks.py asks of accounts in YAML."""
    lots, broken = divmod(position.shares, lot_size)
    if broken:
        raise ScenarioError(
            f"{place}: shares: got {position.shares}, must be a multiple of the lot of {lot_size} shares; round it"
        )
    if abs(lots) > MOST_LOTS:
        raise ScenarioError(
            f"{place}: shares: got {position.shares}, at most {MOST_LOTS * lot_size}; split the account"
        )


def read_book(
    name: str, code: int, cohort: Cohort, listing: Listing, terms: Terms, loaded: LoadedScenario
) -> AccountBook:
    """The book of a Parquet table, relative to the scenario file; ScenarioError names the file, row and column."""
    path = Path(loaded.base_folder or ".") / (cohort.book or "")
    accounts = _accounts(path, cohort, loaded.scenario.exchange.lot_size)
    return written_out(name, code, cohort, accounts, listing, terms, loaded)


def _accounts(path: Path, cohort: Cohort, lot_size: int) -> list[Account]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as reason:
        raise ScenarioError(f"{path}: cannot be read as Parquet ({reason}); check cohorts.*.book") from None
    missing = BOOK_COLUMNS - set(table.column_names)
    if missing:
        raise ScenarioError(f"{path}: lacks the columns {sorted(missing)}; a book has {sorted(BOOK_COLUMNS)}")
    rows: dict[object, list[dict[str, object]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["account"], []).append(row)
    if not rows:
        raise ScenarioError(f"{path}: has no rows; leave the cohort out, or give it accounts")
    accounts = []
    for key, positions in rows.items():
        accounts.append(_account(path, key, positions, cohort))
        for position in accounts[-1].positions:
            _check_lots(position, lot_size, f"{path}: account {key}: {position.stock}")
    return accounts


def _account(path: Path, key: object, rows: list[dict[str, object]], cohort: Cohort) -> Account:
    held = [row for row in rows if row["stock"]]
    stocks = [row["stock"] for row in held]
    if len(set(stocks)) < len(stocks):
        raise ScenarioError(f"{path}: account {key} has two rows of one stock among {stocks}; put them into one")
    if len({row["cash"] for row in rows}) > 1:
        raise ScenarioError(f"{path}: account {key} has different cash in its rows; repeat one amount in all of them")
    if len(held) > cohort.slots:
        raise ScenarioError(f"{path}: account {key} holds {len(held)} positions; raise slots above {cohort.slots}")
    try:
        return Account.model_validate(
            {
                "cash": rows[0]["cash"],
                "positions": [{"stock": str(r["stock"]), "shares": r["shares"], "loan": r["loan"]} for r in held],
                "close_out_line": rows[0].get("close_out_line"),
            }
        )
    except ValidationError as error:
        raise ScenarioError(
            *(
                f"{path}: account {key}: {'.'.join(map(str, item['loc']))}: {item['msg']}; found {item['input']!r}"
                for item in error.errors()
            )
        ) from None
