from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingcang.accounts.book import AccountBook
from pingcang.accounts.terms import Terms

class Ledger:
    accounts: int
    slots: int
    blocks: int
    block: int
    def __init__(self, book: AccountBook, accounts_per_block: int) -> None: ...
    def take_flows(self) -> list[int]: ...

class Tape:
    stocks: int
    lot_value: int
    day: int
    session: int
    sessions: int
    return_today: float
    dmc_volatility: float
    def __init__(self, stocks: Any, keys: NDArray[np.uint64], lot_value: int) -> None: ...

class Contract:
    activity: float
    appetite: float
    def __init__(self, terms: Terms, edges: NDArray[np.int64]) -> None: ...

class Sheet:
    def __init__(self, book: Ledger) -> None: ...
    def rows(self) -> dict[str, NDArray[Any]]: ...

def open_day(
    book: Ledger, tape: Tape, contract: Contract, calendar_days: int, credit_withdrawal: float, threads: int
) -> None: ...
def check(book: Ledger, tape: Tape, contract: Contract, threads: int) -> None: ...
def close_day(book: Ledger, tape: Tape, contract: Contract, threads: int) -> None: ...
def mark(book: Ledger, tape: Tape, assets: NDArray[np.int64], liabilities: NDArray[np.int64], threads: int) -> None: ...
def totals(book: Ledger, held: NDArray[np.int64], threads: int) -> tuple[int, int]: ...
def out_of_balance(book: Ledger, threads: int) -> int: ...
def financed(book: Ledger, by_stock: NDArray[np.int64]) -> None: ...
