"""The heart of the suite: on random small markets the compiled engine is the plain reference, day after day."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario, load_text
from twins.compare import run_together
from twins.markets import small_markets

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SETTINGS
@given(market=small_markets(), seed=st.integers(0, 2**64 - 1), run=st.integers(0, 5), feedback=st.booleans())
def test_engine_equals_reference_to_the_fen_and_lot(
    market: dict[str, Any], seed: int, run: int, feedback: bool
) -> None:
    try:
        loaded = load_text(yaml.safe_dump(market))
        run_together(loaded, seed=seed, run=run, feedback=feedback)
    except ScenarioError as refused:
        assert "float" in str(refused)  # a written-out book larger than the market is refused, and nothing else


@pytest.mark.parametrize("name", ["one_account", "two_accounts_one_stock", "limit_pin"])
def test_teaching_cases_are_the_same_in_both(name: str) -> None:
    run_together(load_scenario(name), seed=1)
