"""What may be set on the page, within which range, and what it puts into the scenario.

What comes from a browser is judged here and nowhere else: whatever it sends, the outcome is a `Settings` or a
`ScenarioError` with a line for each thing that is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pingcang.app import words
from pingcang.app.words import LEVER_WORDS
from pingcang.errors import ScenarioError
from pingcang.language import translated
from pingcang.scenario import LoadedScenario, load_scenario, ready_made
from pingcang.scenario.schema import Scenario
from pingcang.study.levers import Overrides, is_broker_financed, lender, without_cohorts

MOST_ACCOUNTS = 5_000
"""Simulated margin accounts of a scenario as it is; shadow finance at twice its size may add a few hundred."""
MOST_DAYS, LEAST_DAYS, USUAL_DAYS = 45, 5, 20
MOST_SESSIONS = 4
"""Call auctions a day. With 8 the fall of china_2015 differs by less than a point, and takes twice as long."""
HIGHEST_SEED = 9_999
SHOWN = 60
"""Characters of a refused value that are repeated."""
OWN, NONE = "own", "none"
BANDS = (OWN, "0.05", "0.1", "0.2", NONE)
"""Choices of the price limit: the scenario's own, one for all boards, no limit."""


@dataclass(frozen=True)
class Lever:
    """A slider of one scenario: range, step, and the scenario's own value, at which it changes nothing."""

    key: str
    low: float
    high: float
    step: float
    own: float
    missing: str = ""
    """Why the scenario has no such thing; empty where it has."""


@dataclass(frozen=True)
class Teaching:
    """A ready-made scenario at the teaching scale."""

    name: str
    scenario: Scenario
    scale: float
    sessions: int
    days: int
    """The most that may be asked for."""
    levers: dict[str, Lever]

    @property
    def usual_days(self) -> int:
        """Where the slider of days begins."""
        return min(self.days, USUAL_DAYS)


@dataclass(frozen=True)
class Settings:
    """One rule set on one scenario with one seed: all that a simulated run depends on."""

    scenario: str
    days: int
    seed: int
    levers: tuple[tuple[str, float], ...] = ()
    """Sliders that were moved, in the order of LEVER_KEYS."""
    band: str = OWN

    @classmethod
    def read(cls, raw: Any) -> Settings:
        """Settings as a browser sends them: scenario, days, seed, levers by key, band."""
        if not isinstance(raw, Mapping):
            raise ScenarioError(translated(words.NOT_SETTINGS).format(found=_shown(raw)))
        name = raw.get("scenario")
        if not isinstance(name, str) or name not in ready_made():
            raise ScenarioError(_not_among("scenario", name, ready_made()))
        base = teaching(name)
        problems: list[str] = []
        days = _whole("days", raw.get("days"), min(LEAST_DAYS, base.days), base.days, problems)
        seed = _whole("seed", raw.get("seed"), 0, HIGHEST_SEED, problems)
        levers = tuple(_moved(base, raw.get("levers", {}), problems))
        band = raw.get("band", OWN)
        if band not in BANDS:
            problems.append(_not_among("band", band, BANDS))
        if problems:
            raise ScenarioError(*problems)
        return cls(name, days, seed, levers, band)

    def to_dict(self) -> dict[str, Any]:
        """What `read` takes."""
        return {
            "scenario": self.scenario,
            "days": self.days,
            "seed": self.seed,
            "levers": dict(self.levers),
            "band": self.band,
        }

    def load(self) -> LoadedScenario:
        """The scenario with all of it in place; ScenarioError where the levers do not go together."""
        base = teaching(self.scenario)
        found: Overrides = {"scale": base.scale, "calendar.sessions": base.sessions, "calendar.days": self.days}
        for key, value in self.levers:
            found |= LEVERS[key](base.scenario, value)
        found |= _band(base.scenario, self.band)
        return load_scenario(self.scenario, overrides=found)


def _shown(value: Any) -> str:
    """A value as it is repeated to its sender: short."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _not_among(key: str, value: Any, choices: Iterable[str]) -> str:
    what = translated(words.REFUSED_NAMES[key])
    return translated(words.NOT_AMONG).format(what=what, found=_shown(value), choices=", ".join(choices))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(key: str, value: Any, low: int, high: int, problems: list[str]) -> int:
    if _is_number(value) and value == math.floor(value) and low <= value <= high:
        return int(value)
    what = translated(words.REFUSED_NAMES[key])
    problems.append(translated(words.NOT_WHOLE).format(what=what, found=_shown(value), low=low, high=high))
    return low


def _moved(base: Teaching, raw: Any, problems: list[str]) -> Iterator[tuple[str, float]]:
    """The levers that stand elsewhere than in the scenario itself."""
    if not isinstance(raw, Mapping) or not set(raw) <= set(LEVERS):
        problems.append(translated(words.NOT_LEVERS).format(found=_shown(raw), choices=", ".join(LEVERS)))
        return
    for key, lever in base.levers.items():
        value = raw.get(key)
        if value is None:
            continue
        told = {"what": translated(LEVER_WORDS[key].name), "found": _shown(value)}
        if not _is_number(value) or not lever.low <= value <= lever.high:
            problems.append(translated(words.NOT_WITHIN).format(**told, low=lever.low, high=lever.high))
        elif value != lever.own:
            if lever.missing:
                problems.append(translated(words.NOT_MOVABLE).format(**told, missing=translated(lever.missing)))
            else:
                yield key, round(float(value), 4)


# ---- what a lever puts into the scenario --------------------------------------------------------------------------


def _close_out_line(scenario: Scenario, line: float) -> Overrides:
    """The line, and the lines beside it where they would stand on its wrong side."""
    rules = scenario.rules
    return {
        "rules.close_out_line": line,
        "rules.immediate_line": min(rules.immediate_line, line),
        "rules.warning_line": max(rules.warning_line, line),
        "rules.restore_line": max(rules.restore_line, line),
    }


def _initial_margin(_: Scenario, share: float) -> Overrides:
    return {"rules.initial_margin.value": share}


def _leverage(scenario: Scenario, factor: float) -> Overrides:
    """Debt of brokers' clients times a factor on the same assets: maintenance ratios are divided by it."""
    found: Overrides = {}
    for name, cohort in scenario.cohorts.items():
        if not is_broker_financed(cohort):
            continue
        if cohort.maintenance_ratio is not None and cohort.debt is not None:
            found[f"cohorts.{name}.debt"] = float(round(cohort.debt * factor))
            ratios = [[p, round(ratio / factor, 4)] for p, ratio in cohort.maintenance_ratio]
            found[f"cohorts.{name}.maintenance_ratio"] = ratios
        for a, account in enumerate(cohort.explicit or []):
            for p, position in enumerate(account.positions):
                found[f"cohorts.{name}.explicit.{a}.positions.{p}.loan"] = float(round(position.loan * factor))
    return found


def _marginable(_: Scenario, count: float) -> Overrides:
    return {"rules.marginable_stocks": round(count), "rules.marginable_boards": None}


def _shadow(scenario: Scenario, factor: float) -> Overrides:
    """Debt and accounts of shadow lenders' clients times a factor; 0 takes them out."""
    cohorts = _shadow_cohorts(scenario)
    if not factor:
        return without_cohorts(scenario, cohorts)
    found: Overrides = {}
    for name in cohorts:
        cohort = scenario.cohorts[name]
        found[f"cohorts.{name}.debt"] = float(round((cohort.debt or 0.0) * factor))
        found[f"cohorts.{name}.accounts"] = max(1, round((cohort.accounts or 0) * factor))
    return found


def _shadow_cohorts(scenario: Scenario) -> list[str]:
    return [name for name, cohort in scenario.cohorts.items() if lender(cohort) == "shadow" and cohort.accounts]


def _rescue(scenario: Scenario, factor: float) -> Overrides:
    """Purchases of the national team times a factor; 0 takes them out, their news stays."""
    budgets = {n: event.rescue.budget for n, event in enumerate(scenario.events) if event.rescue is not None}
    if not factor:
        return {f"events.{n}.rescue": None for n in budgets}
    return {f"events.{n}.rescue.budget": budget * factor for n, budget in budgets.items()}


def _band(scenario: Scenario, band: str) -> Overrides:
    """One price limit for every board (ST stocks keep theirs), or none."""
    if band == OWN:
        return {}
    if band == NONE:
        return {"exchange.price_limits": False}
    boards = scenario.securities.boards or {stock.board for stock in scenario.securities.stocks or []}
    return {"exchange.price_limits": True, "rules.price_limits": {board: float(band) for board in boards}}


LEVERS: dict[str, Callable[[Scenario, float], Overrides]] = {
    "close_out_line": _close_out_line,
    "initial_margin": _initial_margin,
    "leverage": _leverage,
    "marginable": _marginable,
    "shadow": _shadow,
    "rescue": _rescue,
}
LEVER_KEYS = tuple(LEVERS)


# ---- the ranges of a scenario -------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def teaching(name: str) -> Teaching:
    """A ready-made scenario at the scale, the sessions and the length of the page."""
    scenario = load_scenario(name).scenario
    return Teaching(
        name=name,
        scenario=scenario,
        scale=_scale(scenario),
        sessions=min(scenario.calendar.sessions, MOST_SESSIONS),
        days=min(scenario.calendar.days, MOST_DAYS),
        levers={lever.key: lever for lever in _levers(scenario)},
    )


def _scale(scenario: Scenario) -> float:
    """1 in the largest power of ten that leaves MOST_ACCOUNTS; written-out accounts all stay."""
    accounts = sum(cohort.accounts or 0 for cohort in scenario.cohorts.values())
    if not accounts:
        return scenario.scale
    grown = 1
    while accounts > MOST_ACCOUNTS * grown:
        grown *= 10
    return min(scenario.scale, 1 / grown)


def _levers(scenario: Scenario) -> Iterator[Lever]:
    rules = scenario.rules
    by_ratio = "" if rules.requirement is None else LEVER_WORDS["close_out_line"].missing
    line = rules.close_out_line
    yield Lever("close_out_line", min(1.1, line), max(1.5, line), 0.01, line, by_ratio)
    own, most = rules.initial_margin.value, 1.0 if rules.initial_margin.of == "purchase" else 1.5
    yield Lever("initial_margin", min(0.2, own), max(most, own), 0.05, own)
    yield Lever("leverage", 0.5, 1.2, 0.05, 1.0)
    stocks, marginable = _stocks(scenario)
    step = 50 if scenario.securities.boards else 1
    yield Lever("marginable", step, stocks, step, marginable)
    shadow = "" if _shadow_cohorts(scenario) else LEVER_WORDS["shadow"].missing
    yield Lever("shadow", 0.0, 2.0, 0.1, 1.0, shadow)
    rescued = any(event.rescue is not None for event in scenario.events)
    yield Lever("rescue", 0.0, 2.0, 0.1, 1.0, "" if rescued else LEVER_WORDS["rescue"].missing)


def _stocks(scenario: Scenario) -> tuple[int, int]:
    """How many stocks are listed, and how many of them may be bought on margin."""
    boards = list((scenario.securities.boards or {}).values())
    written = scenario.securities.stocks or []
    listed = sum(board.stocks for board in boards) + len(written)
    named = sum(board.marginable for board in boards) + sum(stock.marginable for stock in written)
    chosen = scenario.rules.marginable_stocks
    return listed, named if chosen is None else chosen
