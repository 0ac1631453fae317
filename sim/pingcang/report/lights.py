"""Lights told by a word and a shape, so that nobody needs their colours."""

from __future__ import annotations

from pingcang.language import translated
from pingcang.report.words import DASH

SHAPES = {"green": "●", "amber": "▲", "orange": "◆", "red": "■"}


def shape(light: str | None) -> str:
    """The shape of a light; empty without one."""
    return SHAPES[light] if light else ""


def lit(light: str | None) -> str:
    """`▲ amber`; a dash without a light."""
    return f"{SHAPES[light]}\N{NO-BREAK SPACE}{translated(light)}" if light else DASH
