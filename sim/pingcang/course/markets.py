"""The plain reference market of a scenario, in one call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pingcang.accounts.initial import draw_initial_state
from pingcang.reference.market import ReferenceMarket
from pingcang.scenario import load_scenario


def plain_market(
    scenario: Path | str, *, seed: int = 0, run: int = 0, feedback: bool = True, **overrides: Any
) -> ReferenceMarket:
    """The day in plain Python, one agent an account, with the scenario, seed, run and overrides of `MarginMarket`.

    It can be looked into anywhere (`market.stocks[0].price`, `market.cohorts["retail"][0].debt`, both in fen), and is
    slow: for markets of a few accounts. Raises ScenarioError for a wrong scenario.
    """
    loaded = load_scenario(scenario, overrides={key.replace("__", "."): value for key, value in overrides.items()})
    scale = loaded.scenario.scale
    return ReferenceMarket(
        draw_initial_state(loaded, seed=seed, run=run, scale=scale, feedback=feedback), seed=seed, run=run
    )
