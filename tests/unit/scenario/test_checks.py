"""Checks between sections that the table of bad scenarios leaves out: what is allowed."""

from __future__ import annotations

import pytest

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
        "scale: 0.0333333333333333",
        "events: [{date: 2015-06-12}, {date: 2015-06-26}]",
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
