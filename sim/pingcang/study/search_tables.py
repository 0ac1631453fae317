"""What searches and sensitivity analyses leave on disk: one JSON object, and tidy tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.results.files import storage_errors, written_whole

if TYPE_CHECKING:
    import pandas as pd

    from pingcang.study.reverse import Reversal
    from pingcang.study.sensitivity import Sensitivity

DIGITS = 9


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


def reversal_table(found: Reversal) -> pd.DataFrame:
    """A row a point and run: x, run, the metric."""
    import pandas as pd

    frames = [
        pd.DataFrame({"x": each.x, "run": np.arange(each.values.size), found.condition.statistic.metric: each.values})
        for each in found.root.evaluations
    ]
    return pd.concat(frames, ignore_index=True)


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


def save_all(folder: Path, name: str, told: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write NAME.json, and a CSV of every table under its own name, each whole or not at all."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / f"{name}.json", *(folder / f"{table}.csv" for table in tables)]
        with written_whole(written[0]) as temporary:
            temporary.write_text(json.dumps(told, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        for path, table in zip(written[1:], tables.values(), strict=True):
            with written_whole(path) as temporary:
                table.to_csv(temporary, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
    return written


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
