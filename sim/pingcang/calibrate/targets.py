"""The target sets of pingcang.validate as parts of a calibration."""

from __future__ import annotations

from collections.abc import Mapping

from pingcang.calibrate.measures import Measures
from pingcang.errors import ScenarioError


def target_measures(name: str, records: Mapping[str, tuple[str, ...]]) -> Measures:
    """The measures of a target set."""
    raise ScenarioError(f"no target set {name!r}")
