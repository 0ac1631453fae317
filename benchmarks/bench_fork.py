"""Four arms of the crash, forked on one core: against each arm from its start, in the same run, at two dates.
Processor time, since the comparison is one of work.

What can be saved is the common days: with k arms, n days, and d of them before the date, k·n days of market against
d + k·(n − d). How near the ratio comes to that is what putting markets into states costs.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from pingcang.montecarlo.fork import forked
from pingcang.montecarlo.fork.arms import eve_of
from pingcang.montecarlo.fork.branches import Branches
from pingcang.montecarlo.simulate import simulate_run
from pingcang.scenario import LoadedScenario, load_scenario, trading_days

DATES = [dt.date(2015, 7, 2), dt.date(2015, 8, 4)]
CHANGES: dict[str, dict[str, float]] = {
    "as_is": {},
    "line_120": {"rules.close_out_line": 1.2},
    "line_140": {"rules.close_out_line": 1.4},
    "two_days": {"rules.call_window": 2},
}


def from_the_start(arms: dict[str, LoadedScenario], at: dt.date) -> int:
    return len([simulate_run(arm, seed=1, run=0) for arm in arms.values()])


def by_forking(arms: dict[str, LoadedScenario], at: dt.date) -> int:
    branches = Branches(eve_of(next(iter(arms.values())), at), seed=1, threads=1, record=(), amplification=False)
    return len([outcome for _, outcome in branches(arms, 0) if not isinstance(outcome, str)])


def timed(
    way: Callable[[dict[str, LoadedScenario], dt.date], int], arms: dict[str, LoadedScenario], at: dt.date
) -> float:
    """Seconds of the processor."""
    begun = time.process_time()
    assert way(arms, at) == len(arms)
    return time.process_time() - begun


@pytest.mark.benchmark(group="fork", timer=time.process_time)
@pytest.mark.parametrize("at", DATES, ids=str)
def test_four_arms(benchmark: Any, at: dt.date) -> None:
    """The two ways in turn, so that what else the machine does hits both."""
    loaded = load_scenario("china_2015")
    arms = forked(loaded, at, CHANGES)
    ratios: list[float] = []

    def both() -> None:
        ratios.append(timed(from_the_start, arms, at) / timed(by_forking, arms, at))

    benchmark.pedantic(both, rounds=3, iterations=1, warmup_rounds=0)
    days = trading_days(loaded.scenario.calendar)
    n, common = len(days) - 1, days.index(at) - 1
    benchmark.extra_info["fork"] = str(at)
    benchmark.extra_info["ratio"] = median(ratios)
    benchmark.extra_info["allowed"] = len(arms) * n / (common + len(arms) * (n - common))
