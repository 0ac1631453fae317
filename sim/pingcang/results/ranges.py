"""Many run numbers told briefly."""

from __future__ import annotations

from collections.abc import Iterable


def ranges(runs: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each row of neighbours; the runs are in order."""
    found: list[tuple[int, int]] = []
    for run in runs:
        if found and run == found[-1][1] + 1:
            found[-1] = (found[-1][0], run)
        else:
            found.append((run, run))
    return found


def told_ranges(runs: Iterable[int]) -> str:
    """`0-41, 43`."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges(runs))
