"""docs/odd.md follows ODD 2020, and its tables cannot drift (that they are current: tests/test_documents.py)."""

from __future__ import annotations

import re
from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
ELEMENTS = [
    "1. Purpose and patterns",
    "2. Entities, state variables, and scales",
    "3. Process overview and scheduling",
    "4. Design concepts",
    "5. Initialization",
    "6. Input data",
    "7. Submodels",
]
CONCEPTS = [
    "Basic principles",
    "Emergence",
    "Adaptation",
    "Objectives",
    "Learning",
    "Prediction",
    "Sensing",
    "Interaction",
    "Stochasticity",
    "Collectives",
    "Observation",
]


def test_the_seven_elements_stand_in_their_order() -> None:
    assert re.findall(r"^## (.*)$", PAGE, re.M) == ELEMENTS


def test_the_eleven_design_concepts_stand_in_their_order() -> None:
    section = PAGE[PAGE.index("## 4.") : PAGE.index("## 5.")]
    assert re.findall(r"^\*\*([^*]+)\.\*\*", section, re.M) == CONCEPTS


@pytest.mark.parametrize("path", sorted((ROOT / "sim/pingcang/rules").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_the_words_about_submodels_name_every_rule(path: Path) -> None:
    words = PAGE[PAGE.index("## 7.") : PAGE.index("**All rules**")]
    assert f"`{path.stem}`" in words


def test_a_state_variable_without_a_meaning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = run_path(str(ROOT / "docs" / "odd_tables.py"))
    found = tables["state_found"]() | {("book", "courage"): "float64, account"}
    monkeypatch.setitem(tables["state"].__globals__, "state_found", lambda: found)
    with pytest.raises(tables["DriftError"], match="courage"):
        tables["state"]()


def test_the_schedule_is_told_in_the_order_of_the_source() -> None:
    told = run_path(str(ROOT / "docs" / "odd_tables.py"))["schedule"]()
    order = ["StockState.open_day", "MarginPopulation.open_day", "MarginPopulation.decide", "Fund.decide"]
    order += ["RestOfMarket.learn", "Auction.close_orders", "RestOfMarket.make_prices", "MarginPopulation.settle"]
    order += [
        "MarginPopulation.check",
        "MarginPopulation.close_day",
        "StockState.request_halts",
        "RestOfMarket.remember",
    ]
    places = [told.index(f"(`{name}`)") for name in order]
    assert places == sorted(places)
