"""The smallest market of the engine that has every part of a round of deleveraging.

Three margin accounts hold three stocks as the three banks do. Every line of the rules lies at r = 1 + 1/b, so that an
account in debt whose assets fall sells x = (r·L − A)/(r − 1) = b · loss at once, pro rata over its positions; the one
without debt never sells. News hits the first stock in the first session, the accounts are sold in the second, and stock
k answers with p/(1 + N_k/D_k). What is the engine's: whether and how much each account sells, how it is spread over
positions, in whole lots, what that does to prices, and what the accounts are worth after. What is the paper's: l_k =
1/(p_k · lot · D_k), and the formulas.

They agree in the limit of a small shock and small N/D: the paper's weights and assets are those before the shock, ours
those of the moment, and its impact is linear. `fineness` divides both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from experiments.replications.bank_sales import Banks, Floats, Round, closed_form
from experiments.replications.still_market import DAY, LOT, idle_accounts, position, still_market

from pingcang.model import MarginMarket

PRICE = 1000.0
TICKS = 100
"""In a yuan."""
LOTS = np.array([[20_000_000, 20_000_000, 0], [0, 20_000_000, 20_000_000], [0, 10_000_000, 10_000_000]])
DEBT_TO_EQUITY = np.array([4.0, 4.0, 0.0])
RESTORE = float(1.0 + 1.0 / DEBT_TO_EQUITY[0])
SHOCK, SHARE_OF_DEPTH = 0.04, 0.04
"""Of the first stock, and what bank 1 then sells of it by the formula, over its depth: both at fineness 1."""
FLOAT_LOTS = 400_000_000
DEPTHS = np.array([1.0, 2.0, 0.5])
"""Of the stocks, relative to the first."""


@dataclass(frozen=True)
class Agreement:
    """What the engine did, and what the formulas say of the same."""

    engine: Round
    formula: Round

    @property
    def off(self) -> float:
        """The largest relative error of a return, of AV and of a bank's loss."""
        pairs = [(self.engine.vulnerability, self.formula.vulnerability)]
        pairs += [*zip(self.engine.returns[:2], self.formula.returns[:2], strict=True)]
        pairs += [*zip(self.engine.indirect, self.formula.indirect, strict=True)]
        return max(abs(got / target - 1.0) for got, target in pairs)


def agreement(fineness: float) -> Agreement:
    """Engine and formulas at this fineness."""
    fallen = round(PRICE * TICKS * (1.0 - SHOCK / fineness)) / TICKS
    depth = DEPTHS * _sold_of_first(fallen) * fineness / SHARE_OF_DEPTH
    banks = Banks(
        LOTS.sum(axis=1) * LOT * PRICE,
        LOTS / LOTS.sum(axis=1, keepdims=True),
        DEBT_TO_EQUITY,
        1.0 / (PRICE * LOT * depth),
    )
    return Agreement(_by_engine(depth, fallen, banks), closed_form(banks, np.array([fallen / PRICE - 1.0, 0.0, 0.0])))


def _sold_of_first(fallen: float) -> float:
    """Lots of the first stock that its holder sells, by the formula."""
    return float(DEBT_TO_EQUITY[0] * LOTS[0, 0] * (1.0 - fallen / PRICE) / 2.0)


def _by_engine(depth: Floats, fallen: float, banks: Banks) -> Round:
    market = _market(depth, fallen)
    held = _held(market)
    market.run()
    sold = held - _held(market)
    before = np.array([fallen, PRICE, PRICE])
    after = np.array(market.stocks.reference) / TICKS
    lost = (held * LOT * (before - after)).sum(axis=1)
    nothing = np.full(len(lost), np.nan)
    total = banks.equity.sum()
    sales = (sold * LOT).sum(axis=0) * before
    return Round(sales, after / before - 1.0, float(lost.sum() / total), nothing, lost / banks.equity)


def _held(market: MarginMarket) -> Floats:
    """Lots by account and stock."""
    book = market.populations[0].book
    held = np.zeros(LOTS.shape)
    account = np.broadcast_to(np.arange(book.lots.shape[1]), book.lots.shape)
    np.add.at(held, (account, np.asarray(book.stock)), np.asarray(book.lots))
    return held


def _market(depth: Floats, fallen: float) -> MarginMarket:
    turnover = depth / depth.max()
    listed = [
        {"code": f"s{k}", "price": PRICE, "float_shares": FLOAT_LOTS * LOT, "turnover": float(t)}
        for k, t in enumerate(turnover)
    ]
    loans = LOTS * LOT * PRICE * np.where(DEBT_TO_EQUITY > 0, 1.0 / RESTORE, 0.0)[:, None]
    accounts = [
        [position(f"s{k}", int(n), float(loan)) for k, (n, loan) in enumerate(zip(lots, owed, strict=True)) if n]
        for lots, owed in zip(LOTS, loans, strict=True)
    ]
    return still_market(
        listed,
        {"retail": idle_accounts(*accounts)},
        calendar={"sessions": 2},
        rules=dict.fromkeys(("immediate_line", "close_out_line", "warning_line", "restore_line"), RESTORE),
        impact={"depth": FLOAT_LOTS / float(depth.max())},
        events=[{"date": DAY, "news": {"value": 1.0 - PRICE / fallen, "stocks": ["s0"]}}],
    )
