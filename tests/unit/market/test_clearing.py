"""One price a session: hand-worked auctions, through the compiled kernel and the plain stock at once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang._core.clear import clear
from pingcang.accounts.initial import draw_initial_state
from pingcang.reference.market import ReferenceMarket
from pingcang.reference.stock import Demand, Filled
from twins.written import cohort, holding, loaded, quiet, stock

DEPTH = 1000
"""Lots that double the price: turnover 500 lots a day, κ = 0.5."""
NOISE = 5
"""Lots of noise bids in a day: 1 % of turnover."""


def plain_stock(**state):
    market = quiet(
        [stock(price=10.0, float_shares=10_000_000, turnover=0.005)],
        {"retail": cohort({"positions": [holding("deep", 1)]})},
    )
    made = ReferenceMarket(draw_initial_state(loaded(market), seed=0, run=0, scale=1.0), seed=0, run=0)
    found = made.stocks[0]
    found.low, found.high, found.lendable = 900, 1100, 1000
    for name, value in state.items():
        setattr(found, name, value)
    return found, replace(made.days[1].impact, depth=0.5, noise=0.01)


def auction(demand, *, uptick=False, impact=None, session=0, **state):
    """(filled, stock after the session); asserts that the kernel and the plain stock agree in every number."""
    plain, today = plain_stock(**state)
    today = replace(today, **(impact or {}))
    column = {
        name: np.array([getattr(plain, name)], dtype)
        for name, dtype in {
            "suspended": "u1", "turnover": "f8", "low": "i4", "high": "i4", "previous": "i4", "lendable": "i8",
            "price": "i4", "pinned": "i1", "reference": "f8", "transient": "f8", "day_flow": "f8", "volume": "i8",
            "rest_lots": "i8",
        }.items()
    }  # fmt: skip
    ordered = np.array([[demand.buys], [demand.sells], [demand.shorts]], np.int64)
    filled = np.zeros((3, 1), np.int64)
    clear(
        column["suspended"], column["turnover"], column["low"], column["high"], column["previous"],
        np.array([demand.net]), ordered, column["lendable"], np.array([uptick], np.uint8), column["price"],
        column["pinned"], column["reference"], column["transient"], column["day_flow"], column["volume"],
        column["rest_lots"], filled, today.depth, today.noise, today.transient_share, today.self_trade_share,
        today.turnover_response, session, today.sessions, today.square_root, today.feedback,
    )  # fmt: skip
    got = plain.clear(demand, today, session, uptick)
    assert Filled(*filled[:, 0].tolist()) == got
    for name in ("price", "pinned", "reference", "transient", "day_flow", "volume", "rest_lots"):
        assert column[name][0] == getattr(plain, name), name
    return got, plain


def test_a_net_sale_of_a_tenth_of_the_depth_divides_the_price_by_one_point_one():
    """Not clipped: everything fills at 1000/1.05 = 952.38."""
    got, after = auction(Demand(buys=20, sells=70, net=-50.0))
    assert got == Filled(20, 70, 0)
    assert (after.price, after.pinned, after.day_flow) == (952, 0, -50.0)
    assert after.reference == 1000 / 1.05


def test_at_limit_down_the_sellers_share_what_buyers_the_curve_and_noise_take():
    """The curve reaches 900 at |N| = 1000·(1000/900 − 1) = 111.1 lots: 111 + 5 noise + 30 buyers = 146 of 400."""
    got, after = auction(Demand(buys=30, sells=400, net=-370.0))
    assert got == Filled(30, 146, 0)
    assert (after.price, after.pinned) == (900, -1)


def test_the_reference_price_moves_only_by_what_was_executed_at_the_limit():
    """|N| = 111 + 5 lots were taken, not 370."""
    _, after = auction(Demand(buys=30, sells=400, net=-370.0))
    assert after.day_flow == -116.0
    assert after.reference == 1000 / 1.116


def test_news_that_the_band_stops_empties_the_bid_but_for_noise_and_buyers():
    """p_ref = 700 below the limit of 900: the curve bids nothing."""
    got, after = auction(Demand(buys=8, sells=400, net=-392.0), reference=700.0)
    assert got == Filled(8, 8 + NOISE, 0)
    assert (after.price, after.pinned, after.reference) == (900, -1, 700 / 1.005)


def test_few_sellers_at_limit_down_are_all_filled():
    got, _ = auction(Demand(buys=0, sells=3, net=-3.0), reference=700.0)
    assert got == Filled(0, 3, 0)


def test_at_limit_up_the_buyers_share_what_sellers_the_curve_and_noise_offer():
    """The curve reaches 1100 at N = 100 (99 after rounding down of the float): plus 5 noise and 40 sellers."""
    got, after = auction(Demand(buys=500, sells=40, net=460.0))
    assert got.sells == 40
    assert got.buys in {144, 145}
    assert (after.price, after.pinned) == (1100, 1)


def test_buyers_never_get_more_than_sellers_and_the_rest_hold():
    got, after = auction(Demand(buys=90, sells=10, net=0.0), rest_lots=30)
    assert got == Filled(40, 10, 0)
    assert after.rest_lots == 0


def test_a_price_on_the_limit_that_the_curve_reaches_by_itself_is_not_pinned():
    _, after = auction(Demand(sells=111, net=-111.0))
    assert (after.price, after.pinned) == (900, 0)


def test_the_uptick_rule_refuses_short_sales_in_a_falling_session_and_takes_their_weight_off_the_price():
    """40 lots sold short would press 1000 to 961.5; refused, the price is that of the net 0."""
    got, after = auction(Demand(shorts=40), uptick=True)
    assert got == Filled(0, 0, 0)
    assert after.price == 1000


def test_without_the_uptick_rule_short_sales_press_the_price():
    got, after = auction(Demand(shorts=40))
    assert got == Filled(0, 0, 40)
    assert after.price == 962  # 1000/1.04 = 961.5


def test_short_sales_fill_where_the_session_clears_at_the_last_price():
    got, after = auction(Demand(buys=40, shorts=40, net=40.0), uptick=True)
    assert got == Filled(40, 0, 40)
    assert after.price == 1000


def test_short_sales_below_limit_down_are_refused_with_or_without_the_rule():
    got, after = auction(Demand(sells=200, shorts=40, net=-200.0))
    assert got.shorts == 0
    assert after.pinned == -1


def test_short_sales_never_exceed_the_lendable_pool():
    got, _ = auction(Demand(shorts=40), lendable=7)
    assert got == Filled(0, 0, 7)


def test_without_feedback_short_sales_do_not_press_the_price():
    got, after = auction(Demand(shorts=40), impact={"feedback": False})
    assert got.shorts == 40
    assert after.price == 1000


OWN = {"turnover_response": 3.0, "self_trade_share": 0.8, "sessions": 1}
"""Of its turnover of 500 lots the rest trades 400 with itself, more on days that move."""


def test_turnover_counts_every_order_once_and_the_rests_trades_with_itself():
    """20 + 50 lots with accounts, and 500·0.8·(1 + 3·|952/1000 − 1|) = 400·1.144 = 457.6 with itself."""
    _, after = auction(Demand(buys=20, sells=50, net=-50.0), impact=OWN)
    assert after.volume == 20 + 50 + 457


def test_short_sales_count_in_turnover():
    """20 bought and 40 sold short at 1000/1.02 = 980.4: 400·(1 + 3·0.02) = 424."""
    _, after = auction(Demand(buys=20, shorts=40, net=20.0), impact=OWN)
    assert (after.price, after.volume) == (980, 20 + 40 + 424)


@pytest.mark.parametrize(("sessions", "own"), [(1, 460), (4, 115)])
def test_turnover_answers_to_the_days_return_not_to_the_sessions(sessions, own):
    """Nothing moves in this session, but the day stands at 950/1000: 400·(1 + 3·0.05) = 460 in a day."""
    _, after = auction(Demand(), impact=OWN | {"sessions": sessions}, price=950, reference=950.0, previous=1000)
    assert (after.price, after.volume) == (950, own)


def test_a_pinned_stock_turns_over_only_what_is_executed():
    """30 bought and 146 sold, as above."""
    _, after = auction(Demand(buys=30, sells=400, net=-370.0))
    assert after.volume == 30 + 146


SEALED = {"reference": 700.0}
"""Far below limit-down, where only noise bids."""


@pytest.mark.parametrize(
    ("sessions", "bids"), [(1, [5]), (2, [2, 3]), (3, [1, 2, 2]), (5, [1] * 5), (8, [0, 1, 0, 1, 1, 0, 1, 1])]
)
def test_noise_bids_of_a_day_come_in_whole_lots_that_add_up(sessions, bids):
    """⌊5·(k+1)/K⌋ − ⌊5·k/K⌋: for K = 3 that is 1, then 3, then 5 in all."""
    impact = {"sessions": sessions}
    got = [auction(Demand(sells=100, net=-100.0), impact=impact, session=k, **SEALED)[0].sells for k in range(sessions)]
    assert got == bids


@given(sessions=st.integers(1, 64), turnover=st.integers(1, 10**6), percent=st.integers(0, 100))
def test_noise_bids_of_a_day_are_the_same_for_any_number_of_sessions(sessions, turnover, percent):
    """Eighths of a lot are exact in floating point, so the day's sum is ⌊φ·turnover⌋ to the lot."""
    plain, today = plain_stock(turnover=turnover / 8)
    today = replace(today, noise=float(percent), sessions=sessions)
    bids = [plain.noise_bids(k + 1, today) - plain.noise_bids(k, today) for k in range(sessions)]
    assert sum(bids) == percent * turnover // 8
    assert max(bids) - min(bids) <= 1


def test_a_share_of_the_impact_is_transient():
    _, after = auction(Demand(sells=50, net=-50.0), impact={"transient_share": 0.4})
    assert after.transient == 0.4 * -0.05


@pytest.mark.parametrize("sessions", [1, 2, 5, 10])
def test_under_the_square_root_law_a_day_ends_at_the_same_price_however_it_is_cut(sessions):
    """90 lots in all: √0.09 = 0.3, 1000/1.3; one rounding a session at most."""
    state, price = {"low": 1}, 0.0
    for k in range(sessions):
        lots = 90 // sessions
        impact = {"square_root": True, "sessions": sessions}
        _, after = auction(Demand(sells=lots, net=-float(lots)), impact=impact, session=k, **state)
        state = {
            "low": 1,
            "reference": after.reference,
            "day_flow": after.day_flow,
            "price": after.price,
            "rest_lots": after.rest_lots,
        }
        price = after.reference
    assert price == pytest.approx(1000 / 1.3, rel=1e-12)


@given(
    buys=st.integers(0, 3000),
    sells=st.integers(0, 3000),
    shorts=st.integers(0, 300),
    pooled=st.floats(-500, 500),
    reference=st.floats(300, 3000),
    uptick=st.booleans(),
    square_root=st.booleans(),
    before=st.floats(-500, 500),
    rest=st.integers(0, 2000),
)
def test_whatever_is_ordered_the_price_is_in_its_band_and_fills_within_their_orders(
    buys, sells, shorts, pooled, reference, uptick, square_root, before, rest
):
    demand = Demand(buys=buys, sells=sells, shorts=shorts, net=buys - sells + pooled)
    got, after = auction(
        demand, uptick=uptick, impact={"square_root": square_root}, reference=reference, day_flow=before, rest_lots=rest
    )
    assert 900 <= after.price <= 1100
    assert 0 <= got.buys <= buys
    assert 0 <= got.sells <= sells
    assert 0 <= got.shorts <= shorts
    assert after.rest_lots == rest - got.buys + got.sells + got.shorts >= 0
    if not after.pinned:
        assert got.sells == sells
