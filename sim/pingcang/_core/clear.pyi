import numpy as np
from numpy.typing import NDArray

from pingcang._core.book import Ledger, Sheet, Tape

def add_up(
    book: Ledger, tape: Tape, sheet: Sheet, queue: NDArray[np.int64], direct: NDArray[np.int64], threads: int
) -> None: ...
def drift(
    reference: NDArray[np.float64],
    beta: NDArray[np.float64],
    fundamental: NDArray[np.float64],
    news: NDArray[np.float64],
    table: NDArray[np.float64],
    common: float,
    share: float,
    volatility: float,
    market_volatility: float,
    reversion: float,
    key: int,
    day: int,
    session: int,
) -> None: ...
def clear(
    suspended: NDArray[np.uint8],
    turnover: NDArray[np.float64],
    low: NDArray[np.int32],
    high: NDArray[np.int32],
    previous: NDArray[np.int32],
    wanted: NDArray[np.float64],
    ordered: NDArray[np.int64],
    lendable: NDArray[np.int64],
    uptick: NDArray[np.uint8],
    price: NDArray[np.int32],
    pinned: NDArray[np.int8],
    reference: NDArray[np.float64],
    transient: NDArray[np.float64],
    day_flow: NDArray[np.float64],
    volume: NDArray[np.int64],
    rest_lots: NDArray[np.int64],
    filled: NDArray[np.int64],
    depth: float,
    noise: float,
    transient_share: float,
    self_trade_share: float,
    turnover_response: float,
    session: int,
    sessions: int,
    square_root: bool,
    feedback: bool,
) -> None: ...
