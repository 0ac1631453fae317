"""The teaching cases, against the numbers worked by hand in the comments of their files."""

from __future__ import annotations

import numpy as np
import pytest

from pingcang.model import MarginMarket

NORMAL, CALLED, FORCED = 0, 1, 2


def days_of(name: str) -> list[dict[str, list[int]]]:
    """Prices (fen), lots, debts (CNY) and call states at the close of each day, of the first cohort."""
    market = MarginMarket(name)
    found = [snapshot(market)]
    while market.running:
        market.step()
        found.append(snapshot(market))
    return found


def snapshot(market: MarginMarket) -> dict[str, list[int]]:
    book = market.populations[0].book
    return {
        "price": market.stocks.price.tolist(),
        "lots": book.lots.T.tolist(),
        "debt": (book.debt // 100).tolist(),
        "state": book.state.tolist(),
    }


def test_one_account_is_called_waits_and_is_sold_down_to_the_restore_level() -> None:
    days = days_of("one_account")
    assert [day["price"] for day in days] == [[1000], [900], [810], [800], [800], [800], [800]]
    assert [day["state"] for day in days] == [[NORMAL]] * 3 + [[CALLED]] * 2 + [[NORMAL]] * 2
    assert [day["debt"] for day in days] == [[620_000]] * 5 + [[360_000]] * 2
    assert days[5]["lots"] == [[675, 0, 0]]  # 325 lots of 100 shares sold at 8.00


def test_the_first_forced_sale_pushes_the_second_account_over_its_line() -> None:
    days = days_of("two_accounts_one_stock")
    assert [day["price"] for day in days] == [[1000], [800], [800], [774], [768], [713]]
    assert [day["debt"] for day in days[3:]] == [[36_458, 122_000], [30_314, 122_000], [29_601, 67_099]]
    assert [day["state"] for day in days[1:]] == [
        [CALLED, NORMAL],
        [CALLED, NORMAL],
        [FORCED, CALLED],
        [FORCED, CALLED],
        [FORCED, FORCED],
    ]
    assert [lots[0] for lots in days[5]["lots"]] == [58, 123]


def test_a_pinned_stock_cannot_be_sold_and_so_the_sound_one_is() -> None:
    days = days_of("limit_pin")
    assert [day["price"] for day in days] == [
        [1000, 1000],
        [900, 1000],
        [810, 1000],
        [729, 907],
        [656, 907],
        [625, 907],
    ]
    assert [day["debt"][0] for day in days[3:]] == [55_046, 55_046, 14_421]
    assert [day["lots"][0][:2] for day in days[3:]] == [[100, 0], [100, 0], [35, 0]]
    assert [day["state"][0] for day in days] == [NORMAL, CALLED, CALLED, FORCED, FORCED, NORMAL]


@pytest.mark.parametrize("name", ["one_account", "two_accounts_one_stock", "limit_pin"])
def test_without_the_accounts_orders_only_the_news_moves_the_price(name: str) -> None:
    with_orders, without = MarginMarket(name), MarginMarket(name, feedback=False)
    with_orders.run()
    without.run()
    fallen, fallen_without = with_orders.results()["index"][-1], without.results()["index"][-1]
    assert fallen <= fallen_without
    news = {"one_account": 0.8, "two_accounts_one_stock": 0.8}.get(name)
    if news is not None:
        np.testing.assert_allclose(fallen_without, news)
