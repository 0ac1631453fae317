"""The table of accounts as arrays, one entry a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pingcang.accounts.book import CALLED, FORCED, NORMAL
from pingcang.accounts.own_book import cells
from pingcang.accounts.own_book.columns import ACCOUNTS
from pingcang.accounts.own_book.faults import Faults, Reason
from pingcang.accounts.own_book.table import Table
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import ONE
from pingcang.arrays import Bools, Flags, Ints, Small

STATES = {"normal": NORMAL, "called": CALLED, "forced": FORCED}
LONGEST_CALL = 250
_AMOUNTS = ("cash", "interest", "wanted_loan", "wanted_own")
_FILL_IN = "fill it in"


@dataclass
class Accounts:
    """N rows; money in fen. `amounts` holds the columns of money that the table has."""

    table: Table
    cohorts: list[str]
    cohort: Small
    """Position in `cohorts`; -1 where the table names another."""
    amounts: dict[str, Ints]
    own_line: Small
    """Basis points; 0 where the row has none."""
    state: Flags
    forced_on: Small
    ids: list[Any] = field(default_factory=list)
    """The ids, batch by batch; emptied once the positions have found their accounts."""
    rounded: int = 0
    """Amounts that were no whole number of fen."""

    def __len__(self) -> int:
        return len(self.cohort)


def read_accounts(table: Table, cohorts: list[str], terms: Mapping[str, Terms], faults: Faults) -> Accounts:
    """All rows; faults are marked, and stand as 0 in the arrays."""
    n = len(table)
    accounts = Accounts(
        table=table,
        cohorts=cohorts,
        cohort=np.zeros(n, np.int32),
        amounts={name: np.zeros(n, np.int64) for name in _AMOUNTS if name in table},
        own_line=np.zeros(n, np.int32),
        state=np.zeros(n, np.uint8),
        forced_on=np.zeros(n, np.int32),
    )
    for rows, batch in table.batches([column.name for column in ACCOUNTS]):
        reader = _Batch(accounts, rows, batch, faults)
        reader.read_id()
        reader.read_cohort()
        for name in accounts.amounts:
            reader.read_amount(name)
        reader.read_line([terms[name] for name in cohorts])
        reader.read_call([terms[name] for name in cohorts])
    return accounts


@dataclass
class _Batch:
    """Some rows on their way from the file into the arrays."""

    accounts: Accounts
    rows: slice
    batch: dict[str, Any]
    faults: Faults

    def mark(self, column: str, reason: Reason, wrong: Bools, way_out: str) -> None:
        shown = None if reason is Reason.MISSING else self.batch.get(column)
        self.faults.mark(self.accounts.table, column, reason, way_out, self.rows, wrong, cells=shown)

    def read_id(self) -> None:
        ids = cells.ids(self.batch["account"])
        self.mark("account", Reason.MISSING, ids.is_null().to_numpy(zero_copy_only=False), _FILL_IN)
        self.accounts.ids.append(ids)

    def read_cohort(self) -> None:
        names = self.accounts.cohorts
        if "cohort" not in self.batch:  # one cohort: the table is its own
            return
        place, empty = cells.words(self.batch["cohort"], pa.array(names))
        self.mark("cohort", Reason.MISSING, empty, _FILL_IN)
        wrong = (place < 0) & ~empty
        self.mark("cohort", Reason.UNKNOWN_COHORT, wrong, f"cohorts of this table are {', '.join(names)}")
        self.accounts.cohort[self.rows] = place

    def read_amount(self, name: str) -> None:
        """Cash must be there; the other amounts are 0 where they are empty."""
        found = cells.money(self.batch[name])
        if name == "cash":
            self.mark(name, Reason.MISSING, found.empty, _FILL_IN)
        self.mark(name, Reason.TOO_LARGE, found.too_large, "at most ten trillion yuan; check the unit")
        self.mark(name, Reason.NEGATIVE, found.value < 0, "must be 0 or more; what is owed stands in loan and interest")
        self.accounts.rounded += int(found.broken.sum())
        self.accounts.amounts[name][self.rows] = np.maximum(found.value, 0)

    def read_line(self, terms: list[Terms]) -> None:
        """An own line lies between 1 and the level at which its cohort is restored."""
        if "close_out_line" not in self.batch:
            return
        found = cells.ratio(self.batch["close_out_line"])
        restore = np.array([term.restore_line for term in terms])[self.accounts.cohort[self.rows]]
        wrong = ~found.empty & (found.broken | (found.value < ONE) | (found.value > restore))
        way_out = "must lie between 1 and restore_line, with at most four decimals"
        self.mark("close_out_line", Reason.BAD_LINE, wrong, way_out)
        self.accounts.own_line[self.rows] = np.where(found.empty | wrong, 0, found.value)

    def read_call(self, terms: list[Terms]) -> None:
        """An account can begin called, or under forced liquidation."""
        if "call_state" not in self.batch:
            if "days_left" in self.batch:
                self._days(np.zeros(self.rows.stop - self.rows.start, np.bool_), terms)
            return
        words = self.batch["call_state"]
        place, empty = cells.words(pc.utf8_lower(words.cast(pa.string())), pa.array(list(STATES)))
        wrong = (place < 0) & ~empty
        self.mark("call_state", Reason.BAD_STATE, wrong, f"must be {', '.join(STATES)} or empty")
        state = np.array([*STATES.values(), NORMAL], np.uint8)[place]
        self.accounts.state[self.rows] = state
        self._days(state == CALLED, terms)

    def _days(self, called: Bools, terms: list[Terms]) -> None:
        """A called account is sold from the open of the day that so many trading days lie after the start."""
        window = np.array([max(1, term.call_window) for term in terms])[self.accounts.cohort[self.rows]]
        left = np.where(called, window, 0)
        if "days_left" in self.batch:
            found = cells.whole(self.batch["days_left"])
            given = ~found.empty
            fits = ~found.broken & ~found.too_large & (found.value >= 1) & (found.value <= LONGEST_CALL)
            wrong = given & ~(called & fits) & ~(~called & (found.value == 0) & ~found.broken)
            way_out = f"1 to {LONGEST_CALL} trading days for an account that is called, else empty"
            self.mark("days_left", Reason.BAD_DAYS, wrong, way_out)
            left = np.where(given & called & ~wrong, found.value, left)
        self.accounts.forced_on[self.rows] = left
