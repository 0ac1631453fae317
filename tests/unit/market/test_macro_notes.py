"""What `pingcang validate` tells of the economy around a market."""

from typing import Any

from pingcang.market.notes import notes_of
from pingcang.scenario import load_scenario
from twins.written import DATES, busy, loaded, merged

STATE = {"government_and_household_debt": 0.8, "loan_rate": 0.05, "m1_m2_growth_gap": -0.06}
LINKS = {"top_up": {"elasticity": 10}, "appetite": {"elasticity": 0.2}, "rescue": {"elasticity": 1}}


def notes(*events: dict[str, Any], behaviour: dict[str, Any] | None = None, **macro: Any) -> list[str]:
    tree = busy(macro={**STATE, "reference": STATE, "links": LINKS, **macro})
    for cohort in tree["cohorts"].values():
        cohort["behaviour"] = merged(cohort["behaviour"], behaviour or {})
    return notes_of(loaded({**tree, "events": [*tree["events"], *events]}))


def test_a_scenario_without_the_section_has_no_note():
    assert notes_of(load_scenario("china_2025")) == []


def test_the_factors_are_told_with_the_balance_beside_m1():
    assert notes_of(load_scenario("china_2025_macro")) == [
        "macro: odds of a top-up × 1.336, appetite.base × 1.112, rescue budgets × 0.6329",
        "macro.m1: the balance of brokers is 2.97% of it",
    ]


def test_an_economy_as_it_was_is_told_link_by_link():
    rescue = {"date": DATES[3], "rescue": {"budget": 1e7}}
    assert notes(rescue)[1:] == [
        f"macro.links.{link}: changes nothing, since {key} as in macro.reference, or its elasticity is 0"
        for link, key in (("top_up", "m1_m2_growth_gap is"), ("appetite", "loan_rate is"), ("rescue", "debts are"))
    ]


def test_links_without_anything_to_act_on_are_told():
    told = notes(
        behaviour={"top_up_probability": 0, "appetite": {"base": 0}},
        government_and_household_debt=1.2,
        loan_rate=0.03,
        m1_m2_growth_gap=0.0,
    )
    assert told[1:] == [
        "macro.links.top_up: changes nothing, since every cohort's top_up_probability is 0 or 1; set one between",
        "macro.links.appetite: changes nothing, since no cohort has an appetite.base above 0",
        "macro.links.rescue: changes nothing, since no event has a rescue",
    ]


def test_no_link_at_all_is_told():
    assert notes(links={}) == ["macro: no link is on, so nothing acts on agents"]


def test_every_date_on_which_the_economy_changes_is_told():
    told = notes({"date": DATES[3], "macro": {"loan_rate": 0.025}}, links={"appetite": {"elasticity": 1}})
    assert told[:2] == ["macro: appetite.base × 1", f"macro from {DATES[3]}: appetite.base × 2"]
    assert not any("changes nothing" in each for each in told)


def test_a_base_above_its_cap_is_told():
    told = notes(links={"appetite": {"elasticity": 1}}, loan_rate=0.025)
    assert "cohorts.retail.behaviour.appetite: base comes to 2.1 with macro, above its cap 1.4, which holds" in told
