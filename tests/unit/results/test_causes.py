"""The causes of price changes: exact shares, nothing touched, nothing forgotten."""

import math

import numpy as np
import pytest

from pingcang.market.orders import KINDS
from pingcang.model import MarginMarket
from pingcang.results.causes import COLUMNS, MARKET_CAUSES, ORDER_CAUSES
from twins.written import busy, cohort, engine, holding, news, quiet, stock

FORCED = ("forced", "retail")


def finished(scenario, **kwargs):
    market = MarginMarket(scenario, record=("audit",), **kwargs) if isinstance(scenario, str) else scenario
    market.run()
    return market


def told(market):
    return market.causes().to_pandas()


def of_day(market, day, code):
    """(cause, cohort) -> log return of a whole day."""
    rows = told(market)
    rows = rows[(rows["day"] == day) & (rows["stock"] == code) & rows["whole_day"]]
    return {(str(row.cause), str(row.cohort)): row.log_return for row in rows.itertuples()}


@pytest.mark.parametrize("change", [{}, {"impact": {"exponent": 0.5}}, {"exchange": {"price_limits": False}}])
@pytest.mark.parametrize("feedback", [True, False])
def test_causes_add_up_to_the_log_return_of_every_stock_day_and_of_the_index(change, feedback):
    market = finished(engine(busy(**change), seed=1, record=("audit",), feedback=feedback))
    rows, found = told(market), market.results()
    rows = rows[rows["whole_day"]]
    sums = rows.pivot_table(
        index="day", columns="stock", values="log_return", aggfunc="sum", observed=True, fill_value=0.0
    )
    sums = sums.reindex(index=range(1, market.day + 1), fill_value=0.0)
    np.testing.assert_allclose(sums[""], np.diff(np.log(found["index"])), rtol=0, atol=1e-12)
    returns = np.diff(np.log(found["close"]), axis=0)
    assert np.abs(returns).max() > 0.05
    np.testing.assert_allclose(sums[market.listing.codes], returns, rtol=0, atol=1e-12)
    traced = rows.groupby(["day", "stock"], observed=True)["traced_return"].sum()
    booked = rows.groupby(["day", "stock"], observed=True)["log_return"].sum()
    np.testing.assert_allclose(traced, booked, rtol=0, atol=1e-12)
    assert not rows.loc[rows["cause"] == "held back", "traced_return"].any()
    assert not (rows["cause"] == "other orders").any()
    assert (rows["cohort"] != "").any() == feedback


def test_news_of_a_halted_session_is_news():
    halts = {"rules": {"circuit_breaker": {"levels": [{"move": 0.02, "minutes": 60}], "both_ways": True}}}
    quiet = {"market_volatility": 0.0, "stock_volatility": 0.0, "trend": 0.0, "herding_down": 0.5, "reversion": 0.0}
    market = finished(engine(busy(**halts, impact=quiet), seed=1, record=("audit",)))
    assert market.results()["market_halted"].any()
    rows = told(market)
    assert rows.loc[rows["cause"] == "noise", "log_return"].abs().sum() < 1e-12
    assert rows.loc[rows["cause"] == "trend and herding", "log_return"].abs().sum() > 1e-3


def test_recording_changes_no_bit_of_the_market():
    plain, recorded = engine(busy(), seed=3), engine(busy(), seed=3, record=("audit",))
    plain.run()
    recorded.run()
    for name, array in plain.results().items():
        assert array.tobytes() == recorded.results()[name].tobytes(), name


def test_without_record_nothing_is_kept():
    market = engine(busy(), seed=3)
    market.run()
    assert market.causes().num_rows == 0
    assert market.causes().column_names == list(COLUMNS)
    assert not hasattr(market.recorder.causes, "moved")


def test_a_forced_sale_moves_the_price_and_rounding_is_told_apart():
    """Scenario file, day 3: 33 lots divide 8.00 by 1.033, 7.7444, printed 7.74; day 1 was news alone."""
    market = finished("two_accounts_one_stock")
    assert of_day(market, 1, "thin") == pytest.approx({("news", ""): -math.log(1.25)}, abs=1e-14)
    assert of_day(market, 2, "thin") == {}
    exact = 8 / 1.033
    assert of_day(market, 3, "thin") == pytest.approx(
        {FORCED: -math.log(1.033), ("rounding", ""): math.log(7.74 / exact)}, abs=1e-12
    )


def test_what_a_limit_keeps_back_is_let_through_later():
    """limit_pin: news divides by 1.6, the band lets 10 % through a day, until `sick` opens on day 5."""
    market = finished("limit_pin")
    held = [of_day(market, day, "sick").get(("held back", ""), 0.0) for day in range(1, 6)]
    assert held[0] == pytest.approx(math.log(0.9) + math.log(1.6), abs=1e-12)
    assert held[1] == pytest.approx(math.log(0.9), abs=1e-12)
    assert sum(held) == pytest.approx(0.0, abs=1e-3)
    assert FORCED in of_day(market, 5, "sick") and FORCED not in of_day(market, 4, "sick")


def test_what_is_let_through_late_is_traced_to_what_had_moved_the_latent_price():
    """limit_pin: all of the fall of `sick` is news until somebody else sells it, whichever day it is printed."""
    rows = told(finished("limit_pin"))
    sick = rows[(rows["stock"] == "sick") & rows["whole_day"]]
    for day, close in enumerate([9.0, 8.1, 7.29, 6.56], start=1):
        before = [10.0, 9.0, 8.1, 7.29][day - 1]
        traced = sick[(sick["day"] == day) & (sick["traced_return"].abs() > 1e-12)]
        assert traced["cause"].tolist() == ["news"]
        assert traced["traced_return"].sum() == pytest.approx(math.log(close / before), abs=1e-12)
    whole = sick.groupby("cause", observed=True)["traced_return"].sum()
    assert whole["news"] == pytest.approx(-math.log(1.6), abs=1e-12)


def test_a_suspended_stock_is_charged_when_it_trades_again_with_all_that_had_waited():
    """News of −10 % by 1.1 on day 2 while it is halted, and of +5 % on day 3, when it is back."""
    tree = quiet(
        [stock("a", 10.0, price_limit=0.4), stock("b", 10.0)],
        {"retail": cohort({"positions": [holding("b", 10, 1_000)]})},
        events=[
            {"date": "2015-01-07", "suspend": {"stocks": ["a"]}, "news": {"value": -0.1}},
            {"date": "2015-01-08", "resume": {"stocks": ["a"]}, "news": {"value": 0.05}},
        ],
    )
    market = engine(tree, record=("audit",))
    market.run()
    rows = told(market)
    rows = rows[(rows["stock"] == "a") & rows["whole_day"]]
    assert rows.loc[rows["day"] == 2, "log_return"].sum() == pytest.approx(0.0, abs=1e-12)
    assert not rows.loc[rows["day"] == 2, "traced_return"].any()
    traced = rows[rows["day"] == 3].set_index("cause")["traced_return"]
    assert traced["news"] == pytest.approx(math.log(1.05 / 1.1), abs=1e-12)


def test_a_day_s_last_row_counts_and_earlier_ones_stand_only_where_somebody_was_hit():
    market = finished(engine(busy(), seed=1, record=("audit",)))
    rows, audit = told(market), market.audit()
    last = market.today.impact.sessions - 1
    assert (rows["whole_day"] == (rows["session"] == last)).all()
    hit = (audit["event"] == "position") & (audit["phase"] == "session") & (audit["session"] < last)
    expected = set(zip(audit["day"][hit], audit["session"][hit], audit["stock"][hit], strict=True))
    part = rows[~rows["whole_day"]]
    found = set(zip(part["day"], part["session"], part["stock"], strict=True))
    assert expected and found <= expected


def test_rows_up_to_a_session_add_up_to_the_return_up_to_it():
    """A shadow account that falls below its line at once; the price moves on after that session."""
    shadow = cohort({"positions": [holding("a", 10, 8_800)]}, kind="shadow", contract={"close_out_line": 1.1})
    tree = quiet(
        [stock("a", 10.0, price_limit=0.2)],
        {"shadow": shadow},
        calendar={"sessions": 4},
        impact={"news_at_open": 0.5, "depth": 0.5},
        events=[news(1, -0.12)],
    )
    market = engine(tree, record=("audit",))
    market.step()
    audit, rows = market.audit(), told(market)
    state = audit["state_after"] == "FORCED"
    session = int(audit["session"][state & (audit["event"] == "state")][0])
    price = audit["price"][state & (audit["event"] == "position")][0]
    assert session < 3
    part = rows[(rows["session"] == session) & ~rows["whole_day"]]
    assert part["log_return"].sum() == pytest.approx(math.log(price / 10), abs=1e-12)


def test_every_kind_of_order_is_a_cause_of_its_own_but_routine_trading():
    assert ("routine", *KINDS[2:]) == ORDER_CAUSES
    assert not set(ORDER_CAUSES) & set(MARKET_CAUSES)


def test_net_shares_are_what_the_cohorts_traded_where_everything_fills():
    market = finished(engine(busy(exchange={"price_limits": False}), seed=2, record=("audit",)))
    audit, rows = market.audit(), told(market)
    for kind in ("forced", "pre-emptive", "cover"):
        filled = audit["filled_shares"][(audit["event"] == "order") & (audit["reason"] == kind)].sum()
        net = rows[(rows["cause"] == kind) & rows["whole_day"] & (rows["stock"] != "")]["net_shares"].sum()
        assert net == pytest.approx(filled, abs=1e-3), kind


def test_a_session_in_which_nothing_is_cleared_moves_nothing():
    """However a market halt leaves it out: the rest may learn, and orders may wait."""
    market = engine(busy(), seed=1, record=("audit",))
    market.open()
    market.tape.session = 0
    market.decide(0)
    market.rest.learn(market.today, 0)
    market.recorder.learnt(0)
    market.check()
    market.close()
    rows = told(market)
    rows = rows[rows["whole_day"] & (rows["stock"] != "")]
    assert rows.groupby("stock", observed=True)["log_return"].sum().abs().max() < 1e-12
    assert set(rows["cause"]) >= {"noise", "held back"} and not rows["net_shares"].any()
