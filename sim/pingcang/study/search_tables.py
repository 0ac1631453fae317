"""What searches and sensitivity analyses leave on disk: one JSON object, and tidy tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.study.reverse import Reversal
    from pingcang.study.sensitivity import Sensitivity

DIGITS = 9
"""Of numbers in the tables."""


def reversal_dict(found: Reversal) -> dict[str, Any]:
    """A reverse stress test as JSON can hold it; null where an interval is open."""
    root = found.root
    return {
        "condition": str(found.condition),
        "root": root.x,
        "interval": [_finite(end) for end in root.interval],
        "outside_bracket": root.outside,
        "bracket": list(root.bracket),
        "holds_up_to": found.holds_up_to,
        "holds_from": found.holds_from,
        "runs": found.runs,
        "points": [{"x": each.x, "value": each.number} for each in root.evaluations],
        "violations": [{"x": list(each.x), "value": list(each.number)} for each in root.violations],
    }


def reversal_tables(found: Reversal) -> dict[str, pd.DataFrame]:
    """reverse_points, a row a point and run: x, run, the metric."""
    import pandas as pd

    frames = [
        pd.DataFrame({"x": each.x, "run": np.arange(each.values.size), found.condition.statistic.metric: each.values})
        for each in found.root.evaluations
    ]
    return {"reverse_points": pd.concat(frames, ignore_index=True)}


def sensitivity_tables(found: Sensitivity) -> dict[str, pd.DataFrame]:
    """Design points with their outputs, and the indices, of each method: morris_points, morris, sobol_points, sobol."""
    import pandas as pd

    tables = {}
    for part in (found.screening, found.decomposition):
        if part is None:
            continue
        design = part.design
        rows = [{"point": at, **design.values(at)} for at in range(len(design))]
        tables[f"{design.method}_points"] = pd.DataFrame(rows).assign(**part.outputs)
    if found.screening is not None:
        tables["morris"] = pd.DataFrame(
            [_flat(output, each) for output, rows in found.screening.effects.items() for each in rows]
        )
    if found.decomposition is not None:
        tables["sobol"] = pd.DataFrame(
            [_flat(output, each) for output, rows in found.decomposition.shares.items() for each in rows]
        )
    return tables


def _flat(output: str, row: Any) -> dict[str, Any]:
    """A row with each interval as two columns, low and high."""
    told: dict[str, Any] = {"output": output}
    for key, value in vars(row).items():
        if isinstance(value, tuple):
            stem = key.removesuffix("_interval")
            told[f"{stem}_low"], told[f"{stem}_high"] = value
        else:
            told[key] = value
    return told


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
