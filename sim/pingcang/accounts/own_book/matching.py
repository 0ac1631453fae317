"""Which account a position belongs to: the ids of both tables in one hash table of Arrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from pingcang.accounts.own_book import cells
from pingcang.accounts.own_book.accounts import Accounts
from pingcang.accounts.own_book.faults import Faults, Reason
from pingcang.accounts.own_book.table import Table
from pingcang.arrays import Ints, Small
from pingcang.errors import ScenarioError


def match_accounts(accounts: Accounts, positions: Table, faults: Faults) -> Small:
    """The row of the account of every position, -1 where there is none; accounts that stand twice are marked.

    Positions need not be sorted. Memory: both columns of ids, and 4 bytes a row. Empties `accounts.ids`.
    """
    ids = accounts.ids
    for _, batch in positions.batches(["account"]):
        ids.append(cells.ids(batch["account"]))
    _same_kind(ids, accounts.table, positions)
    # The accounts come first, so what they hold has the first numbers of the dictionary.
    encoded = pa.chunked_array(ids, type=ids[0].type if ids else pa.int64()).dictionary_encode()
    ids.clear()
    numbers = np.empty(len(encoded), np.int32)
    first = 0
    for chunk in encoded.chunks:
        numbers[first : first + len(chunk)] = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        first += len(chunk)
    return _rows_of(numbers[len(accounts) :], numbers[: len(accounts)], accounts, faults)


def _rows_of(wanted: Small, own: Small, accounts: Accounts, faults: Faults) -> Small:
    known = int(own.max(initial=-1)) + 1
    given = own[own >= 0]
    if known < len(given):
        twice = np.bincount(given, minlength=known) > 1
        rows = np.flatnonzero((own >= 0) & twice[own])
        order = np.argsort(own[rows], kind="stable")  # the rows of one account side by side
        faults.add(
            accounts.table, "account", Reason.DUPLICATE_ACCOUNT, "an account has one row", rows[order], rows[order]
        )
    row_of = np.full(known + 1, -1, np.int32)
    row_of[own] = np.where(own >= 0, np.arange(len(own)), -1)
    row_of[known] = -1
    return row_of[np.where((wanted < 0) | (wanted >= known), known, wanted)]


def _same_kind(ids: list[Any], accounts: Table, positions: Table) -> None:
    kinds = {column.type for column in ids}
    if len(kinds) > 1:
        raise ScenarioError(
            f"{positions.path}: column account: holds {_kind(positions)}, but {accounts.path} has {_kind(accounts)}; "
            "save both as text or both as whole numbers"
        )


def _kind(table: Table) -> str:
    return str(table.file.schema_arrow.field("account").type)


def repeated(keys: Ints) -> Ints:
    """Positions in `keys` (below 0: not looked at) of values that stand there more than once, side by side."""
    ordered = np.sort(keys[keys >= 0])
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.zeros(0, np.int64)
    rows = np.flatnonzero(np.isin(keys, twice))
    return rows[np.argsort(keys[rows], kind="stable")]
