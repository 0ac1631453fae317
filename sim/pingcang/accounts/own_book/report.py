"""What was left out of a real book: counts, money and row numbers by reason."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from pingcang.accounts.own_book.accounts import Accounts
from pingcang.accounts.own_book.faults import SHOWN, Fault, Faults
from pingcang.accounts.own_book.positions import Positions
from pingcang.arrays import Ints


@dataclass(frozen=True)
class Dropped:
    """One kind of fault: its rows, and the accounts of which it is the first fault. Money in CNY."""

    table: str
    column: str
    reason: str
    rows: int
    first_rows: list[int]
    """The first of them; the first row of a table is 1."""
    accounts: int
    positions: int
    debt: float
    cash: float


@dataclass(frozen=True)
class DropReport:
    """What two tables held, and what of it was left out. Money in CNY."""

    accounts_table: str
    positions_table: str
    accounts: int
    accounts_dropped: int
    positions: int
    positions_dropped: int
    debt: float
    debt_dropped: float
    reasons: list[Dropped]
    faults: Sequence[Fault]
    """Every faulty row; not told by `as_dict`."""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it; tables by their names, so that it does not depend on the machine."""
        told = {key: getattr(self, key) for key in self.__dataclass_fields__ if key not in {"reasons", "faults"}}
        return {**told, "reasons": [asdict(reason) for reason in self.reasons]}

    def lines(self) -> Iterator[str]:
        """The report for reading."""
        share = self.debt_dropped / self.debt if self.debt else 0.0
        yield (
            f"{self.accounts_table}: {self.accounts_dropped:,} of {self.accounts:,} accounts and "
            f"{self.positions_dropped:,} of {self.positions:,} positions are left out, "
            f"with {self.debt_dropped:,.2f} CNY of debt ({share:.2%})"
        )
        for reason in self.reasons:
            rows = ", ".join(map(str, reason.first_rows)) + (", …" if reason.rows > len(reason.first_rows) else "")
            yield (
                f"  {reason.table}: {reason.column}: {reason.reason}: {reason.accounts:,} accounts, "
                f"{reason.positions:,} positions, {reason.debt:,.2f} CNY of debt; {reason.rows:,} rows: {rows}"
            )


def report_of(accounts: Accounts, positions: Positions, faults: Faults) -> DropReport:
    """The report on two tables that were read."""
    dropped = faults.first > 0
    stray = positions.account < 0
    held = np.bincount(positions.account[~stray], minlength=len(accounts))
    debt, without_account = positions.debt, sum(positions.stray_debt.values())
    return DropReport(
        accounts_table=accounts.table.path.name,
        positions_table=positions.table.path.name,
        accounts=len(accounts),
        accounts_dropped=int(dropped.sum()),
        positions=len(positions.account),
        positions_dropped=int(held[dropped].sum() + stray.sum()),
        debt=(int(debt.sum()) + without_account) / 100,
        debt_dropped=(int(debt[dropped].sum()) + without_account) / 100,
        reasons=[
            _dropped(fault, faults.first == number, held, positions, accounts.amounts["cash"])
            for number, fault in enumerate(faults.found.values(), start=1)
        ],
        faults=list(faults.found.values()),
    )


def _dropped(fault: Fault, here: Any, held: Ints, positions: Positions, cash: Ints) -> Dropped:
    stray = fault.table is positions.table and fault.column == "account"
    rows = len(fault) if stray and fault.reason in positions.stray_debt else 0
    debt = int(positions.debt[here].sum()) + (positions.stray_debt[fault.reason] if rows else 0)
    return Dropped(
        table=fault.table.path.name,
        column=fault.column,
        reason=str(fault.reason),
        rows=len(fault),
        first_rows=fault.all_rows[:SHOWN].tolist(),
        accounts=int(here.sum()),
        positions=int(held[here].sum()) + rows,
        debt=debt / 100,
        cash=int(cash[here].sum()) / 100,
    )


def told(reports: Sequence[DropReport]) -> str:
    """The reports as one JSON text, for the attributes of a dataset."""
    return json.dumps([report.as_dict() for report in reports])


def dropped_path(store: Path) -> Path:
    """Where the faulty rows of a store's tables stand: results/x.zarr -> results/x.dropped.csv."""
    return store.with_name(f"{store.stem}.dropped.csv")


def write_rows(reports: Sequence[DropReport], file: IO[str]) -> None:
    """Every faulty row as a line of CSV: table, row, column, reason."""
    lines = csv.writer(file)
    lines.writerow(["table", "row", "column", "reason"])
    for report in reports:
        for fault in report.faults:
            name = fault.table.path.name
            lines.writerows((name, row, fault.column, str(fault.reason)) for row in fault.all_rows.tolist())
