"""The cells of the study: which levers, how many runs, with or without the counterfactual of the amplification.

The index without the price effect of margin orders does not depend on who borrows how much (it moves by less than
0.0001, by fills of funds beside sealed stocks), so that cells of one market share that of its base cell, which is
simulated with amplification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from experiments.absorption import levers
from experiments.absorption.levers import BASE, CRASH_2015, MAIN, OTHERS, Lever, together

from pingcang import load_scenario
from pingcang.scenario import LoadedScenario
from pingcang.study.arms import Arm, changed


@dataclass(frozen=True)
class Sizes:
    """How many runs each part of the study gets."""

    corner: int = 500
    """The two corners of the full design, and its main cells."""
    crash: int = 200
    """The market of 2015 itself."""
    mixed: int = 100
    """The other cells of the full design."""
    single: int = 60
    """One factor at a time."""
    shadow: int = 20
    """Shadow finance from 0 to 2tn."""
    flip: int = 20
    """What might turn the answer."""
    technology: int = 24
    """The shock on technology stocks."""
    dose: int = 15
    """Smaller shocks."""
    calm: int = 12
    """Without any event."""

    def at_most(self, runs: int) -> Sizes:
        """The same with a ceiling: a first look, or a small machine."""
        return Sizes(**{name: min(runs, value) for name, value in asdict(self).items()})


@dataclass(frozen=True)
class Cell:
    """One market of the study."""

    name: str
    runs: int
    lever: Lever
    source: str = BASE
    amplification: bool = False


def nothing(_: object) -> levers.Overrides:
    """The market as it is."""
    return {}


def corner_name(levels: tuple[int, ...]) -> str:
    """(1, 0, 1) -> `B-S`; the base is `2025`."""
    return (
        "".join(factor.key if level else "-" for factor, level in zip(MAIN, levels, strict=True))
        if any(levels)
        else "2025"
    )


MAIN_CELLS = {(0, 0, 0), (1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1)}
"""Cells of the full design that get the runs of a corner."""
BOTH_ENDS = {"": (), "BLS+": MAIN}
"""Where single factors are tried: at 2025, and with breadth, leverage and shadow finance of 2015."""
OWN_COUNTERFACTUAL = {"P", "D", "G"}
"""Single factors that change prices even without margin orders."""
SHADOW_SIZES = (0.0, 0.25e12, 0.5e12, 1.0e12, 1.5e12, 2.0e12)
"""CNY."""
APPETITE_2015 = 1.088


def borrowers_2015(sizes: Sizes) -> Cell:
    """All that is known of the borrowers of 2015 on the stocks of 2025: BLS, their ratios, margin and appetite."""
    lever = together(
        *(factor.lever for factor in MAIN), levers.ratios, levers.initial_margin, levers.appetite(APPETITE_2015)
    )
    return Cell("borrowers of 2015", sizes.single, lever)


def full_design(sizes: Sizes) -> dict[tuple[int, ...], Cell]:
    """Breadth × leverage × shadow finance on the market of 2025."""
    found = {}
    for levels in product((0, 1), repeat=len(MAIN)):
        lever = together(*(factor.lever for factor, level in zip(MAIN, levels, strict=True) if level))
        runs = sizes.corner if levels in MAIN_CELLS else sizes.mixed
        found[levels] = Cell(corner_name(levels), runs, lever, amplification=not any(levels))
    return found


def market_2015(sizes: Sizes) -> Cell:
    """The market of 2015 itself."""
    return Cell("2015", sizes.crash, nothing, CRASH_2015, amplification=True)


def singles(sizes: Sizes) -> dict[str, Cell]:
    """The other factors one at a time, at both ends, and a market without rescue."""
    found = {}
    for (end, main), factor in product(BOTH_ENDS.items(), OTHERS):
        lever = together(*(each.lever for each in main), factor.lever)
        amplified = not end and factor.key in OWN_COUNTERFACTUAL
        found[end + factor.key] = Cell(end + factor.key, sizes.single, lever, amplification=amplified)
    found["no rescue"] = Cell("no rescue", sizes.single, levers.rescue(0), amplification=True)
    return found


def shadow_sweep(sizes: Sizes) -> dict[tuple[str, float], Cell]:
    """Shadow finance of 0 to 2tn in both markets."""
    return {
        (source, debt): Cell(f"{source}, shadow {debt / 1e12:g}tn", sizes.shadow, levers.shadow(debt), source)
        for source in (BASE, CRASH_2015)
        for debt in SHADOW_SIZES
    }


FITTED_SQRT = Path(__file__).resolve().parents[1] / "china_2015" / "fitted_sqrt.yaml"


@cache
def square_root_2015() -> LoadedScenario:
    """The challenger with square-root impact, fitted to the same crash."""
    return load_scenario(FITTED_SQRT)


def square_root(scenario: levers.Scenario) -> levers.Overrides:
    """Impact, noise, halts and news of the square-root fit, on the market of 2025; the accounts behave as ever."""
    fitted = square_root_2015().scenario
    found: levers.Overrides = {
        f"impact.{key}": getattr(fitted.impact, key)
        for key in ("exponent", "depth", "noise_bids", "trend", "trend_decay", "herding_down", "herding_up",
                    "market_volatility", "stock_volatility")
    }  # fmt: skip
    found["exchange.suspensions.base_hazard"] = fitted.exchange.suspensions.base_hazard
    sizes = iter(event.news.value for event in fitted.events if event.news is not None)
    found |= {
        f"events.{n}.news.value": next(sizes) for n, event in enumerate(scenario.events) if event.news is not None
    }
    bids = next(event.impact["noise_bids"] for event in fitted.events if event.impact)
    eased = next(n for n, event in enumerate(scenario.events) if event.impact)
    return found | {f"events.{eased}.impact.noise_bids": bids}


FLIPS: dict[str, tuple[Lever, bool]] = {
    "square-root impact": (square_root, True),
    "depth as 2015, by float": (levers.deep, True),
    "overlapping holdings": (levers.overlapping, False),
    "crowded in electronics": (levers.crowded, False),
    "appetite of the bubble": (levers.appetite(APPETITE_2015), False),
    "no rescue": (levers.rescue(0), True),
}
"""Other worlds in which the main effects are measured again: lever, and whether it needs its own counterfactual."""
FLIP_CELLS = ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1))


def flips(sizes: Sizes) -> dict[tuple[str, tuple[int, ...]], Cell]:
    """The base, each main factor alone, and all three, in every other world."""
    found = {}
    for (name, (world, own)), levels in product(FLIPS.items(), FLIP_CELLS):
        factors = [factor.lever for factor, level in zip(MAIN, levels, strict=True) if level]
        cell = Cell(f"{name}: {corner_name(levels)}", sizes.flip, together(world, *factors))
        found[name, levels] = replace(cell, amplification=own and not any(levels))
    return found


TECHNOLOGY: dict[str, Lever] = {
    "2025": nothing,
    "crowded": levers.crowded,
    "crowded, B": together(levers.crowded, levers.breadth),
    "crowded, L": together(levers.crowded, levers.leverage),
    "crowded, S": together(levers.crowded, levers.shadow_2015),
    "crowded, BLS": together(levers.crowded, levers.breadth, levers.leverage, levers.shadow_2015),
}


def technology(sizes: Sizes) -> dict[str, Cell]:
    """The shock on electronics alone."""
    return {
        name: Cell(
            f"technology: {name}",
            sizes.technology,
            together(lever, levers.technology_shock),
            amplification=name == "2025",
        )
        for name, lever in TECHNOLOGY.items()
    }


DOSES = (0.25, 0.5, 0.75)
"""Sizes of the shock below that of 2015, as shares of it."""


def doses(sizes: Sizes) -> dict[tuple[str, float], Cell]:
    """Smaller shocks on the two markets, the main cells and the far corner: where does a fall of a quarter begin?"""
    markets = [market_2015(sizes), *(cell for levels, cell in full_design(sizes).items() if levels in FLIP_CELLS)]
    return {
        (cell.name, dose): Cell(
            f"{cell.name}, {dose:g} of the shock",
            sizes.dose,
            together(cell.lever, levers.news_times(dose)),
            cell.source,
        )
        for cell in markets
        for dose in DOSES
    }


def calm(sizes: Sizes) -> dict[str, Cell]:
    """Every market without any event: does its balance grow as it should?"""
    crashes: list[Cell] = [
        market_2015(sizes),
        *full_design(sizes).values(),
        *singles(sizes).values(),
        *(cell for (_, levels), cell in flips(sizes).items() if not any(levels)),
    ]
    found = {}
    for cell in crashes:
        quiet = Cell(f"{cell.name}, calm", sizes.calm, together(cell.lever, levers.calm), cell.source)
        found[cell.name] = quiet
    return found


@cache
def _loaded(source: str) -> LoadedScenario:
    return load_scenario(source)


def arm(cell: Cell, overrides: Mapping[str, Any] | None = None) -> Arm:
    """The cell, ready to be simulated; `overrides` (another scale, fewer days) go below its lever."""
    base = changed(_loaded(cell.source), overrides or {})
    return Arm(cell.name, changed(base, cell.lever(base.scenario)), cell.runs, cell.amplification)


STEPS: dict[str, Callable[[Sizes], list[Cell]]] = {
    "design": lambda sizes: [market_2015(sizes), *full_design(sizes).values(), borrowers_2015(sizes)],
    "singles": lambda sizes: [*singles(sizes).values()],
    "shadow": lambda sizes: [*shadow_sweep(sizes).values()],
    "flips": lambda sizes: [*flips(sizes).values()],
    "technology": lambda sizes: [*technology(sizes).values()],
    "doses": lambda sizes: [*doses(sizes).values()],
    "calm": lambda sizes: [*calm(sizes).values()],
}
"""What each part of the study simulates; the draws of parameters, whose cells hang on results, stand in good_set.py."""
