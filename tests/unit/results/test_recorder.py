"""What happens to a stock on a day, and one-price limit-downs, on hand-worked stocks."""

from pingcang.results.variables import AT_LIMIT_DOWN, AT_LIMIT_UP, SUSPENDED, TRADED
from twins.written import DATES, cohort, engine, holding, news, quiet, stock

FOUR = [stock("a"), stock("b", st=True), stock("c", board="growth", price_limit=0.2), stock("d", suspended=True)]


def recorded(**changes):
    market = engine(quiet(FOUR, {"retail": cohort(holding_of("a"))}, **changes), seed=0, record=("stocks",))
    market.run()
    return market


def holding_of(code):
    return {"positions": [holding(code, 1)]}


def test_the_status_of_a_stock_tells_suspended_traded_and_closed_at_a_limit():
    fall = news(1, -0.07)
    market = recorded(
        calendar={"days": 2}, events=[fall, news(2, 0.25), {"date": DATES[1], "suspend": {"stocks": ["c"]}}]
    )
    status = market.results()["stock_status"]
    assert status.dtype == "int8"
    assert status[0].tolist() == [TRADED, TRADED, TRADED, SUSPENDED]
    assert status[1].tolist() == [TRADED, AT_LIMIT_DOWN, TRADED, SUSPENDED]  # -7%: the band of the ST stock is 5%
    assert status[2].tolist() == [AT_LIMIT_UP, AT_LIMIT_UP, SUSPENDED, SUSPENDED]


def test_stocks_carry_their_board_and_whether_they_are_st():
    market = recorded(calendar={"days": 1})
    assert market.coordinates()["stock_board"] == ["main", "main", "growth", "main"]
    assert market.results()["stock_st"].tolist() == [0, 1, 0, 0]


def test_without_the_record_nothing_is_kept_by_stock():
    market = engine(quiet(FOUR, {"retail": cohort(holding_of("a"))}), seed=0)
    market.step()
    assert not {"stock_status", "stock_st", "close"} & market.results().keys()
    assert "stock_board" not in market.coordinates()


def test_a_stock_that_cleared_above_limit_down_in_one_session_is_no_one_price_limit_down():
    """All of the news at the open pins a stock from the first session; a third of it leaves the first session above."""
    for at_open, one_price in ((1.0, 2), (0.3, 1)):
        market = recorded(
            calendar={"days": 1, "sessions": 2},
            impact={"news_at_open": at_open},
            events=[news(1, -0.2)],  # a third of 20% is beyond the 5% of the ST stock, not beyond 10%
        )
        results = market.results()
        assert results["limit_down"][1].tolist() == [2, 0]
        assert results["limit_down_one_price"][1].tolist() == [one_price, 0]


def test_yesterdays_prices_do_not_count_for_today():
    """Free on day 1, pinned all of day 2."""
    market = recorded(calendar={"days": 2, "sessions": 2}, impact={"news_at_open": 1.0}, events=[news(2, -0.3)])
    assert market.results()["limit_down_one_price"].tolist() == [[0, 0], [0, 0], [2, 1]]


def test_what_is_pinned_without_a_trade_is_not_suspended():
    """The sealed stock of the teaching case has no volume on days 1 to 4, and is at limit-down."""
    from pingcang import MarginMarket

    market = MarginMarket("limit_pin", seed=0, record=("stocks",))
    market.run()
    results = market.results()
    assert results["volume"][1:5, 0].tolist() == [0, 0, 0, 0]
    assert results["stock_status"][:, 0].tolist() == [TRADED, *[AT_LIMIT_DOWN] * 4, TRADED]
    assert results["limit_down_one_price"][:, 0].tolist() == [0, 1, 1, 1, 1, 0]
