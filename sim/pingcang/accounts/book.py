"""The account book: margin accounts of one cohort as arrays, and their slots.

Glossary: N accounts, k slots each. A slot is one position: stock, lots (below 0: sold short), lots locked today (T+1),
loan principal (of a short position: its frozen proceeds), margin reserved for the loan at the initial ratio of its
origination, day on which the position and its loan were opened. Slots are stored slot-major, so that a pass over
accounts reads memory in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pingcang.arrays import Flags, Ints, Small, Tiny

NORMAL, CALLED, FORCED, CLOSED = range(4)
STATES = ("NORMAL", "CALLED", "FORCED", "CLOSED")
"""Call states: NORMAL → CALLED → NORMAL | FORCED, NORMAL → FORCED, FORCED → NORMAL | CLOSED."""

NO_SESSION = -1
NO_QUOTA = -1
"""Today's part of a forced liquidation is not worked out yet."""


@dataclass
class AccountBook:
    """Arrays of N accounts (money in fen) and of k × N slots."""

    name: str
    code: int
    """Code of the cohort in the entity of a random draw."""
    cash: Ints
    stock: Small
    lots: Small
    loan: Ints
    reserved: Ints
    own_line: Small
    """The account's own close-out line in basis points; 0 where the cohort's line holds."""
    pending_loan: Ints
    pending_own: Ints
    locked: Small = field(init=False)
    opened: Small = field(init=False)
    """Trading day on which the position was opened, 0 the start; below 0: so many calendar days before the start."""
    frozen: Ints = field(init=False)
    debt: Ints = field(init=False)
    interest: Ints = field(init=False)
    remainder: Ints = field(init=False)
    booked: Ints = field(init=False)
    """What cash + frozen − debt − interest must be by the flows posted so far."""
    wants: Flags = field(init=False)
    """1 while a purchase is wanted; what a filled one leaves over waits for the next rotation."""
    presell: Ints = field(init=False)
    """What is left of a pre-emptive sale, fen."""
    sma: Ints = field(init=False)
    """Special memorandum account of Regulation T, fen; 0 where the initial margin is not of the purchase."""
    state: Flags = field(init=False)
    whole: Flags = field(init=False)
    """1 where the lender called in the whole loan."""
    forced_on: Small = field(init=False)
    """Day from whose open a called account is forced; of a forced one its first day of sales, 0 before it."""
    deadline: Small = field(init=False)
    """Sessions since day 0 after which a call in hours is over; 0 where the window is in days."""
    quota: Ints = field(init=False)
    """What is left of today's part of a forced liquidation, fen."""
    active_session: Tiny = field(init=False)
    look_session: Tiny = field(init=False)

    def __post_init__(self) -> None:
        slots, n = self.lots.shape
        self.locked = np.zeros((slots, n), np.int32)
        self.opened = np.zeros((slots, n), np.int32)
        short = self.lots < 0
        self.frozen = np.where(short, self.loan, 0).sum(axis=0, dtype=np.int64)
        self.debt = np.where(short, 0, self.loan).sum(axis=0, dtype=np.int64)
        self.interest = np.zeros(n, np.int64)
        self.remainder = np.zeros(n, np.int64)
        self.booked = self.cash + self.frozen - self.debt
        self.wants = (self.pending_loan + self.pending_own > 0).astype(np.uint8)
        self.presell = np.zeros(n, np.int64)
        self.sma = np.zeros(n, np.int64)
        self.state = np.full(n, NORMAL, np.uint8)
        self.whole = np.zeros(n, np.uint8)
        self.forced_on = np.zeros(n, np.int32)
        self.deadline = np.zeros(n, np.int32)
        self.quota = np.full(n, NO_QUOTA, np.int64)
        self.active_session = np.full(n, NO_SESSION, np.int8)
        self.look_session = np.full(n, NO_SESSION, np.int8)

    def owe_interest(self, interest: Ints) -> None:
        """Interest that had accrued before the start (fen)."""
        self.interest += interest
        self.booked -= interest

    def __len__(self) -> int:
        return len(self.cash)

    @property
    def slots(self) -> int:
        """Positions an account can hold."""
        return int(self.lots.shape[0])
