"""The columns of the two tables of a real book."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["id", "word", "money", "ratio", "whole", "date"]


class Column(NamedTuple):
    """A column: its name, what its cells are, and whether it must be there."""

    name: str
    kind: Kind
    required: bool = False


ACCOUNTS = (
    Column("account", "id", required=True),
    Column("cohort", "word"),
    Column("cash", "money", required=True),
    Column("interest", "money"),
    Column("close_out_line", "ratio"),
    Column("call_state", "word"),
    Column("days_left", "whole"),
    Column("wanted_loan", "money"),
    Column("wanted_own", "money"),
    Column("broker", "word"),
)
POSITIONS = (
    Column("account", "id", required=True),
    Column("stock", "word", required=True),
    Column("shares", "whole", required=True),
    Column("loan", "money", required=True),
    Column("initial_margin", "ratio"),
    Column("opened", "date"),
    Column("slot", "whole"),
)

LARGEST_MONEY = 10**15
"""Fen of one cell; ten trillion yuan. Up to here a 64-bit float tells one fen from the next."""
LARGEST_WHOLE = 2**62
