"""A whole run of the 2015 market, as a user waits for it: 45 days of 8 sessions, one core, after start-up."""

from __future__ import annotations

from typing import Any

import pytest

from pingcang.model import MarginMarket
from pingcang.scenario import load_scenario


@pytest.mark.benchmark(group="run")
def test_china_2015_at_scale_0_01(benchmark: Any) -> None:
    loaded = load_scenario("china_2015")

    def whole_run() -> MarginMarket:
        market = MarginMarket(loaded, seed=1, threads=1)
        market.run()
        return market

    market = benchmark.pedantic(whole_run, rounds=5, iterations=1, warmup_rounds=1)
    assert market.day == 45
