"""Marking a book to market: compiled kernel, numpy, and one Mesa agent an account, the same work in one run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import mesa
import numpy as np
import pytest

from pingcang._core.book import Ledger, Tape, mark
from pingcang.accounts.book import AccountBook

ACCOUNTS, AGENTS, SLOTS, STOCKS = 1_000_000, 50_000, 4, 2_780
LINE, LOT_VALUE = 13_000, 100


def a_book(count: int) -> AccountBook:
    rng = np.random.default_rng(1)
    return AccountBook(
        name="retail",
        code=1,
        cash=rng.integers(0, 10**6, count),
        stock=rng.integers(0, STOCKS, (SLOTS, count), dtype=np.int32),
        lots=rng.integers(1, 500, (SLOTS, count), dtype=np.int32),
        loan=rng.integers(0, 10**7, (SLOTS, count)),
        reserved=np.zeros((SLOTS, count), np.int64),
        own_line=np.zeros(count, np.int32),
        pending_loan=np.zeros(count, np.int64),
        pending_own=np.zeros(count, np.int64),
    )


def some_prices() -> np.ndarray:
    return np.random.default_rng(2).integers(300, 9000, STOCKS, dtype=np.int32)


def a_tape(price: np.ndarray) -> Tape:
    flags = np.zeros(STOCKS, np.uint8)
    stocks = SimpleNamespace(
        price=price,
        mark=price,
        high=price,
        haircut=price,
        suspended=flags,
        marginable=flags,
        stopped=flags,
        pinned=np.zeros(STOCKS, np.int8),
        lendable=np.zeros(STOCKS, np.int64),
        liquidity=np.zeros(STOCKS),
    )
    return Tape(stocks, np.zeros(64, np.uint64), LOT_VALUE)


class Account(mesa.Agent):
    """One Mesa agent an account, holding plain Python numbers."""

    def __init__(self, model: mesa.Model, book: AccountBook, i: int) -> None:
        super().__init__(model)
        self.cash, self.debt = int(book.cash[i]), int(book.debt[i])
        self.positions = [(int(book.stock[j, i]), int(book.lots[j, i])) for j in range(SLOTS)]
        self.assets = self.liabilities = 0
        self.broken = False

    def mark(self, price: list[int]) -> None:
        self.assets = self.cash + sum(lots * price[stock] * LOT_VALUE for stock, lots in self.positions)
        self.liabilities = self.debt
        self.broken = self.assets * 10_000 < LINE * self.liabilities


def by_numpy(book: AccountBook, price: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    worth = (book.lots * price.astype(np.int64)[book.stock]).sum(axis=0) * LOT_VALUE
    assets = book.cash + book.frozen + worth
    owed = book.debt + book.interest
    return assets, owed, assets * 10_000 < LINE * owed


@pytest.mark.benchmark(group="mark")
def test_cython(benchmark: Any) -> None:
    book, price = a_book(ACCOUNTS), some_prices()
    ledger, tape = Ledger(book, 4096), a_tape(price)
    assets, owed = np.zeros(ACCOUNTS, np.int64), np.zeros(ACCOUNTS, np.int64)

    def work() -> np.ndarray:
        mark(ledger, tape, assets, owed, 1)
        return assets * 10_000 < LINE * owed

    benchmark.extra_info["accounts"] = ACCOUNTS
    broken = benchmark(work)
    for fast, plain in zip((assets, owed, broken), by_numpy(book, price), strict=True):
        np.testing.assert_array_equal(fast, plain)


@pytest.mark.benchmark(group="mark")
def test_numpy(benchmark: Any) -> None:
    book, price = a_book(ACCOUNTS), some_prices()
    benchmark.extra_info["accounts"] = ACCOUNTS
    benchmark(by_numpy, book, price)


@pytest.mark.benchmark(group="mark")
def test_mesa_agent_an_account(benchmark: Any) -> None:
    book, price = a_book(AGENTS), some_prices()
    model = mesa.Model(rng=1)
    for i in range(AGENTS):
        Account(model, book, i)
    prices = [int(p) for p in price]
    benchmark.extra_info["accounts"] = AGENTS
    benchmark(lambda: model.agents.do("mark", prices))
    plain = by_numpy(book, price)
    assert [agent.assets for agent in model.agents] == list(plain[0])
    assert [agent.broken for agent in model.agents] == list(plain[2])
