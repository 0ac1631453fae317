"""Markets side by side for the tests of forks: every number of their state, and of what they recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from fakes import COORDINATES, fake_variables
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork import State, eve, restore
from pingcang.montecarlo.fork.branches import Branches
from pingcang.montecarlo.fork.inventory import leaves
from pingcang.results.dataset import RunResult
from pingcang.scenario import LoadedScenario, trading_days

RECORD = ("stocks", "audit")


def state_of(market: MarginMarket) -> dict[str, bytes | str]:
    """Every value of the state as bits, with its type."""
    return {leaf.path: bits(leaf.value) for leaf in leaves(market)}


def bits(value: Any) -> bytes | str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}".encode() + value.tobytes()
    return f"{type(value).__name__} {value!r}"


def assert_same_market(one: MarginMarket, other: MarginMarket) -> None:
    """State, records, audit and what Mesa collected, exactly."""
    left, right = state_of(one), state_of(other)
    assert left.keys() == right.keys()
    assert [path for path in left if left[path] != right[path]] == []
    assert_same_records(one, other)
    assert one.datacollector.model_vars == other.datacollector.model_vars
    assert (one.date, one.running, one.steps) == (other.date, other.running, other.steps)


def assert_same_records(one: MarginMarket, other: MarginMarket) -> None:
    assert one.causes().equals(other.causes())
    for ours, theirs in ((one.results(), other.results()), (one.audit(), other.audit())):
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if bits(ours[name]) != bits(theirs[name])] == []


def finished(loaded: LoadedScenario, seed: int, **kwargs: Any) -> MarginMarket:
    market = MarginMarket(loaded, seed=seed, **{"record": RECORD, **kwargs})
    market.run()
    return market


def continued(loaded: LoadedScenario, state: State) -> MarginMarket:
    """A new market of the scenario, put into the state and run to its end."""
    market = MarginMarket(loaded, seed=state.seed, run=state.run, record=state.record, feedback=state.feedback)
    restore(market, state).run()
    return market


def eve_on(loaded: LoadedScenario, day: int, seed: int, **kwargs: Any) -> State:
    """The state at the close of a day."""
    date = trading_days(loaded.scenario.calendar)[day]
    return eve(loaded, date, seed=seed, **{"record": RECORD, **kwargs})


def content(value: Any, seen: tuple[int, ...] = ()) -> Iterator[bytes]:
    """Everything inside a value as bits; objects that are neither data nor containers by their type alone."""
    if id(value) in seen:
        return
    seen = (*seen, id(value))
    yield type(value).__name__.encode()
    if isinstance(value, np.ndarray):
        yield value.tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from content(getattr(value, field.name), seen)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield repr(key).encode()
            yield from content(inner, seen)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from content(inner, seen)
    elif isinstance(value, str | bytes | int | float | dt.date | None) or hasattr(value, "model_dump"):
        yield repr(value).encode()


@dataclass(frozen=True)
class FakeBranches(Branches):
    """Made-up arms, each a function of its scenario and the run. `fail`: (label, run) that fail; `kill`: runs that
    kill their process; `log` hears of every arm and run."""

    fail: tuple[tuple[str, int], ...] = ()
    kill: tuple[int, ...] = ()
    log: Any = None

    def __call__(self, arms, run, on_progress=None):
        if run in self.kill:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGKILL)
        for label, arm in arms.items():
            if self.log is not None:
                with self.log.open("a") as log:
                    log.write(f"{label} {run}\n")
            if on_progress is not None:
                on_progress(1 / len(arms))
            if (label, run) in self.fail:
                yield label, f"RuntimeError: arm {label}, run {run}"
                continue
            variables = fake_variables(int(arm.hash[:8], 16), run, self.amplification, self.record)
            yield label, RunResult(run, variables, COORDINATES)


def with_days(loaded: LoadedScenario, days: int) -> LoadedScenario:
    """The scenario with another length, as its user would write it."""
    from pingcang.scenario import load_text

    longer = load_text(loaded.text, source=loaded.source, overrides={"calendar.days": days})
    return replace(longer, base_folder=loaded.base_folder)
