"""One run of one scenario: the only place where the runner meets the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pingcang.results.dataset import RunResult

if TYPE_CHECKING:
    from pingcang.model import MarginMarket
    from pingcang.scenario import LoadedScenario

OnProgress = Callable[[float], None]
"""Told by how large a share of a run, or how many runs, the work has advanced.

Many runs begin with a word on how many of them were finished before.
"""


class Simulate(Protocol):
    """Anything that simulates one run; pure in (loaded, seed, run), whatever the threads."""

    def __call__(
        self,
        loaded: LoadedScenario,
        *,
        seed: int,
        run: int,
        threads: int,
        amplification: bool,
        record: Sequence[str],
        on_progress: OnProgress | None = None,
    ) -> RunResult:
        """Simulate the run and hand over its arrays."""
        ...


def simulate_run(
    loaded: LoadedScenario,
    *,
    seed: int,
    run: int,
    threads: int = 1,
    amplification: bool = False,
    record: Sequence[str] = (),
    on_progress: OnProgress | None = None,
) -> RunResult:
    """Simulate one run; with `amplification` again, same draws, without feedback on prices.

    `record` may hold "stocks" and "audit". `on_progress` hears the share of the run that a day is.
    """
    import mesa

    from pingcang.model import MarginMarket

    days = loaded.scenario.calendar.days
    share = 1.0 / (2 * days if amplification else days)
    market = MarginMarket(loaded, seed=seed, run=run, threads=threads, record=tuple(record))
    others = []
    try:
        variables = dict(_simulated(market, share, on_progress).results())
        if amplification:
            others.append(MarginMarket(loaded, seed=seed, run=run, threads=threads, feedback=False))
            variables["index_no_feedback"] = _simulated(others[0], share, on_progress).results()["index"]
        variables["float_cap_start"] = np.array(market.float_cap_start)
        audit = market.audit() if "audit" in record else None
        return RunResult(run, variables, market.coordinates(), audit)
    finally:
        for model in (market, *others):
            mesa.Agent._ids.pop(model, None)  # Mesa 3.3 keeps every model alive here for ever


def _simulated(market: MarginMarket, share: float, on_progress: OnProgress | None) -> MarginMarket:
    if on_progress is None:
        market.run()
        return market
    while market.running:
        market.step()
        on_progress(share)
    return market
