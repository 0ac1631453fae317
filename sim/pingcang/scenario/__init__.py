"""What a scenario file may say, and how its writer is told what is wrong.

Import from here: `load_scenario`, `ready_made`, and the helpers that tell what holds on which day. Only
pydantic and PyYAML are needed.
"""

from pingcang.scenario.files import ready_made
from pingcang.scenario.json_schema import json_schema
from pingcang.scenario.load import LoadedScenario, load_scenario, load_text
from pingcang.scenario.schema import Scenario
from pingcang.scenario.timeline import Sections, events_on, sections_on, trading_days

__all__ = [
    "LoadedScenario",
    "Scenario",
    "Sections",
    "events_on",
    "json_schema",
    "load_scenario",
    "load_text",
    "ready_made",
    "sections_on",
    "trading_days",
]
