"""Banks that hold the same assets: a random bipartite network, and the cascade that one failure sets off.

Source: Caccioli, Shrestha, Moore and Farmer (2014), section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

IMPACT = 1.0536
"""α: a tenth of an asset sold takes a tenth off its price."""
COMMON = 0.8
"""Of a bank's assets, what lies in assets that others hold too; the rest neither falls nor is sold."""


@dataclass(frozen=True)
class Network:
    """What each bank holds of each asset at the start: (bank, asset), as shares of the bank's own assets."""

    holdings: csr_array

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Assets of each bank."""
        return np.diff(self.holdings.indptr).astype(np.int64)


def erdos_renyi(banks: int, assets: int, mean_degree: float, rng: np.random.Generator) -> Network:
    """Every pair of a bank and an asset is linked with the same probability; a bank spreads its money evenly."""
    linked = csr_array(rng.random((banks, assets)) < mean_degree / assets)
    links = np.diff(linked.indptr)
    weights = np.repeat(COMMON / np.maximum(links, 1), links)
    return Network(csr_array((weights, linked.indices, linked.indptr), shape=(banks, assets)))


def cascade(network: Network, first: NDArray[np.int64], leverage: Floats) -> Flags:
    """Who has failed when nobody fails any more: (bank, case); a case is a first failure and a leverage.

    A bank that fails sells all. With x of an asset sold its price is exp(−α·x); a bank fails once its loss reaches its
    equity, 1/leverage of its assets.
    """
    held = network.holdings.sum(axis=0)
    sellers = network.holdings.T.tocsr()
    failed = np.zeros((network.holdings.shape[0], len(first)), dtype=bool)
    failed[first, np.arange(len(first))] = True
    while True:
        sold = (sellers @ failed.astype(np.float64)) / np.where(held > 0, held, 1.0)[:, None]
        loss = network.holdings @ -np.expm1(-IMPACT * sold)
        now = failed | (loss >= 1 / leverage)
        if np.array_equal(now, failed):
            return failed
        failed = now
