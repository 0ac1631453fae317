"""US margin accounts, worked by hand; every market runs in the engine and the reference together.

50 % of the purchase at first, 25 % of longs and 30 % of shorts from then on, at least 2,000 (Regulation T; FINRA Rule
4210). `deep` is so large that nobody's orders move it.
"""

import pytest

from pingcang.accounts.book import CALLED, NORMAL
from pingcang.accounts.initial import draw_initial_state
from pingcang.reference.market import ReferenceMarket
from twins.compare import run_together, twins
from twins.written import DATES, cohort, holding, loaded, merged, news, quiet, stock

US = {
    "requirement": {"long": 0.25, "short": 0.30, "minimum_equity": 2000},
    "initial_margin": {"value": 0.5, "of": "purchase"},
    "short_margin": 0.5,
    "warning_line": 1.0,
    "close_out_line": 1.0,
    "immediate_line": 0.5,
    "restore_line": 1.0,
    "withdrawal_line": 1.0,
}
FREE = {"exchange": {"price_limits": False}}
EARLY = 1
"""A seed with which account 0 is active before the last session of day 1."""
EAGER = {"behaviour": {"activity": 1.0, "appetite": {"base": 1.4}, "minimum_order": 0.0}}


def market_of(*accounts, kind="retail", stocks=None, **changes):
    more = changes.pop("cohort", {})
    them = {"them": cohort(*accounts, kind=kind, **more)}
    return quiet(stocks or [stock()], them, **merged(merged({"rules": US}, FREE), changes))


def states(market):
    """The state of account 0 at each close, in both engines."""
    both, reference = twins(loaded(market), seed=0)
    seen = []
    while both.running:
        both.step()
        reference.step()
        seen.append(both.populations[0][0].state)
        assert reference.cohorts["them"][0].state == both.populations[0].book.state[0]
    return seen


def account_of(account, day=1, **changes):
    """The plain account at the open of a day, its SMA brought up to the excess of the close before."""
    market = loaded(market_of(account, **changes))
    reference = ReferenceMarket(draw_initial_state(market, seed=0, run=0, scale=1.0), seed=0, run=0)
    for _ in range(day - 1):
        reference.step()
    reference.day += 1
    reference.open(reference.days[day])
    return reference.cohorts["them"][0]


def usd(amount):
    return round(amount * 100)


LONG = {"positions": [holding("deep", 100, 60_000)]}
"""100 lots of 1,000 and a debt of 60,000: equity 40 %, restricted."""


# ---- calls -----------------------------------------------------------------------------------------------------


def test_a_call_is_issued_below_the_requirement_and_cured_at_it():
    """A fall to 8.00 leads to exactly 25 %: no call. To 7.90: 19,000 against 19,750. Back to 8.00 cures."""
    assert states(market_of(LONG, events=[news(1, -0.25)])) == ["NORMAL"] * 5
    fallen = market_of(LONG, events=[news(1, -0.2658), news(2, 0.0127)], rules={"call_window": 3})
    assert states(fallen) == ["CALLED", "NORMAL", "NORMAL", "NORMAL", "NORMAL"]


def test_an_unmet_call_is_enforced_by_a_sale_of_four_times_what_is_missing():
    """At 7.90 are missing 750: 3,000 are sold, 3.8 lots of 790."""
    done = run_together(loaded(market_of(LONG, events=[news(1, -0.2658)], rules={"call_window": 2})), seed=0)
    results = done.results()
    assert results["margin_calls"][:, 0].tolist() == [0, 1, 0, 0, 0, 0]
    assert results["forced_sales"][:, 0].tolist() == [0, 0, 0, 4 * 790, 0, 0]
    assert done.populations[0].book.state[0] == NORMAL


def test_a_called_account_pays_what_is_missing_and_its_sma_rises_by_as_much():
    """750 at 7.90; the SMA of a restricted account is 0 before."""
    market = market_of(LONG, events=[news(1, -0.2658)], cohort={"behaviour": {"top_up_probability": 1.0}})
    done = run_together(loaded(market), seed=0)
    book = done.populations[0].book
    assert (book.cash[0], book.sma[0], done.purses.outside) == (usd(750), usd(750), -usd(750))
    assert done.results()["forced_sales"].sum() == 0


def test_below_the_immediate_line_nothing_is_waited_for():
    """To 6.80: equity 8,000 against half of 17,000; forced after the first session, 36,000 sold in the second."""
    market = market_of(LONG, events=[news(1, -0.4706, use_beta=False)], calendar={"days": 1, "sessions": 2})
    market["impact"]["news_at_open"] = 1.0
    done = run_together(loaded(market), seed=0)
    assert done.results()["margin_calls"].sum() == 0
    assert done.results()["forced_sales"][1, 0] == 53 * 680  # 9,000/0.25 = 36,000: 52.9 lots


def test_a_short_account_is_called_after_a_rise():
    """Proceeds 100,000, cash 50,000. At 11.60 equity is 34,000 and 30 % of 116,000 are 34,800."""
    account = {"cash": 50_000, "positions": [holding("deep", -100, 100_000)]}
    assert states(market_of(account, events=[news(1, 0.15)]))[0] == "NORMAL"  # 35,000 against 34,500
    market = market_of(account, events=[news(1, 0.16)], rules={"call_window": 1})
    assert states(market)[:2] == ["CALLED", "NORMAL"]
    assert run_together(loaded(market), seed=0).populations[0].book.lots[0, 0] == -97  # 800/0.30: 2.3 lots


def test_without_positions_a_debt_is_below_the_requirement():
    """Nothing is required, and equity is below 0."""
    assert states(market_of({"cash": 0, "positions": [holding("deep", 1, 1_500)]}, rules={"immediate_line": 0}))[0] == (
        "FORCED"
    )


def test_an_account_without_debt_is_below_no_line():
    assert states(market_of({"positions": [holding("deep", 100)]}, events=[news(1, -0.9)])) == ["NORMAL"] * 5


def test_what_shorts_cannot_mend_while_they_are_suspended_longs_do():
    """5,000 are missing; the debt of 10,000 is repaid, covers of 8,333 cannot be had, so that 20,000 are sold."""
    account = {"positions": [holding("deep", 100, 10_000), holding("b", -100, 60_000)]}
    stocks = [stock(), stock("b")]
    halted = [{"date": DATES[0], "suspend": {"stocks": ["b"]}}]
    market = market_of(
        account, stocks=stocks, events=halted, rules={"immediate_line": 1.0}, calendar={"days": 1, "sessions": 2}
    )
    done = run_together(loaded(market), seed=0)
    assert done.populations[0].book.lots[:, 0].tolist()[:2] == [80, -100]


# ---- what is lent ----------------------------------------------------------------------------------------------


def test_the_sma_begins_with_the_excess_over_half_of_what_is_held():
    rich = account_of({"positions": [holding("deep", 100, 20_000)]})
    assert rich.sma == usd(30_000)
    assert rich.loan_limit(0, 0, rich.value()) == usd(60_000)
    assert rich.loan_limit(0, usd(10_000), rich.value()) == usd(50_000)
    assert account_of(LONG).sma == 0


def test_the_sma_keeps_an_excess_that_prices_have_taken_away_but_no_purchase_leads_below_the_requirement():
    """Excess 30,000 at 10.00. At 3.00 equity is 10,000 and 7,500 are required: 2,500 carry 10,000 at 25 %."""
    account = account_of({"positions": [holding("deep", 100, 20_000)]})
    account.model.stocks[0].mark = 300
    assert account.value().equity == usd(10_000)
    assert account.sma == usd(30_000)
    assert account.loan_limit(0, 0, account.value()) == pytest.approx(usd(10_000), abs=20)


def test_a_gain_raises_the_sma():
    """At 12.00 equity is 100,000, half of 120,000 is bound: 40,000."""
    account = account_of({"positions": [holding("deep", 100, 20_000)]}, day=2, events=[news(1, 0.2)])
    assert account.sma == usd(40_000)


def test_a_restricted_account_buys_again_what_it_sold_and_no_more():
    """It sells 100,000 and repays 60,000. Half of the proceeds is released: 100,000 can be bought, with 40,000 own and
    a loan of 60,000, whatever more it wants."""
    market = market_of(LONG, cohort=EAGER, calendar={"days": 1, "sessions": 8})
    done = run_together(loaded(market), seed=EARLY)
    book = done.populations[0].book
    assert done.results()["margin_purchases"][1, 0] == 60_000
    assert (book.lots[0, 0], book.debt[0], book.sma[0]) == (100, usd(60_000), 0)


def test_an_account_above_half_borrows_more():
    """SMA 30,000 + 50,000 of the sale. It wants 1.4 times the 20,000 repaid, beside 80,000 of its own: 108 lots."""
    market = market_of({"positions": [holding("deep", 100, 20_000)]}, cohort=EAGER, calendar={"days": 1, "sessions": 8})
    book = run_together(loaded(market), seed=EARLY).populations[0].book
    assert (book.lots[0, 0], book.debt[0], book.sma[0]) == (108, usd(28_000), usd(80_000 - 54_000))


def test_a_dearer_initial_margin_binds_new_purchases_only():
    """At 100 % the excess is smaller, but the SMA stands; a purchase uses twice as much of it."""
    dearer = [{"date": DATES[1], "rules": {"initial_margin": {"value": 1.0}}}]
    account = account_of({"positions": [holding("deep", 100, 20_000)]}, day=2, events=dearer)
    assert account.sma == usd(30_000)
    assert account.loan_limit(0, 0, account.value()) == usd(30_000)
    assert states(market_of(LONG, events=dearer)) == ["NORMAL"] * 5


def test_below_2000_of_equity_nothing_is_lent():
    """Equity 1,999 of 3,000 held is far above every line, and buys nothing with a loan; 2,000 does."""
    poor = account_of({"positions": [holding("deep", 3, 1_001)]})
    assert poor.sma == usd(499)
    assert poor.loan_limit(0, 0, poor.value()) == 0
    enough = account_of({"positions": [holding("deep", 3, 1_000)]})
    assert enough.loan_limit(0, 0, enough.value()) == usd(1_000)


def test_below_the_requirement_nothing_is_lent():
    account = account_of({"positions": [holding("deep", 100, 75_001)]})
    account.sma = usd(30_000)
    assert account.loan_limit(0, 0, account.value()) == 0


def test_a_short_sale_needs_half_of_its_value_and_does_not_lead_below_the_requirement():
    """Cash 10,000: a short sale of 0.9 · 10,000/0.5 = 18,000, which uses 9,000."""
    short = {"behaviour": {"activity": 1.0, "short_size": 0.9, "cover_profit": 1.0}}
    market = market_of(
        {"cash": 10_000}, kind="short_seller", cohort=short, calendar={"days": 1, "sessions": 8},
        rules={"lendable_share": 1.0}, exchange={"price_limits": False, "uptick_rule": False},
    )  # fmt: skip
    book = run_together(loaded(market), seed=0).populations[0].book
    assert (book.lots[0, 0], book.frozen[0], book.sma[0]) == (-18, usd(18_000), usd(1_000))
    account = account_of({"cash": 10_000}, kind="short_seller", cohort=short)
    account.sma = usd(1_000_000)  # an old excess: 10,000/0.30 are what the requirement carries
    assert account.short_sale_limit(account.margin_for_shorts()) == pytest.approx(usd(33_333.33), abs=20)
    account.cash = usd(1_999)
    assert account.margin_for_shorts() == 0


def test_a_withdrawal_is_limited_by_the_sma_and_taken_off_it():
    """Owing shares, 60,000 of cash beside 100,000 sold short: 10,000 are free of the 50 % that a short sale binds."""
    account = {"cash": 60_000, "positions": [holding("deep", -100, 100_000)]}
    market = market_of(account, cohort={"behaviour": {"withdrawal_share": 0.5}}, calendar={"days": 2})
    book = run_together(loaded(market), seed=0).populations[0].book
    assert (book.cash[0], book.sma[0]) == (usd(60_000 - 5_000 - 2_500), usd(2_500))


# ---- the systems combined --------------------------------------------------------------------------------------


def test_a_purchase_may_be_financed_by_regulation_t_in_an_account_judged_by_its_ratio():
    """Excess 30,000 buys 60,000; from 100/20 the ratio falls to the warning line of 2.5 at a loan of 33,333."""
    rules = {"requirement": None, "close_out_line": 1.3, "restore_line": 1.5, "immediate_line": 1.1}
    account = account_of({"positions": [holding("deep", 100, 20_000)]}, rules=rules | {"warning_line": 1.5})
    assert account.loan_limit(0, 0, account.value()) == usd(60_000)
    strict = account_of({"positions": [holding("deep", 100, 20_000)]}, rules=rules | {"warning_line": 2.5})
    assert strict.loan_limit(0, 0, strict.value()) == pytest.approx(usd(33_333.33), abs=10)


def test_a_loan_by_the_chinese_margin_leads_no_account_below_its_requirement():
    """Available margin 80,000 · 0.65 − 10,000 reserved lends 84,000 at 50 %; a requirement of 0.6 leaves 33,333."""
    rules = {"initial_margin": {"value": 0.5, "of": "loan"}, "requirement": {"long": 0.25}}
    account = account_of({"positions": [holding("deep", 100, 20_000)]}, rules=rules)
    assert account.loan_limit(0, 0, account.value()) == usd(84_000)
    house = account_of({"positions": [holding("deep", 100, 20_000)]}, rules=rules | {"requirement": {"long": 0.6}})
    assert house.loan_limit(0, 0, house.value()) == pytest.approx(usd(33_333.33), abs=20)


def test_a_cohort_may_be_judged_by_requirement_beside_one_judged_by_its_ratio():
    """At 8.50 equity is 25,000 of 85,000: above 25 % of it, and 85,000/60,000 is below a line of 1.45."""
    ours = {"them": cohort(LONG), "others": cohort(LONG)}
    lines = {key: value for key, value in US.items() if key.endswith("_line")}
    ours["others"]["contract"] = {"requirement": {"long": 0.25}, **lines}
    market = quiet([stock()], ours, events=[news(1, -0.1765)], rules={"close_out_line": 1.45}, **FREE)
    market["calendar"]["days"] = 1
    done = run_together(loaded(market), seed=0)
    assert [int(population.book.state[0]) for population in done.populations] == [CALLED, NORMAL]


def test_a_shadow_lender_beside_us_brokers_keeps_his_ratio_and_his_margin_of_the_loan():
    """At 8.50 the ratio is 1.417, below his line of 1.45, while a broker's client stands at 29 % of equity."""
    shadow = cohort(LONG, kind="shadow", contract={"close_out_line": 1.45, "initial_margin": 0.25})
    market = quiet([stock()], {"them": cohort(LONG), "shadow": shadow}, events=[news(1, -0.1765)], rules=US, **FREE)
    market["calendar"]["days"] = 1
    done = run_together(loaded(market), seed=0)
    assert [population[0].state for population in done.populations] == ["NORMAL", "FORCED"]
    terms = done.populations[1].terms
    assert (terms.long_requirement, terms.of_purchase, terms.initial_margin) == (0, False, 2500)
    assert (terms.restore_line, terms.warning_line, terms.immediate_line) == (15_000, 0, 0)
