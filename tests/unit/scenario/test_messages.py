"""The keys that are offered when one is unknown."""

from __future__ import annotations

import pytest

from pingcang.scenario.messages import allowed_keys
from pingcang.scenario.schema import Contract, News, Position, Scenario, Suspensions
from pingcang.scenario.tree import Keys
from pingcang.scenario.types import Section


@pytest.mark.parametrize(
    ("keys", "section"),
    [
        ((), Scenario),
        (("exchange", "suspensions"), Suspensions),
        (("cohorts", "any", "contract"), Contract),
        (("cohorts", "any", "explicit", 3, "positions", 0), Position),
        (("events", 7, "news"), News),
    ],
)
def test_every_section_is_found_by_its_path(keys: Keys, section: type[Section]) -> None:
    assert allowed_keys(keys, Scenario) == list(section.model_fields)


@pytest.mark.parametrize("keys", [("name",), ("nowhere",), ("cohorts",), ("events", 0, "rules", "x")])
def test_where_there_is_no_section_there_are_no_keys(keys: Keys) -> None:
    assert allowed_keys(keys, Scenario) == []
