"""One session's auction: who ordered how much, what is executed, and who stands before whom in the queue."""

from __future__ import annotations

import numpy as np

from pingcang.arrays import Floats, Ints
from pingcang.market.orders import BUY, SELL

SIDES = 3


class Auction:
    """Orders of a session by participant, side and stock.

    Participants join in the order of the queue; each has one row a block of accounts. After `close_orders`, `ordered`
    is the total, and the rows hold the lots ordered ahead of each block, from which exact rationing is computed.
    """

    def __init__(self, stocks: int, ration_key: int) -> None:
        self.stocks = stocks
        self.ration_key = ration_key
        self.queues: list[Ints] = []
        self.returns: list[Ints] = []
        self.direct: Ints = np.zeros(stocks, np.int64)
        """Net lots of portfolios, which always move prices."""
        self.account_direct: Ints = np.zeros(stocks, np.int64)
        """Net lots of accounts that are not routine."""
        self.ordered: Ints = np.zeros((SIDES, stocks), np.int64)
        self.filled: Ints = np.zeros((SIDES, stocks), np.int64)
        self._direct_blocks: list[Ints] = []
        self._next = 0

    def join(self, blocks: int) -> tuple[Ints, Ints]:
        """Room for a cohort's orders: (blocks, sides, stocks) and, for what is not routine, (blocks, stocks)."""
        queue, direct = np.zeros((blocks, SIDES, self.stocks), np.int64), np.zeros((blocks, self.stocks), np.int64)
        self.queues.append(queue)
        self.returns.append(np.zeros((blocks, self.stocks), np.int64))
        self._direct_blocks.append(direct)
        return queue, direct

    def join_portfolio(self, wanted: Ints) -> None:
        """Orders of one portfolio, signed lots of each stock."""
        queue = np.zeros((1, SIDES, self.stocks), np.int64)
        queue[0, BUY] = np.maximum(wanted, 0)
        queue[0, SELL] = np.maximum(-wanted, 0)
        self.queues.append(queue)
        self.returns.append(np.zeros((1, self.stocks), np.int64))
        self.direct += wanted

    def close_orders(self) -> None:
        """No more orders: total them, and turn each row into what was ordered ahead of it."""
        total = np.zeros((SIDES, self.stocks), np.int64)
        for queue in self.queues:
            for row in queue:
                ordered = row.copy()
                row[:] = total
                total += ordered
        for direct in self._direct_blocks:
            self.account_direct += direct.sum(axis=0)
        self.ordered = total

    def next_ahead(self) -> tuple[Ints, Ints]:
        """The next participant's rows of lots ordered ahead, and its room for borrowed lots bought back."""
        place, self._next = self._next, self._next + 1
        return self.queues[place], self.returns[place]

    def net_flow(self, pooled: Floats, feedback: bool) -> Floats:
        """Lots that move each price: what is not routine, and the pooled routine; portfolios only without feedback."""
        if not feedback:
            return self.direct.astype(np.float64)
        flow: Floats = (self.direct + self.account_direct).astype(np.float64) + pooled
        return flow
