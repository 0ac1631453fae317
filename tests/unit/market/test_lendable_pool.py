"""The pool of shares that can be borrowed: hand-worked, exhausted and refilled, in both engines."""

import pytest

from pingcang.accounts.initial import draw_initial_state
from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import DATES, busy, cohort, loaded, merged, quiet, stock

SELLERS = {"activity": 1.0, "short_size": 1.0, "cover_profit": 1.0}


def market(share, sellers=10, cash=200_000.0, **more):
    """A thousand lots of float at 10; each seller could sell 200,000/0.5 = 400,000, which is 400 lots."""
    tree = quiet(
        [stock("a", float_shares=100_000, turnover=1.0)],
        {"short_seller": cohort(*[{"cash": cash}] * sellers, kind="short_seller", behaviour=SELLERS)},
        rules={"lendable_share": share, "short_margin": 0.5},
        calendar={"days": 2},
    )
    return merged(tree, more)


def test_the_pool_is_a_share_of_the_float_in_whole_lots():
    """⌊1000 · 0.0127⌋ = 12."""
    assert draw_initial_state(loaded(market(0.0127)), seed=0, run=0, scale=1.0).lendable.tolist() == [12]


@pytest.mark.parametrize("seed", range(4))
def test_an_exhausted_pool_rations_short_sales_to_the_lot(seed):
    """Ten sellers order 12 lots each, which is all there is; 120 orders share 12: 1 or 2 each, 12 together."""
    made = run_together(loaded(market(0.0127, calendar={"days": 1})), seed=seed)
    lots = (-made.populations[0].book.lots[0]).tolist()
    assert sum(lots) == 12 and set(lots) == {1, 2}
    assert made.stocks.lendable.tolist() == [0]


def test_nothing_more_is_sold_short_from_an_empty_pool():
    one, two = (run_together(loaded(market(0.0127, calendar={"days": days})), seed=1) for days in (1, 2))
    assert (one.populations[0].book.lots == two.populations[0].book.lots).all()


def test_shares_bought_back_return_to_the_pool():
    recalled = {"date": DATES[1], "rules": {"lending_stopped": True}}
    made = run_together(loaded(market(0.0127, events=[recalled])), seed=1)
    assert not made.populations[0].book.lots.any()
    assert made.stocks.lendable.tolist() == [12]


def test_a_pool_that_is_never_empty_changes_nothing():
    results = []
    for share in (0.4, 0.9):
        made = MarginMarket(loaded(merged(busy(), {"rules": {"lendable_share": share}})), seed=5, record=("stocks",))
        made.run()
        assert made.stocks.lendable.min() > 0
        results.append({name: values.tobytes() for name, values in made.results().items()})
    assert results[0] == results[1]
