"""MarginMarket from outside: a Mesa model with a calendar, results with labels, and runs that can be repeated."""

import mesa
import numpy as np
import pytest

from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.results.variables import VARIABLES
from twins.written import busy, cohort, engine, holding, loaded, quiet, stock


def test_a_market_is_a_mesa_model_that_runs_day_by_day_to_its_end():
    market = engine(busy(), seed=1)
    assert isinstance(market, mesa.Model)
    days = 0
    while market.running:
        market.step()
        days += 1
    assert (days, str(market.date)) == (7, "2015-01-14")


def test_mesas_data_collector_works_on_a_market():
    market = engine(busy(), seed=1)
    collector = mesa.DataCollector(model_reporters={"index": "index", "limit_down": "limit_down"})
    while market.running:
        market.step()
        collector.collect(market)
    assert collector.get_model_vars_dataframe()["index"].tolist() == market.results()["index"][1:].tolist()


def test_results_have_every_variable_with_its_dimensions_up_to_today():
    market = engine(busy(), seed=1, record=("stocks",))
    market.step()
    market.step()
    sizes = {"day": 3, "cohort": 3, "board": 2, "sector": 3, "ratio_bin": 10, "stock": 6}
    results = market.results()
    for variable in VARIABLES:
        if variable.when != "amplification":
            assert results[variable.name].shape == tuple(sizes[dim] for dim in variable.dims), variable.name
            assert results[variable.name].dtype == variable.dtype
    coordinates = market.coordinates()
    assert coordinates["cohort"] == ["retail", "shadow", "short_seller"]
    assert coordinates["stock"] == [f"S{k}" for k in range(6)]
    assert [str(date)[:10] for date in coordinates["date"]] == ["2015-01-05", "2015-01-06", "2015-01-07"]


def test_day_0_is_the_close_of_the_start_date():
    market = engine(busy(), seed=1)
    results = market.results()
    assert results["index"][0] == results["index_equal_weight"][0] == 1.0
    assert results["financing_balance"][0].tolist() == [3e7, 1e7, 0.0]
    assert np.isnan(results["margin_purchases"][0]).all()


def test_the_same_seed_and_run_give_the_same_market_and_others_another():
    def index(seed, run):
        market = engine(busy(), seed=seed, run=run)
        market.run()
        return market.results()["index"].tolist()

    first = index(1, 0)
    assert index(1, 0) == first
    assert index(2, 0) != first
    assert index(1, 1) != first


def test_the_audit_has_a_row_for_every_change_of_state_and_every_order():
    market = engine(busy(), seed=1, record=("audit",))
    market.run()
    audit, results = market.audit(), market.results()
    called = (audit["event"] == "state") & (audit["state_after"] == "CALLED")
    assert called.sum() == results["margin_calls"].sum() > 0
    forced = audit["reason"] == "forced"
    money = np.abs(audit["filled_shares"][forced]) * audit["price"][forced]
    assert money.sum() == pytest.approx(results["forced_sales"].sum(), rel=1e-12)
    assert (audit["day"][1:] >= audit["day"][:-1]).all()


def test_without_record_there_is_no_audit_and_no_stock():
    market = engine(busy(), seed=1)
    market.run()
    assert len(market.audit()["day"]) == 0
    assert "close" not in market.results()


def test_overrides_change_a_key_of_the_scenario():
    scenario = loaded(busy())
    market = MarginMarket(scenario, seed=1, rules__close_out_line=1.4, calendar__days=2)
    assert market.populations[0].terms.close_out_line == 14_000
    assert len(market.days) == 3
    with pytest.raises(ScenarioError, match="close_out_line"):
        MarginMarket(scenario, rules__close_out_lin=1.4)


def test_the_figures_of_a_market_at_a_moment():
    market = engine(quiet([stock("a", 10.0)], {"retail": cohort({"positions": [holding("a", 10, 6_000)]})}), seed=0)
    assert (market.index, market.financing_balance, market.limit_down) == (1.0, 6_000.0, 0)


def test_a_lender_that_is_no_broker_is_not_official():
    shadow = cohort({"positions": [holding("a", 10, 6_000)]}, kind="shadow")
    market = engine(quiet([stock("a", 10.0)], {"shadow": shadow}), seed=0)
    assert market.financing_balance == 0
    assert market.results()["financing_balance"][0, 0] == 6_000
