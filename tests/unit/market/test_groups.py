"""Boards and sectors as levers: whom news hits, what purchases look at, how the index of a sector moves."""

import numpy as np
import pytest

from pingcang.errors import ScenarioError
from twins.compare import run_together
from twins.written import busy, engine, loaded, news


def bought(market, population):
    """Value of the cohort's attention by sector, as shares of the whole."""
    weights = market.populations[population].weights
    by_sector = np.bincount(market.listing.sector, weights=weights, minlength=3)
    return by_sector / by_sector.sum()


def test_news_of_a_sector_hits_that_sector_alone():
    impact = {"market_volatility": 0, "stock_volatility": 0, "herding_down": 0, "trend": 0, "depth": 1e-9}
    market = engine(busy(impact=impact, events=[news(1, -0.05, sectors={"b": 0, "c": 0})]))
    market.run()
    index = market.results()["index_sector"]
    a, b, c = (market.listing.sectors.index(name) for name in "abc")
    assert index[-1, a] < 0.96
    assert (index[:, [b, c]] == 1.0).all()


def test_the_index_of_all_sectors_weighted_by_float_cap_is_the_index():
    market = engine(busy())
    listing = market.listing
    caps = np.bincount(listing.sector, weights=listing.float_lots * listing.price.astype(float), minlength=3)
    market.run()
    told = market.results()
    assert told["index_sector"] @ caps / caps.sum() == pytest.approx(told["index"], rel=1e-12)


def test_a_sector_that_drew_no_stock_has_no_index():
    tree = busy(stocks=2)  # sectors a and b only
    market = engine(tree)
    market.run()
    assert market.listing.sectors == ["a", "b"]
    assert not np.isnan(market.results()["index_sector"]).any()


def test_attention_keeps_the_sector_weights_of_the_balance():
    def shares(sectors):
        return bought(engine(busy(cohorts={"retail": {"behaviour": {"attention": {"sectors": sectors}}}})), 0)

    plain, tilted = shares({}), shares({"a": 4.0, "b": 0.0})
    assert tilted[1] == 0.0
    assert tilted[0] / tilted[2] == pytest.approx(4 * plain[0] / plain[2], rel=1e-6)


def test_engine_and_reference_agree_when_purchases_prefer_boards_and_sectors():
    attention = {"boards": {"growth": 3.0}, "sectors": {"a": 0.2}}
    tree = busy(
        cohorts={"retail": {"behaviour": {"attention": attention}}},
        events=[news(2, -0.12, sectors={"c": 2.0}), news(3, -0.08)],
    )
    run_together(loaded(tree), seed=3)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"events": [news(1, -0.05, sectors={"d": 0})]}, "events.0.news.sectors"),
        ({"cohorts": {"retail": {"behaviour": {"attention": {"sectors": {"d": 2}}}}}}, "attention.sectors"),
        ({"cohorts": {"retail": {"behaviour": {"attention": {"boards": {"d": 2}}}}}}, "attention.boards"),
    ],
)
def test_a_group_that_is_not_there_is_told(changes, place):
    with pytest.raises(ScenarioError, match=rf"{place}.*d"):
        loaded(busy(**changes))
