"""One text and one hash for one scenario."""

from __future__ import annotations

import pytest

from pingcang.scenario import load_text

SMALL = """\
name: small
calendar: {start: 2015-06-12, days: 10}
securities: {stocks: [{code: "000001", price: 10.00, float_shares: 100000}]}
cohorts: {a: {kind: retail, explicit: [{cash: 100}]}, b: {kind: shadow, explicit: [{cash: 100}]}}
"""


def test_the_text_is_complete_and_loads_back() -> None:
    loaded = load_text(SMALL)
    assert loaded.text.startswith("kind: scenario\nname: small\n")
    assert "close_out_line: 1.3\n" in loaded.text
    assert load_text(loaded.text).scenario == loaded.scenario


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("price: 10.00", "price: 1e1"),
        ("days: 10", "days: 10, sessions: 8"),
        ("name: small", "# why\nname: 'small'"),
    ],
)
def test_another_way_of_writing_is_the_same_scenario(old: str, new: str) -> None:
    assert load_text(SMALL.replace(old, new)).hash == load_text(SMALL).hash


def test_whole_numbers_in_events_hash_like_floats() -> None:
    events = "events: [{date: 2015-06-15, rules: {withdrawal_line: %s}}]\n"
    assert load_text(SMALL + events % "2").hash == load_text(SMALL + events % "2.0").hash


@pytest.mark.parametrize(("old", "new"), [("10.00", "10.01"), ("{a: {kind: retail", "{c: {kind: retail")])
def test_another_value_or_name_is_another_scenario(old: str, new: str) -> None:
    assert load_text(SMALL.replace(old, new)).hash != load_text(SMALL).hash


@pytest.mark.parametrize(
    "text", ["1e9", "yes", "on", "2015-06-12", "0o17", "null", "", " x ", "a: b", "平仓\n第二行\n"]
)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    loaded = load_text(SMALL, overrides={"description": text})
    assert load_text(loaded.text).scenario.description == text
