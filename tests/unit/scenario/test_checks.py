"""Checks that the table of bad scenarios leaves out: what is allowed, and what an engine could not use."""

from __future__ import annotations

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_text

SMALL = """\
name: small
calendar: {start: 2015-06-12, days: 10}
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 100000}]}
cohorts:
  shadow: {kind: shadow, contract: {close_out_line: 1.05}, explicit: [{cash: 100}]}
"""


@pytest.mark.parametrize(
    "added",
    [
        "scale: 1",
        "events: [{date: 2015-06-15}, {date: 2015-06-26}]",
        "rules: {initial_margin: {value: 0.0001}, short_margin: 0.0001}",
        "events: [{date: 2015-06-15, impact: {depth: 0.2}, exchange: {st_price_limit: 0.1}, rules: {call_window: 1}}]",
        "exchange: {commission: 0.2, stamp_duty: 0.2999}",
        "events: [{date: 2015-06-15, suspend: {stocks: all}}, {date: 2015-06-16, resume: {stocks: all}}]",
        "events: [{date: 2015-06-15, rescue: {budget: 1, until: 2015-12-31}}]",
        "rules: {close_out_line: 1.5}",
    ],
)
def test_the_limit_itself_is_allowed(added: str) -> None:
    load_text(f"{SMALL}{added}\n")


def test_a_shadow_contract_may_close_out_below_the_brokers_immediate_line() -> None:
    assert load_text(SMALL).scenario.rules.immediate_line == 1.1


def test_codes_of_stocks_in_a_csv_are_left_to_its_reader() -> None:
    stocks = 'stocks: [{code: "600000", price: 10.00, float_shares: 100000}]'
    events = 'events: [{date: 2015-06-15, suspend: {stocks: ["1"]}, news: {value: 0.1, boards: {x: 1}}}]\n'
    assert load_text(SMALL.replace(stocks, "csv: stocks.csv") + events).scenario.events


DRAWN = """\
name: drawn
calendar: {start: 2015-06-12, days: 10}
scale: 0.1
securities: {stocks: [{code: "600000", price: 10.00, float_shares: 10000000}], haircut: [[0, 0], [1.0e9, 1]]}
cohorts:
  retail: {kind: retail, accounts: 100, debt: 1.0e6, maintenance_ratio: [[0, 1.4], [1, 3]], size_tilt: [[0, 0], [1, 1]]}
"""


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_text(text)
    (problem,) = caught.value.problems
    return problem


def test_drawn_accounts_may_be_thinned_and_weights_and_haircuts_reach_their_ends() -> None:
    scenario = load_text(DRAWN).scenario
    assert (scenario.scale, scenario.securities.haircut) == (0.1, [(0, 0), (1e9, 1)])


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("rules: {initial_margin: {value: 0}}", "rules.initial_margin.value: found 0, must be above 0"),
        ("rules: {short_margin: 0}", "rules.short_margin: found 0, must be above 0"),
        (
            "events: [{date: 2015-06-15, contract: {retail: {short_margin: 0}}}]",
            "events.0.contract.retail.short_margin: found 0, must be above 0",
        ),
        (
            "events: [{date: 2015-06-15, rules: {lendable_share: 0.1}}]",
            "events.0.rules.lendable_share: lendable_share is read at the start only and cannot change; "
            "set rules.lendable_share itself",
        ),
        (
            "events: [{date: 2015-06-15, impact: {dmc_volatility: 0.02}}]",
            "events.0.impact.dmc_volatility: dmc_volatility is read at the start only",
        ),
        ("events: [{date: 2015-06-15, exchange: {tick: 0.01}}]", "events.0.exchange.tick: tick is read at the start"),
        (
            "events: [{date: 2015-06-15, exchange: {lot_size: 200}}]",
            "events.0.exchange.lot_size: lot_size is read at the start only",
        ),
        (
            "national_team: {size_tilt: [[0, -1], [1, 1]]}",
            "national_team.size_tilt: weights must not be below 0, and one must be above; they are -1, 1",
        ),
        (
            "national_team: {size_tilt: [[0, 0]]}",
            "national_team.size_tilt: weights must not be below 0, and one must be above; they are 0",
        ),
        ("exchange: {commission: 0.2, stamp_duty: 0.3}", "together they must stay below 0.5"),
        ("events: [{date: 2015-06-12}]", "events.0.date: 2015-06-12 lies outside the calendar, after 2015-06-12"),
    ],
)
def test_what_an_engine_could_not_use_is_refused_with_its_place(added: str, message: str) -> None:
    assert message in (problem := refused(f"{DRAWN}{added}\n"))
    assert problem.startswith("scenario text:7: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[0, 0], [1.0e9, 1]]", "[[0, -0.1], [1, 0.5]]", "securities.haircut: shares lie between 0 and 1; they are"),
        ("[[0, 0], [1.0e9, 1]]", "[[0, 0.5], [1, 1.1]]", "securities.haircut: shares lie between 0 and 1; they are"),
        ("size_tilt: [[0, 0], [1, 1]]", "size_tilt: [[0, 1], [1, -0.5]]", "cohorts.retail.size_tilt: weights must not"),
        (
            "size_tilt: [[0, 0], [1, 1]]",
            "contract: {initial_margin: 0}",
            "cohorts.retail.contract.initial_margin: found 0, must be above 0",
        ),
    ],
)
def test_a_curve_outside_its_bounds_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    problem = refused(DRAWN.replace(old, new))
    assert message in problem
    assert problem.startswith("scenario text:4: " if "securities" in message else "scenario text:6: ")


@pytest.mark.parametrize(("line", "allowed"), [(0.99, False), (1.0, True), (1.5, True), (1.51, False)])
def test_an_accounts_own_line_lies_between_1_and_the_level_of_cure(line: float, allowed: bool) -> None:
    """restore_line is 1.5 by default."""
    text = SMALL.replace("explicit: [{cash: 100}]", f"explicit: [{{cash: 100, close_out_line: {line}}}]")
    if allowed:
        load_text(text)
    else:
        assert refused(text) == (
            f"scenario text:5: cohorts.shadow.explicit.0.close_out_line: found {line:g}, must lie between 1 and "
            "restore_line 1.5; move one of them"
        )


def test_written_out_accounts_are_simulated_one_to_one() -> None:
    assert refused(SMALL + "scale: 0.5\n") == (
        "scenario text:5: cohorts.shadow.explicit: its accounts are simulated one to one, but scale is 0.5; "
        "set scale: 1"
    )
