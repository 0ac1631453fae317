"""What a population answers when asked: views of single accounts, and the figures of a cohort."""

import math

import pytest

from pingcang.agents.accounts import LeveredInstitutions, RetailTraders, ShadowTraders, ShortSellers
from twins.written import DATES, busy, cohort, engine, holding, quiet, stock

MIXED = {"cash": 1_000.0, "positions": [holding("a", 10, 6_000), holding("b", -10, 4_000)], "close_out_line": 1.2}


def market_of(*accounts, **more):
    return engine(quiet([stock("a", 10.0), stock("b", 5.0)], {"retail": cohort(*accounts)}, **more), seed=0)


def test_a_view_tells_one_account_in_yuan_and_lots():
    view = market_of(MIXED).populations[0][0]
    assert (view.cohort, view.number, view.state) == ("retail", 0, "NORMAL")
    assert (view.cash, view.debt, view.assets, view.liabilities) == (1_000, 6_000, 15_000, 11_000)
    assert view.maintenance_ratio == 15 / 11
    assert [(p["stock"], p["lots"], p["loan"], p["price"]) for p in view.positions] == [
        ("a", 10, 6_000, 10.0),
        ("b", -10, 4_000, 5.0),
    ]


def test_a_population_has_as_many_views_as_accounts():
    population = market_of(MIXED, {}, {"cash": 5.0}).populations[0]
    assert len(population) == 3
    assert population[-1].cash == 5.0
    for outside in (3, -4):
        with pytest.raises(IndexError, match=r"of cohort retail: it has 3 accounts, 0 to 2"):
            population[outside]


def test_an_account_without_liabilities_has_an_infinite_ratio_and_a_cohort_without_them_none():
    population = market_of({"cash": 5.0}).populations[0]
    assert population[0].maintenance_ratio == math.inf
    assert math.isnan(population.maintenance_ratio)


def test_an_accounts_own_line_comes_before_the_cohorts():
    population = market_of(MIXED, {"cash": 1.0}).populations[0]
    assert (population.line(0), population.line(1)) == (1.2, 1.3)


def test_balances_of_a_cohort_are_grown_to_the_whole_market():
    """Half the accounts owe half the debt; the figures are those of all."""
    market = engine(busy(scale=0.5), seed=1)
    retail, short = market.populations[0], market.populations[2]
    assert int(retail.book.debt.sum()) == 1_500_000_000
    assert retail.financing_balance == 3e7
    sold = sum(-p["lots"] * 100 * p["price"] for i in range(len(short)) for p in short[i].positions)
    assert short.short_balance == pytest.approx(2 * sold, rel=1e-12)


def test_balances_of_a_cohort_are_what_its_accounts_owe_in_money_and_in_shares():
    population = market_of(MIXED).populations[0]
    assert (population.financing_balance, population.short_balance) == (6_000, 5_000)


def test_every_kind_of_cohort_is_its_own_kind_of_mesa_agent():
    drawn = busy()["cohorts"]
    market = engine(busy() | {"cohorts": drawn | {"institution": drawn["retail"] | {"kind": "institution"}}}, seed=1)
    for kind in (RetailTraders, ShadowTraders, ShortSellers, LeveredInstitutions):
        assert len(market.agents_by_type[kind]) == 1


def test_attention_is_nothing_where_nothing_can_be_bought():
    listed = [stock("a"), stock("b", marginable=False), stock("c", suspended=True)]
    accounts = {
        "retail": cohort({"cash": 1.0}),
        "shadow": cohort({"cash": 1.0}, kind="shadow"),
    }
    market = engine(quiet(listed, accounts, calendar={"days": 1}), seed=0)
    market.step()
    assert [(population.weights > 0).tolist() for population in market.populations] == [
        [True, False, False],
        [True, True, False],
    ]


def test_the_national_team_spends_its_budget_and_no_more():
    rescue = {"date": DATES[0], "rescue": {"budget": 1_000_000.0, "until": DATES[1]}}
    market = market_of({"cash": 1.0}, events=[rescue], calendar={"days": 3, "sessions": 4})
    market.run()
    spent = market.results()["rescue_purchases"]
    assert spent[0] == spent[3] == 0
    assert 950_000 < spent[1] <= 1_000_000  # orders are priced at limit-up; the last session leaves a tenth of its part
    assert market.purses.outside == -round(spent.sum() * 100)
    assert market.national_team.cash == 0
