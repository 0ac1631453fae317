"""Analytic risk thresholds of a margin balance, and its traffic light, from a small YAML file (docs/thresholds.md)."""

from __future__ import annotations

from pingcang.leverage.thresholds.lights import LIGHTS, MEANINGS, Lines
from pingcang.leverage.thresholds.loading import Thresholds, load_thresholds

__all__ = ["LIGHTS", "MEANINGS", "Lines", "Thresholds", "load_thresholds"]
