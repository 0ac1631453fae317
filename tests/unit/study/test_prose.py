"""The paragraph of a comparison, word for word, for the ways in which one can turn out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pingcang.study.breakdown import Breakdown
from pingcang.study.calm import UNITS, Calm
from pingcang.study.changes import Change
from pingcang.study.compare import Comparison, Side
from pingcang.study.contrast import contrast
from pingcang.study.lenders import Capital, Lenders
from pingcang.study.measures import paired_metric
from pingcang.study.numbers import amount, difference_scale, level_scale
from pingcang.study.paired import Resampling, estimate
from pingcang.study.sellers import Forced

RUNS = 20
LUCK = np.linspace(-1, 1, RUNS)
CLEAR, UNCLEAR = np.tile([0.9, 1.1], RUNS // 2), np.tile([-9.0, 9.0], RUNS // 2)
"""Differences, in units of their size: all of one sign, or of both."""
LINE = Change("rules.close_out_line", 1.3, 1.4)


def side(label="china_2015", scenario="china_2015"):
    return Side(label, scenario, "00", Path(f"{label}.zarr"), ())


def contrast_of(base, shift, spread, unit, runs=RUNS):
    first = base * (1 + 0.1 * LUCK[:runs])
    return contrast(first, first + shift * spread[:runs], unit, Resampling(runs))


def comparison(*, drawdown=0.0, forced=0.0, loss=0.0, spread=CLEAR, runs=RUNS, day=3, changed=(LINE,), **more):
    """A comparison in which the metrics differ by so much a run."""
    resampling = Resampling(runs)
    levels = {"drawdown": (0.36, drawdown), "forced_sales": (410e9, forced), "lender_loss": (4.4e9, loss)}
    metrics = {}
    for name, (base, shift) in levels.items():
        first = base * (1 + 0.1 * LUCK[:runs])
        metrics[name] = paired_metric(name, first, first + shift * spread[:runs], resampling, "mean")
    cohorts = {
        "retail": {"forced_sales": contrast_of(10e9, 0.1 * forced, spread, "CNY", runs)},
        "shadow": {"forced_sales": contrast_of(400e9, 0.9 * forced, spread, "CNY", runs)},
    }
    nothing = contrast_of(1e9, 0, spread, "CNY", runs)
    made = Comparison(
        base=side(),
        other=side("china_2015 with rules.close_out_line=1.4"),
        seed=511,
        runs=np.arange(runs),
        statistic="mean",
        threshold=0.25,
        metrics=metrics,
        days_apart=np.full(runs, day),
        dates=np.datetime64("2015-06-12") + np.arange(10),
        changed=tuple(changed),
        breakdown=Breakdown({"cohort": cohorts}),
        lenders=Lenders(nothing, nothing, nothing, None, None, None),
    )
    return replace(made, **more)


def test_a_clear_effect_is_told_with_its_numbers_its_keys_and_its_day():
    found = comparison(drawdown=-0.02, forced=-30e9, loss=-0.5e9)
    assert found.text == (
        "china_2015 with rules.close_out_line from 1.3 to 1.4 (20 runs of each arm with the same random numbers, "
        "seed 511; means, differences with 95 % intervals). Before 2015-06-15 the arms are the same bit for bit. "
        "The drawdown of the index becomes shallower: 34.0 % instead of 36.0 % (−2.00 points [−2.08, −1.92]). "
        "Forced sales fall: 380 bn CNY instead of 410 bn CNY (−30.0 bn CNY [−31.2, −28.8]). "
        "The loss of lenders falls: 3.90 bn CNY instead of 4.40 bn CNY (−500 m CNY [−520, −480]). "
        "Most of what can be told of forced sales is in the cohort shadow: −27.0 bn CNY [−28.1, −25.9]."
    )


def test_where_an_interval_holds_zero_no_difference_is_claimed():
    found = comparison(drawdown=0.001, forced=1e9, loss=0.1e9, spread=UNCLEAR)
    assert found.text == (
        "china_2015 with rules.close_out_line from 1.3 to 1.4 (20 runs of each arm with the same random numbers, "
        "seed 511; means, differences with 95 % intervals). Before 2015-06-15 the arms are the same bit for bit. "
        "In the drawdown of the index no difference can be told at 20 runs: 36.0 % instead of 36.0 % "
        "(0 points [−0.360, +0.360]). "
        "In forced sales no difference can be told at 20 runs: 410 bn CNY instead of 410 bn CNY "
        "(0 bn CNY [−3.60, +3.60]). "
        "In the loss of lenders no difference can be told at 20 runs: 4.40 bn CNY instead of 4.40 bn CNY "
        "(0 m CNY [−360, +360])."
    )


def test_identical_arms_are_told_in_one_sentence():
    assert comparison(day=-1).text == (
        "china_2015 with rules.close_out_line from 1.3 to 1.4 (20 runs of each arm with the same random numbers, "
        "seed 511; means, differences with 95 % intervals). "
        "The arms are the same bit for bit in every run: the change makes no difference here."
    )


def test_effects_of_opposite_signs_are_said_to_be_so():
    found = comparison(drawdown=-0.02, forced=-30e9, loss=0.5e9)
    assert (
        "The effects do not point one way: the drawdown and forced sales go down, the loss of lenders goes up."
        in found.text
    )
    assert "point one way" not in comparison(drawdown=-0.02, forced=-30e9, loss=-0.5e9).text


def test_an_effect_that_cannot_be_told_has_no_part_in_opposite_signs():
    found = comparison(drawdown=-0.02, forced=-30e9)
    unclear = comparison(loss=0.1e9, spread=UNCLEAR).metrics["lender_loss"]
    mixed = replace(found, metrics={**found.metrics, "lender_loss": unclear})
    assert "point one way" not in mixed.text


def test_a_metric_that_no_run_changes_is_told_as_the_same():
    assert "The loss of lenders is the same in every run, 4.40 bn CNY." in comparison(drawdown=-0.02).text


def test_one_run_gives_no_interval_and_says_so():
    found = comparison(drawdown=-0.02, forced=-30e9, loss=-0.5e9, runs=1)
    assert (
        "The drawdown of the index is 30.6 % instead of 32.4 % (−1.80 points); one run gives no interval." in found.text
    )
    assert "(1 run of each arm" in found.text and "[" not in found.text


def test_the_loss_of_brokers_stands_against_the_capital_that_was_stated():
    share = contrast_of(0.004, 0.001, CLEAR, "1")
    beyond = contrast_of(0.0, 0.0, CLEAR, "1")
    nothing = contrast_of(1e9, 0, CLEAR, "CNY")
    lenders = Lenders(nothing, nothing, nothing, Capital(1.2e12, 0.01), share, beyond)
    text = comparison(drawdown=-0.02, lenders=lenders).text
    assert (
        "The loss of brokers, as a share of their stated capital of 1.2 tn CNY, rises: 0.50 % instead of 0.40 % "
        "(+0.100 points [+0.096, +0.104]). The probability that it is above 1 % is the same in every run, 0 %." in text
    )
    assert "capital" not in comparison(drawdown=-0.02).text


def test_with_an_audit_the_accounts_that_are_spared_are_told_as_shares():
    share = estimate(np.full(RUNS, 0.25))
    sellers = {"all": Forced(400.0, 350.0, 300.0, share, estimate(np.full(RUNS, 0.142857)))}
    assert (
        "Of the accounts that are forced to sell in the base 25.0 % [25.0, 25.0] are spared, and 14.3 % [14.3, 14.3] "
        "of those forced in the other arm are forced only there." in comparison(drawdown=-0.02, sellers=sellers).text
    )


def test_what_calm_times_cost_is_told_for_the_named_market():
    levels = {"mean_credit": (2.3e12, -70e9), "margin_purchases": (2e11, -5e9), "turnover": (1.9e12, 0)}
    metrics = {name: contrast_of(base, shift, CLEAR, UNITS[name]) for name, (base, shift) in levels.items()}
    calm = Calm("china_2015_calm", np.arange(RUNS), metrics, ({}, {}), ((), ()))
    text = comparison(drawdown=-0.02, calm=calm).text
    assert text.endswith(
        "In calm times (china_2015_calm, 20 runs of each arm) this is what the change costs. "
        "Brokers' mean credit is lower: 2.23 tn CNY instead of 2.30 tn CNY (−70.0 bn CNY [−72.8, −67.2]). "
        "Margin purchases are lower: 195 bn CNY a day instead of 200 bn CNY a day "
        "(−5.00 bn CNY a day [−5.20, −4.80]). "
        "Turnover is the same in every run, 1.90 tn CNY a day."
    )
    assert "(the same market without its news, " in comparison(drawdown=-0.02, calm=replace(calm, scenario="same")).text


def test_a_rule_set_in_place_of_another_is_named_with_the_rules_that_it_changes():
    changed = (
        Change("rules.name", "cn_2015", "cn_2015_11"),
        Change("events.2015-07-02.rules.call_window", 4, None),
        Change("rules.initial_margin.value", 0.5, 1.0),
        Change("impact.depth", 0.1, 0.2),
    )
    assert comparison(changed=changed).text.startswith(
        "china_2015 with the rules cn_2015_11 in place of cn_2015: rules.initial_margin.value from 0.5 to 1, "
        "events.2015-07-02.rules.call_window from 4 to unset, impact.depth from 0.1 to 0.2 ("
    )


def test_two_markets_are_told_by_name_and_their_many_keys_are_counted():
    changed = [Change(f"impact.x{n}", n, n + 1) for n in range(9)]
    found = comparison(changed=changed, other=side("china_2025", "china_2025"))
    assert found.text.startswith("china_2025 against china_2015, impact.x0 from 0 to 1, ")
    assert "impact.x5 from 5 to 6 and 3 further keys (" in found.text


def test_arms_that_differ_from_the_first_day_are_told_so():
    assert "The arms differ from the start on." in comparison(drawdown=-0.02, day=0).text


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("CNY", 1.126e12, "1.13 tn CNY"),
        ("CNY a day", 207.6e9, "208 bn CNY a day"),
        ("USD", 3.4e9, "3.40 bn USD"),
        ("1", 0.354, "35.4 %"),
        ("1", 0.000088, "0.009 %"),
        ("1", 0.0, "0 %"),
        ("calls", 76200.0, "76,200 calls"),
    ],
)
def test_levels_are_written_with_three_digits_or_so(unit, value, told):
    assert level_scale(unit, [value]).plain(value) == told


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("CNY", -62.6e9, "−62.6"),
        ("1", 0.0017, "+0.170"),
        ("1", 1e-9, "0"),
        ("accounts", 0.4, "+0.4"),
    ],
)
def test_differences_have_a_unit_of_their_own(unit, value, told):
    assert difference_scale(unit, [value]).signed(value) == told


def test_money_is_told_in_the_currency_of_the_arms():
    found = comparison(drawdown=-0.02, forced=-30e9, currency="USD")
    assert "Forced sales fall: 380 bn USD instead of 410 bn USD (−30.0 bn USD [" in found.text
    assert found.to_dict()["metrics"]["lender_loss"]["unit"] == "USD"


def test_a_stated_sum_is_repeated_as_it_was_stated():
    assert (amount(1.2e12), amount(865e9)) == ("1.2 tn CNY", "865 bn CNY")
