"""What is wrong in the tables of a real book: every faulty row by kind, and the accounts that each kind costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from pingcang.accounts.own_book.table import Table
from pingcang.arrays import Array, Bools, Flags, Ints

SHOWN = 20
"""Rows of a kind that are named in a message; the others are counted."""


class Reason(StrEnum):
    """Kinds of faults; the value names them in reports."""

    MISSING = "missing value"
    NEGATIVE = "negative amount"
    TOO_LARGE = "too large"
    NOT_WHOLE = "not whole"
    DUPLICATE_ACCOUNT = "duplicate account"
    UNKNOWN_COHORT = "unknown cohort"
    BAD_LINE = "close-out line out of range"
    BAD_STATE = "unknown call state"
    BAD_DAYS = "days left do not fit"
    UNKNOWN_ACCOUNT = "unknown account"
    UNKNOWN_STOCK = "unknown stock"
    DUPLICATE_POSITION = "duplicate position"
    BROKEN_LOT = "broken lot"
    NO_SHARES = "no shares"
    DEBT_WITHOUT_ASSETS = "debt without assets"
    BELOW_ONE = "maintenance ratio below 1"
    BAD_MARGIN = "initial margin out of range"
    BAD_DATE = "opened after the start"
    BAD_SLOT = "slot out of range"
    SLOT_TAKEN = "slot taken twice"
    TOO_MANY = "more positions than slots"


@dataclass
class Fault:
    """The rows of one table that have one fault in one column."""

    table: Table
    column: str
    reason: Reason
    way_out: str
    rows: list[Ints] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.rows)

    @property
    def all_rows(self) -> Ints:
        """Numbers of the rows, the first of the table being 1."""
        return np.concatenate(self.rows) + 1

    def __str__(self) -> str:
        count = len(self)
        rows = f"{count:,} rows" if count > 1 else "1 row"
        more = f" and {count - len(self.shown):,} more" if count > len(self.shown) else ""
        return (
            f"{self.table.path}: {self.column}: {self.reason} in {rows}: {', '.join(self.shown)}{more}; {self.way_out}"
        )


class Faults:
    """The faults of one pair of tables, in the order in which they were found."""

    def __init__(self, accounts: int) -> None:
        self.found: dict[tuple[str, str, Reason], Fault] = {}
        self.first: Flags = np.zeros(accounts, np.uint8)
        """Of each account the number of its first fault, from 1; 0 without any."""

    def mark(
        self,
        table: Table,
        column: str,
        reason: Reason,
        way_out: str,
        rows: slice,
        wrong: Bools,
        accounts: Array | None = None,
        cells: Any = None,
    ) -> None:
        """Some rows of a batch; `accounts` are those of all its rows (-1: of none), `cells` what stands there."""
        here = np.flatnonzero(wrong)
        if len(here):
            owners = here + rows.start if accounts is None else accounts[here]
            found = cells.take(here[:SHOWN]).to_pylist() if cells is not None else None
            self.add(table, column, reason, way_out, here + rows.start, owners, found)

    def add(
        self,
        table: Table,
        column: str,
        reason: Reason,
        way_out: str,
        rows: Array,
        accounts: Array,
        found: list[Any] | None = None,
    ) -> None:
        """Rows of the table (from 0), their accounts, and what the first of them hold."""
        key = (str(table.path), column, reason)
        fault = self.found.setdefault(key, Fault(table, column, reason, way_out))
        fault.rows.append(rows.astype(np.int64))
        for place, row in enumerate(rows[: SHOWN - len(fault.shown)].tolist()):
            value = f" ({found[place]})" if found is not None else ""
            fault.shown.append(f"row {row + 1}{value}")
        owners = accounts[accounts >= 0]
        fresh = owners[self.first[owners] == 0]
        self.first[fresh] = list(self.found).index(key) + 1

    def __bool__(self) -> bool:
        return bool(self.found)
