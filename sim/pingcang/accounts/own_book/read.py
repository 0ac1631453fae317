"""The books of all cohorts whose accounts come from tables.

Each table is read once, batch by batch (the ids of the positions beforehand), straight into the arrays of the books;
no row becomes an object. Order of accounts and of positions is that of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pingcang.accounts.book import AccountBook
from pingcang.accounts.own_book.accounts import Accounts, read_accounts
from pingcang.accounts.own_book.build import build_book
from pingcang.accounts.own_book.columns import ACCOUNTS, POSITIONS
from pingcang.accounts.own_book.draft import drafts_of
from pingcang.accounts.own_book.faults import Faults
from pingcang.accounts.own_book.matching import match_accounts
from pingcang.accounts.own_book.positions import Positions, Reader
from pingcang.accounts.own_book.report import DropReport, report_of
from pingcang.accounts.own_book.table import Table
from pingcang.accounts.own_book.worth import check_worth
from pingcang.accounts.terms import Terms
from pingcang.errors import ScenarioError
from pingcang.market.day import Day
from pingcang.market.securities import Listing
from pingcang.randomness import Purpose
from pingcang.scenario import LoadedScenario


@dataclass(frozen=True)
class BookNotes:
    """What is to be told about tables that were read."""

    dropped: list[DropReport] = field(default_factory=list)
    """What was left out, table by table; only tables with faults."""
    rounded: int = 0
    """Amounts that were no whole number of fen."""


def read_own_books(
    loaded: LoadedScenario, listing: Listing, start: Day, codes: Mapping[str, int], keys: Mapping[Purpose, int]
) -> tuple[dict[str, AccountBook], BookNotes]:
    """All cohorts with `from` and `positions`; ScenarioError with every kind of fault unless they are dropped."""
    books: dict[str, AccountBook] = {}
    dropped: list[DropReport] = []
    rounded = 0
    for tables, cohorts in _groups(loaded).items():
        pair = _Pair(loaded, listing, start.terms, cohorts, tables)
        pair.read()
        found = pair.books(codes, keys)
        books |= found
        rounded += pair.accounts.rounded + pair.positions.rounded
        if pair.faults:
            dropped.append(report_of(pair.accounts, pair.positions, pair.faults))
    return books, BookNotes(dropped, rounded)


def _groups(loaded: LoadedScenario) -> dict[tuple[str, str], list[str]]:
    """The cohorts of each pair of tables."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name, cohort in loaded.scenario.cohorts.items():
        if cohort.tables is not None:
            groups.setdefault(cohort.tables, []).append(name)
    return groups


class _Pair:
    """A table of accounts with its table of positions."""

    def __init__(
        self,
        loaded: LoadedScenario,
        listing: Listing,
        terms: Mapping[str, Terms],
        cohorts: list[str],
        tables: tuple[str, str],
    ) -> None:
        self.loaded, self.listing, self.terms, self.cohorts = loaded, listing, terms, cohorts
        folder = Path(loaded.base_folder or ".")
        self.account_table = Table.open(folder / tables[0], "cohorts.from", ACCOUNTS)
        self.position_table = Table.open(folder / tables[1], "cohorts.positions", POSITIONS)
        self.faults = Faults(len(self.account_table))

    def read(self) -> None:
        """Both tables; ScenarioError if they cannot be used at all."""
        self._check_cohorts()
        scenario = self.loaded.scenario
        self.accounts: Accounts = read_accounts(self.account_table, self.cohorts, self.terms, self.faults)
        owner = match_accounts(self.accounts, self.position_table, self.faults)
        dated = "opened" in self.position_table
        self.drafts = drafts_of(self.accounts, scenario.cohorts, self.terms, dated=dated)
        self.positions = Positions(
            table=self.position_table,
            account=owner,
            stock=np.full(len(owner), -1, np.int32),
            slot=np.full(len(owner), -1, np.int32) if "slot" in self.position_table else None,
            debt=np.zeros(len(self.accounts), np.int64),
        )
        lot, first_day = scenario.exchange.lot_size, scenario.calendar.start
        Reader(self.positions, self.drafts, self.listing, lot, first_day, self.faults).read_all()
        for draft in self.drafts.each:
            check_worth(self.accounts, draft, self.listing, self.faults)

    def _check_cohorts(self) -> None:
        table = self.account_table
        if not len(table):
            raise ScenarioError(f"{table.path}: has no rows; leave the cohorts out, or give them accounts")
        if "cohort" not in table and len(self.cohorts) > 1:
            names = ", ".join(self.cohorts)
            raise ScenarioError(f"{table.path}: column cohort: is missing; it says which accounts belong to {names}")

    def books(self, codes: Mapping[str, int], keys: Mapping[Purpose, int]) -> dict[str, AccountBook]:
        """The books of what has no fault; ScenarioError with all faults if they are not to be dropped."""
        cohorts = self.loaded.scenario.cohorts
        if self.faults and cohorts[self.cohorts[0]].on_error != "drop":
            way_out = "correct the tables, or leave accounts with faults out by cohorts.on_error: drop (--drop)"
            raise ScenarioError(*map(str, self.faults.found.values()), way_out)
        return {
            draft.name: build_book(self.accounts, draft, self.faults, cohorts[draft.name], codes[draft.name], keys)
            for draft in self.drafts.each
        }
