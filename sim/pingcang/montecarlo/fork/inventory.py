"""Where the state of a market lies: every attribute of every live object, and which of them are no state.

What is not named here as fixed, rebuilt or another part counts as state and is kept; what can neither be kept nor is
named is refused by `leaves`. So nobody can add an attribute to the engine and forget it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.results.variables import VARIABLES

if TYPE_CHECKING:
    from pingcang.model import MarginMarket

MESA_MODEL = frozenset(
    {"rng", "_rng", "random", "_seed", "_user_step", "step", "_agents", "_agents_by_type", "_all_agents"}
)
"""Mesa's own: its random numbers are never drawn, its registers of agents are the same in every market."""
MESA_AGENT = frozenset({"model", "unique_id", "pos"})

NO_STATE: dict[str, frozenset[str]] = {
    "market": MESA_MODEL
    | {"loaded", "run_number", "threads", "scale", "listing", "days", "keys", "tick"}  # fixed at the start
    | {"stocks", "purses", "tape", "rest", "national_team", "funds", "populations", "recorder"}  # parts
    | {"today", "running", "datacollector"},  # set by `restore`
    "stocks": frozenset({"listing", "float_lots", "liquidity"}),
    "purses": frozenset(),
    "tape": frozenset({"stocks", "lot_value"}),
    "rest": MESA_AGENT,
    "team": MESA_AGENT | {"tilt", "wanted"},
    "fund": MESA_AGENT | {"index", "rules", "wanted"},
    "cohort": MESA_AGENT
    | {"name", "book", "ledger", "threads", "size_tilt"}
    | {"sheet", "terms", "contract", "weights"},  # made anew every day or session
    "book": frozenset({"name", "code"}),
    "recorder": frozenset({"market", "record", "sizes", "audit", "causes"}),
    "audit": frozenset({"market", "wanted", "parts"}),
    "causes": frozenset({"market", "wanted", "parts", "labels"})
    | {"before", "moved", "lots", "value"},  # made anew every day or session
}
"""Kind of part -> its attributes that are no state. `wanted` and `sheet` are orders of a session that is over."""
DAILY = frozenset(variable.name for variable in VARIABLES if "day" in variable.dims)
"""Records with an entry a day."""


@dataclass(frozen=True)
class Leaf:
    """One value of the state: `holder.key` or `holder[key]`."""

    path: str
    holder: Any
    key: Any
    value: Any

    def put(self, value: Any) -> None:
        """Set it: arrays in place, since kernels hold pointers into them; longer ones from their beginning.

        Raises ValueError if the value does not fit.
        """
        if isinstance(self.value, np.ndarray):
            target = self.value[: len(value)] if _grows(self.path) else self.value
            if target.shape != value.shape or target.dtype != value.dtype:
                raise ValueError(f"{self.path}: {value.dtype} {value.shape} instead of {target.dtype} {target.shape}")
            target[...] = value
        elif isinstance(self.holder, dict | list):
            self.holder[self.key] = value
        else:
            setattr(self.holder, self.key, value)


def leaves(market: MarginMarket) -> Iterator[Leaf]:
    """Every value of the state, in a fixed order; TypeError for an attribute of which nobody knows what it is."""
    for path, part in parts(market):
        known = NO_STATE[path.partition(":")[0]]
        for name in _attributes(part):
            if name not in known:
                yield from _below(f"{path}.{name}", part, name, getattr(part, name))


def parts(market: MarginMarket) -> Iterator[tuple[str, Any]]:
    """The objects in which state lies, as `kind` or `kind:name`."""
    yield "market", market
    yield "stocks", market.stocks
    yield "purses", market.purses
    yield "tape", market.tape
    yield "rest", market.rest
    yield "team", market.national_team
    for fund in market.funds:
        yield f"fund:{fund.index}", fund
    for population in market.populations:
        yield f"cohort:{population.name}", population
        yield f"book:{population.name}", population.book
    yield "recorder", market.recorder
    yield "audit", market.recorder.audit
    yield "causes", market.recorder.causes


def _attributes(part: Any) -> list[str]:
    if hasattr(part, "__dict__"):
        return list(vars(part))
    return [name for name in dir(part) if not name.startswith("__")]  # a compiled class


def _below(path: str, holder: Any, key: Any, value: Any) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _below(f"{path}.{name}", value, name, inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _below(f"{path}.{place}", value, place, inner)
    elif isinstance(value, bool | int | float | np.generic) or _plain(value):
        yield Leaf(path, holder, key, value)
    else:
        raise TypeError(
            f"{path}: a {type(value).__name__} is no array and no number, so a fork cannot keep it; "
            "make it one, or name it in NO_STATE if days to come do not depend on it"
        )


def _plain(value: Any) -> bool:
    return isinstance(value, np.ndarray) and not value.dtype.hasobject


def so_far(leaf: Leaf, day: int) -> Any:
    """A copy of the value; of a record only the days that are over."""
    if not isinstance(leaf.value, np.ndarray):
        return leaf.value
    return (leaf.value[: day + 1] if _grows(leaf.path) else leaf.value).copy()


def _grows(path: str) -> bool:
    """Whether the array has an entry a day, so that its length is the calendar's."""
    record, _, name = path.rpartition(".")
    return record == "recorder.arrays" and name in DAILY
