"""What one account may do, on hand-worked accounts of the plain reference; the twins hold the engine to the same."""

import pytest

from pingcang.accounts.book import CLOSED, FORCED
from pingcang.accounts.initial import draw_initial_state
from pingcang.market.orders import BUY, FORCE, PREEMPT, ROTATE, SELL
from pingcang.reference.market import ReferenceMarket
from twins.written import cohort, holding, loaded, quiet, stock

STOCKS = [stock("a", 10.0, haircut=0.7), stock("b", 20.0, haircut=0.5, marginable=False), stock("c", 5.0, haircut=0.65)]


def account_of(*accounts, kind="retail", **changes):
    more = changes.pop("cohort", {})
    market = quiet(STOCKS, {kind: cohort(*accounts, kind=kind, **more)}, **changes)
    initial = draw_initial_state(loaded(market), seed=0, run=0, scale=1.0)
    reference = ReferenceMarket(initial, seed=0, run=0)
    return reference.cohorts[kind][0]


def yuan(amount):
    return round(amount * 100)


def test_available_margin_of_a_financed_and_an_own_position_and_cash():
    """cash 30,000; a: 100 lots = 100,000, loan 60,000, gain 40,000·0.7 = 28,000; c: 40 lots = 20,000·0.65 = 13,000;
    reserved 60,000·0.5 = 30,000: 30,000 + 28,000 + 13,000 − 30,000 = 41,000."""
    account = account_of({"cash": 30_000, "positions": [holding("a", 100, 60_000), holding("c", 40)]})
    assert account.available_margin() == yuan(41_000)
    account.interest = yuan(1_000)
    assert account.available_margin() == yuan(40_000)


def test_available_margin_counts_a_loss_in_full():
    """a: 100,000 against a loan of 110,000: −10,000; reserved 55,000; cash 90,000: 25,000."""
    account = account_of({"cash": 90_000, "positions": [holding("a", 100, 110_000)]})
    assert account.available_margin() == yuan(25_000)


def test_available_margin_of_a_short_position():
    """Proceeds 120,000 frozen, value 100,000: gain 20,000·0.7 = 14,000; binds 100,000·0.5; cash 60,000: 24,000.
    After a rise to 130,000 the loss of 10,000 counts in full and 65,000 is bound: −15,000."""
    account = account_of({"cash": 60_000, "positions": [holding("a", -100, 120_000)]}, kind="short_seller")
    assert account.frozen == yuan(120_000)
    assert account.available_margin() == yuan(24_000)
    account.model.stocks[0].mark = 1300
    assert account.available_margin() == yuan(-15_000)


def test_a_loan_is_limited_by_the_available_margin_the_warning_line_the_list_and_the_cap():
    account = account_of({"cash": 30_000, "positions": [holding("a", 100, 60_000), holding("c", 40)]})
    value = account.value()
    assert account.loan_limit(0, 0, value) == yuan(82_000)  # 41,000 at 50 %
    assert account.loan_limit(0, yuan(10_000), value) == yuan(76_000)  # own cash of 10,000 loses 30 % of its weight
    assert account.loan_limit(1, 0, value) == 0  # not marginable
    account.model.stocks[0].purchases_stopped = True
    assert account.loan_limit(0, 0, value) == 0
    account.model.stocks[0].purchases_stopped = False
    value.liabilities = value.assets * 2 // 3 + 1
    assert account.loan_limit(0, 0, value) == 0  # below the warning line of 1.5


def test_assets_and_liabilities_of_a_mixed_account():
    """A = cash 1,000 + proceeds 4,000 + a 10,000; L = loan 6,000 + interest 50 + c sold short 5,000."""
    account = account_of({"cash": 1_000, "positions": [holding("a", 10, 6_000), holding("c", -10, 4_000)]})
    account.interest = yuan(50)
    value = account.value()
    assert (value.assets, value.liabilities) == (yuan(15_000), yuan(11_050))
    assert (value.long, value.short) == (yuan(10_000), yuan(5_000))


def test_an_overdraft_is_a_liability_and_no_negative_asset():
    """A = a 10,000; L = loan 6,000 + overdraft 500: m = 1.5385, not 9,500/6,000 = 1.5833."""
    account = account_of({"positions": [holding("a", 10, 6_000)]})
    account.cash = -yuan(500)
    value = account.value()
    assert (value.assets, value.liabilities) == (yuan(10_000), yuan(6_500))
    assert account.available_margin() == yuan(4_000 * 0.7 - 3_000 - 500)


def test_locked_and_suspended_lots_are_not_sellable():
    account = account_of({"positions": [holding("a", 10, 6_000), holding("c", -10, 4_000)]})
    account.slots[0].locked = 3
    account.slots[1].locked = 4
    assert (account.sellable(0), account.coverable(0)) == (7, 0)
    assert (account.sellable(1), account.coverable(1)) == (0, 6)
    account.model.stocks[0].suspended = 1
    assert account.sellable(0) == 0


def test_what_trades_freely_is_sold_before_what_is_pinned():
    """c: 10 lots of 500 trade freely: 4,000 = 8 lots; of 6,000 they take 5,000 and the sealed a 1,000."""
    account = account_of({"positions": [holding("a", 10, 6_000), holding("c", 10)]})
    account.model.stocks[0].pinned = -1
    first = account.spread(yuan(4_000), FORCE)
    assert [(order.stock, order.lots) for order in first] == [(2, 8)]
    both = account.spread(yuan(6_000), FORCE)
    assert [(order.stock, order.lots) for order in both] == [(0, 1), (2, 10)]


def spread(account, amount):
    return [(order.side, order.lots) for order in account.spread(None if amount is None else yuan(amount), FORCE)]


LONG_AND_SHORT = [holding("a", 10, 6_000), holding("c", -10, 4_000)]
"""10 lots of 1,000 with a loan of 6,000, and 10 lots of 500 sold short."""


def test_long_positions_are_sold_as_far_as_loans_can_be_repaid_and_short_ones_covered_for_the_rest():
    """8,000: sales of 6,000 repay the loan, covers of 2,000 = 4 lots; 12,000: all that is short is 5,000."""
    account = account_of({"positions": LONG_AND_SHORT})
    assert spread(account, 4_000) == [(SELL, 4)]
    assert spread(account, 8_000) == [(SELL, 6), (BUY, 4)]
    assert spread(account, 12_000) == [(SELL, 6), (BUY, 10)]
    assert spread(account, None) == [(SELL, 10), (BUY, 10)]


def test_without_debt_no_long_position_is_sold_by_an_amount():
    """The proceeds could repay nobody: 2,000 are covers of 4 lots. Only everything is everything."""
    account = account_of({"positions": [holding("a", 10), holding("c", -10, 4_000)]})
    assert spread(account, 2_000) == [(BUY, 4)]
    assert spread(account, 9_000) == [(BUY, 10)]
    assert spread(account, None) == [(SELL, 10), (BUY, 10)]


def test_interest_is_repaid_by_sales_as_a_loan_is():
    """7,500 of debt and interest: 8 lots of 1,000; the other 4,500 of 12,000 are covers of 9 lots."""
    account = account_of({"positions": LONG_AND_SHORT})
    account.interest = yuan(1_500)
    assert spread(account, 12_000) == [(SELL, 8), (BUY, 9)]


def test_what_sales_must_repay_is_grossed_up_by_their_costs():
    """Commission 0.1 % and duty 1 %: 6,000/0.989 = 6,066.74, hence 7 lots; the other 1,933.26 of 8,000 are 4 lots."""
    account = account_of({"positions": LONG_AND_SHORT}, exchange={"commission": 0.001, "stamp_duty": 0.01})
    assert spread(account, 8_000) == [(SELL, 7), (BUY, 4)]


def test_what_cannot_be_sold_today_is_covered_instead():
    """7 of the 10 lots are locked: sales of 3,000, and of 6,000 covers of 3,000 = 6 lots."""
    account = account_of({"positions": LONG_AND_SHORT})
    account.slots[0].locked = 7
    assert spread(account, 6_000) == [(SELL, 3), (BUY, 6)]


def test_rotation_joins_the_queue_of_a_sealed_stock_only_when_nothing_else_can_be_sold():
    account = account_of({"positions": [holding("a", 10), holding("c", 20)]})
    account.model.stocks[0].pinned = -1
    assert [(order.stock, order.lots, order.kind) for order in account.rotation()] == [(2, 20, ROTATE)]
    account.model.stocks[2].pinned = -1
    assert [order.kind for order in account.rotation()] == [ROTATE]
    account.model.stocks[0].pinned = 1  # at limit-up everybody sells
    assert [order.stock for order in account.rotation()] == [0]


FEARFUL = {"behaviour": {"preemptive_hazard": [[0, 1.0]], "preemptive_size": 0.5}}


def test_a_pre_emptive_seller_repays_from_cash_before_anything_is_sold():
    """Cash 2,000 against a loan of 6,000: half of the remaining 4,000 is sold."""
    account = account_of({"cash": 2_000, "positions": [holding("a", 10, 6_000)]}, cohort=FEARFUL)
    account.look()
    assert (account.cash, account.debt, account.presell) == (0, yuan(4_000), yuan(2_000))
    assert [(order.lots, order.kind) for order in account.spread(account.presell, PREEMPT)] == [(2, PREEMPT)]
    rich = account_of({"cash": 7_000, "positions": [holding("a", 10, 6_000)]}, cohort=FEARFUL)
    rich.look()
    assert (rich.cash, rich.debt, rich.presell) == (yuan(1_000), 0, 0)


def test_a_wish_to_sell_ends_where_nothing_is_held():
    account = account_of({"cash": 1_000})
    account.presell = yuan(300)
    assert account.decide(0) == []
    assert account.presell == 0


def test_a_short_seller_never_sells_short_into_a_slot_in_which_a_loan_is_left():
    """What a sale below its loan leaves stands in the slot of its stock; proceeds of a short sale would mix with it."""
    account = account_of({"cash": 60_000, "positions": [holding("a", 1, 900)]}, kind="short_seller")
    account.model.weights["short_seller"] = [1, 0, 0]
    account.slots[0].lots = 0
    assert account.short_sale() == []
    account.slots[0].loan = 0
    assert [(order.slot, order.stock) for order in account.short_sale()] == [(0, 0)]


def test_an_overdraft_that_nothing_can_pay_is_written_off():
    account = account_of({"cash": 1_000})
    account.cash = -yuan(700)
    account.state = FORCED
    account.check()
    assert (account.cash, account.state) == (0, CLOSED)
    assert (account.model.lender_loss, account.model.lender) == (yuan(700), -yuan(700))


def test_money_repays_interest_first_then_the_sold_position_then_the_others():
    account = account_of({"positions": [holding("a", 10, 3_000), holding("c", 10, 2_000)]})
    account.interest = account.model.claims = yuan(100)
    principal, left = account.repay(yuan(1_100), 1)
    assert (principal, left, account.interest) == (yuan(1_000), 0, 0)
    assert [slot.loan for slot in account.slots[:2]] == [yuan(3_000), yuan(1_000)]
    principal, left = account.repay(yuan(5_000), 1)
    assert (principal, left) == (yuan(4_000), yuan(1_000))
    assert account.debt == 0


def test_repayment_releases_reserved_margin_pro_rata():
    account = account_of({"positions": [holding("a", 10, 3_000)]})
    assert account.slots[0].reserved == yuan(1_500)
    account.repay(yuan(1_000), 0)
    assert account.slots[0].reserved == yuan(1_000)
    account.repay(yuan(2_000), 0)
    assert (account.slots[0].loan, account.slots[0].reserved) == (0, 0)


def test_a_purchase_goes_to_the_stocks_own_slot_else_to_the_lowest_free_one():
    account = account_of({"positions": [holding("c", 1), holding("a", 1)]})
    assert (account.slot_for(0), account.slot_for(2), account.slot_for(1)) == (1, 0, 2)
    account.slots[0].lots = 0
    assert account.slot_for(1) == 0
    account.slots[0].loan = 1  # a debt without shares still stands in it
    assert account.slot_for(1) == 2
    account.slots[2].lots = 1
    assert account.slot_for(1) is None


@pytest.mark.parametrize(
    ("policy", "expected"), [("pro_rata", [4, 3]), ("largest_first", [0, 4]), ("most_liquid_first", [8, 0])]
)
def test_a_sale_of_4000_yuan_is_spread_by_policy(policy, expected):
    """c: 20 lots of 500, the most traded; a: 12 lots of 1,000. Pro rata 1,818.19 = 3.6 lots and 2,181.82 = 2.2 lots."""
    financed = [holding("c", 20, 5_000), holding("a", 12, 6_000)]
    account = account_of({"positions": financed}, rules={"liquidation": policy})
    account.model.stocks[2].liquidity = 2 * account.model.stocks[0].liquidity
    orders = {order.slot: order.lots for order in account.spread(yuan(4_000), FORCE)}
    assert [orders.get(0, 0), orders.get(1, 0)] == expected
