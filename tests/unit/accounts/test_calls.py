"""Calls, cures, top-ups and close-outs, worked by hand; every market runs in the engine and the reference together.

The account: 1,000 lots of 100 shares at 8.00, debt 620,000: m = 800,000/620,000 = 1.2903, below the line of 1.30.
x = (1.5 · 620,000 − 800,000)/0.5 = 260,000 = 325 lots restore 1.50.
"""

import numpy as np
import pytest

from twins.compare import run_together, twins
from twins.written import DATES, cohort, holding, loaded, news, quiet, stock

UNDER_THE_LINE = {"positions": [holding("deep", 1000, 620_000)]}


def market_of(*accounts, kind="retail", stocks=None, **changes):
    more = changes.pop("cohort", {})
    return loaded(quiet(stocks or [stock(price=8.0)], {"them": cohort(*accounts, kind=kind, **more)}, **changes))


def states(scenario, **kwargs):
    """The state of account 0 at each close, in both engines."""
    engine, reference = twins(scenario, seed=0, **kwargs)
    seen = []
    while engine.running:
        engine.step()
        reference.step()
        seen.append(engine.populations[0][0].state)
        assert reference.cohorts["them"][0].state == engine.populations[0].book.state[0]
    return seen


@pytest.mark.parametrize(("window", "sold_on"), [(0, 2), (1, 2), (2, 3), (3, 4)])
def test_a_call_at_the_close_of_day_1_is_enforced_from_the_open_of_day_1_plus_n(window, sold_on):
    """n = 0 and n = 1 are the same: the first open after a close is the next day's."""
    market = run_together(market_of(UNDER_THE_LINE, rules={"call_window": window}), seed=0)
    results = market.results()
    assert np.flatnonzero(results["margin_calls"][:, 0]).tolist() == [1]
    assert np.flatnonzero(results["forced_sales"][:, 0]).tolist() == [sold_on]
    assert results["forced_sales"][sold_on, 0] == 260_000
    assert market.populations[0].book.lots[0, 0] == 675


def test_an_account_at_the_line_is_not_called():
    scenario = market_of(
        {"positions": [holding("deep", 1000, 800_000 / 1.6)]},
        rules={"close_out_line": 1.6, "warning_line": 1.6, "restore_line": 1.7},
    )
    assert states(scenario) == ["NORMAL"] * 5
    fen_more = market_of(
        {"positions": [holding("deep", 1000, 500_000.01)]},
        rules={"close_out_line": 1.6, "warning_line": 1.6, "restore_line": 1.7},
    )
    assert states(fen_more)[0] == "CALLED"


def test_a_rise_above_the_line_does_not_cure_a_call():
    """8.00 · 1.08 = 8.64: m = 1.3935. The window of 3 days ends at the open of day 4."""
    scenario = market_of(UNDER_THE_LINE, rules={"call_window": 3}, events=[news(2, 0.08)])
    assert states(scenario) == ["CALLED", "CALLED", "CALLED", "NORMAL", "NORMAL"]
    assert run_together(scenario, seed=0).results()["forced_sales"][4, 0] > 0


def test_a_rise_to_the_restore_level_cures_a_call():
    """8.00 · 1.1625 = 9.30 in two days, the band is 10 %: 8.80, then 9.30: m = 1.5 exactly."""
    scenario = market_of(UNDER_THE_LINE, rules={"call_window": 3}, events=[news(2, 0.1625)])
    assert states(scenario) == ["CALLED", "CALLED", "NORMAL", "NORMAL", "NORMAL"]
    assert run_together(scenario, seed=0).results()["forced_sales"].sum() == 0


def test_an_account_restored_on_the_morning_of_its_last_day_is_let_go():
    """Cured at the close of day 2, before the open of day 3."""
    scenario = market_of(
        UNDER_THE_LINE, rules={"call_window": 2}, events=[news(2, 0.1625)], exchange={"price_limits": False}
    )
    assert states(scenario)[:2] == ["CALLED", "NORMAL"]


def test_a_topped_up_account_pays_exactly_what_is_missing_to_the_restore_level():
    """1.5 · 620,000 − 800,000 = 130,000."""
    scenario = market_of(UNDER_THE_LINE, cohort={"behaviour": {"top_up_probability": 1.0}})
    market = run_together(scenario, seed=0)
    assert market.populations[0].book.cash[0] == 13_000_000
    assert market.purses.outside == -13_000_000
    assert market.results()["forced_sales"].sum() == 0
    assert states(scenario) == ["CALLED", "NORMAL", "NORMAL", "NORMAL", "NORMAL"]


def test_below_the_immediate_line_nothing_is_waited_for():
    """m = 800,000/760,000 = 1.0526 < 1.10: forced after the first session, sold in the second."""
    scenario = market_of(
        {"positions": [holding("deep", 1000, 760_000)]},
        rules={"immediate_line": 1.1},
        calendar={"days": 1, "sessions": 2},
    )
    market = run_together(scenario, seed=0, per_block=1)
    results = market.results()
    assert results["margin_calls"].sum() == 0
    assert results["forced_sales"][1, 0] == 680_000  # (1,140,000 − 800,000)/0.5


def test_withdrawn_credit_closes_the_whole_account_whatever_its_ratio():
    healthy = {"positions": [holding("deep", 1000, 200_000)]}
    scenario = market_of(healthy, events=[{"date": DATES[1], "credit_withdrawal": {"cohort": "them", "share": 1.0}}])
    assert states(scenario) == ["NORMAL", "CLOSED", "CLOSED", "CLOSED", "CLOSED"]
    book = run_together(scenario, seed=0).populations[0].book
    assert (int(book.lots.sum()), int(book.debt[0]), int(book.cash[0])) == (0, 0, 60_000_000)


def test_a_shadow_account_is_sold_whole_in_the_session_after_its_line_is_crossed():
    """Line 1.2 of its own, checked every session; m = 800,000/680,000 = 1.1765."""
    account = {"positions": [holding("deep", 1000, 680_000)], "close_out_line": 1.2}
    scenario = market_of(account, kind="shadow", calendar={"days": 1, "sessions": 3})
    market = run_together(scenario, seed=0)
    results = market.results()
    assert results["margin_calls"].sum() == 0
    assert results["forced_sales"][1, 0] == 800_000
    view = market.populations[0][0]
    assert (view.state, view.cash, view.debt) == ("CLOSED", 120_000, 0)


def test_the_exchanges_immediate_line_does_not_bind_a_shadow_lender():
    account = {"positions": [holding("deep", 1000, 740_000)], "close_out_line": 1.05}  # m = 1.081
    scenario = market_of(account, kind="shadow", rules={"immediate_line": 1.1})
    assert states(scenario) == ["NORMAL"] * 5


def test_what_a_sale_of_everything_does_not_pay_is_the_lenders_loss():
    """800,000 against 850,000: the lender writes off 50,000, and claims nothing any more."""
    market = run_together(
        market_of({"positions": [holding("deep", 1000, 850_000)]}, rules={"immediate_line": 1.1}, calendar={"days": 2}),
        seed=0,
    )
    assert market.results()["lender_loss"].tolist() == [0, 0, 50_000]
    assert market.purses.claims == 0
    assert market.populations[0][0].state == "CLOSED"
    assert market.results()["closed_accounts"][:, 0].tolist() == [0, 0, 1]


def test_costs_and_interest_of_a_write_off_are_counted_to_the_fen():
    """Interest of two days on 850,000 at 7.2 %: 340.00 yuan. Sale 800,000: commission 240, duty 800. The loss:
    850,340 − 798,960 = 51,380."""
    scenario = market_of(
        {"positions": [holding("deep", 1000, 850_000)]},
        rules={"immediate_line": 1.1, "financing_rate": 0.072},
        exchange={"commission": 0.0003, "stamp_duty": 0.001},
        calendar={"days": 2},
    )
    market = run_together(scenario, seed=0)
    assert market.results()["lender_loss"][2] == 51_380
    assert market.purses.exchequer == 80_000
    assert market.purses.lender == 24_000 + 79_896_000  # commission, and what came back


def test_interest_of_a_weekend_accrues_on_monday():
    """Friday 9 January to Monday 12 January 2015: three days; 620,000 · 0.072/360 = 124 yuan a day."""
    market, _ = twins(
        market_of({"positions": [holding("deep", 1000, 620_000)]}, rules={"financing_rate": 0.072, "call_window": 99}),
        seed=0,
    )
    owed = []
    while market.running:
        market.step()
        owed.append(int(market.populations[0].book.interest[0]))
    assert owed == [12_400, 24_800, 37_200, 49_600, 86_800]


def test_interest_accrues_at_the_open_on_what_was_owed_overnight():
    """200,000 at 7.2 % cost 40 yuan a day. Called in on Monday, day 5, and sold within it, the loan pays four days and
    the weekend: 4·40 + 3·40 = 280."""
    scenario = market_of(
        {"positions": [holding("deep", 1000, 200_000)]},
        rules={"financing_rate": 0.072},
        events=[{"date": DATES[4], "credit_withdrawal": {"cohort": "them", "share": 1.0}}],
    )
    market = run_together(scenario, seed=0)
    view = market.populations[0][0]
    assert (view.state, view.cash) == ("CLOSED", 800_000 - 200_000 - 280)
    assert market.purses.lender == 20_028_000


def test_what_is_borrowed_today_costs_nothing_until_tomorrow():
    """Sold short on day 1 for 90 % of the margin: 45,000/0.5 = 90,000 = 112 lots = 89,600, at 7.2 % 17.92 a day."""
    scenario = market_of(
        {"cash": 50_000},
        kind="short_seller",
        cohort={"behaviour": {"activity": 1.0, "short_size": 0.9, "cover_profit": 1.0}},
        rules={"borrow_fee": 0.072},
        calendar={"days": 2},
    )
    market, _ = twins(scenario, seed=0)
    book = market.populations[0].book
    market.step()
    assert (book.lots.min(), book.interest[0]) == (-112, 0)
    market.step()
    assert book.interest[0] == 1_792


def test_a_loan_keeps_the_initial_ratio_of_its_origination():
    """The change to 100 % on day 2 binds no old loan; half of it repaid releases half of what it bound."""
    scenario = market_of(
        {"positions": [holding("deep", 1000, 400_000)]},
        rules={"call_window": 0, "initial_margin": {"value": 0.5}},
        events=[{"date": DATES[1], "rules": {"initial_margin": {"value": 1.0}}}, news(3, -0.6)],
        exchange={"price_limits": False},
    )
    market, reference = twins(scenario, seed=0)
    reserved = []
    while market.running:
        market.step()
        reference.step()
        slot = reference.cohorts["them"][0].slots[0]
        assert market.populations[0].book.reserved[0, 0] == slot.reserved
        reserved.append((slot.reserved, slot.loan))
    assert reserved[1] == (20_000_000, 40_000_000)
    bound, loan = reserved[3]
    assert 0 < loan < 40_000_000
    assert bound == 20_000_000 - 20_000_000 * (40_000_000 - loan) // 40_000_000


def test_a_new_loan_binds_the_ratio_of_its_day():
    """Everybody rotates daily and borrows what was repaid; from day 2 on new loans bind as much as they are."""
    scenario = market_of(
        {"positions": [holding("a", 100, 20_000)], "cash": 90_000},
        stocks=[stock("a", 8.0), stock("b", 8.0)],
        cohort={"behaviour": {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}},
        events=[{"date": DATES[1], "rules": {"initial_margin": {"value": 1.0}}}],
        calendar={"days": 4, "sessions": 4},
    )
    market = run_together(scenario, seed=3)
    book = market.populations[0].book
    bought = market.results()["margin_purchases"][:, 0]
    assert bought[2:].sum() > 0
    new = book.opened > 1
    assert (book.loan[new].sum(), book.reserved[new].sum()) == (book.loan.sum(), book.loan.sum())


def test_cash_above_the_withdrawal_line_is_taken_out():
    """A = 200,000 cash + 800,000, L = 300,000, 3·L = 900,000: room 100,000; half is taken, then half of the rest."""
    scenario = market_of(
        {"positions": [holding("deep", 1000, 300_000)], "cash": 200_000},
        cohort={"behaviour": {"withdrawal_share": 0.5}},
        calendar={"days": 2},
    )
    market = run_together(scenario, seed=0)
    assert market.populations[0][0].cash == 125_000
    assert market.purses.outside == 7_500_000


def test_what_was_bought_today_is_not_sold_today():
    """Forced with 400 of its 1,000 lots locked, the account sells 600."""
    for t_plus_one, sold in ((True, 600), (False, 1000)):
        scenario = market_of({"positions": [holding("deep", 1000, 850_000)]}, exchange={"t_plus_one": t_plus_one})
        market, _ = twins(scenario, seed=0)
        market.open()
        book = market.populations[0].book
        book.state[0], book.locked[0, 0] = 2, 400 if t_plus_one else 0
        market.decide(0)
        assert market.populations[0].sheet.rows()["lots"].tolist() == [sold]
        market.settle(market.clear(0))
        assert book.lots[0, 0] == 1000 - sold


def test_bought_lots_are_locked_until_the_next_open():
    scenario = market_of(
        {"positions": [holding("a", 100, 20_000)], "cash": 90_000},
        stocks=[stock("a", 8.0), stock("b", 8.0)],
        cohort={"behaviour": {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}},
        calendar={"days": 3, "sessions": 8},
    )
    market, _ = twins(scenario, seed=0)
    book = market.populations[0].book
    seen = 0
    while market.running:
        market.step()
        today = (book.opened == market.day) & (book.lots > 0)
        assert (book.locked[today] == book.lots[today]).all()
        seen += int(today.sum())
    assert seen
    market.day -= 1
    market.open()
    assert book.locked.sum() == 0


def test_a_squeezed_short_seller_covers_and_leaves_his_overdraft_to_the_lender():
    """Sold short 100 lots at 8.00 (80,000 frozen), cash 40,000: m = 1.5. The price doubles: A = 120,000, L = 160,000;
    the cover costs 160,000, and the lender writes off 40,000."""
    account = {"positions": [holding("deep", -100, 80_000)], "cash": 40_000}
    scenario = market_of(
        account,
        kind="short_seller",
        exchange={"price_limits": False},
        events=[news(1, 1.0)],
        rules={"immediate_line": 1.1},
        calendar={"days": 2},
    )
    market = run_together(scenario, seed=0)
    assert market.stocks.price[0] == 1600
    assert market.results()["lender_loss"][2] == 40_000
    view = market.populations[0][0]
    assert (view.state, view.cash, view.positions) == ("CLOSED", 0, [])
    assert market.purses.lender == -4_000_000


def test_an_overdraft_without_positions_is_closed_out_and_written_off_without_any_fee():
    """Recalled at 16.00, 100 lots sold short at 8.00 cost 160,000: 10,000 of cash and 80,000 of proceeds leave an
    overdraft of 70,000. It is a liability without assets: called at the close, the account is closed out on day 2."""
    account = {"positions": [holding("deep", -100, 80_000)], "cash": 10_000}
    scenario = market_of(
        account,
        kind="short_seller",
        exchange={"price_limits": False},
        cohort={"behaviour": {"activity": 1.0}},
        events=[news(1, 1.0) | {"rules": {"lending_stopped": True}}],
        rules={"call_window": 1},
        calendar={"days": 2},
    )
    market, reference = twins(scenario, seed=0)
    market.step()
    reference.step()
    view = market.populations[0][0]
    assert (view.state, view.cash, view.liabilities, view.assets) == ("CALLED", -70_000, 70_000, 0)
    results = run_together(scenario, seed=0).results()
    assert results["lender_loss"].tolist() == [0, 0, 70_000]
    assert results["closed_accounts"][:, 0].tolist() == [0, 0, 1]
    assert states(scenario) == ["CALLED", "CLOSED"]


def test_forced_sales_count_sales_and_no_covers():
    """Everything is forced: 50 lots of `a` sold, 50 of `b` sold short at 10.00 covered at 16.00. A = 40,000 + 50,000,
    L = 80,000: below 1.30."""
    account = {"positions": [holding("a", 50), holding("b", -50, 50_000)]}
    scenario = market_of(
        account,
        stocks=[stock("a", 8.0), stock("b", 16.0)],
        cohort={"contract": {"liquidate_whole_account": True}},
        rules={"immediate_line": 1.3},
        calendar={"days": 2},
    )
    market = run_together(scenario, seed=0)
    assert market.results()["forced_sales"][:, 0].tolist() == [0, 0, 40_000]
    view = market.populations[0][0]
    assert (view.state, view.cash, view.positions) == ("CLOSED", 10_000, [])


def test_pre_emptive_sales_count_sales_and_no_covers():
    """In fear both accounts end half of what they owe: 2,000 of a loan of 4,000, and 4,000 of 8,000 sold short."""
    financed = {"positions": [holding("a", 10, 4_000)]}
    short = {"positions": [holding("a", -10, 8_000)], "cash": 9_000}
    scenario = market_of(
        financed,
        short,
        stocks=[stock("a", 8.0)],
        cohort={"behaviour": {"preemptive_hazard": [[0, 1.0]], "preemptive_size": 0.5}},
        calendar={"days": 1},
    )
    market = run_together(scenario, seed=0)
    book = market.populations[0].book
    assert book.lots[0].tolist() == [7, -5]  # 2,000 = 2.5 lots of 800, rounded up to 3; 4,000 = 5 lots
    assert market.results()["preemptive_sales"][1, 0] == 3 * 800


@pytest.mark.parametrize(("owed", "taken"), [(1e10, 15e12), (5e10, 5e12)])
def test_an_account_of_sixty_trillion_yuan_withdraws_to_the_fen(owed, taken):
    """30 trillion in cash and 10⁹ lots of 300.00. Of 10 billion owed, 1,000 times is 10 trillion: 50 trillion stand
    above the line, 30 of them are cash, and half of it goes; of 50 billion, 10 trillion stand above, and 5 go. In fen
    and basis points 1,000·L is 10¹⁹ and more, above 2⁶³."""
    giant = {"cash": 3e13, "positions": [holding("huge", 1_000_000_000, owed)]}
    scenario = market_of(
        giant,
        stocks=[stock("huge", 300.0, float_shares=10**13)],
        cohort={"behaviour": {"withdrawal_share": 0.5}},
        rules={"withdrawal_line": 1000.0},
        calendar={"days": 1},
    )
    market = run_together(scenario, seed=0)
    assert market.populations[0].book.cash[0] == (3e13 - taken) * 100
    assert market.purses.outside == taken * 100


def test_an_account_of_sixty_trillion_yuan_is_restored_to_the_fen():
    """1,000 times 60.06 billion owed are 60.06 trillion; 30 + 30 are there, 60 billion are topped up."""
    lines = dict.fromkeys(("close_out_line", "warning_line", "restore_line"), 1000.0)
    giant = {"cash": 3e13, "positions": [holding("huge", 1_000_000_000, 6.006e10)]}
    scenario = market_of(
        giant,
        stocks=[stock("huge", 300.0, float_shares=10**13)],
        cohort={"behaviour": {"top_up_probability": 1.0}},
        rules=lines | {"call_window": 2},
        calendar={"days": 2},
    )
    market = run_together(scenario, seed=0)
    assert market.populations[0].book.cash[0] == 3_006_000_000_000_000
    assert market.populations[0].book.state[0] == 0
