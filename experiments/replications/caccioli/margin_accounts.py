"""The same question put to Pingcang's engine: accounts that hold s of M stocks on credit, one of them closed out.

An account is closed out, all of it, in the session after its maintenance ratio A/L falls below the line. So what a
bank's equity is in the paper is here the **cushion**: the fall of its assets c = 1 − line/(A/L) that brings an account
to its line; an account with c = 5 % stands where a bank with leverage 20 does, whatever its own leverage.
A sale of x of what all accounts hold of a stock divides its price by 1 + α·x: the engine's linear impact, as depth is
in proportion to what is held.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from experiments.replications.caccioli.network import IMPACT, Flags, Network
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pingcang import MarginMarket
from pingcang.accounts.book import STATES
from pingcang.scenario.load import LoadedScenario, load_text

LOTS = 1200
"""Of an account; shared out evenly among its stocks."""
LOT, PRICE = 100, 100.0
"""Shares in a lot; CNY."""
LINE, ITS_OWN = 1.3, 1.5
"""Of everybody, and of the account that is closed out first: above A/L for cushions up to 13 %."""
FLOAT = 10
"""Float of a stock over what accounts hold of it."""
DAYS, SESSIONS = 12, 8
"""Rounds of a cascade: 96 at most."""


def portfolios(accounts: int, stocks: int, each: int, rng: np.random.Generator) -> Network:
    """Every account holds the same number of different stocks, drawn at random, in equal parts."""
    columns = np.concatenate([rng.choice(stocks, size=each, replace=False) for _ in range(accounts)])
    weights = np.full(accounts * each, 1.0 / each)
    return Network(csr_array((weights, columns, np.arange(accounts + 1) * each), shape=(accounts, stocks)))


def scenario(network: Network, cushion: float, first: int) -> LoadedScenario:
    """The market as a scenario; account `first` has a line of its own that it does not keep."""
    accounts, stocks = network.holdings.shape
    loan = LOTS * LOT * PRICE * (1 - cushion) / LINE
    held = network.holdings.sum(axis=0) * LOTS
    tree: dict[str, Any] = {
        "kind": "scenario", "name": "overlapping_accounts",
        "calendar": {"start": "2015-01-05", "days": DAYS, "sessions": SESSIONS},
        "exchange": {"commission": 0, "stamp_duty": 0, "price_limits": False},
        "securities": {"stocks": [_stock(j, max(1, round(float(held[j])))) for j in range(stocks)]},
        "cohorts": {
            "accounts": {
                "kind": "retail",
                "slots": int(network.degrees.max()),
                "explicit": [_account(network, i, loan, first) for i in range(accounts)],
                "contract": {"check": "session", "liquidate_whole_account": True},
                "behaviour": {"activity": 0},
            }
        },
        "rules": {
            "financing_rate": 0, "close_out_line": LINE, "immediate_line": 1.0, "call_window": 0,
        },
        "impact": {"depth": IMPACT, "noise_bids": 0},
    }  # fmt: skip
    return load_text(json.dumps(tree), source="overlapping_accounts")


def closed_out(loaded: LoadedScenario) -> Flags:
    """Which accounts fell below their lines by the end."""
    market = MarginMarket(loaded, seed=0)
    market.run()
    (population,) = market.populations
    return np.asarray(population.book.state != STATES.index("NORMAL"))


def _stock(j: int, held: int) -> dict[str, Any]:
    return {"code": f"s{j}", "price": PRICE, "float_shares": FLOAT * held * LOT, "turnover": 1 / FLOAT}


def _account(network: Network, i: int, loan: float, first: int) -> dict[str, Any]:
    columns: NDArray[np.int32] = network.holdings.indices[network.holdings.indptr[i] : network.holdings.indptr[i + 1]]
    each = LOTS // len(columns)
    part = round(loan / len(columns), 2)
    positions = [{"stock": f"s{j}", "shares": each * LOT, "loan": part} for j in columns]
    own = {"close_out_line": ITS_OWN} if i == first else {}
    return {"positions": positions, **own}
