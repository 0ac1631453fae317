"""Bands, halts, valuation of what is suspended, and the single-stock cap, on hand-worked stocks in both engines."""

import numpy as np
import pytest

from twins.compare import run_together
from twins.written import DATES, cohort, engine, holding, loaded, news, quiet, stock

TWO = [stock("a"), stock("b")]


def held(*positions, **more):
    return {"retail": cohort({"positions": list(positions), **more})}


def suspended(valuation):
    """`b` is suspended on day 1, when `a` loses 10 %: the index is 0.95 at the close."""
    return quiet(
        TWO,
        held(holding("b", 100, 50_000)),
        exchange={"suspended_valuation": valuation},
        events=[{"date": DATES[0], "suspend": {"stocks": ["b"]}, "news": {"value": -0.25, "stocks": ["a", "b"]}}],
        calendar={"days": 3},
    )


def test_a_suspended_stock_counts_at_its_last_close():
    market = engine(suspended("last_close"), seed=0)
    market.step()
    market.step()
    assert market.populations[0][0].assets == 100_000


def test_a_suspended_stock_counts_at_its_last_close_moved_with_the_index():
    """After day 1 the index is (900 + 1000)/2000 = 0.95, so on day 2 b counts 9.50; on day 3 it is 0.905: 9.05."""
    market = engine(suspended("index_adjusted"), seed=0)
    market.step()
    assert market.populations[0][0].assets == 100_000
    market.step()
    assert market.stocks.mark.tolist() == [810, 950]
    assert market.populations[0][0].assets == 95_000
    market.step()
    assert market.stocks.mark.tolist() == [800, 905]


@pytest.mark.parametrize("again", [2, 3])
def test_a_second_order_to_halt_leaves_a_halted_stocks_valuation_as_it_was(again):
    """The base stays the index of the morning on which the first order stopped it: 9.50 and 9.05 as above."""
    tree = suspended("index_adjusted")
    tree["events"] = [*tree["events"], {"date": DATES[again - 1], "suspend": {"stocks": ["b"]}}]
    market = engine(tree, seed=0)
    seen = []
    while market.running:
        market.step()
        seen.append(market.stocks.mark.tolist())
    assert seen[1:] == [[810, 950], [800, 905]]
    run_together(loaded(tree), seed=0)


def test_a_suspended_stock_does_not_trade_but_its_news_stays():
    market = run_together(
        loaded(
            quiet(
                TWO,
                held(holding("a", 100), holding("b", 100, 150_000)),
                rules={"immediate_line": 1.3, "call_window": 0},
                calendar={"days": 4},
                events=[
                    {"date": DATES[0], "suspend": {"stocks": ["b"]}, "news": {"value": -0.25}},
                    {"date": DATES[3], "resume": {"stocks": ["b"]}},
                ],
            )
        ),
        seed=0,
    )
    assert market.results()["suspended"][:, 0].tolist() == [0, 1, 1, 1, 0]
    assert market.stocks.price[1] == 900  # it resumes at limit-down toward the 8.00 that it heard of while halted
    assert market.stocks.reference[1] == 800.0


def test_a_forced_account_waits_with_what_is_suspended():
    market = engine(
        quiet(
            TWO,
            held(holding("a", 10), holding("b", 100, 109_000)),
            rules={"immediate_line": 1.3},
            calendar={"days": 4, "sessions": 2},
            events=[{"date": DATES[0], "suspend": {"stocks": "all"}}, {"date": DATES[2], "resume": {"stocks": ["b"]}}],
        ),
        seed=0,
    )
    market.step()
    market.step()
    book = market.populations[0].book
    assert (book.lots[:2, 0].tolist(), market.populations[0][0].state) == ([10, 100], "FORCED")
    market.step()
    assert book.lots[0, 0] == 10
    assert book.lots[1, 0] < 100


def test_halted_stocks_come_back_by_order_and_hazard():
    listed = [stock("a", suspended=True), stock("b"), stock("c")]
    always = {"exchange": {"suspensions": {"initial_resume_hazard": 1.0}}}
    market = engine(quiet(listed, held(holding("b", 1)), **always), seed=0)
    market.step()
    assert market.stocks.suspended.tolist() == [0, 0, 0]
    never = engine(quiet(listed, held(holding("b", 1))), seed=0)
    never.run()
    assert (never.stocks.suspended > 0).tolist() == [True, False, False]


def test_companies_at_limit_down_beyond_the_threshold_ask_for_a_halt_and_stop_the_next_day():
    market = engine(
        quiet(
            TWO,
            held(holding("b", 1)),
            exchange={"suspensions": {"base_hazard": 10.0, "drawdown_threshold": 0.15}},
            events=[news(1, -0.9, stocks=["a"])],
        ),
        seed=0,
    )
    halted = []
    while market.running:
        market.step()
        halted.append(bool(market.stocks.suspended[0]))
    assert halted == [False, False, True, True, True]  # 10 % after day 1, 19 % after day 2


@pytest.mark.parametrize(("financed", "stopped"), [(249_999, False), (250_000, True), (300_000, True)])
def test_margin_buying_stops_where_a_quarter_of_the_float_is_financed(financed, stopped):
    """A float of 1,000 lots at 10.00 is worth 1,000,000."""
    small = [stock("a", float_shares=100_000), stock("b")]
    market = run_together(loaded(quiet(small, held(holding("a", 500, financed)), calendar={"days": 1})), seed=0)
    assert bool(market.stocks.stopped[0]) is stopped


def test_margin_buying_resumes_only_below_a_fifth_of_the_float():
    market = engine(quiet([stock("a", float_shares=100_000)], held(holding("a", 1))), seed=0)
    seen = []
    for financed in (240_000, 250_000, 249_000, 200_000, 199_999, 249_000):
        market.stocks.stop_crowded_stocks(market.days[1], np.array([financed * 100]))
        seen.append(int(market.stocks.stopped[0]))
    assert seen == [0, 1, 1, 1, 0, 0]


def test_shadow_loans_do_not_count_in_the_single_stock_cap():
    small = [stock("a", float_shares=100_000), stock("b")]
    market = engine(
        quiet(small, {"shadow": cohort({"positions": [holding("a", 500, 300_000)]}, kind="shadow")}), seed=0
    )
    market.step()
    assert not market.stocks.stopped.any()


def test_without_price_limits_news_arrives_at_once():
    market = engine(
        quiet([stock()], held(holding("deep", 1)), exchange={"price_limits": False}, events=[news(1, -0.6)]), seed=0
    )
    market.step()
    assert market.stocks.price[0] == 625


def test_st_stocks_have_the_narrow_band_where_theirs_is_wider():
    listed = [stock("a", st=True), stock("b", st=True, price_limit=0.02), stock("c", price_limit=0.2)]
    market = engine(quiet(listed, held(holding("c", 1))), seed=0)
    market.step()
    assert market.stocks.low.tolist() == [950, 980, 800]
    assert market.stocks.high.tolist() == [1050, 1020, 1200]


def test_the_band_of_st_stocks_follows_a_dated_event():
    """5 % on day 1, 10 % from day 2 on, and never more than the board allows; other stocks keep their own."""
    listed = [stock("a", st=True), stock("b"), stock("c", st=True, price_limit=0.2)]
    market = quiet(
        listed, held(holding("b", 1)), events=[{"date": DATES[1], "exchange": {"st_price_limit": 0.1}}, news(3, -0.5)]
    )
    ended = engine(market, seed=0)
    ended.step()
    assert (ended.stocks.low.tolist(), ended.stocks.high.tolist()) == ([950, 900, 950], [1050, 1100, 1050])
    ended.step()
    assert (ended.stocks.low.tolist(), ended.stocks.high.tolist()) == ([900, 900, 900], [1100, 1100, 1100])
    assert run_together(loaded(market), seed=0).stocks.price.tolist() == [729, 729, 729]


def test_a_stock_of_a_few_ticks_can_move():
    """10 % of four ticks is less than half a tick: the band is a tick wide. News leads to 4/1.9 = 2.1."""
    market = run_together(
        loaded(quiet([stock("a", 0.04)], held(holding("a", 1)), events=[news(1, -0.9)], calendar={"days": 3})), seed=0
    )
    assert market.stocks.price.tolist() == [2]
    assert (market.stocks.low.tolist(), market.stocks.high.tolist()) == ([1], [3])
