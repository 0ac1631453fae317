"""Random rules of accounts judged by required margin, and initial margins of the purchase."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

LINES: dict[str, Any] = {
    "warning_line": 1.5,
    "close_out_line": 1.3,
    "immediate_line": 0.5,
    "restore_line": 1.5,
    "withdrawal_line": 1.0,
}
"""Multiples of the requirement that go with the contracts' own lines in `twins.markets`."""


@st.composite
def requirements(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "long": draw(st.sampled_from([0.25, 0.4, 0.1])),
        "short": draw(st.sampled_from([0.3, 1.0])),
        "minimum_equity": draw(st.sampled_from([0.0, 2000.0, 1e7])),
    }


@st.composite
def rules_by_requirement(draw: st.DrawFn) -> dict[str, Any]:
    """Rules, or an event's change of them."""
    return {
        **LINES,
        "requirement": draw(requirements()),
        "immediate_line": draw(st.sampled_from([0.0, 0.5, 1.05])),
        "restore_line": draw(st.sampled_from([1.5, 2.0])),
        "withdrawal_line": draw(st.sampled_from([0.5, 1.0, 5.0])),
    }


@st.composite
def contract_by_requirement(draw: st.DrawFn, contract: dict[str, Any]) -> dict[str, Any]:
    """A contract of its own system beside rules of the other."""
    return {**LINES, "requirement": draw(requirements()), **contract}


@st.composite
def initial_margins(draw: st.DrawFn) -> dict[str, Any]:
    return draw(
        st.sampled_from(
            [
                {},
                {},
                {"initial_margin": {"value": 0.5, "of": "purchase"}},
                {"initial_margin": {"value": 0.2, "of": "purchase"}},
            ]
        )
    )
