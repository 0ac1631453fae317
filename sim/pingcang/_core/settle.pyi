import numpy as np
from numpy.typing import NDArray

from pingcang._core.book import Contract, Ledger, Sheet, Tape

def settle(
    book: Ledger,
    tape: Tape,
    contract: Contract,
    sheet: Sheet,
    ordered: NDArray[np.int64],
    filled: NDArray[np.int64],
    ahead: NDArray[np.int64],
    returned: NDArray[np.int64],
    key: int,
    threads: int,
) -> None: ...
def fill_portfolio(
    tape: Tape,
    wanted: NDArray[np.int64],
    fills: NDArray[np.int64],
    ordered: NDArray[np.int64],
    filled: NDArray[np.int64],
    ahead: NDArray[np.int64],
    key: int,
) -> None: ...
def share_out(amount: int, weights: NDArray[np.int64], total: int, parts: NDArray[np.int64]) -> None: ...
