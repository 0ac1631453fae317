"""Do two scenarios say the same up to a date? Where they do, their runs are bit-identical until its close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.errors import ScenarioError
from pingcang.montecarlo.plan import data_hash
from pingcang.scenario import trading_days
from pingcang.scenario.canonical import written_out

if TYPE_CHECKING:
    from pingcang.market.day import Day
    from pingcang.scenario import LoadedScenario

WORDS = ("name", "description", "sources")
"""Keys that are for readers."""
LATER = ("events", "calendar.days")
"""Keys that may speak of later days only."""


def check_agreement(one: LoadedScenario, other: LoadedScenario, eve: dt.date) -> None:
    """Raise ScenarioError, naming the keys, if the scenarios differ in what holds up to the close of `eve`."""
    if one.base_folder != other.base_folder and data_hash(one) != data_hash(other):
        raise ScenarioError(f"{other.source}: its data files are not those of {one.source}; there is no common past")
    if one.hash == other.hash:
        return
    keys = [key for key in _differing(written_out(one.scenario), written_out(other.scenario)) if _counts(key)]
    if eve not in trading_days(other.scenario.calendar):
        keys.append("calendar.days")
    keys = keys or _differing_events(one, other, eve)
    if keys:
        raise ScenarioError(
            f"{', '.join(keys[:5])}: differs before or on {eve}, so there is no common past to fork; "
            "change it by an event of a later date, or run the scenario from its start"
        )


def _counts(key: str) -> bool:
    return not any(key == free or key.startswith(f"{free}.") for free in (*WORDS, *LATER))


def _differing(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """The dotted paths at which two plain trees differ; lists differ as a whole."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        if one != other:
            yield at
        return
    if list(one) != list(other) and set(one) == set(other):
        yield at  # the order of cohorts and boards counts
    for key in [*one, *(key for key in other if key not in one)]:
        yield from _differing(one.get(key), other.get(key), f"{at}.{key}" if at else key)


def _differing_events(one: LoadedScenario, other: LoadedScenario, eve: dt.date) -> list[str]:
    """The first event up to the date that differs, unless it only speaks of later days (a rescue's `until`)."""
    past, others = (
        [written_out(event) for event in loaded.scenario.events if event.date <= eve] for loaded in (one, other)
    )
    if past == others or _same_days(one, other, eve):
        return []
    same = [left == right for left, right in zip(past, others, strict=False)]
    return [f"events.{same.index(False) if False in same else len(same)}"]


def _same_days(one: LoadedScenario, other: LoadedScenario, eve: dt.date) -> bool:
    plans, others = _plans(one, eve), _plans(other, eve)
    return len(plans) == len(others) and all(map(_same, plans, others))


def _plans(loaded: LoadedScenario, eve: dt.date) -> list[Day]:
    """What the engine makes of every day up to the date, in run 0."""
    from pingcang.accounts.initial import draw_initial_state

    days = draw_initial_state(loaded, seed=0, run=0, scale=loaded.scenario.scale).days
    return [day for day in days if day.date <= eve]


def _same(one: Any, other: Any) -> bool:
    if is_dataclass(one) and type(one) is type(other):
        return all(_same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(one == other)
