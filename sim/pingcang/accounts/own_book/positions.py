"""The table of positions, read batch by batch into the slots of their accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from pingcang.accounts.own_book import cells
from pingcang.accounts.own_book.columns import LARGEST_MONEY, POSITIONS
from pingcang.accounts.own_book.draft import Drafts, Extras, next_slots
from pingcang.accounts.own_book.faults import Faults, Reason
from pingcang.accounts.own_book.matching import repeated
from pingcang.accounts.own_book.table import Table
from pingcang.arithmetic import ONE
from pingcang.arrays import Bools, Ints, Small
from pingcang.market.orders import MOST_LOTS
from pingcang.market.securities import Listing

LARGEST_MARGIN = 1000 * ONE
MOST_SLOTS = 64
_FILL_IN = "fill it in"
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass
class Positions:
    """What is known of the rows of positions beside what went into the slots."""

    table: Table
    account: Small
    """Row of the account; -1 where there is none."""
    stock: Small
    """Place in the listing; -1 where there is none."""
    slot: Small | None
    """As the table gives it; -1 where it cannot be."""
    debt: Ints
    """Of each account: the loans of its long positions, fen, faulty rows too."""
    stray_debt: dict[Reason, int] = field(default_factory=lambda: {Reason.MISSING: 0, Reason.UNKNOWN_ACCOUNT: 0})
    """Loans of rows without an account, by why they have none, fen."""
    rounded: int = 0


@dataclass
class Reader:
    """Everything that a batch of positions is held against."""

    positions: Positions
    drafts: Drafts
    listing: Listing
    lot_size: int
    start: dt.date
    faults: Faults
    codes: Any = field(init=False)
    unit: Ints = field(init=False)

    def __post_init__(self) -> None:
        self.codes = pa.array(self.listing.codes)
        self.unit = self.listing.price.astype(np.int64) * self.listing.lot_value

    def read_all(self) -> None:
        """All rows; faults are marked, and faulty rows stay out of the slots."""
        for rows, batch in self.positions.table.batches([column.name for column in POSITIONS]):
            _Batch(self, rows, batch).read()
        self._find_repeated()

    def _find_repeated(self) -> None:
        table, owner = self.positions.table, self.positions.account
        keys = owner.astype(np.int64) * len(self.listing) + self.positions.stock
        keys[(owner < 0) | (self.positions.stock < 0)] = -1
        rows = repeated(keys)
        way_out = "an account has one row a stock; put them into one"
        if len(rows):
            self.faults.add(table, "stock", Reason.DUPLICATE_POSITION, way_out, rows, owner[rows])
        if self.positions.slot is None:
            return
        keys = owner.astype(np.int64) * MOST_SLOTS + self.positions.slot
        keys[(owner < 0) | (self.positions.slot < 0)] = -1
        rows = repeated(keys)
        if len(rows):
            way_out = "each position has a slot of its own"
            self.faults.add(table, "slot", Reason.SLOT_TAKEN, way_out, rows, owner[rows])


class _Batch:
    """Some rows on their way from the file into the slots."""

    def __init__(self, reader: Reader, rows: slice, batch: dict[str, Any]) -> None:
        self.reader, self.rows, self.batch = reader, rows, batch
        self.owner = reader.positions.account[rows]
        self.nameless: Bools = batch["account"].is_null().to_numpy(zero_copy_only=False)
        self.good: Bools = np.ones(len(self.owner), np.bool_)

    def mark(self, column: str, reason: Reason, wrong: Bools, way_out: str) -> None:
        shown = None if reason in {Reason.MISSING, Reason.TOO_MANY} else self.batch.get(column)
        table = self.reader.positions.table
        self.reader.faults.mark(table, column, reason, way_out, self.rows, wrong, self.owner, shown)
        self.good &= ~wrong

    def read(self) -> None:
        """Check every column; what is good goes into its slot."""
        self.read_account()
        stock = self.read_stock()
        loan = self.read_loan()
        lots = self.read_lots(stock, loan)
        more = Extras(self.read_margin(), self.read_opened())
        slot = self.read_slot()
        good = self.good & (self.reader.drafts.cohort[self.owner] >= 0)
        taken = Extras(*(None if column is None else column[good] for column in (more.ratio, more.opened)))
        self.reader.drafts.put(self.owner[good], slot[good], lots[good], stock[good], loan[good], taken)

    def read_account(self) -> None:
        self.mark("account", Reason.MISSING, self.nameless, _FILL_IN)
        self.mark("account", Reason.UNKNOWN_ACCOUNT, (self.owner < 0) & ~self.nameless, "add it to the accounts")

    def read_stock(self) -> Ints:
        place, empty = cells.words(self.batch["stock"], self.reader.codes)
        self.mark("stock", Reason.MISSING, empty, _FILL_IN)
        known = ", ".join(self.reader.listing.codes[:3])
        self.mark("stock", Reason.UNKNOWN_STOCK, (place < 0) & ~empty, f"must be a code of securities, as {known}")
        self.reader.positions.stock[self.rows] = place
        return place

    def read_loan(self) -> Ints:
        positions = self.reader.positions
        found = cells.money(self.batch["loan"])
        self.mark("loan", Reason.MISSING, found.empty, _FILL_IN)
        self.mark("loan", Reason.TOO_LARGE, found.too_large, "at most ten trillion yuan; check the unit")
        self.mark("loan", Reason.NEGATIVE, found.value < 0, "must be 0 or more")
        positions.rounded += int(found.broken.sum())
        return np.maximum(found.value, 0)

    def read_lots(self, stock: Ints, loan: Ints) -> Ints:
        reader = self.reader
        found = cells.whole(self.batch["shares"])
        self.mark("shares", Reason.MISSING, found.empty, _FILL_IN)
        broken = ~found.empty & (found.broken | (found.value % reader.lot_size != 0))
        self.mark("shares", Reason.BROKEN_LOT, broken, f"must be a multiple of the lot of {reader.lot_size} shares")
        none = ~found.empty & ~found.broken & ~found.too_large & (found.value == 0)
        self.mark("shares", Reason.NO_SHARES, none & (loan == 0), "leave the row out")
        lots = found.value // reader.lot_size
        worth = np.abs(lots).astype(np.float64) * reader.unit[np.maximum(stock, 0)]
        large = found.too_large | (np.abs(lots) > MOST_LOTS) | (worth > LARGEST_MONEY)
        self.mark("shares", Reason.TOO_LARGE, large, f"at most {MOST_LOTS:,} lots and ten trillion yuan")
        self.count_debt(np.where(lots >= 0, loan, 0))
        return np.where(large, 0, lots)

    def count_debt(self, owed: Ints) -> None:
        positions, mine = self.reader.positions, self.owner >= 0
        np.add.at(positions.debt, self.owner[mine], owed[mine])
        positions.stray_debt[Reason.MISSING] += int(owed[self.nameless].sum())
        positions.stray_debt[Reason.UNKNOWN_ACCOUNT] += int(owed[~mine & ~self.nameless].sum())

    def read_margin(self) -> Ints | None:
        if "initial_margin" not in self.batch:
            return None
        found = cells.ratio(self.batch["initial_margin"])
        wrong = ~found.empty & (found.broken | (found.value <= 0) | (found.value > LARGEST_MARGIN))
        self.mark("initial_margin", Reason.BAD_MARGIN, wrong, "must be above 0, at most 1000, with four decimals")
        return np.where(found.empty | wrong, 0, found.value)

    def read_opened(self) -> Ints | None:
        if "opened" not in self.batch:
            return None
        day, empty = cells.days(self.batch["opened"])
        since = np.where(empty, 0, day - (self.reader.start.toordinal() - _EPOCH))
        self.mark("opened", Reason.BAD_DATE, since > 0, f"must not be after {self.reader.start}, the start")
        return np.minimum(since, 0)

    def read_slot(self) -> Ints | Small:
        """The slot that the table gives, else the next of the account."""
        drafts, positions = self.reader.drafts, self.reader.positions
        most = drafts.slots[drafts.cohort[self.owner]]
        if positions.slot is not None:
            found = cells.whole(self.batch["slot"])
            self.mark("slot", Reason.MISSING, found.empty, _FILL_IN)
            wrong = ~found.empty & (found.broken | found.too_large | (found.value < 0) | (found.value >= most))
            self.mark("slot", Reason.BAD_SLOT, wrong & (self.owner >= 0), "must be 0 to slots - 1 of its cohort")
            slot = np.where(found.empty | wrong, -1, found.value).astype(np.int32)
            positions.slot[self.rows] = slot
            return slot
        slot = np.full(len(self.owner), -1, np.int32)
        mine = np.flatnonzero(self.owner >= 0)
        slot[mine] = next_slots(self.owner[mine], drafts.held)
        self.mark("account", Reason.TOO_MANY, slot >= most, "raise slots of its cohort")
        return slot
