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
    from pingcang.model import MarginMarket

    days = loaded.scenario.calendar.days
    share = 1.0 / (2 * days if amplification else days)
    market = MarginMarket(loaded, seed=seed, run=run, threads=threads, record=tuple(record))
    others = []
    try:
        finish(market, share, on_progress)
        if amplification:
            others.append(MarginMarket(loaded, seed=seed, run=run, threads=threads, feedback=False))
            finish(others[0], share, on_progress)
        return result_of(market, *others)
    finally:
        forget(market, *others)


def finish(market: MarginMarket, share: float, on_progress: OnProgress | None) -> None:
    """All days that are left; `share` is told after each."""
    if on_progress is None:
        market.run()
        return
    while market.running:
        market.step()
        on_progress(share)


def result_of(market: MarginMarket, without_feedback: MarginMarket | None = None) -> RunResult:
    """What a market that is over hands on, with the index of its twin without feedback."""
    variables = dict(market.results())
    if without_feedback is not None:
        variables["index_no_feedback"] = without_feedback.results()["index"]
    variables["float_cap_start"] = np.array(market.float_cap_start)
    wanted = "audit" in market.recorder.record
    audit, causes = (market.audit(), market.causes()) if wanted else (None, None)
    return RunResult(market.run_number, variables, market.coordinates(), audit, causes)


def forget(*markets: MarginMarket) -> None:
    """Let go of markets that are no longer needed; Mesa 3.3 would keep every model alive for ever."""
    import mesa

    for market in markets:
        mesa.Agent._ids.pop(market, None)
