"""The state of a market at the close of a day: taken out of one market, put into another that begins alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.errors import ScenarioError
from pingcang.montecarlo.fork.agreement import check_agreement
from pingcang.montecarlo.fork.inventory import leaves, so_far

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pingcang.model import MarginMarket
    from pingcang.scenario import LoadedScenario

AUDIT, CAUSES, COLLECTED = "audit.rows.", "causes.rows.", "market.collected."
"""Where the rows of the audit and of the causes, and the series of the DataCollector, stand among the arrays."""


@dataclass(frozen=True)
class State:
    """Everything that the days after `date` depend on, beside the scenario."""

    loaded: LoadedScenario
    seed: int
    run: int
    record: tuple[str, ...]
    feedback: bool
    date: dt.date
    """The day at whose close it was taken."""
    day: int
    keys: dict[str, int]
    """The keys of the run's random numbers, by purpose."""
    arrays: dict[str, NDArray[Any]]
    numbers: dict[str, bool | int | float]

    @property
    def nbytes(self) -> int:
        """Size of its arrays in bytes."""
        return sum(array.nbytes for array in self.arrays.values())


def capture(market: MarginMarket, *, seed: int) -> State:
    """The state of a market whose day is over; `seed` is the one that it was made with. The market goes on unharmed."""
    values = {leaf.path: so_far(leaf, market.day) for leaf in leaves(market)}
    arrays = {path: np.asarray(value) for path, value in values.items() if isinstance(value, np.ndarray | np.generic)}
    return State(
        loaded=market.loaded,
        seed=seed,
        run=market.run_number,
        record=tuple(sorted(market.recorder.record)),
        feedback=market.today.impact.feedback,
        date=market.date,
        day=market.day,
        keys=_keys(market),
        arrays=arrays | _recorded(market),
        numbers={path: value for path, value in values.items() if path not in arrays},
    )


def _recorded(market: MarginMarket) -> dict[str, NDArray[Any]]:
    """The rows of the audit and of the causes, and what the market's DataCollector holds beside dates."""
    recorder = market.recorder
    audit = market.audit() if recorder.audit.wanted else {}
    causes = recorder.causes.rows() if recorder.causes.wanted else {}
    series = {name: values for name, values in market.datacollector.model_vars.items() if name != "date"}
    rows = {f"{AUDIT}{name}": column for name, column in audit.items()}
    rows |= {f"{CAUSES}{name}": column for name, column in causes.items()}
    return rows | {f"{COLLECTED}{name}": np.array(values) for name, values in series.items()}


def restore(market: MarginMarket, state: State) -> MarginMarket:
    """A new market, put into the state: its next step is the day after `state.date`. Returns it.

    Its scenario may be another one that says the same up to that date. Raises ScenarioError for a market that has
    begun, has another seed, run, record or feedback, or a scenario that differs before.
    """
    _check(market, state)
    check_agreement(state.loaded, market.loaded, state.date)
    return put_into(market, state)


def put_into(market: MarginMarket, state: State) -> MarginMarket:
    """`restore` without its checks; ScenarioError if the state lacks something."""
    for leaf in leaves(market):
        if leaf.path not in state.numbers and leaf.path not in state.arrays:
            raise ScenarioError(f"state of {state.date}: has no {leaf.path}; other code made it, so make it again")
        if leaf.path in state.numbers:
            leaf.put(state.numbers[leaf.path])
        else:
            value = state.arrays[leaf.path]
            leaf.put(value if isinstance(leaf.value, np.ndarray) else value[()])
    market.today = market.days[market.day]
    market.running = market.day < len(market.days) - 1
    for population in market.populations:
        population.take_terms(market.today)
    market.recorder.audit.parts = _rows(state, AUDIT)
    market.recorder.causes.parts = _rows(state, CAUSES)
    series = {name: column.tolist() for name, column in _named(state, COLLECTED).items()}
    market.datacollector.model_vars |= series | {"date": [day.date for day in market.days[: market.day + 1]]}
    return market


def _rows(state: State, prefix: str) -> list[dict[str, NDArray[Any]]]:
    """The rows of a record as its only part; none without rows."""
    rows = _named(state, prefix)
    return [rows] if rows and len(rows["day"]) else []


def _named(state: State, prefix: str) -> dict[str, NDArray[Any]]:
    return {path.removeprefix(prefix): array for path, array in state.arrays.items() if path.startswith(prefix)}


def _keys(market: MarginMarket) -> dict[str, int]:
    return {purpose.name: int(key) for purpose, key in market.keys.items()}


def _check(market: MarginMarket, state: State) -> None:
    found = {
        "day": (market.day, 0),
        "run": (market.run_number, state.run),
        "record": (sorted(market.recorder.record), list(state.record)),
        "feedback": (market.today.impact.feedback, state.feedback),
    }
    for name, (is_, must) in found.items():
        if is_ != must:
            raise ScenarioError(f"state of {state.date}: the market has {name} {is_}, must have {must}; make a new one")
    if _keys(market) != state.keys:
        raise ScenarioError(f"state of {state.date}: the market has another seed than {state.seed}; make a new one")
