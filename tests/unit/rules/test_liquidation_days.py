"""Forced liquidations in daily tranches, worked by hand; every market runs in the engine and the reference together.

The account: 1,000 lots of 100 shares at 8.00, debt 620,000: m = 1.2903, called at the close of day 1 and forced from
the open of day 3. x = (1.5 · 620,000 − 800,000)/0.5 = 260,000 restores 1.50.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.market.orders import FORCE
from pingcang.rules.liquidation_days import days_left, part_of_today
from twins.compare import run_together
from twins.written import DATES, busy, cohort, engine, holding, loaded, merged, news, quiet, stock

UNDER_THE_LINE = {"positions": [holding("deep", 1000, 620_000)]}


def market_of(*accounts, kind="retail", **changes):
    more = changes.pop("cohort", {})
    return quiet([stock(price=8.0)], {"them": cohort(*accounts, kind=kind, **more)}, **changes)


def run(market, **kwargs):
    return run_together(loaded(market), seed=0, **kwargs)


def sold(market, day):
    return market.results()["forced_sales"][day, 0]


def ordered(market, day, column="ordered_shares"):
    """Lots of the forced orders of a day, session by session."""
    audit = market.audit()
    rows = (audit["day"] == day) & (audit["reason"] == "forced")
    return (audit[column][rows] // -100).tolist()


def test_the_days_left_count_today():
    assert [days_left(3, 3, day) for day in (3, 4, 5, 6)] == [3, 2, 1, 0]


@given(needed=st.integers(0, 10**16), days=st.integers(1, 60))
def test_equal_parts_sell_everything_in_the_days_there_are(needed, days):
    left, parts = needed, []
    for d in range(days, 0, -1):
        parts.append(min(left, part_of_today(left, d)))
        left -= parts[-1]
    assert left == 0
    assert max(parts) - min(parts) <= 1


def test_a_liquidation_over_three_days_sells_a_third_a_half_and_the_rest():
    """260,000/3 = 86,666.67 = 108.3 lots: 109 = 87,200. Then A = 712,800 and L = 532,800, so (799,200 − 712,800)/0.5 =
    172,800 are needed: half of it is 108 lots, and the last day sells the other 108. 109 + 108 + 108 = 325."""
    market = run(market_of(UNDER_THE_LINE, rules={"liquidation_days": 3}))
    assert [sold(market, day) for day in range(6)] == [0, 0, 0, 87_200, 86_400, 86_400]
    view = market.populations[0][0]
    assert (view.state, view.maintenance_ratio) == ("NORMAL", 1.5)
    assert market.results()["forced_accounts"][:, 0].tolist() == [0, 0, 0, 1, 1, 1]


def test_each_days_part_is_worked_out_anew():
    """109 lots are sold at 8.00 in the first session of day 3; in the second the price falls to 7.60. A = 891 lots =
    677,160, L = 532,800: (799,200 − 677,160)/0.5 = 244,080, half of it 122,040 = 160.6 lots: 161 on day 4. Then A = 730
    lots = 554,800, L = 410,440: 121,720 = 160.2 lots: 161 on day 5."""
    market = run(
        market_of(
            UNDER_THE_LINE,
            rules={"liquidation_days": 3},
            calendar={"sessions": 2},
            impact={"news_at_open": 0.0},
            events=[news(3, 1 - 8.0 / 7.6)],
        )
    )
    assert market.stocks.price[0] == 760
    assert [sold(market, day) for day in (3, 4, 5)] == [87_200, 161 * 760, 161 * 760]


def test_a_whole_account_is_sold_in_equal_parts_beyond_what_it_owes():
    """Credit withdrawn on day 2: 800,000 over four days are 250 lots a day, though 250 lots repay the whole debt."""
    healthy = {"positions": [holding("deep", 1000, 200_000)]}
    withdrawn = [{"date": DATES[1], "credit_withdrawal": {"cohort": "them", "share": 1.0}}]
    market = run(market_of(healthy, rules={"liquidation_days": 4}, events=withdrawn))
    assert [sold(market, day) for day in range(6)] == [0, 0, 200_000, 200_000, 200_000, 200_000]
    view = market.populations[0][0]
    assert (view.state, view.cash) == ("CLOSED", 600_000)


def test_a_whole_account_is_sold_and_covered_in_parts_of_both():
    """50 lots of 8.00 held and 50 lots of 16.00 sold short are 120,000: over two days, 60,000 on day 2. Sales of 40,000
    come first; covers take the other 20,000 = 12.5 lots: 13. The other 37 follow on day 3."""
    account = {"positions": [holding("a", 50), holding("b", -50, 50_000)]}
    whole = {"contract": {"liquidate_whole_account": True}}
    market = quiet(
        [stock("a", 8.0), stock("b", 16.0)],
        {"them": cohort(account, **whole)},
        rules={"immediate_line": 1.3, "liquidation_days": 2},
        calendar={"days": 2},
    )
    assert run(market).populations[0].book.lots[:2, 0].tolist() == [0, -37]
    ended = run(merged(market, {"calendar": {"days": 3}}))
    assert (ended.populations[0][0].state, ended.populations[0][0].cash) == ("CLOSED", 10_000)


def test_what_is_not_filled_of_a_days_part_is_ordered_again_that_day():
    """Sealed at 7.20 on day 3; 50 lots of noise bids a session. The part of the day is 86,666.67: 109 lots at 8.00, of
    which 50 fill at 7.20; 50,666.67 are left: 71 lots, of which 50 fill; 14,666.67 are left: 21 lots, which fill."""
    market = engine(
        market_of(
            UNDER_THE_LINE,
            rules={"liquidation_days": 3},
            calendar={"sessions": 3, "days": 3},
            impact={"noise_bids": 0.0005, "news_at_open": 1.0},
            events=[news(3, -0.3)],
        ),
        record=("audit",),
    )
    market.run()
    assert ordered(market, 3) == [109, 71, 21]
    assert ordered(market, 3, "filled_shares") == [50, 50, 21]
    assert sold(market, 3) == 121 * 720


def test_the_first_day_is_the_one_on_which_sales_begin():
    """Below the immediate line after the last session of day 1: sales begin on day 2, of two days."""
    account = {"positions": [holding("deep", 1000, 760_000)]}  # (1,140,000 − 800,000)/0.5 = 680,000 = 850 lots
    market = run(market_of(account, rules={"immediate_line": 1.1, "liquidation_days": 2}))
    assert [sold(market, day) for day in range(4)] == [0, 0, 340_000, 340_000]


def test_the_exchanges_days_do_not_bind_a_shadow_lender_but_its_own_contract_does():
    account = {"positions": [holding("deep", 1000, 680_000)], "close_out_line": 1.2}
    at_once = run(market_of(account, kind="shadow", rules={"liquidation_days": 2}, calendar={"sessions": 2}))
    slowly = run(
        market_of(
            account, kind="shadow", cohort={"contract": {"liquidation_days": 2}}, calendar={"sessions": 2, "days": 2}
        )
    )
    assert sold(at_once, 1) == 800_000
    assert [sold(slowly, day) for day in (1, 2)] == [400_000, 400_000]


@pytest.mark.parametrize(
    ("change", "sales"), [(None, [87_200, 172_800, 0]), (2, [87_200, 172_800, 0]), (4, [87_200, 57_600, 57_600])]
)
def test_a_dated_change_binds_a_liquidation_that_is_under_way(change, sales):
    """At once and two days leave none after day 4; of four days three are left: 172,800/3 = 57,600 = 72 lots."""
    events = [{"date": DATES[3], "rules": {"liquidation_days": change}}]
    market = run(market_of(UNDER_THE_LINE, rules={"liquidation_days": 3}, events=events))
    assert [sold(market, day) for day in (3, 4, 5)] == sales


def test_no_order_exceeds_what_is_left_of_the_days_part_by_more_than_a_lot_of_each_position():
    market = engine(merged(busy(), {"rules": {"liquidation_days": 4}}), seed=2)
    limited = 0
    while market.running:
        market.open()
        for session in range(market.today.impact.sessions):
            market.tape.session = session
            market.decide(session)
            for population in market.populations:
                limited += _check_orders(market, population)
            market.settle(market.clear(session))
            market.check()
        market.close()
    assert limited > 20


def _check_orders(market, population):
    """How many accounts sell a part of a day in this session; none more than it."""
    rows, quota = population.sheet.rows(), population.book.quota
    unit = market.last_prices * market.listing.lot_value
    forced = rows["kind"] == FORCE
    worth, lot = np.zeros(len(quota), np.int64), np.zeros(len(quota), np.int64)
    np.add.at(worth, rows["account"][forced], (rows["lots"] * unit[rows["stock"]])[forced])
    np.add.at(lot, rows["account"][forced], unit[rows["stock"]][forced])
    limited = (quota >= 0) & (worth > 0)
    assert (worth <= quota + lot)[limited].all()
    return int(limited.sum())
