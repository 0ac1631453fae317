"""Funds, worked by hand: what investors bring and take, what idles, and what is rounded; both engines together.

The fund: a tenth of 10,000,000 lots at 10.00 is 1,000,000 lots, worth 10⁹ yuan.
"""

import pytest

from twins.compare import run_together, twins
from twins.written import loaded, news, quiet, stock

WORTH = 1e9
LOT = 1_000.0


def fund_market(stocks=None, **changes):
    funds = {"count": 1, "share_of_float": 0.1, "cash_share": 0.0, "rebalancing": 0.0} | changes.pop("funds", {})
    return loaded(quiet(stocks or [stock()], {}, funds=funds, **changes))


def paid_in(**more):
    """One per cent of assets a day, paid in."""
    return {"redemptions": {"base": -0.01, "response": 2.0, "cap": 0.5}} | more


def test_inflow_is_no_performance():
    """Nothing moves, so performance stays 0 and every day brings 1 % again: 1.01² − 1 = 2.01 %."""
    market = run_together(fund_market(funds=paid_in(), calendar={"days": 2}), seed=0)
    fund = market.funds[0]
    assert fund.performance == 0.0
    assert fund.cash == 0.0201 * WORTH * 100
    assert market.purses.outside == -fund.cash


def test_redemptions_are_no_performance():
    """1 % of 1.25·10⁹ is 12,500,000, paid from cash."""
    redeemed = {"redemptions": {"base": 0.01, "response": 2.0}, "cash_share": 0.2}
    market = run_together(fund_market(funds=redeemed, calendar={"days": 1}), seed=0)
    fund = market.funds[0]
    assert (fund.performance, fund.owed) == (0.0, 0)
    assert fund.cash == (0.25 * WORTH - 12_500_000) * 100


def test_performance_is_what_the_holdings_earned_with_inflow_on_the_day():
    """1 % comes in, then prices fall to 1/1.1: 1.01·10⁹ become 909.1·10⁶ (9.09 a share, 9.09·10⁸) + 10⁷."""
    scenario = fund_market(
        funds=paid_in(redemptions={"base": -0.01, "decay": 1.0}), events=[news(1, -0.1)], calendar={"days": 1}
    )
    market = run_together(scenario, seed=0)
    assert market.stocks.price[0] == 909
    assert market.funds[0].performance == (909_000_000 + 10_000_000) / 1_010_000_000 - 1.0


def test_what_investors_pay_in_is_invested_but_for_the_reserve():
    """Of 250,000,000 in cash and 12,500,000 that come in, a fifth of 1,262,500,000 is kept: 10,000,000 buy 10,000 lots.
    Without a reserve 10,000,000 come in, and idle; but a buyer reckons with 11.00, and they pay ⌊10⁷/1,100⌋ = 9,090."""
    kept = run_together(fund_market(funds=paid_in(cash_share=0.2, rebalancing=1.0), calendar={"days": 1}), seed=0)
    assert kept.funds[0].lots[0] == 1_000_000 + 10_000
    assert kept.funds[0].cash == 252_500_000 * 100
    spent = run_together(fund_market(funds=paid_in(rebalancing=1.0), calendar={"days": 1}), seed=0)
    assert spent.funds[0].lots[0] == 1_000_000 + 9_090
    assert spent.funds[0].cash == (10_000_000 - 9_090 * LOT) * 100


@pytest.mark.parametrize(("rebalancing", "bought", "sold"), [(0.25, 0, 0), (0.5, 1, 0), (0.75, 1, 1), (1.0, 1, 1)])
def test_trades_are_rounded_to_the_nearest_lot(rebalancing, bought, sold):
    """A gap of exactly one lot: a quarter of it is none, three quarters are one, a half is rounded up."""
    _, reference = twins(fund_market(funds={"rebalancing": rebalancing}), seed=0)
    fund = reference.funds[0]
    worth = fund.worth()
    assert fund.wanted(0, worth, worth + 100_000, 1.0, 1.0, 0) == bought
    assert fund.wanted(0, worth, worth - 100_000, 1.0, 1.0, 0) == -sold
