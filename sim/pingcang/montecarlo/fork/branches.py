"""One run of every arm: the common days once, then each arm from there."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pingcang.montecarlo.fork.state import State, capture, put_into
from pingcang.montecarlo.simulate import OnProgress, finish, forget, result_of
from pingcang.scenario import trading_days

if TYPE_CHECKING:
    from pingcang.model import MarginMarket
    from pingcang.results.dataset import RunResult
    from pingcang.scenario import LoadedScenario


@dataclass(frozen=True)
class Branches:
    """Runs of arms that agree until `date`. Picklable."""

    date: dt.date
    """The eve: the last day that all arms share."""
    seed: int
    threads: int
    record: tuple[str, ...]
    amplification: bool
    states: tuple[State, ...] = ()
    """If given, the state of the run at the eve, so that nothing is simulated before it."""

    def __call__(
        self, arms: Mapping[str, LoadedScenario], run: int, on_progress: OnProgress | None = None
    ) -> Iterator[tuple[str, RunResult | str]]:
        """Label and result of each arm, or the traceback of what failed: in the common days, for every arm."""
        shares = _Shares(list(arms.values()), self.date, 2 if self.amplification else 1, on_progress)
        try:
            states = self.states or self._eves(next(iter(arms.values())), run, shares)
        except Exception:
            trace = traceback.format_exc()
            yield from ((label, trace) for label in arms)
            return
        for label, arm in arms.items():
            try:
                outcome: RunResult | str = self._finished(arm, states, shares)
            except Exception:
                outcome = traceback.format_exc()
            yield label, outcome

    def _eves(self, loaded: LoadedScenario, run: int, shares: _Shares) -> tuple[State, ...]:
        """The state at the eve, and with amplification that of the market without feedback."""
        return tuple(
            eve(
                loaded,
                self.date,
                seed=self.seed,
                run=run,
                threads=self.threads,
                record=self.record if feedback else (),
                feedback=feedback,
                on_day=shares.told,
            )
            for feedback in ((True, False) if self.amplification else (True,))
        )

    def _finished(self, arm: LoadedScenario, states: Sequence[State], shares: _Shares) -> RunResult:
        markets: list[MarginMarket] = []
        try:
            for state in states:
                markets.append(_market(arm, self.seed, state.run, self.threads, state.record, state.feedback))
                finish(put_into(markets[-1], state), shares.of_a_day, shares.on_progress)
            return result_of(*markets)
        finally:
            forget(*markets)


def eve(
    loaded: LoadedScenario,
    date: dt.date,
    *,
    seed: int = 0,
    run: int = 0,
    threads: int = 1,
    record: Sequence[str] = (),
    feedback: bool = True,
    on_day: OnProgress | None = None,
) -> State:
    """Simulate a run up to the close of `date`, a trading day, and give its state.

    `record` is all that the record holds. `on_day` hears 1 after each day.
    """
    market = _market(loaded, seed, run, threads, tuple(record), feedback)
    try:
        while market.date < date:
            market.step()
            if on_day is not None:
                on_day(1.0)
        return capture(market, seed=seed)
    finally:
        forget(market)


def _market(
    loaded: LoadedScenario, seed: int, run: int, threads: int, record: tuple[str, ...], feedback: bool
) -> MarginMarket:
    from pingcang.model import MarginMarket

    return MarginMarket(loaded, seed=seed, run=run, threads=threads, record=record, feedback=feedback)


class _Shares:
    """Turns days into shares of a run under all its arms, each of so many markets."""

    def __init__(
        self, arms: Sequence[LoadedScenario], date: dt.date, markets: int, on_progress: OnProgress | None
    ) -> None:
        calendars = [trading_days(arm.scenario.calendar) for arm in arms]
        common = calendars[0].index(date)
        days = common + sum(len(dates) - 1 - common for dates in calendars)
        self.of_a_day = 1.0 / max(1, markets * days)
        self.on_progress = on_progress

    def told(self, days: float) -> None:
        if self.on_progress is not None:
            self.on_progress(days * self.of_a_day)
