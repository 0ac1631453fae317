"""The arms of a fork: one past, and what changes in each from a date on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pingcang.errors import ScenarioError
from pingcang.montecarlo.fork.agreement import check_agreement
from pingcang.scenario import load_text, trading_days
from pingcang.scenario.canonical import written_out
from pingcang.scenario.settings import DATED_SECTIONS, parse_settings
from pingcang.scenario.tree import dotted, plain

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario
    from pingcang.scenario.settings import Setting

HAPPENINGS = ("news", "rescue", "credit_withdrawal", "suspend", "resume")
"""What an event does on its date, beside changing sections."""
ALLOWED = "rules.X, impact.X, exchange.X, macro.X, contract.COHORT.X, news.X, rescue.X, suspend.X, resume.X, events.N.X"
LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")

Changes = Mapping[str, Any] | Sequence[str]
"""`{"rules.close_out_line": 1.4}`, or texts as for --set: ["rules.close_out_line=1.4"]."""


def forked(loaded: LoadedScenario, at: dt.date, arms: Mapping[str, Changes]) -> dict[str, LoadedScenario]:
    """The scenario of each arm: `loaded` with changes that begin at the open of `at`.

    `rules.X`, `impact.X`, `exchange.X`, `macro.X` and `contract.COHORT.X` (also written `cohorts.COHORT.contract.X`)
    hold from that day to the end: they win over later events, as a setting does. `news.X`, `rescue.X`,
    `credit_withdrawal.X`, `suspend.X` and `resume.X` happen on that day beside what happens anyway. `events.N.X`
    changes an event of the scenario that is still to come; null takes a key out. An arm without changes is the scenario
    itself.

    Raises ScenarioError for a date that is no trading day after the start, a label that is no file name, a key that
    only the start reads or that changes the past, and for whatever is wrong in a scenario.
    """
    eve_of(loaded, at)
    return {_label(label): _arm(loaded, at, label, changes) for label, changes in arms.items()}


def eve_of(loaded: LoadedScenario, at: dt.date) -> dt.date:
    """The last trading day before a date that is one; ScenarioError for any other date."""
    days = trading_days(loaded.scenario.calendar)
    if at in days[1:]:
        return days[days.index(at) - 1]
    later = [day for day in days[1:] if day > at]
    if at < days[1] or not later:
        raise ScenarioError(f"fork at {at}: must lie in the calendar, {days[1]} to {days[-1]}")
    raise ScenarioError(f"fork at {at}: is not a trading day; take the next one, {later[0]}")


def _label(label: str) -> str:
    if not LABEL.fullmatch(label):
        raise ScenarioError(
            f"arm {label[:80]!r}: must be letters, digits, _ . and - only, up to 64 of them; it becomes a file name"
        )
    return label


def _arm(loaded: LoadedScenario, at: dt.date, label: str, changes: Changes) -> LoadedScenario:
    try:
        settings = _parsed(changes)
        arm = _with_events_changed(loaded, [each for each in settings if each.keys[0] == "events"])
        arm = _with_event(arm, at, [each for each in settings if each.keys[0] != "events"])
        check_agreement(loaded, arm, eve_of(loaded, at))
    except ScenarioError as reason:
        raise ScenarioError(*(f"arm {label}: {problem}" for problem in reason.problems)) from None
    return arm


def _parsed(changes: Changes) -> list[Setting]:
    if isinstance(changes, Mapping):
        return parse_settings((), changes)
    return parse_settings(changes, None)


def _with_events_changed(loaded: LoadedScenario, settings: list[Setting]) -> LoadedScenario:
    return _again(loaded, {dotted(each.keys): plain(each.value) for each in settings})


def _with_event(loaded: LoadedScenario, at: dt.date, settings: list[Setting]) -> LoadedScenario:
    """An event more, behind those of its date; what it sets for good is taken out of those from its date on."""
    if not settings:
        return loaded
    event: dict[str, Any] = {"date": at}
    events = [written_out(each) for each in loaded.scenario.events]
    for keys, value in ((_in_event(each.keys), plain(each.value)) for each in settings):
        for later in events:
            if later["date"] >= at and keys[0] not in HAPPENINGS:
                _take_out(later, keys)
        _put(event, keys, value)
    place = sum(each["date"] <= at for each in events)
    try:
        return _again(loaded, {"events": [*events[:place], event, *events[place:]]})
    except ScenarioError as reason:  # the new event has no place that its writer knows
        ours = f"override events: events.{place}."
        raise ScenarioError(*(problem.removeprefix(ours) for problem in reason.problems)) from None


def _again(loaded: LoadedScenario, overrides: Mapping[str, Any]) -> LoadedScenario:
    if not overrides:
        return loaded
    return load_text(loaded.text, source=loaded.source, base_folder=loaded.base_folder, overrides=overrides)


def _in_event(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Where an event says it; ScenarioError if no event can."""
    match keys:
        case ("cohorts", cohort, "contract", key, *rest):
            return ("contract", cohort, key, *rest)
        case ("contract", _, _, *_):
            return keys
        case (section, _, *_) if section in (*DATED_SECTIONS, *HAPPENINGS):
            return keys
    raise ScenarioError(f"{dotted(keys)}: cannot change from a date on; allowed are {ALLOWED}")


def _put(tree: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    tree[keys[-1]] = value


def _take_out(tree: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Remove a value, and the mappings that are empty without it."""
    key, *rest = keys
    inner = tree.get(key)
    if not rest or not isinstance(inner, dict):
        tree.pop(key, None)
        return
    _take_out(inner, tuple(rest))
    if not inner:
        del tree[key]


def parsed_arms(texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """`LABEL: KEY=VALUE; KEY=VALUE` taken apart; ScenarioError for one without a label, or a label twice."""
    seen: set[str] = set()
    for text in texts:
        label, colon, changes = text.partition(":")
        label = label.strip()
        if not colon:
            raise ScenarioError(
                f"--arm {text!r}: write LABEL: KEY=VALUE; KEY=VALUE, as line_140: rules.close_out_line=1.4"
            )
        if label in seen:
            raise ScenarioError(f"--arm {text!r}: there is an arm {label} already; give it another label")
        seen.add(label)
        yield label, [change.strip() for change in changes.split(";") if change.strip()]
