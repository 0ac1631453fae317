"""us_2020 and its rule sets: what has a source, and that results say dollars."""

import re
from pathlib import Path

import numpy as np
import pytest

from pingcang import MarginMarket
from pingcang.results import metrics
from pingcang.results.dataset import RunResult, assemble, provenance
from pingcang.results.units import is_money, money_unit
from pingcang.scenario import load_scenario, trading_days

SCENARIOS = Path(__file__).parents[2] / "scenarios"
US = load_scenario("us_2020").scenario


# FINRA margin statistics, December 2020: 778,037 million USD (November 722,118)
def test_the_margin_debt_is_finras_of_december_2020():
    assert (US.cohorts["retail"].debt or 0) + (US.cohorts["institution"].debt or 0) == pytest.approx(778.0e9, rel=1e-3)
    assert str(US.calendar.start) == "2020-12-31"


# innreg.com and centerpointsecurities.com for Reg T and FINRA 4210; qz.com for the breakers
def test_the_rules_are_regulation_t_and_finra_4210():
    rules = US.rules
    assert (rules.name, rules.initial_margin.value, rules.initial_margin.of) == ("us_reg_t", 0.5, "purchase")
    assert rules.requirement is not None
    assert (rules.requirement.long, rules.requirement.short, rules.requirement.minimum_equity) == (0.25, 0.3, 2000)
    assert rules.circuit_breaker is not None
    assert [level.move for level in rules.circuit_breaker.levels] == [0.07, 0.13, 0.2]
    assert not US.exchange.price_limits
    assert not US.exchange.t_plus_one
    assert US.exchange.stamp_duty == 0


def test_a_house_asks_more_and_waits_less_than_the_law():
    house = load_scenario("us_2020", settings=["rules=us_house_30"]).scenario.rules
    law = US.rules
    assert house.requirement is not None
    assert law.requirement is not None
    assert (house.requirement.long, house.name) == (0.3, "us_house_30")
    assert house.requirement.short > law.requirement.short
    assert isinstance(house.call_window, int)
    assert isinstance(law.call_window, int)
    assert house.call_window < law.call_window
    assert house.initial_margin == law.initial_margin


def test_nobody_is_near_a_call_at_the_start():
    """Equity is 1 − 1/m of longs, m − 1 of shorts; by the house's 30 and 40 % too."""
    for name in ("retail", "institution"):
        lowest = (US.cohorts[name].maintenance_ratio or [])[0][1]
        assert 1 - 1 / lowest > 0.30
    assert (US.cohorts["short_seller"].maintenance_ratio or [])[0][1] - 1 > 0.40


def test_the_shock_falls_on_trading_days_and_is_told_as_an_assumption():
    days = trading_days(US.calendar)
    assert len(days) == 41
    assert all(event.date in days and "Hypothetical" in event.note for event in US.events if event.news)


def test_every_number_is_tagged():
    """A number's own line, or a comment above it in its block, says source, remembered, estimate or assumption."""
    tagged = re.compile(r"#.*(source|remembered|estimate|assumption)")
    since = 99
    for line in (SCENARIOS / "us_2020.yaml").read_text(encoding="utf-8").splitlines():
        if tagged.search(line):
            since = 0
        elif not line.lstrip().startswith("#"):
            since += 1
        has_number = re.search(r":.*\d", line.partition("#")[0]) and not re.search(r"^(name|extends|title)", line)
        assert not has_number or since <= 12, line


def market(scale=0.001, **more):
    return MarginMarket("us_2020", seed=1, scale=scale, calendar__days=16, **more)


def test_results_say_dollars_and_the_shock_calls_accounts():
    made = market()
    made.run()
    variables = made.results() | {"float_cap_start": np.array(made.float_cap_start)}
    told = provenance(made.loaded, seed=1, record=(), amplification=False)
    dataset = assemble([RunResult(0, variables, made.coordinates())], told)
    assert dataset.attrs["currency"] == "USD"
    units = {dataset[name].attrs["units"] for name in ("financing_balance", "turnover", "lender_loss")}
    assert units == {"USD"}
    assert metrics.summarise(dataset)["forced_sales"]["unit"] == "USD"
    assert 35e12 < made.float_cap_start < 45e12
    results = made.results()
    assert np.nansum(results["margin_calls"][:12]) < np.nansum(results["margin_calls"][12:])
    assert results["limit_down"].sum() == results["limit_up"].sum() == 0


def test_without_a_currency_a_dataset_says_yuan_as_ever():
    loaded = load_scenario("one_account")
    assert "currency" not in provenance(loaded, seed=1, record=(), amplification=False)
    assert money_unit(2.5e12) == (1e12, "tn CNY")
    assert money_unit(2.5e9, "USD") == (1e9, "bn USD")
    assert [is_money(unit) for unit in ("CNY", "USD", "1", "stocks", "trading days", "%")] == [True] * 2 + [False] * 4
