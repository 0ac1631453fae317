"""Markets at the edge of what is possible: no crash, no lost fen, and engine and reference still the same.

The books are audited after every session of every run; `run_together` compares the two engines after every day.
"""

from typing import Any

import numpy as np
import pytest

from pingcang.accounts.conservation import all_cash
from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import DATES, busy, cohort, engine, holding, loaded, merged, news, quiet, stock

ROTATING = {"behaviour": {"activity": 1.0, "appetite": {"base": 1.2}, "minimum_order": 0.0}}


def together(market: dict[str, Any], **kwargs: Any) -> MarginMarket:
    """Run both engines to the end; the books of the engine must balance to the fen."""
    scenario = loaded(market)
    cash = all_cash(MarginMarket(scenario, seed=kwargs.get("seed", 0)))
    ended = run_together(scenario, **{"seed": 0, **kwargs})
    assert all_cash(ended) == cash
    return ended


def test_a_stock_goes_to_one_tick_and_no_lower():
    """3 ticks / 1.9² = 0.83 ticks, rounded to one; at 0.23 ticks the curve bids nothing at the lowest price."""
    listed = [stock("a", 0.03), stock("b", 0.03, price_limit=0.3)]
    account = {"positions": [holding("a", 1000, 1_500), holding("b", 1000, 1_500)]}
    falls = [news(day, -0.9) for day in (1, 2)]
    limited = together(quiet(listed, {"retail": cohort(account)}, events=falls, rules={"immediate_line": 1.1}))
    assert limited.stocks.price.min() >= 1
    free = together(
        quiet(
            listed,
            {"retail": cohort(account)},
            events=falls,
            rules={"immediate_line": 1.1},
            exchange={"price_limits": False},
        )
    )
    assert free.stocks.price.tolist() == [1, 1]
    assert free.populations[0][0].state == "CLOSED"
    assert free.results()["lender_loss"].sum() > 0
    further = [news(day, -0.9) for day in (1, 2, 3, 4)]
    worthless = together(quiet(listed, {"retail": cohort(account)}, events=further, exchange={"price_limits": False}))
    assert worthless.stocks.price.tolist() == [1, 1]
    assert worthless.populations[0].book.lots[0, 0] == 1000


def test_prices_of_one_tick_trade_and_rotate():
    listed = [stock("a", 0.01), stock("b", 0.01), stock("c", 0.02)]
    account = {"cash": 100, "positions": [holding("a", 50, 20), holding("b", 7)]}
    together(
        quiet(
            listed,
            {"retail": cohort(account, account, **ROTATING)},
            calendar={"sessions": 8},
            impact={"depth": 0.3, "stock_volatility": 0.2},
        )
    )


def test_accounts_without_positions_or_cash_do_nothing():
    market = together(
        quiet([stock()], {"retail": cohort({}, {"cash": 0.01}, {"cash": 5e9}, **ROTATING)}, calendar={"sessions": 4})
    )
    assert [market.populations[0][i].state for i in range(3)] == ["NORMAL"] * 3
    assert market.populations[0][0].maintenance_ratio == float("inf")


def test_a_market_without_margin_accounts_runs():
    market = together(busy() | {"cohorts": {}})
    results = market.results()
    assert results["financing_balance"].shape == (8, 0)
    assert market.financing_balance == 0


def test_a_market_without_accounts_funds_or_news_stands_still():
    market = together(quiet([stock()], {}))
    assert market.results()["index"].tolist() == [1.0] * 6


@pytest.mark.parametrize("valuation", ["last_close", "index_adjusted"])
def test_a_day_with_everything_suspended_trades_nothing_and_loses_nothing(valuation):
    base = merged(busy(), {"exchange": {"suspended_valuation": valuation}})
    more = [{"date": DATES[1], "suspend": {"stocks": "all"}}, {"date": DATES[3], "resume": {"stocks": "all"}}]
    market = together(base | {"events": [news(1, -0.1), *more, news(5, -0.2)]}, seed=4)
    results = market.results()
    assert results["suspended"][2].sum() == 6
    assert results["turnover"][2].sum() == results["forced_sales"][2].sum() == 0
    assert results["index"][1] == results["index"][2] == results["index"][3]


def test_everything_is_suspended_from_the_first_day_to_the_last():
    market = together(busy() | {"events": [{"date": DATES[0], "suspend": {"stocks": "all"}}]})
    assert (market.results()["index"] == 1.0).all()


def test_one_stock_and_one_account_run():
    together(
        merged(
            busy(stocks=1),
            {"cohorts": {"retail": {"accounts": 1}, "shadow": {"accounts": 1}, "short_seller": {"accounts": 1}}},
        )
    )


@pytest.mark.parametrize("sessions", [1, 64])
def test_a_day_has_one_session_or_sixty_four(sessions):
    base = merged(busy(stocks=3), {"calendar": {"sessions": sessions, "days": 3}})
    for name in base["cohorts"]:
        base["cohorts"][name]["accounts"] = 12
    together(base, seed=2)


def test_a_scale_of_one_in_ten_thousand_keeps_the_debt_to_the_fen():
    large = merged(
        busy(),
        {
            "scale": 0.0001,
            "cohorts": {
                "retail": {"accounts": 500_000, "debt": 2e11},
                "shadow": {"accounts": 40_000, "debt": 1e10},
                "short_seller": {"accounts": 20_000, "debt": 1e9},
            },
        },
    )
    large["securities"]["stocks"] = [listed | {"float_shares": 10**10} for listed in large["securities"]["stocks"]]
    started = engine(large, seed=1)
    assert started.populations[0].book.debt.sum() == 2e11 * 100 // 10_000
    assert started.results()["financing_balance"][0, 0] == pytest.approx(2e11, rel=1e-12)
    together(large, seed=1)


def test_all_stocks_at_limit_down_for_many_days():
    """News of −43 % through a band of 10 %: nobody bids, forced accounts wait, and everything is sold in the end."""
    listed = [stock(f"s{k}", 10 + k) for k in range(4)]
    account = {"positions": [holding(f"s{k}", 100, 65_000) for k in range(3)]}
    base = quiet(
        listed,
        {"retail": cohort(account, account)},
        calendar={"days": 10},
        events=[news(1, -0.75)],
        rules={"immediate_line": 1.1},
    )
    market = together(base)
    results = market.results()
    assert (results["limit_down"][1:5].sum(axis=1) == 4).all()
    assert results["forced_sales"][1:5].sum() == 0
    assert results["closed_accounts"].sum() == 2
    assert results["lender_loss"].sum() > 0


def test_an_account_holds_sixty_four_positions():
    listed = [stock(f"s{k}", 10.0) for k in range(64)]
    account = {"positions": [holding(f"s{k}", 10, 7_600) for k in range(64)]}
    for policy in ("pro_rata", "largest_first", "most_liquid_first"):
        market = together(
            quiet(
                listed,
                {"retail": cohort(account, slots=64)},
                rules={"immediate_line": 1.35 - 0.05, "liquidation": policy},
                calendar={"days": 2, "sessions": 2},
                events=[news(1, -0.05)],
            )
        )
        assert market.results()["forced_sales"].sum() > 0
        assert market.populations[0][0].maintenance_ratio >= 1.5


def test_a_full_account_waits_with_a_purchase_for_which_it_has_no_slot():
    listed = [stock(f"s{k}") for k in range(5)]
    account = {"positions": [holding("s0", 10, 5_000), holding("s1", 10, 5_000)]}
    together(quiet(listed, {"retail": cohort(account, slots=2, **ROTATING)}, calendar={"sessions": 8}))


def test_a_short_squeeze_spirals_upward_and_its_overdrafts_are_the_lenders_loss():
    """Thin stock: covers lift the price, which forces more covers."""
    listed = [stock("thin", 10.0, float_shares=1_000_000, turnover=0.02), stock("deep")]
    shorts = [{"cash": 600.0 * k, "positions": [holding("thin", -10, 10_000)]} for k in range(6, 14)]
    base = quiet(
        listed,
        {"short_seller": cohort(*shorts, kind="short_seller")},
        impact={"depth": 0.5},
        rules={"immediate_line": 1.2, "lendable_share": 0.05},
        exchange={"price_limits": False},
        events=[news(1, 0.6, stocks=["thin"])],
        calendar={"sessions": 4},
    )
    market = together(base)
    no_shorts = together(base | {"cohorts": {}})
    assert market.stocks.price[0] > no_shorts.stocks.price[0]
    assert market.results()["closed_accounts"].sum() > 0
    assert market.results()["lender_loss"].sum() > 0
    assert market.populations[0].book.cash.min() >= 0


def test_a_recall_covers_every_short_position():
    base = merged(busy(), {"cohorts": {"short_seller": {"behaviour": {"activity": 1.0}}}})
    market = together(base | {"events": [{"date": DATES[1], "rules": {"lending_stopped": True}}]})
    assert (market.populations[2].book.lots == 0).all()
    assert market.results()["short_balance"][-1, 2] == 0


def test_the_debt_of_a_whole_economy_in_one_account_stays_exact():
    """2.2 trillion yuan, the official balance of June 2015, owed by a single account; 220 billion shares."""
    listed = [stock("huge", 16.0, float_shares=10**13)]
    account = {"positions": [holding("huge", 1_000_000_000, 1.2e12)]}
    market = together(
        quiet(
            listed,
            {"retail": cohort(account)},
            rules={"immediate_line": 1.3, "financing_rate": 0.0835},
            events=[news(1, -0.08)],
            calendar={"sessions": 2},
        )
    )
    assert market.results()["forced_sales"].sum() > 0


def test_a_national_team_with_more_money_than_the_market_buys_what_the_rest_holds():
    base = quiet(
        [stock("a", float_shares=1_000_000)],
        {"retail": cohort({"positions": [holding("a", 10)]})},
        events=[{"date": DATES[0], "rescue": {"budget": 1e12}}],
    )
    market = together(base)
    assert market.stocks.rest_lots[0] == 0
    assert market.national_team.lots[0] == 10_000 - 10


def test_a_fund_that_is_redeemed_in_full_sells_everything_it_can():
    base = merged(busy(), {"funds": {"redemptions": {"base": 1.0, "cap": 1.0}, "cash_share": 0.0, "rebalancing": 0.0}})
    market = together(base)
    traded = market.stocks.suspended == 0
    assert np.all(market.funds[0].lots[traded] <= 20_000)


def test_a_market_that_has_ended_refuses_another_day():
    market = engine(quiet([stock()], {}), seed=0)
    market.run()
    with pytest.raises(RuntimeError, match="quiet ends on 2015-01-12; there is no day after it"):
        market.step()
