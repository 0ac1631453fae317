import numpy as np
from numpy.typing import NDArray

from pingcang._core.book import Ledger, Sheet, Tape

def add_forced_sales(book: Ledger, sheet: Sheet, ordered: NDArray[np.int64], threads: int) -> None: ...
def cut_forced_sales(
    book: Ledger,
    tape: Tape,
    sheet: Sheet,
    allowed: NDArray[np.int64],
    ordered: NDArray[np.int64],
    ahead: NDArray[np.int64],
    key: int,
    threads: int,
) -> None: ...
