"""What the economy does to a market: as much as the formulas say, to what they say, once, and nothing else."""

import datetime as dt
import json
from typing import Any

import numpy as np
import pytest

from pingcang.accounts.initial import draw_initial_state
from pingcang.errors import ScenarioError
from pingcang.market.macro import NEUTRAL, MacroFactors, macro_factors
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork import forked
from pingcang.montecarlo.fork.branches import eve
from pingcang.montecarlo.fork.state import put_into
from pingcang.scenario import load_scenario
from twins.written import DATES, busy, engine, loaded, merged

NOW = {"government_and_household_debt": 1.264, "hidden_debt": 0.55, "loan_rate": 0.03, "m1_m2_growth_gap": -0.032}
THEN = {"government_and_household_debt": 0.80, "hidden_debt": 0.13, "loan_rate": 0.051, "m1_m2_growth_gap": -0.061}
LINKS: dict[str, Any] = {
    "top_up": {"elasticity": 10},
    "appetite": {"elasticity": 0.2},
    "rescue": {"elasticity": 1, "debt": "official"},
}
RESCUE = [{"date": DATES[2], "rescue": {"budget": 1e7, "until": DATES[5]}}]


def economy(links: dict[str, Any] = LINKS, now: dict[str, Any] = NOW, **more: Any) -> dict[str, Any]:
    return {"macro": {**now, "reference": THEN, "links": links, **more}}


def market(**changes: Any) -> dict[str, Any]:
    """A busy market with a rescue."""
    tree = merged(busy(), changes)
    events = sorted([*tree["events"], *RESCUE], key=lambda event: event["date"])
    return {**tree, "events": events}


def factors(tree: dict[str, Any]) -> MacroFactors:
    return macro_factors(loaded(tree).scenario.macro)


def days_of(tree: dict[str, Any]) -> Any:
    return draw_initial_state(loaded(tree), seed=0, run=0, scale=1.0).days


def results(tree: dict[str, Any], **kwargs: Any) -> dict[str, bytes]:
    run = engine(tree, seed=3, record=("stocks",), **kwargs)
    run.run()
    return {name: values.tobytes() for name, values in run.results().items()}


# ---- the factors -----------------------------------------------------------------------------------------------


def test_the_factors_of_2025_are_the_published_ones():
    found = macro_factors(load_scenario("china_2025_macro").scenario.macro)
    assert (round(found.rescue, 2), round(found.appetite, 3)) == (0.63, 1.112)
    broad = load_scenario("china_2025_macro", settings=["macro.links.rescue.debt=broad"]).scenario.macro
    assert round(macro_factors(broad).rescue, 2) == 0.51


@pytest.mark.parametrize("link", sorted(LINKS))
def test_a_link_alone_moves_its_own_factor_only(link):
    found = factors(market(**economy({link: LINKS[link]})))
    assert [name for name, value in vars(found).items() if value != 1.0] == [link]


def test_no_section_no_link_and_no_elasticity_are_neutral():
    assert macro_factors(None) is NEUTRAL
    assert factors(market(**economy({}))) == NEUTRAL
    assert factors(market(**economy({link: {"elasticity": 0} for link in LINKS}))) == NEUTRAL


def test_an_economy_as_it_was_is_neutral():
    assert factors(market(**economy(now=THEN))) == NEUTRAL


def test_factors_have_nine_digits_so_that_no_library_changes_a_bit():
    found = factors(market(**economy()))
    assert all(float(f"{value:.9g}") == value for value in vars(found).values())


def test_hidden_debt_counts_in_the_broad_burden_only():
    broad = {"rescue": {"elasticity": 1, "debt": "broad"}}
    assert factors(market(**economy(broad))).rescue == pytest.approx(0.93 / 1.814, rel=1e-8)
    assert factors(market(**economy())).rescue == pytest.approx(0.80 / 1.264, rel=1e-8)


# ---- what they act on ------------------------------------------------------------------------------------------


def test_a_cohort_keeps_everything_but_the_two_numbers_of_its_behaviour():
    for cohort in loaded(market()).scenario.cohorts.values():
        moved = MacroFactors(top_up=2.0, appetite=1.5, rescue=0.5).on_cohort(cohort)
        behaviour, appetite = cohort.behaviour, cohort.behaviour.appetite
        assert moved.behaviour.top_up_probability == 0.2 * 2 / (0.8 + 0.2 * 2)
        assert moved.behaviour.appetite.base == appetite.base * 1.5
        back = behaviour.model_copy(update={"appetite": appetite, "top_up_probability": behaviour.top_up_probability})
        assert moved.model_copy(update={"behaviour": back}) == cohort


def test_a_neutral_economy_gives_the_cohort_itself():
    for cohort in loaded(market()).scenario.cohorts.values():
        assert NEUTRAL.on_cohort(cohort) is cohort
        assert MacroFactors(rescue=0.5).on_cohort(cohort) is cohort


def test_terms_and_budgets_of_every_day_have_the_factors_once():
    plain, moved = days_of(market()), days_of(market(**economy()))
    found = factors(market(**economy()))
    for before, after in zip(plain, moved, strict=True):
        assert after.rescue == round(before.rescue * found.rescue)
        for name, terms in before.terms.items():
            base, odds = terms.appetite_base * found.appetite, found.top_up
            assert after.terms[name].appetite_base == base
            assert after.terms[name].top_up_probability == pytest.approx(0.2 * odds / (0.8 + 0.2 * odds))
    assert [day.rescue > 0 for day in plain] == [False, False, False, True, True, True, True, False]


def test_topping_up_within_a_window_of_hours_moves_too():
    hours = {"rules": {"call_window": {"hours": 2}}}
    plain, moved = days_of(market(**hours))[1], days_of(market(**hours, **economy()))[1]
    assert moved.terms["retail"].top_up_each_session > plain.terms["retail"].top_up_each_session > 0


def by_hand(tree: dict[str, Any]) -> dict[str, Any]:
    """The market with the factors multiplied into its numbers, and no section."""
    found = factors(tree)
    changed = json.loads(json.dumps({key: value for key, value in tree.items() if key != "macro"}))
    for cohort in changed["cohorts"].values():
        behaviour = cohort["behaviour"]
        p = behaviour["top_up_probability"]
        behaviour["top_up_probability"] = p * found.top_up / (1 - p + p * found.top_up)
        behaviour["appetite"]["base"] *= found.appetite
    for event in changed["events"]:
        if "rescue" in event:
            event["rescue"]["budget"] *= found.rescue
    return changed


def test_a_market_with_the_section_is_the_market_with_the_numbers_written_by_hand():
    tree = market(**economy())
    assert results(tree) == results(by_hand(tree)) != results(market())


@pytest.mark.parametrize("link", sorted(LINKS))
def test_every_link_is_felt(link):
    assert results(market(**economy({link: LINKS[link]}))) != results(market(**economy({})))


@pytest.mark.parametrize("changes", [economy({}), economy(now=THEN), economy(m1=7.2e13, links={})])
def test_a_section_that_moves_nothing_leaves_every_bit(changes):
    assert results(market(**changes)) == results(market())


def test_the_market_without_feedback_has_the_same_factors():
    tree = market(**economy())
    assert results(tree, feedback=False) == results(by_hand(tree), feedback=False)


def test_the_scenario_stays_as_it_was_written():
    scenario = loaded(market(**economy()))
    text = scenario.text
    run = MarginMarket(scenario, seed=1)
    run.run()
    assert run.loaded.text == text
    assert run.loaded.scenario.cohorts["retail"].behaviour.top_up_probability == 0.2


# ---- dates -----------------------------------------------------------------------------------------------------


def test_a_rate_cut_is_felt_from_its_day_on():
    cut = {"date": DATES[4], "macro": {"loan_rate": 0.02}}
    tree = market(**economy())
    before, after = results_of(tree), results_of({**tree, "events": [*tree["events"], cut]})
    assert all(before[name][:5].tobytes() == after[name][:5].tobytes() for name in before)
    assert any(before[name][5:].tobytes() != after[name][5:].tobytes() for name in before)
    terms = [day.terms["retail"].appetite_base for day in days_of({**tree, "events": [*tree["events"], cut]})]
    assert len(set(terms[:5])) == len(set(terms[5:])) == 1 and terms[5] > terms[4]


def results_of(tree: dict[str, Any]) -> dict[str, Any]:
    run = engine(tree, seed=3)
    run.run()
    return run.results()


def test_a_rescue_under_way_takes_the_debt_of_the_day():
    more = {"date": DATES[4], "macro": {"government_and_household_debt": 1.6}}
    tree = market(**economy())
    budgets = [day.rescue for day in days_of({**tree, "events": [*tree["events"], more]})]
    first, second = (round(1e9 * round(0.8 / debt, 9)) for debt in (1.264, 1.6))
    assert budgets == [0, 0, 0, first, first, second, second, 0]


def test_every_rescue_under_way_takes_the_debt():
    second = {"date": DATES[3], "rescue": {"budget": 2e7, "until": DATES[4]}}
    tree = market(**economy())
    budgets = [day.rescue for day in days_of({**tree, "events": [*tree["events"], second]})]
    discount = factors(tree).rescue
    one, two = round(1e9 * discount), round(2e9 * discount)
    assert budgets == [0, 0, 0, one, one + two, one + two, one, 0]


def test_a_fork_from_a_rate_cut_is_the_run_from_its_start():
    base = loaded(market(**economy()))
    at = dt.date.fromisoformat(DATES[3])
    arm = forked(base, at, {"cut": {"macro.loan_rate": 0.01}})["cut"]
    state = eve(base, dt.date.fromisoformat(DATES[2]), seed=5)
    continued, whole = put_into(MarginMarket(arm, seed=5), state), MarginMarket(arm, seed=5)
    continued.run()
    whole.run()
    for name, values in whole.results().items():
        np.testing.assert_array_equal(continued.results()[name], values, err_msg=name)


def test_a_budget_beyond_the_purse_is_refused():
    tree = market(**economy(now={**NOW, "government_and_household_debt": 0.01}))
    tree["events"][2]["rescue"]["budget"] = 9e15
    with pytest.raises(
        ScenarioError, match=r"events: rescue on 2015-01-08 comes to 7.2e\+17 CNY a day .*at most 1e\+16"
    ):
        MarginMarket(loaded(tree), seed=0)
