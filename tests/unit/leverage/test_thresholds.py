"""The published chain to its last printed digit, its lights, and what a file of thresholds may not say.

Published: 2.1tn / 2.3 % × 4.27 % = 3.9tn; × 0.63 × 1.112 = 2.724tn; × 0.51 × 1.112 = 2.212tn; 2.92 % and 6.38 % of M1.
"""

import math

import pytest

from pingcang.errors import ScenarioError
from pingcang.leverage.thresholds import LIGHTS, Lines, load_thresholds
from pingcang.leverage.thresholds.chain import RESULTS
from pingcang.leverage.thresholds.rounding import rounded
from pingcang.scenario import ready_made

PUBLISHED = {
    "equal_risk_balance": 3.9e12,
    "mpdf_official": 0.63,
    "mpdf_broad": 0.51,
    "irf": 1.112,
    "discounted_official": 2.45e12,
    "discounted_broad": 1.989e12,
    "threshold_official": 2.724e12,
    "threshold_broad": 2.212e12,
    "balance_to_m1_now": 0.0292,
    "balance_to_m1_2015": 0.0638,
}


@pytest.fixture(scope="module")
def published():
    return load_thresholds("china_2025")


def test_the_published_chain_is_reproduced_to_its_last_printed_digit(published):
    assert published.rounding == "printed"
    assert {name: published.results[name] for name in PUBLISHED} == PUBLISHED


def test_without_rounding_both_lines_lie_higher(published):
    assert published.unrounded["equal_risk_balance"] == pytest.approx(2.1e12 / 0.023 * 0.0427, rel=1e-14)
    assert published.unrounded["threshold_official"] == pytest.approx(2.7438e12, abs=5e7)
    assert published.unrounded["threshold_broad"] == pytest.approx(2.2226e12, abs=5e7)
    assert load_thresholds("china_2025", unrounded=True).results == published.unrounded


def test_rounding_each_factor_once_gives_another_official_line_and_the_same_broad_one(published):
    assert published.rounded_once["threshold_official"] == 2.732e12
    assert published.rounded_once["threshold_broad"] == 2.212e12


def test_no_single_rule_for_the_products_gives_both_published_lines():
    """2.457 and 1.989 with the same number of decimals and the same rounding, whichever."""
    both = []
    for digits in range(1, 4):
        for rounding in ("nearest", "down", "up"):
            lines = [rounded(rounded(3.9 * factor, digits, rounding) * 1.112, 3) for factor in (0.63, 0.51)]
            both.append(lines == [2.724, 2.212])
    assert not any(both)


def test_every_ready_made_set_loads_under_its_own_name_with_every_source_given():
    names = ready_made("thresholds")
    assert {"china_2025", "china_2026_06"} <= set(names)
    for name in names:
        found = load_thresholds(name)
        assert found.name == name
        assert set(found.results) == set(RESULTS)
        assert all(given.source for given in found.inputs.values())


def test_a_balance_on_a_line_belongs_to_the_band_above(published):
    below = math.nextafter
    for line, under, on in zip(published.lines, LIGHTS, LIGHTS[1:], strict=False):
        assert published.light(below(line, 0)) == under
        assert published.light(line) == on
    assert published.light(0) == "green"
    assert published.light(9e12) == "red"


def test_where_the_balances_of_2025_and_2026_stand(published):
    assert [published.light(each.value) for each in published.spec.balances] == ["green", "amber", "orange"]
    assert load_thresholds("china_2026_06").light(2.99e12) == "amber"


@pytest.mark.parametrize("balance", [-1.0, math.nan, math.inf])
def test_no_balance_has_no_light(published, balance):
    with pytest.raises(ScenarioError, match=r"balance: found .*must be at least 0 CNY"):
        published.light(balance)


def test_lines_may_touch_and_must_not_cross():
    assert Lines(2.0, 2.0, 3.0).in_order()
    assert not Lines(2.1, 2.0, 3.0).in_order()
    with pytest.raises(ScenarioError, match=r"lines out of order: .*check the debts"):
        load_thresholds("china_2025", settings=["then.debt_broad=1.9"])
