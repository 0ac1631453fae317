"""Random markets in random economies: engine = reference, and an economy as it was changes no bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.scenario import LoadedScenario, load_text
from twins.compare import run_together
from twins.markets import DATES, small_markets
from twins.written import engine

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
ALL = {"top_up": {"elasticity": 15}, "appetite": {"elasticity": 0.8}, "rescue": {"elasticity": 1.5, "debt": "broad"}}


@st.composite
def states(draw: st.DrawFn) -> dict[str, float]:
    return {
        "government_and_household_debt": draw(st.floats(0.2, 3)),
        "hidden_debt": draw(st.floats(0, 1)),
        "loan_rate": draw(st.floats(0.001, 0.2)),
        "m1_m2_growth_gap": draw(st.floats(-0.3, 0.3)),
    }


@st.composite
def economies(draw: st.DrawFn) -> dict[str, Any]:
    links = draw(st.sets(st.sampled_from(sorted(ALL)), min_size=1))
    return {**draw(states()), "reference": draw(states()), "links": {link: ALL[link] for link in sorted(links)}}


@st.composite
def in_an_economy(draw: st.DrawFn) -> dict[str, Any]:
    """A random market with a section, a rescue, and a date on which the economy changes."""
    tree = draw(small_markets())
    last = DATES[: tree["calendar"]["days"]][-1]
    events = [
        {"date": DATES[0], "rescue": {"budget": draw(st.sampled_from([1e5, 1e8])), "until": last}},
        *tree.get("events", []),
        {"date": last, "macro": draw(states())},
    ]
    return {**tree, "macro": draw(economies()), "events": events}


def loaded(tree: dict[str, Any]) -> LoadedScenario:
    return load_text(yaml.safe_dump(tree, sort_keys=False))


@SETTINGS
@given(tree=in_an_economy(), seed=st.integers(0, 2**64 - 1), feedback=st.booleans())
def test_engine_equals_reference_in_every_economy(tree: dict[str, Any], seed: int, feedback: bool) -> None:
    try:
        run_together(loaded(tree), seed=seed, feedback=feedback)
    except ScenarioError as refused:
        assert "float" in str(refused)


@SETTINGS
@given(tree=small_markets(), state=states(), seed=st.integers(0, 2**32))
def test_an_economy_as_it_was_changes_no_bit(tree: dict[str, Any], state: dict[str, float], seed: int) -> None:
    told = {**tree, "macro": {**state, "reference": state, "links": ALL}}
    try:
        markets = [engine(each, seed=seed, record=("stocks", "audit")) for each in (tree, told)]
    except ScenarioError:
        assume(False)
        raise
    for market in markets:
        market.run()
    plain, beside = (market.results() for market in markets)
    assert {name: each.tobytes() for name, each in plain.items()} == {
        name: each.tobytes() for name, each in beside.items()
    }
    rows, others = (market.audit() for market in markets)
    for column in rows:
        np.testing.assert_array_equal(rows[column], others[column], err_msg=column)
