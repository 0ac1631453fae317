"""The table: every figure of every regime, from files, rules, formulas and print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pingcang.leverage.regimes.cells import Cell, empty_cell, stated_cell
from pingcang.leverage.regimes.derived import FORMULAS, OF_PURCHASE, derived_cell
from pingcang.leverage.regimes.figures import FIGURES, Figure, base_unit
from pingcang.leverage.regimes.files import Regime, RegimeFile, Statement, regime_file
from pingcang.leverage.regimes.from_files import cell_from_files
from pingcang.leverage.regimes.from_rules import cell_from_rules, rules_of
from pingcang.leverage.regimes.market_files import MarketFiles, read_market_files

CURRENCIES = {"CN": "CNY", "US": "USD", "HK": "HKD"}


@dataclass(frozen=True)
class RegimeTable:
    """Figures by regimes."""

    regimes: tuple[Regime, ...]
    figures: tuple[Figure, ...]
    cells: Mapping[tuple[str, str], Cell]
    """By figure and regime."""
    rule_sets: Mapping[str, str]
    """The name of the rules in force, by regime."""
    files: tuple[str, ...]
    """The files that were read."""

    def cell(self, figure: str, regime: str) -> Cell:
        """The cell of a figure and a regime, by their keys."""
        return self.cells[figure, regime]

    def row(self, figure: str) -> list[Cell]:
        """A figure in all regimes."""
        return [self.cells[figure, regime.key] for regime in self.regimes]


def regime_table(folder: Path | None = None) -> RegimeTable:
    """The table with what the files of a folder give; without one, with what is printed.

    DataError for a folder without any of the files of docs/data.md, and for files that are not what they should be.
    """
    source, files = regime_file(), read_market_files(folder)
    cells = {}
    for regime in source.regimes:
        column = _column(regime, source, files)
        cells.update({(figure.key, regime.key): column[figure.key] for figure in FIGURES})
    names = {regime.key: rules_of(regime).name for regime in source.regimes}
    return RegimeTable(tuple(source.regimes), FIGURES, cells, names, tuple(files.names))


def _column(regime: Regime, source: RegimeFile, files: MarketFiles) -> dict[str, Cell]:
    """The cells of a regime; those of formulas after what they need."""
    cells: dict[str, Cell] = {}
    reasons = {entry.figure: entry.reason for entry in source.missing if entry.regime == regime.key}
    for figure in sorted(FIGURES, key=lambda figure: _ORDER.index(figure.key)):
        said = [each for each in source.statements if (each.figure, each.regime) == (figure.key, regime.key)]
        made = _made(figure, regime, files, cells)
        cells[figure.key] = _chosen(made, said, reasons.get(figure.key, ""))
    return cells


def _made(figure: Figure, regime: Regime, files: MarketFiles, cells: Mapping[str, Cell]) -> Cell:
    """What can be computed for a cell."""
    currency = CURRENCIES[regime.market]
    if figure.made == "files":
        return cell_from_files(figure, regime, files, currency)
    if figure.made == "rules":
        return cell_from_rules(figure, regime, currency)
    unit = base_unit(figure, currency)
    if figure.made == "print":
        return empty_cell(figure.key, regime.key, unit, "not known")
    of_purchase = figure.key == "largest_multiple" and rules_of(regime).values.get("initial_margin.of") == "purchase"
    return derived_cell(figure, regime.key, unit, cells, OF_PURCHASE if of_purchase else FORMULAS[figure.key])


def _chosen(made: Cell, said: Sequence[Statement], reason: str) -> Cell:
    """The computed cell with what is printed beside it; the first printed figure where nothing is computed."""
    if made.value is not None:
        return replace(made, others=tuple(said))
    if said:
        return stated_cell(said[0], tuple(said[1:]))
    return replace(made, missing=reason or made.missing)


def _needed_first() -> list[str]:
    """The keys of the figures, each after its inputs."""
    order: list[str] = []

    def place(key: str) -> None:
        for name in FORMULAS[key].inputs if key in FORMULAS else ():
            place(name)
        if key not in order:
            order.append(key)

    for figure in FIGURES:
        place(figure.key)
    return order


_ORDER = _needed_first()
