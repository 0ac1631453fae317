"""Random values of the rule levers of liquidation, call window, term and concentration, for `twins.markets`."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

HOURS = [{"hours": hours} for hours in (0.5, 1.0, 4.0, 6.5)]
CONCENTRATION = [
    [[0.0, 0.5], [1.8, 0.7], [2.4, 1.0]],
    [[0.0, 0.3]],
    [[0.0, 0.0], [1.5, 0.9999], [2.0, 0.4]],
    [[1.4, 1.0]],
]
LEVERS: dict[str, list[Any]] = {
    "liquidation_days": [1, 2, 3, 60],
    "liquidation_volume_share": [0.0001, 0.01, 0.1, 1.0],
    "call_window": [0, *HOURS],
    "contract_term": [{"days": days, "roll_over": roll} for days in (1, 3, 30) for roll in (False, True)],
    "concentration_limits": CONCENTRATION,
}


@st.composite
def liquidation_levers(draw: st.DrawFn) -> dict[str, Any]:
    """None, some, or many of the levers of `rules`."""
    chosen = draw(st.sets(st.sampled_from(sorted(LEVERS)), max_size=len(LEVERS)))
    return {lever: draw(st.sampled_from(LEVERS[lever])) for lever in sorted(chosen)}


def lever_changes() -> st.SearchStrategy[dict[str, Any]]:
    """One lever that a dated event sets, changes or takes away."""
    return st.sampled_from(
        [{lever: value} for lever, values in LEVERS.items() for value in values]
        + [{lever: None} for lever in LEVERS if lever != "call_window"]
    )


@st.composite
def contract_levers(draw: st.DrawFn) -> dict[str, Any]:
    """A contract's own speed and window, now and then."""
    contract: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        contract["liquidation_days"] = draw(st.sampled_from([1, 2, 5]))
    if draw(st.integers(0, 2)) == 0:
        contract["call_window"] = draw(st.sampled_from([0, *HOURS]))
    return contract


def loan_ages() -> st.SearchStrategy[list[list[float]] | None]:
    """Loans of the start: all new, or up to forty days old."""
    return st.sampled_from([None, None, [[0, 0], [1, 4]], [[0, 20], [1, 40]]])
