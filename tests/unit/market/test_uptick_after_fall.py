"""SEC Rule 201: the uptick rule binds a stock once it has fallen far, that day and the next, in both engines."""

import pytest

from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import busy, cohort, holding, loaded, merged, news, quiet, stock

TEN = {"uptick_rule": {"after_fall": 0.10}}
EAGER = {"activity": 1.0, "short_size": 0.5, "cover_profit": 1.0}


def market(*events, **more):
    tree = quiet(
        [stock("a"), stock("b")],
        {"retail": cohort({"positions": [holding("a", 10)]})},
        exchange={"price_limits": False},
        rules=TEN,
        calendar={"days": 4, "sessions": 3},
        impact={"news_at_open": 0.4},
        events=list(events),
    )
    return merged(tree, more)


def bound(tree):
    """Whether the rule binds stock a before each session of each day."""
    made = MarginMarket(loaded(tree), seed=0)
    seen = []
    while made.running:
        made.open()
        day = []
        for session in range(3):
            made.tape.session = session
            day.append(int(made.stocks.uptick[0]))
            made.decide(session)
            made.settle(made.clear(session))
            made.check()
        made.close()
        seen.append(day)
    return seen


def test_it_binds_from_the_session_after_the_fall_for_that_day_and_the_next():
    """Day 2: news of −0.12, 0.048 in session 0 (1000 → 954), 0.036 in each other (921, then 889, −11.1 %).

    Only session 2 clears at a tenth below; nothing is left of day 2, so day 3 alone is bound.
    """
    assert bound(market(news(2, -0.12))) == [[0, 0, 0], [0, 0, 0], [1, 1, 1], [0, 0, 0]]


def test_a_fall_at_the_open_binds_the_rest_of_its_day():
    """1000/1.12 = 893 at once."""
    tree = market(news(1, -0.12), impact={"news_at_open": 1.0})
    assert bound(tree) == [[0, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]]


def test_it_binds_no_other_stock():
    tree = market(news(1, -0.3, stocks=["b"]))
    assert bound(tree) == [[0, 0, 0]] * 4


@pytest.mark.parametrize(("rule", "flag"), [(True, 1), (False, 0), (None, 1)])
def test_the_rules_word_comes_before_the_exchanges(rule, flag):
    tree = market(rules={"uptick_rule": rule}, exchange={"uptick_rule": True})
    assert bound(tree) == [[flag] * 3] * 4


def shorts(rule, seed=0):
    """Short sellers in a market that falls by 12 % at the open of day 1 and by 1 % in every later session."""
    sellers = [{"cash": 1_000_000.0} for _ in range(20)]
    tree = market(
        news(1, -0.12),
        *[news(day, -0.03) for day in (2, 3)],
        rules={"uptick_rule": rule, "lendable_share": 0.1},
        impact={"news_at_open": 1.0, "stock_volatility": 0.004},
        calendar={"days": 3, "sessions": 4},
    )
    tree["cohorts"]["short_seller"] = cohort(*sellers, kind="short_seller", behaviour=EAGER)
    return run_together(loaded(tree), seed=seed).results()["short_balance"][:, 1]


def test_short_sales_wait_for_an_uptick_only_after_the_fall():
    """Session 0 of day 1 falls too, but before the rule binds: sellers whose moment it is are filled under it."""
    always, after, never = (shorts(rule) for rule in (True, {"after_fall": 0.10}, False))
    assert always[1] < after[1] < never[1]


def test_a_fall_that_is_never_reached_is_no_rule():
    results = []
    for rule in (False, {"after_fall": 0.99}):
        made = MarginMarket(loaded(merged(busy(), {"rules": {"uptick_rule": rule}})), seed=5, record=("stocks",))
        made.run()
        results.append({name: values.tobytes() for name, values in made.results().items()})
    assert results[0] == results[1]
